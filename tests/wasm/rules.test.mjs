// Rules about records: what JavaScript decides by what the module handed over, the module decides, too.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";

import { createGate } from "../../pkg/src/index.node.js";
import { codeOf } from "./_fixtures.mjs";
import { makeRandom, randomPolicy, randomPrincipal, randomRequest } from "./_random-rules.mjs";

const POLICIES = 400;
const REQUESTS = 100;

const NOTES = {
  format: "portcullis-policy/1",
  name: "notes",
  scopes: [{ name: "org" }, { name: "team" }],
  tenants: { level: "org", owner: [], member: [] },
  roles: [{ name: "EDITOR" }],
  permissions: [{ name: "note:update", roles: ["EDITOR"] }, { name: "team:note", roles: ["EDITOR"] }],
  auth: [{ name: "rank", type: "int" }],
  context: [{ name: "reason", type: "string" }],
  resources: [
    { name: "note", fields: ["id", "owner_id", "title"].map((name) => ({ name, type: "string" })).concat({ name: "locked", type: "bool" }, { name: "rank", type: "int" }) },
    { name: "page", scope: [{ level: "org", field: "org_id" }, { level: "team", field: "team_id" }], fields: ["org_id", "team_id"].map((name) => ({ name, type: "string" })) },
  ],
  rules: [
    { name: "locked", effect: "deny", resource: "note", actions: ["update", "delete"], when: "record.locked == true" },
    { name: "own", effect: "allow", resource: "note", when: "record.owner_id == auth.id" },
    { name: "reason", effect: "allow", resource: "note", actions: ["read"], when: "request.reason == 'audit' && record.rank <= auth.rank" },
    { name: "page", effect: "allow", resource: "page", actions: ["read"], roles: ["EDITOR"] },
  ],
};
const ME = { id: "u1", grants: ["EDITOR@org:o1", "EDITOR@team:t7"], attributes: { rank: 3 } };
const gateOf = (principal = ME, options = {}) => createGate({ policy: NOTES, principal, ...options });

describe("a request with a record", () => {
  let gate;
  before(async () => {
    gate = await gateOf();
  });

  test("is allowed by a rule whose condition is true for it", () => {
    assert.equal(gate.can({ permission: "note:delete", record: { owner_id: "u1" } }), true);
    assert.equal(gate.can({ permission: "note:delete", record: { owner_id: "u2" } }), false);
    assert.equal(gate.can({ permission: "note:delete", record: {} }), false);
    assert.equal(gate.can({ permission: "note:delete" }), false);
    assert.equal(gate.can("note:delete"), false);
  });

  test("is denied by a rule, whoever asks", () => {
    const record = { owner_id: "u1", locked: true };
    assert.equal(gate.can({ permission: "note:delete", record }), false);
    assert.equal(gate.can({ permission: "note:update", record, scope: "org:o1" }), false);
    assert.equal(gate.can({ permission: "note:update", record: { locked: false }, scope: "org:o1" }), true);
    assert.equal(gate.can({ permission: "note:update", record: { locked: false }, tenant: "o1" }), true);
    assert.equal(gate.can({ permission: "note:update", record: { locked: false }, tenant: "o2" }), false);
    // Nobody knows whether it is locked.
    assert.equal(gate.can("note:update", "org:o1"), false);
  });

  test("is looked at with the attributes of the request", () => {
    const ask = (record, context) => gate.can({ permission: "note:read", record, context });
    assert.equal(ask({ rank: 3 }, { reason: "audit" }), true);
    assert.equal(ask({ rank: 4 }, { reason: "audit" }), false);
    assert.equal(ask({ rank: 3 }, { reason: "fun" }), false);
    assert.equal(ask({ rank: 3 }, undefined), false);
    assert.equal(ask({}, { reason: "audit" }), false);
  });

  test("lies where the record says, and nowhere else", () => {
    const ask = (record, more) => gate.can({ permission: "page:read", record, ...more });
    for (let round = 0; round < 2; round += 1) {
      assert.equal(ask({ org_id: "o1", team_id: "t1" }), true);
      assert.equal(ask({ org_id: "o2", team_id: "t7" }), true);
      assert.equal(ask({ org_id: "o2", team_id: "t1" }), false);
      assert.equal(ask({ org_id: null, team_id: undefined }), false);
      assert.equal(ask({ org_id: "o1" }, { scope: "org:o1" }), false);
      assert.equal(ask({ org_id: 1, team_id: "t7" }), false);
    }
  });

  test("is read as it is, not as its prototype would like it to be", () => {
    const inherited = Object.create({ owner_id: "u1" });
    assert.equal(gate.can({ permission: "note:delete", record: inherited }), false);
    assert.equal(gate.can(Object.create({ permission: "note:delete", record: { owner_id: "u1" } })), false);
    assert.equal(gate.can({ permission: "note:delete", record: { owner_id: { toJSON: () => "u1" } } }), true);
  });

  test("with fields or the account that it is about is left to the module", () => {
    const record = { owner_id: "u1" };
    assert.equal(gate.can({ permission: "note:delete", record, fields: ["title"] }), true);
    assert.equal(gate.can({ permission: "note:delete", record, fields: ["no"] }), false);
    assert.equal(gate.can({ permission: "note:delete", record, target: { grants: ["EDITOR"] } }), false);
    assert.equal(gate.can({ action: "delete", resource: "note", record }), true);
    assert.equal(gate.can({ permission: "note:delete", recrod: record }), false);
  });

  test("may carry what is of no interest, however odd", () => {
    const record = { owner_id: "u1", big: 1n, symbol: Symbol("x") };
    record.parent = record;
    assert.equal(gate.can({ permission: "note:delete", record }), true);
    assert.equal(gate.check({ permission: "note:delete", record }).code, "rule_allowed");
    assert.equal(gate.explain({ permission: "note:delete", record }).allow, true);
  });
});

describe("what was handed over", () => {
  const own = { permission: "note:delete", record: { owner_id: "u1" } };

  test("is forgotten with every change, in the middle of a task, too", async () => {
    const gate = await gateOf();
    const page = { permission: "page:read", record: { org_id: "o1" } };
    const asked = () => [gate.can("team:note", "org:o1"), gate.can("team:note", { team: "t7" }), gate.can("team:note"), gate.can(own), gate.can(page)];
    assert.deepEqual(asked(), [true, true, false, true, true]);
    gate.update({ principal: { id: "u2", grants: ["EDITOR"] } });
    assert.deepEqual(asked(), [true, true, true, false, true]);
    gate.update({ principal: { id: "u2", grants: [] } });
    assert.deepEqual(asked(), [false, false, false, false, false]);
    gate.update({ principal: ME });
    assert.deepEqual(asked(), [true, true, false, true, true]);
    gate.update({ scopes: ["org:o2"] });
    assert.deepEqual(asked(), [false, false, false, true, true]);
    gate.update({ policy: { ...NOTES, rules: [], permissions: [{ name: "team:note", roles: [] }] } });
    assert.deepEqual(asked(), [false, false, false, false, false]);
    gate.update({ policy: NOTES, scopes: null });
    assert.deepEqual(asked(), [true, true, false, true, true]);
    gate.close();
    assert.deepEqual(asked(), [false, false, false, false, false]);
  });

  test("stays in force when a change is refused", async () => {
    const gate = await gateOf();
    assert.equal(gate.can(own), true);
    assert.equal(await codeOf(async () => gate.update({ policy: "{" })), "policy_syntax");
    assert.equal(gate.can(own), true);
  });

  test("counts for nothing from the second of the expiry on", async () => {
    let now = 9_000;
    const gate = await gateOf({ ...ME, expiresSecs: 10 }, { now: () => now });
    const asked = () => [gate.can("team:note", "org:o1"), gate.can(own)];
    assert.deepEqual(asked(), [true, true]);
    for (const late of [10_000, Number.NaN, -1, Infinity]) {
      now = late;
      assert.deepEqual(asked(), [false, false], `${late}`);
    }
    now = 9_999.9;
    assert.deepEqual(asked(), [true, true]);
  });

  test("counts for nothing in a later task than the one that looked at the clock", async () => {
    const expiresSecs = Math.ceil((Date.now() + 1_000) / 1000);
    const gate = await gateOf({ ...ME, grants: ["EDITOR"], expiresSecs });
    const asked = () => [gate.can("team:note"), gate.can("team:note", "org:o1"), gate.can(own)];
    assert.deepEqual(asked(), [true, true, true]);
    await sleep(expiresSecs * 1000 - Date.now() + 5);
    assert.deepEqual(asked(), [false, false, false]);
    gate.close();
  });

  test("is dropped when there is too much of it, which changes no verdict", async () => {
    const gate = await gateOf();
    for (let n = 0; n < 10_000; n += 1) {
      assert.equal(gate.can({ permission: "page:read", record: { org_id: `o${n}`, team_id: "t1" } }), n === 1);
      assert.equal(gate.can({ permission: "note:update", tenant: `o${n}`, record: { locked: false } }), n === 1);
    }
  });
});

test("random rules, principals and records are answered as the module answers them", async () => {
  const counts = { allowed: 0, denied: 0, policies: 0 };
  for (let seed = 1; seed <= POLICIES; seed += 1) {
    const random = makeRandom(seed * 7_919);
    const policy = randomPolicy(random);
    const principal = randomPrincipal(random);
    const gate = await createGate({ policy, principal, now: () => 1_000, ...(random.below(2) && { scopes: ["org:o1/team:t1", "org:o1", "org:o2/team:t2"] }) });
    for (let n = 0; n < REQUESTS; n += 1) {
      const request = randomRequest(random);
      const told = gate.check(request);
      const allow = gate.can(request);
      assert.equal(allow, told.allow, `seed ${seed}, request ${n}: ${told.code}\n${inspect({ request, rules: policy.rules, principal }, { depth: 5 })}`);
      counts[allow ? "allowed" : "denied"] += 1;
    }
    counts.policies += 1;
    gate.close();
  }
  assert.ok(counts.allowed > 3_000 && counts.denied > 3_000, JSON.stringify(counts));
});
