// The cases natively and in the wasm build of the same dispatcher.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { binary, decideLine, differences, randomGroups, root, writtenGroups } from "../support/cases.mjs";

const hosts = {
  native: [binary, "conform", "decide"],
  wasm: [process.execPath, "tests/conform.mjs", "decide"],
};

/** Runs a group through a host, one line a case. */
function decide([command, ...args], group) {
  const input = group.cases.map((one, n) => decideLine(group, one, n)).join("\n");
  const run = spawnSync(command, args, { cwd: root, input, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, run.stderr);
  const answers = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(answers.map((answer) => answer.id), group.cases.map((_, n) => n));
  return answers.map((answer) => ({ allow: answer.ok, code: answer.code }));
}

for (const [host, command] of Object.entries(hosts)) {
  for (const group of writtenGroups()) {
    test(`${host}: every case of ${group.name} has its verdict`, () => {
      assert.deepEqual(differences(group, decide(command, group)), []);
    });
  }
  test(`${host}: 10,000 random requests have the oracle's verdict`, () => {
    for (const group of randomGroups(20)) {
      assert.deepEqual(differences(group, decide(command, group)), []);
    }
  });
}
