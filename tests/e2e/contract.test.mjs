// @ts-check
// The store's contract suite on a real D1, as `cargo test` runs it on SQLite.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { startD1 } from "../support/d1.mjs";
import { ROOT } from "../support/program.mjs";

const run = promisify(execFile);
const CARGO = ["test", "--quiet", "-p", "portcullis-store", "--test", "contract"];
const passed = (/** @type {string} */ text) => Number(/(\d+) passed; 0 failed/.exec(text)?.[1]);

test("every claim of the contract holds on D1", async () => {
  const options = { cwd: ROOT, maxBuffer: 1 << 26 };
  const { stdout: onSqlite } = await run("cargo", CARGO, options);
  assert.ok(passed(onSqlite) > 100, onSqlite);
  // Some claims take two databases.
  const d1 = await startD1(2 * passed(onSqlite));
  try {
    const env = { ...process.env, PORTCULLIS_TEST_D1: d1.url };
    const { stdout: onD1 } = await run("cargo", [...CARGO, "--", "--test-threads=4"], { ...options, env });
    assert.equal(passed(onD1), passed(onSqlite), onD1);
  } finally {
    await d1.stop();
  }
});
