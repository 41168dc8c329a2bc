// @ts-check
// The `portcullis` program, and what a test needs to call it.

import { execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The native program. */
export const PROGRAM = process.env["PORTCULLIS_BIN"] ?? join(ROOT, "target/debug/portcullis");

/** The password of the first administrator, whom every database needs. */
export const ADMINISTRATOR = { email: "first@portcullis.test", password: "the first administrator" };

/** Rates and guesses that no test reaches by asking often; counted all the same. */
export const OFTEN = {
  PORTCULLIS_RATES: "all=6000000/60",
  PORTCULLIS_GUESSES: "free=100000,max=1000000",
};

/**
 * @typedef {object} User
 * @property {string} email
 * @property {string} password
 * @property {string} [name]
 * @property {string[]} [roles] `ROLE` or `ROLE@state:ca/team:t7`
 * @property {string} [tier]
 */

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
    // One that ends without reading its input tells by its status how that went.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/**
 * Runs the program, and gives what it writes line by line: an audit log may be longer than one text.
 *
 * @param {string[]} args
 */
export async function* linesOf(args) {
  const child = spawn(PROGRAM, args, { env: cleanEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  yield* createInterface({ input: child.stdout, crlfDelay: Infinity });
  const code = await ended;
  if (code !== 0) throw new Error(`portcullis ${args[0]} ${args[1]}: exit ${code}`);
}

/** This process's environment without what would set the server up. */
export function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PORTCULLIS_")));
}

/** Below those that systems give to connections (Linux: from 32768): nobody gets one of these by chance. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000];
const given = /** @type {Set<number>} */ (new Set());

/**
 * A port on which nobody listens. It stays free: no connection is given it while a server is killed and started again,
 * nor does a client that looks for a server that is down reach itself there.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
