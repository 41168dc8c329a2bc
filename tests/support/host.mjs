// @ts-check
// What every host of the API has: a process, a place of its own, accounts.

import { rm } from "node:fs/promises";

import { portcullis } from "./program.mjs";
import { Running } from "./running.mjs";

/** @typedef {import("./program.mjs").User} User */

/**
 * @typedef {object} Options
 * @property {string} [policy] the name of a shipped policy
 * @property {string} [policyText] a policy as TOML, instead
 * @property {Record<string, string>} [env]
 * @property {User[]} [users] accounts to begin with
 * @property {string[]} [scopes] known scopes to begin with, full paths
 * @property {number} [port]
 */

/** A server in a directory of its own. What extends it says how it starts, and how its operator reaches its database. */
export class Host {
  /** @type {Running | undefined} */
  #running;

  /**
   * @param {string} dir
   * @param {number} port
   */
  constructor(dir, port) {
    this.dir = dir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.origin = this.url;
  }

  /**
   * Starts the process on the database that is there.
   *
   * @param {Record<string, string>} _env
   * @returns {Promise<void>}
   */
  async start(_env) {
    throw new Error("a host says how it starts");
  }

  /** The policy as commands are given it: a file, or the name of a shipped one. @returns {string} */
  get policyFile() {
    throw new Error("a host says which policy it has");
  }

  /**
   * Runs a command of the program that changes this host's database, as its operator does.
   *
   * @param {string[]} _args
   * @param {string} [_input]
   * @returns {Promise<void>}
   */
  async operate(_args, _input) {
    throw new Error("a host says how its operator works");
  }

  /**
   * Makes accounts.
   *
   * @param {User[]} _users
   * @returns {Promise<void>}
   */
  async createUsers(_users) {
    throw new Error("a host says how accounts are made");
  }

  /** Where commands find the audit log as it is now, as arguments. @returns {Promise<string[]>} */
  async auditPlace() {
    throw new Error("a host says where its audit log is");
  }

  /**
   * Starts a program as this host's process and waits until it answers.
   *
   * @param {string} program
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} env
   * @param {string} cwd
   */
  async run(program, args, env, cwd) {
    this.#running = new Running(program, args, env, cwd);
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

  /** @param {string[]} scopes full paths */
  addScopes(scopes) {
    return this.operate(["scope", "add", ...scopes, "--policy", this.policyFile]);
  }

  /** @param {string} email */
  disableUser(email) {
    return this.operate(["user", "disable", email]);
  }

  /** The audit log as text. @param {string} [format] `rfc5424` or `jsonl` */
  async exportAudit(format = "rfc5424") {
    return portcullis(["audit", "export", "--format", format, ...(await this.auditPlace())]);
  }

  /** The records of the audit log, the oldest first. @returns {Promise<any[]>} */
  async auditRecords() {
    const lines = (await this.exportAudit("jsonl")).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
