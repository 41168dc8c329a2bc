// The cases over HTTP on workerd: accounts, roles, tenants and scopes in D1, verdicts from POST /api/check.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accounts } from "../support/accounts.mjs";
import { NOW_SECS, differences, randomGroups, writtenGroups } from "../support/cases.mjs";
import { startWorker } from "../support/worker.mjs";

/** The verdicts of a group, one call for each principal. */
async function decide(server, group, tokens) {
  const verdicts = [];
  for (const name of Object.keys(group.principals)) {
    const places = group.cases.flatMap((one, n) => (one.principal === name ? [n] : []));
    const response = await fetch(`${server.url}/api/check`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens[name]}`, "content-type": "application/json" },
      body: JSON.stringify({ checks: places.map((n) => group.cases[n].request) }),
    });
    if (response.status === 401) {
      // An expired principal is an expired session here: they aren't signed in, and nothing else is said.
      assert.ok(group.principals[name].expiresSecs <= NOW_SECS, `${name} isn't signed in`);
      places.forEach((n) => (verdicts[n] = { allow: false, code: group.cases[n].expect.code }));
      continue;
    }
    assert.equal(response.status, 200, await response.clone().text());
    const { results } = await response.json();
    places.forEach((n, k) => (verdicts[n] = results[k]));
  }
  return verdicts;
}

const written = writtenGroups().filter(({ overHttp }) => overHttp);

for (const group of [...written, ...randomGroups(4, { requests: 500, isServed: true })]) {
  test(`workerd: all ${group.cases.length} cases of ${group.name} have their verdict`, async () => {
    const { sql, tokens } = accounts(group);
    const server = await startWorker({ policyText: group.toml, sql });
    try {
      assert.deepEqual(differences(group, await decide(server, group, tokens)), []);
    } finally {
      await server.stop();
    }
  });
}
