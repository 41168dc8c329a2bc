// @ts-check
// The native server, as an operator starts it: the `portcullis` program with SQLite in a file.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The native program. */
export const PROGRAM = process.env["PORTCULLIS_BIN"] ?? join(ROOT, "target/debug/portcullis");

/** The password of the first administrator, whom every database needs. */
export const ADMINISTRATOR = { email: "first@portcullis.test", password: "the first administrator" };

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/**
 * @typedef {object} User
 * @property {string} email
 * @property {string} password
 * @property {string} [name]
 * @property {string[]} [roles] `ROLE` or `ROLE@state:ca/team:t7`
 * @property {string} [tier]
 */

/**
 * @typedef {object} Options
 * @property {string} [policy] the name of a shipped policy
 * @property {string} [policyText] a policy as TOML, instead
 * @property {Record<string, string>} [env]
 * @property {User[]} [users] accounts to begin with
 * @property {string[]} [scopes] known scopes to begin with, full paths
 * @property {number} [port]
 */

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
      this.child.on("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    this.hasEnded = false;
    void this.ended.then(() => (this.hasEnded = true));
    // A test run that ends early leaves nothing behind.
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
    const until = Date.now() + READY_WITHIN_MS;
    while (Date.now() < until) {
      if (this.hasEnded) break;
      const answer = await fetch(`${url}/api/auth/ok`).catch(() => undefined);
      if (answer?.status === 200) return;
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
  async logged(condition) {
    const until = Date.now() + 5_000;
    for (;;) {
      const found = this.log.filter(condition);
      if (found.length > 0 || Date.now() > until) return found;
      await sleep(20);
    }
  }
}

/**
 * Starts the native server on a database of its own.
 *
 * @param {Options} [options]
 */
export async function startNative(options = {}) {
  const server = await NativeServer.create(options);
  await server.start(options.env ?? {});
  return server;
}

class NativeServer {
  name = "native";
  /** @type {Running | undefined} */
  #running;

  /**
   * @param {string} dir
   * @param {number} port
   * @param {string} policy
   */
  constructor(dir, port, policy) {
    this.dir = dir;
    this.port = port;
    this.policy = policy;
    this.url = `http://127.0.0.1:${port}`;
    this.origin = this.url;
    this.db = join(dir, "portcullis.sqlite");
  }

  /** @param {Options} options */
  static async create({ policy = "field-ops", policyText, users = [], scopes = [], port }) {
    if (!existsSync(PROGRAM)) {
      throw new Error(`there is no ${PROGRAM}; build it with \`cargo build -p portcullis\``);
    }
    const dir = await mkdtemp(join(tmpdir(), "portcullis-native-"));
    const server = new NativeServer(dir, port ?? (await freePort()), await policyOf(dir, policy, policyText));
    await server.createUsers([{ ...ADMINISTRATOR, name: "First" }, ...users]);
    if (scopes.length > 0) await server.addScopes(scopes);
    return server;
  }

  /** @param {Record<string, string>} env */
  async start(env) {
    const args = ["serve", "--db", this.db, "--listen", `127.0.0.1:${this.port}`, "--policy", this.policy];
    this.origin = env["PORTCULLIS_ORIGIN"] ?? this.url;
    this.#running = new Running(PROGRAM, args, { ...cleanEnvironment(), ...env }, this.dir);
    await this.#running.ready(this.url);
  }

  /** The running process. */
  get running() {
    if (this.#running === undefined) throw new Error("the server isn't started");
    return this.#running;
  }

  /**
   * Ends the process with a signal.
   *
   * @param {NodeJS.Signals} signal
   */
  kill(signal) {
    return this.running.end(signal);
  }

  /**
   * Stops it, and starts it on the same database with another environment.
   *
   * @param {Record<string, string>} [env]
   */
  async restart(env = {}) {
    await this.kill("SIGTERM");
    await this.start(env);
  }

  /** Stops it and removes its database. */
  async stop() {
    await this.#running?.end("SIGTERM");
    await rm(this.dir, { recursive: true, force: true });
  }

  /** @param {User} user */
  createUser(user) {
    return this.createUsers([user]);
  }

  /** @param {User[]} users */
  async createUsers(users) {
    for (const user of users) await portcullis([...userArguments(user, this.policy), "--db", this.db], user.password);
  }

  /** @param {string[]} scopes */
  async addScopes(scopes) {
    await portcullis(["scope", "add", ...scopes, "--policy", this.policy, "--db", this.db]);
  }

  /** @param {string} email */
  async disableUser(email) {
    await portcullis(["user", "disable", email, "--db", this.db]);
  }

  /** The audit log as text. @param {string} [format] `rfc5424` or `jsonl` */
  exportAudit(format = "rfc5424") {
    return portcullis(["audit", "export", "--format", format, "--db", this.db]);
  }
}

/**
 * @param {string} dir
 * @param {string} policy
 * @param {string | undefined} text
 */
export async function policyOf(dir, policy, text) {
  if (text === undefined) return policy;
  const file = join(dir, "policy.toml");
  await writeFile(file, text);
  return file;
}

/**
 * @param {User} user
 * @param {string} policy
 */
export function userArguments({ email, name, roles = [], tier }, policy) {
  const args = ["user", "add", "--email", email, "--password-stdin", "--policy", policy];
  if (name !== undefined) args.push("--name", name);
  for (const role of roles) args.push("--role", role);
  if (tier !== undefined) args.push("--tier", tier);
  return args;
}

/**
 * Runs the program.
 *
 * @param {string[]} args
 * @param {string} [input]
 * @returns {Promise<string>} what it wrote to standard output
 */
export function portcullis(args, input = "") {
  return new Promise((resolve, reject) => {
    const options = { env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(PROGRAM, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`portcullis ${args[0]} ${args[1]}: ${stderr || error.message}`));
    });
    child.stdin?.end(input);
  });
}

/** This process's environment without what would set the server up. */
export function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PORTCULLIS_")));
}

/** @returns {Promise<number>} a port that was free a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
