// Runs a conformance operation in wasm: JSON lines from standard input, answers to standard output.
//
//   node tests/conform.mjs verifyJwt < requests.jsonl
//
// The same dispatcher as `portcullis conform OP`; `cargo xtask build conform` makes the module.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const [op] = process.argv.slice(2);
if (op === undefined || op === "--help") {
  process.stderr.write("usage: node tests/conform.mjs OP < lines\n");
  process.exit(op === undefined ? 2 : 0);
}

const path = fileURLToPath(new URL("../target/conform/conform.js", import.meta.url));
let runLine;
try {
  ({ runLine } = createRequire(import.meta.url)(path));
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  process.stderr.write("the module isn't built; run `cargo xtask build conform`\n");
  process.exit(1);
}

let pending = [];
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === "") continue;
  pending.push(runLine(op, line));
  if (pending.length === 256) {
    process.stdout.write(`${pending.join("\n")}\n`);
    pending = [];
  }
}
if (pending.length > 0) process.stdout.write(`${pending.join("\n")}\n`);
