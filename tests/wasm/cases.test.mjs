// The cases in wasm under Node, through the npm package.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createGate } from "../../pkg/src/index.node.js";
import { NOW_SECS, differences, policyJson, randomGroups, writtenGroups } from "../support/cases.mjs";

/** Differences that are shown. */
const SHOWN = 5;

/** The verdicts of a group, each by the gate of its principal. */
async function decide(group) {
  const policy = policyJson(group.toml);
  const gates = {};
  for (const [name, principal] of Object.entries(group.principals)) {
    gates[name] = await createGate({
      policy,
      principal: { id: name, ...principal },
      scopes: group.scopes,
      now: () => NOW_SECS * 1000,
    });
  }
  const verdicts = group.cases.map((one) => {
    const gate = gates[one.principal];
    const verdict = gate.check(one.request);
    const told = gate.explain(one.request);
    assert.deepEqual([told.allow, told.code], [verdict.allow, verdict.code], "check and explain agree");
    assert.equal(gate.can(one.request), verdict.allow, `can and check agree: ${JSON.stringify(one.request)}`);
    const { permission, scope } = one.request;
    const isPlain = Object.keys(one.request).every((key) => key === "permission" || key === "scope");
    if (typeof permission === "string" && isPlain) {
      assert.equal(gate.can(permission, scope), verdict.allow, "can and check agree on words");
    }
    return verdict;
  });
  Object.values(gates).forEach((gate) => gate.close());
  return verdicts;
}

for (const group of writtenGroups()) {
  test(`node: every case of ${group.name} has its verdict`, async () => {
    assert.deepEqual(differences(group, await decide(group)), []);
  });
}

test("node: 5,000 random requests have the oracle's verdict", async () => {
  for (const group of randomGroups(25)) {
    assert.deepEqual(differences(group, await decide(group)).slice(0, SHOWN), []);
  }
});
