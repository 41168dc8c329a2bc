// The cases natively and in the wasm build of the same dispatcher.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decideLine, differences, policyJson, randomGroups, writtenGroups } from "../support/cases.mjs";
import { HOSTS, conform } from "../support/hosts.mjs";

/** Groups of 200 random requests. */
const GROUPS = process.env.PORTCULLIS_DEEP ? 500 : 100;
/** Differences that are shown. */
const SHOWN = 5;

/** Groups that a process gets at once. */
const AT_ONCE = 10;

/** The differences of groups on a host, one line a case. */
function differ(host, groups) {
  const lines = groups.flatMap((group) => group.cases.map((one, n) => decideLine(group, one, `${group.name} ${n}`)));
  const answers = conform(host, "decide", lines).map((line) => JSON.parse(line));
  const ids = groups.flatMap((group) => group.cases.map((_, n) => `${group.name} ${n}`));
  assert.deepEqual(answers.map((answer) => answer.id), ids);
  const verdicts = answers.map((answer) => ({ allow: answer.ok, code: answer.code }));
  return groups.flatMap((group) => differences(group, verdicts.splice(0, group.cases.length)));
}

for (const host of HOSTS) {
  for (const group of writtenGroups()) {
    test(`${host}: every case of ${group.name} has its verdict`, () => {
      assert.deepEqual(differ(host, [group]), []);
    });
  }
  test(`${host}: ${GROUPS * 200} random requests have the oracle's verdict`, () => {
    // Every other policy in its JSON form, which must mean the same.
    const groups = randomGroups(GROUPS).map((group, n) => (n % 2 === 0 ? group : { ...group, json: policyJson(group.toml) }));
    const all = [];
    while (groups.length > 0) all.push(...differ(host, groups.splice(0, AT_ONCE)));
    assert.deepEqual(all.slice(0, SHOWN), [], `${all.length} differ`);
  });
}
