// @ts-check
// What goes wrong on purpose: the process is killed and started on the same database, and stands still.

import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */

/** A kill a minute, in the first half: the process that is there then lives to the end, and its memory is looked at. */
const KILL_EVERY_MS = 60_000;
const KILL_SHARE = 1 / 2;
const MIN_KILLS = 3;
const PAUSE_EVERY_MS = 15_000;
const MAX_PAUSE_MS = 2_500;
const SAMPLES = 90;

export class Faults {
  kills = 0;
  pauses = 0;
  /** @type {{ atMs: number, mib: number }[]} */
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
    // Of `wrangler dev` only one of several processes would stand still.
    const mayPause = this.server.name === "native";
    let [nextKill, nextPause] = [began + every, began + Math.min(PAUSE_EVERY_MS, this.forMs / 8)];
    let nextSample = killsEnd;
    while (performance.now() < began + this.forMs && !signal.aborted) {
      const now = performance.now();
      if (now >= nextKill && nextKill < killsEnd) {
        await this.#kill();
        nextKill += every;
      } else if (mayPause && now >= nextPause) {
        await this.#pause();
        nextPause = performance.now() + PAUSE_EVERY_MS * (0.5 + this.dice.next());
      }
      if (now >= nextSample) {
        this.resident.push({ atMs: now - began, mib: residentMib(this.server) });
        nextSample = now + (this.forMs * (1 - KILL_SHARE)) / SAMPLES;
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

/** The resident memory of a host's server, in MiB: of `serve`, or of every `workerd` that `wrangler dev` started. @param {Server} server */
function residentMib(server) {
  const name = server.name === "native" ? "portcullis" : "workerd";
  const group = String(server.running.child.pid);
  const pids = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid));
  const kib = pids.map((pid) => {
    try {
      // After the name in brackets: state, parent, group.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const ofGroup = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
      if (ofGroup !== group || !stat.includes(`(${name})`)) return 0;
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}
