// The oracle itself: every written case has the verdict that its author gave it, and random cases reach every code.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW_SECS, differences, randomGroups, writtenGroups } from "../support/cases.mjs";
import { ALLOWING, oracle } from "../support/oracle.mjs";

/** Every code of a verdict. */
const CODES = [
  ...ALLOWING,
  ...["malformed_request", "malformed_scope", "unknown_permission", "unknown_scope_level", "unknown_scope"],
  ...["unknown_tenant", "unknown_field", "unknown_app", "unknown_tier", "unknown_role", "principal_expired"],
  ...["denied_by_rule", "evaluation_failed", "principal_tier_unknown", "tier_too_low", "out_of_scope"],
  ...["condition_unmet", "no_role", "field_denied", "level_too_low"],
];
/** Of 20,000 random requests. */
const LEAST_OF_EACH = 25;

for (const group of writtenGroups().filter(({ tables }) => tables !== undefined)) {
  test(`oracle: every case of ${group.name} has its verdict`, () => {
    const verdicts = group.cases.map(({ principal, request }) => {
      const one = { id: principal, ...group.principals[principal] };
      const code = oracle(group.tables, one, request, group.scopes, NOW_SECS);
      return { allow: ALLOWING.includes(code), code };
    });
    assert.deepEqual(differences(group, verdicts), []);
  });
}

test("written cases have every code", () => {
  const written = new Set(writtenGroups().flatMap(({ cases }) => cases.map(({ expect }) => expect.code)));
  assert.deepEqual(CODES.filter((code) => !written.has(code)), []);
  assert.deepEqual([...written].filter((code) => !CODES.includes(code)), []);
});

test(`random cases have every code ${LEAST_OF_EACH} times`, () => {
  const counts = new Map(CODES.map((code) => [code, 0]));
  for (const group of randomGroups(100)) {
    for (const { expect } of group.cases) counts.set(expect.code, (counts.get(expect.code) ?? 0) + 1);
  }
  assert.equal(counts.size, CODES.length, [...counts.keys()].join(" "));
  assert.deepEqual([...counts].filter(([, count]) => count < LEAST_OF_EACH), []);
});
