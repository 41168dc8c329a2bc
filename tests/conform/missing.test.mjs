// What denials say is missing: each set is enough, nothing in it can be spared, and none contains another, also when
// there are more than are listed. Sets with facts are left to the tests of the core.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW_SECS, decideLine, randomGroups } from "../support/cases.mjs";
import { conform } from "../support/hosts.mjs";
import { nestedSets, wrongSets } from "../support/oracle/missing.mjs";

const SHOWN = 3;

test("the sets of changes of 8,000 random requests allow what was denied, and are the smallest", () => {
  const wrong = [];
  let tried = 0;
  for (const group of randomGroups(40)) {
    const answers = conform("native", "decide", group.cases.map((one, n) => decideLine(group, one, n)));
    answers.forEach((line, n) => {
      const { ok, missing } = JSON.parse(line);
      const one = group.cases[n];
      const principal = { id: one.principal, ...group.principals[one.principal] };
      const question = { tables: group.tables, principal, request: one.request, scopes: group.scopes, nowSecs: NOW_SECS };
      if (ok) return assert.deepEqual(missing ?? [], []);
      const found = [...wrongSets(question, missing), ...nestedSets(missing).map((set) => `contains another: ${set}`)];
      tried += missing.filter((set) => set.every(({ kind }) => kind !== "fact")).length;
      wrong.push(...found.map((what) => `${group.name}: ${one.name}: ${what}: ${JSON.stringify([principal, one.request])}`));
    });
  }
  assert.ok(tried > 2_000, `${tried} sets were tried`);
  assert.deepEqual(wrong.slice(0, SHOWN), [], `${wrong.length} are wrong`);
});
