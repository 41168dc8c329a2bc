// @ts-check
// A process that a test starts, watches and ends.

import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

import { PATIENCE_MS, eventually } from "./pace.mjs";

const STOP_WITHIN_MS = 10_000;

let isGuarded = false;
/** A run that is broken off by a signal ends as any other: what is to be done at its end is done. */
function guard() {
  if (isGuarded) return;
  isGuarded = true;
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) process.once(signal, () => process.exit(1));
}

/** A process with its own group, whose standard output is kept by lines. */
export class Running {
  lines = /** @type {string[]} */ ([]);

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} env
   * @param {string} cwd
   */
  constructor(program, args, env, cwd) {
    this.child = spawn(program, args, { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts);
    });
    this.errors = "";
    this.child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
      this.errors += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve(`it can't be started: ${error.message}`));
      // When nobody of its group holds the pipes any more: what it wrote has been read, and its workers are gone.
      this.child.on("close", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    this.hasEnded = false;
    void this.ended.then(() => (this.hasEnded = true));
    // A test run that ends early leaves nothing behind.
    guard();
    this.onExit = () => this.signal("SIGKILL");
    process.on("exit", this.onExit);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (this.child.pid === undefined || this.hasEnded) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It ended in this moment.
    }
  }

  /**
   * Ends it and waits for that.
   *
   * @param {NodeJS.Signals} signal
   * @returns {Promise<string>} how it ended: `exit 0`, or the signal
   */
  async end(signal) {
    this.signal(signal);
    const late = sleep(STOP_WITHIN_MS, "late", { ref: false });
    if ((await Promise.race([this.ended, late])) === "late") this.signal("SIGKILL");
    const how = await this.ended;
    process.off("exit", this.onExit);
    return how;
  }

  /**
   * Waits until the server answers.
   *
   * @param {string} url
   */
  async ready(url) {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until && !this.hasEnded) {
      const answer = await fetch(`${url}/api/auth/ok`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
      // Somebody else's answer, if this one has ended.
      if (answer?.status === 200 && this.child.exitCode === null) return;
      await sleep(50);
    }
    const how = this.hasEnded ? await this.ended : "no answer";
    await this.end("SIGKILL");
    throw new Error(`the server didn't start (${how}):\n${this.lines.slice(-20).join("\n")}\n${this.errors}`);
  }

  /** The lines of the server's own log, as objects. */
  get log() {
    return this.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  }

  /**
   * The log lines that a condition holds for, once there is one.
   *
   * @param {(line: any) => boolean} condition
   */
  logged(condition) {
    const found = () => {
      const lines = this.log.filter(condition);
      return lines.length > 0 && lines;
    };
    return eventually(found, `a line of the log for which ${condition} holds`);
  }
}
