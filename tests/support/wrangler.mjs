// @ts-check
// The wrangler program, and what a test needs to call it.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, cleanEnvironment } from "./program.mjs";

/** What the worker is deployed by. */
export const CONFIGURATION = join(ROOT, "wrangler.toml");

/** The program, for Node. */
export const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** A text of the configuration, by its name. @param {string} name */
export async function configured(name) {
  return new RegExp(`^${name} = "(.+)"$`, "m").exec(await readFile(CONFIGURATION, "utf8"))?.[1] ?? "";
}

/** The environment in which it asks nobody and tells nobody. @param {string} dir where it may write */
export function wranglerEnvironment(dir) {
  return {
    ...cleanEnvironment(),
    CI: "true",
    NO_COLOR: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(dir, "logs"),
  };
}

/**
 * Runs it to its end.
 *
 * @param {string[]} args
 * @param {string} dir where it may write
 * @returns {Promise<string>} what it wrote to standard output
 */
export function wrangler(args, dir) {
  return new Promise((resolve, reject) => {
    const options = { env: wranglerEnvironment(dir), cwd: dir, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [WRANGLER, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`wrangler ${args.slice(0, 2).join(" ")}:\n${stdout}\n${stderr}`));
    });
  });
}
