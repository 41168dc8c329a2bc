// @ts-check
// What goes wrong on purpose: the process is killed and started on the same database, and stands still.

import { setTimeout as sleep } from "node:timers/promises";

import { resident } from "../support/memory.mjs";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */

/** A kill a minute, in the first third: the process that is there then lives to the end, and its memory is looked at. */
const KILL_EVERY_MS = 60_000;
const KILL_SHARE = 1 / 3;
/** Of that process's life: caches and V8's heap, which is collected when it is large, reach their size. */
const WARM_UP_SHARE = 0.4;
const MIN_KILLS = 3;
const PAUSE_EVERY_MS = 15_000;
const MAX_PAUSE_MS = 2_500;
const SAMPLES = 90;

export class Faults {
  kills = 0;
  pauses = 0;
  /** What the last process holds after its warm-up; of that, linear memory of wasm. @type {{ atMs: number, mib: number, wasmMib: number }[]} */
  resident = [];

  /**
   * @param {Server} server
   * @param {Record<string, string>} env
   * @param {import("../support/random/dice.mjs").Dice} dice
   * @param {number} forMs
   */
  constructor(server, env, dice, forMs) {
    this.server = server;
    this.env = env;
    this.dice = dice;
    this.forMs = forMs;
  }

  /** Until the time is over. @param {AbortSignal} signal ends it before */
  async run(signal) {
    const began = performance.now();
    const killsEnd = began + this.forMs * KILL_SHARE;
    const every = Math.min(KILL_EVERY_MS, (this.forMs * KILL_SHARE) / (MIN_KILLS + 1));
    let [nextKill, nextPause] = [began + every, began + Math.min(PAUSE_EVERY_MS, this.forMs / 8)];
    const sampled = this.forMs * (1 - KILL_SHARE) * (1 - WARM_UP_SHARE);
    let nextSample = began + this.forMs - sampled;
    while (performance.now() < began + this.forMs && !signal.aborted) {
      const now = performance.now();
      if (now >= nextKill && nextKill < killsEnd) {
        await this.#kill();
        nextKill += every;
      } else if (now >= nextPause) {
        await this.#pause();
        nextPause = performance.now() + PAUSE_EVERY_MS * (0.5 + this.dice.next());
      }
      if (now >= nextSample) {
        const { mib, wasmMib } = resident(this.server);
        this.resident.push({ atMs: now - began, mib, wasmMib });
        nextSample = now + sampled / SAMPLES;
      }
      // Half an hour of the server's log isn't read by anybody.
      this.server.running.lines.length = 0;
      await sleep(50);
    }
  }

  async #kill() {
    await this.server.kill("SIGKILL");
    await this.server.start(this.env);
    this.kills += 1;
  }

  async #pause() {
    this.server.running.signal("SIGSTOP");
    await sleep(this.dice.below(MAX_PAUSE_MS));
    this.server.running.signal("SIGCONT");
    this.pauses += 1;
  }
}
