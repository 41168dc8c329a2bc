// The hosts of the conformance operations: the native program, and the wasm build of the same dispatcher.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { binary, root } from "./cases.mjs";

const COMMANDS = {
  native: [binary, "conform"],
  wasm: [process.execPath, "tests/conform.mjs"],
};

/** The names of the hosts. */
export const HOSTS = Object.keys(COMMANDS);

/** The answers of a host to lines of an operation, each one line. */
export function conform(host, op, lines) {
  const [command, ...args] = [...COMMANDS[host], op];
  const run = spawnSync(command, args, { cwd: root, input: lines.join("\n"), encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split("\n");
}
