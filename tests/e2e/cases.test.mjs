// The cases over HTTP on workerd: accounts, roles and scopes in D1, verdicts from POST /api/check.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

import { NOW_SECS, differences, randomGroups, writtenGroups } from "../support/cases.mjs";
import { startWorker } from "../support/worker.mjs";

const YEAR_2100_MS = 4_102_444_800_000;

const text = (value) => (value === undefined ? "NULL" : `'${String(value).replaceAll("'", "''")}'`);

/** A session token in the server's form. */
function sessionToken() {
  return randomBytes(48).toString("base64").replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 32).padEnd(32, "A");
}

/** SQL for the principals of a group, each with a session, and their tokens by name. */
function accounts(group) {
  const tokens = {};
  const sql = [];
  let row = 0;
  for (const [name, principal] of Object.entries(group.principals)) {
    tokens[name] = sessionToken();
    const hash = createHash("sha256").update(tokens[name]).digest("base64url");
    const expires = (principal.expiresSecs ?? YEAR_2100_MS / 1000) * 1000;
    sql.push(
      `INSERT INTO user (id, email, name, tier, created_at_ms, updated_at_ms) ` +
        `VALUES (${text(name)}, ${text(`${name}@cases`)}, ${text(name)}, ${text(principal.tier)}, 0, 0);`,
      `INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, expires_at_ms, remember_me) ` +
        `VALUES (${text(`s-${name}`)}, ${text(hash)}, ${text(name)}, 0, 0, ${expires}, 0);`,
    );
    for (const grant of principal.grants) {
      const at = grant.indexOf("@");
      const [role, scope] = at < 0 ? [grant, ""] : [grant.slice(0, at), grant.slice(at + 1)];
      sql.push(
        `INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) ` +
          `VALUES ('g${(row += 1)}', ${text(name)}, ${text(role)}, ${text(scope)}, 0);`,
      );
    }
  }
  for (const path of group.scopes) {
    sql.push(
      `INSERT INTO scope (leaf, path, label, created_at_ms) ` +
        `VALUES (${text(path.split("/").at(-1))}, ${text(path)}, '', 0);`,
    );
  }
  return { sql: sql.join("\n"), tokens };
}

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
      // An expired principal is an expired session here: the answer is for one who isn't signed in.
      assert.ok(group.principals[name].expiresSecs <= NOW_SECS, `${name} isn't signed in`);
      places.forEach((n) => (verdicts[n] = { allow: false, code: "principal_expired" }));
      continue;
    }
    assert.equal(response.status, 200, await response.clone().text());
    const { results } = await response.json();
    places.forEach((n, k) => (verdicts[n] = results[k]));
  }
  return verdicts;
}

for (const group of [...writtenGroups(), ...randomGroups(4)]) {
  test(`workerd: all ${group.cases.length} cases of ${group.name} have their verdict`, async () => {
    const server = await startWorker({ policyText: group.toml });
    try {
      const { sql, tokens } = accounts(group);
      await server.sql(sql);
      assert.deepEqual(differences(group, await decide(server, group, tokens)), []);
    } finally {
      await server.stop();
    }
  });
}
