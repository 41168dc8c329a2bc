// What a principal may see, as SQL: the same text natively and in the wasm build of the same dispatcher.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW_SECS, randomGroups, writtenGroups } from "../support/cases.mjs";
import { HOSTS, conform } from "../support/hosts.mjs";
import { actionsOf } from "../support/random/policy.mjs";

/** Principals of each group that are asked for. */
const PRINCIPALS = 8;

/** A line for every action of every type of record, for some principals. */
function linesOf(group) {
  const principals = Object.entries(group.principals).slice(0, PRINCIPALS);
  const context = group.cases.find(({ request, expect }) => request.context && expect.allow)?.request.context;
  return Object.entries(group.tables.resources ?? {}).flatMap(([resource, one]) =>
    actionsOf(one).flatMap((action) =>
      principals.map(([id, principal]) =>
        JSON.stringify({ id, policy: group.toml, principal: { id, ...principal }, resource, action, context, now: NOW_SECS }),
      ),
    ),
  );
}

test("native and wasm make the same SQL, parameters and fields of random and written policies", () => {
  const groups = [...writtenGroups().filter(({ tables }) => tables), ...randomGroups(40, { requests: 20 })];
  const lines = groups.flatMap(linesOf);
  const [native, wasm] = HOSTS.map((host) => conform(host, "filter", lines));
  assert.equal(native.length, lines.length);
  native.forEach((answer, n) => assert.equal(wasm[n], answer, lines[n]));

  const answers = native.map((line) => JSON.parse(line));
  assert.deepEqual(answers.filter(({ ok, code }) => !ok && code !== "principal_expired").slice(0, 3), []);
  const texts = new Set(answers.map(({ sql }) => sql));
  assert.ok(texts.size > 100, `${texts.size} different predicates of ${lines.length}`);
  for (const { ok, sql, params } of answers) {
    if (ok) assert.ok(params.length <= 100 && typeof sql === "string", `${params.length} parameters`);
  }
});
