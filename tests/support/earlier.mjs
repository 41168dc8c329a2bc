// @ts-check
// Databases of every earlier version, with rows in every table.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { PROGRAM } from "./program.mjs";

/** Prints them; `crates/store/examples/migration_rows.rs` says how. */
const EARLIER = join(dirname(PROGRAM), "examples/migration_rows");

/** Why they can't be had, or `false`. */
export const NO_EARLIER =
  !existsSync(EARLIER) &&
  `skipped: there is no ${EARLIER}; build it with \`cargo build -p portcullis-store --example migration_rows\``;

/**
 * `sql` makes the database; `content` says what is in it then.
 *
 * @typedef {object} Earlier
 * @property {string} version
 * @property {string} sql
 * @property {Record<string, { columns: string[], rows: unknown[] }>} content
 */

/** Each of them, the oldest first. @returns {Earlier[]} */
export function earlierDatabases() {
  const output = execFileSync(EARLIER, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return output.trim().split("\n").map((line) => JSON.parse(line));
}
