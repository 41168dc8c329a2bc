// The gate of the npm package, in Node.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { PortcullisError, createGate } from "../../pkg/src/index.node.js";
import { CLINIC, ISSUER, NOW_MS, NOW_SECS, NURSE, codeOf, makeSigner } from "./_fixtures.mjs";

const gateOf = (options = {}) => createGate({ policy: CLINIC, principal: NURSE, now: () => NOW_MS, ...options });

describe("a gate with everything passed in", () => {
  test("allows at the scope of the grant, however the scope is written, and nowhere else", async () => {
    const gate = await gateOf();
    for (const scope of [{ ward: "w1" }, "ward:w1", "region:north/ward:w1", { ward: "w1", region: "north" }]) {
      // Twice: the second answer comes by a handle kept from the first.
      assert.equal(gate.can("record:read", scope), true);
      assert.equal(gate.can("record:read", scope), true);
    }
    for (const scope of [{ ward: "w2" }, "ward:w2", { region: "north" }, {}, "", "global", null, undefined]) {
      assert.equal(gate.can("record:read", scope), false, JSON.stringify(scope));
    }
  });

  test("a member of a scope that is undefined doesn't turn the question into a global one", async () => {
    const gate = await gateOf({ principal: { id: "u2", grants: ["DIRECTOR"] }, policy: { ...CLINIC, roles: [CLINIC.roles[0], { name: "DIRECTOR" }], permissions: [{ name: "record:read", roles: ["DIRECTOR"] }] } });
    assert.equal(gate.can("record:read"), true);
    assert.equal(gate.can("record:read", { ward: undefined }), false);
    assert.equal(gate.check({ permission: "record:read", scope: { ward: undefined } }).code, "malformed_request");
  });

  test("a list of scopes replaces the caller's word on what lies in what", async () => {
    const principal = { id: "u2", grants: ["DIRECTOR@region:north"] };
    const claimed = { region: "north", ward: "w1" };
    assert.equal((await gateOf({ principal })).can("record:read", claimed), true);
    const gate = await gateOf({ principal, scopes: ["region:south/ward:w1"] });
    assert.equal(gate.can("record:read", claimed), false);
    gate.update({ scopes: null });
    assert.equal(gate.can("record:read", claimed), true);
  });

  test("tells tiers, apps and names", async () => {
    const gate = await gateOf();
    assert.deepEqual([gate.hasTier("public"), gate.hasTier("beta"), gate.hasTier("gold")], [true, false, false]);
    assert.deepEqual([gate.canOpen("calendar"), gate.canOpen("lab"), gate.canOpen("x")], [true, false, false]);
    assert.deepEqual(gate.accessibleApps().map(({ label }) => label), ["Calendar"]);
    assert.deepEqual(gate.permissions.map(({ name }) => name), ["record:read", "record:export"]);
    assert.equal(gate.tier, "public");
    assert.deepEqual(gate.levels, ["global", "region", "ward"]);
    assert.equal(gate.policy.name, "clinic");
  });

  test("explains a denial with the smallest changes that would allow it", async () => {
    const told = (await gateOf()).explain("record:export", { ward: "w1" });
    assert.equal(told.code, "tier_too_low");
    assert.equal(told.message, "Export records needs the tier Beta; yours is public");
    assert.deepEqual(told.missing, [[{ kind: "tier", tier: "beta" }]]);
  });

  test("never throws for a question, whatever it is", async () => {
    const gate = await gateOf();
    const throwing = { get ward() { throw new Error("no"); } };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const odd of [7, true, [], ["ward:w1"], new Map(), new Date(), () => {}, Symbol("x"), 1n, throwing, revoked.proxy, { ward: 7 }, { ward: "" }, { ward: "\ud800" }, "x".repeat(1e6)]) {
      assert.equal(gate.can("record:read", odd), false);
      assert.equal(gate.check({ permission: "record:read", scope: odd }).allow, false);
      assert.equal(gate.explain("record:read", odd).allow, false);
      assert.equal(gate.can(odd), false);
      assert.equal(gate.check(odd).allow, false);
      assert.equal(gate.explain(odd).allow, false);
      assert.equal(gate.hasTier(odd) || gate.canOpen(odd), false);
    }
  });

  test("names that objects have by nature are no permissions", async () => {
    const gate = await gateOf();
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      assert.equal(gate.can(name) || gate.hasTier(name) || gate.canOpen(name), false);
      assert.equal(gate.can("record:read", { [name]: "w1" }), false);
    }
  });

  test("more scopes than are kept change no verdict", async () => {
    const gate = await gateOf();
    for (let n = 0; n < 10_000; n += 1) {
      assert.equal(gate.can("record:read", { ward: `w${n}` }), n === 1);
    }
    assert.equal(gate.can("record:read", { ward: "w1" }), true);
    assert.equal(gate.can("record:read", "ward:w1"), true);
  });

  test("leaves the objects it is given as they are", async () => {
    const principal = { id: "u1", grants: ["NURSE@ward:w1"] };
    const gate = await gateOf({ principal });
    principal.grants.push("DIRECTOR");
    assert.equal(gate.can("record:read", { ward: "w2" }), false);
    assert.throws(() => gate.principal.grants.push("DIRECTOR"), TypeError);
  });

  test("refuses parts that are wrong, with a code and a sentence", async () => {
    assert.equal(await codeOf(() => createGate({})), "malformed_options");
    assert.equal(await codeOf(() => createGate({ policy: CLINIC })), "malformed_options");
    assert.equal(await codeOf(() => gateOf({ policy: "{" })), "policy_syntax");
    assert.equal(await codeOf(() => gateOf({ principal: { grants: 1 } })), "malformed_principal");
    assert.equal(await codeOf(() => gateOf({ token: "a.b.c", principal: undefined })), "no_keys");
    const misspelt = { ...CLINIC, permissions: [{ name: "record:read", roles: ["NURS"] }] };
    await assert.rejects(gateOf({ policy: misspelt }), new PortcullisError("policy_unknown_name", "no role is named `NURS`; did you mean `NURSE`?"));
  });
});

describe("time", () => {
  test("from the second of its expiry on a principal is denied everything", async () => {
    let now = NOW_MS;
    const gate = await gateOf({ principal: { ...NURSE, expiresSecs: NOW_SECS + 10 }, now: () => now });
    now = NOW_MS + 9_999;
    assert.equal(gate.can("record:read", { ward: "w1" }), true);
    assert.equal(gate.status, "ready");
    now = NOW_MS + 10_000;
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
    assert.equal(gate.check("record:read", { ward: "w1" }).code, "principal_expired");
    assert.equal(gate.canOpen("calendar"), false);
    assert.equal(gate.status, "expired");
    now = Number.NaN;
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
  });

  test("those who subscribed are told once when it expires, and a snapshot stays the same between changes", async () => {
    const expiresSecs = Math.ceil(Date.now() / 1000) + 1;
    const gate = await createGate({ policy: CLINIC, principal: { ...NURSE, expiresSecs } });
    let told = 0;
    gate.subscribe(() => (told += 1));
    const before = gate.getSnapshot();
    assert.equal(gate.getSnapshot(), before);
    await sleep(expiresSecs * 1000 - Date.now() + 300);
    assert.equal(told, 1);
    const after = gate.getSnapshot();
    assert.equal(after.status, "expired");
    assert.notEqual(after, before);
    assert.equal(gate.getSnapshot(), after);
    gate.close();
  });

  test("the system's clock is read again in the next task", async () => {
    const expiresSecs = Math.ceil((Date.now() + 1_000) / 1000);
    const gate = await createGate({ policy: CLINIC, principal: { ...NURSE, expiresSecs } });
    assert.equal(gate.can("record:read", { ward: "w1" }), true);
    await sleep(expiresSecs * 1000 - Date.now() + 5);
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
    gate.close();
  });
});

describe("changes", () => {
  test("a token is verified before it counts", async () => {
    const { jwks, sign } = await makeSigner();
    const token = await sign({ grants: ["NURSE@ward:w1"], tier: "beta" });
    const gate = await createGate({ policy: CLINIC, jwks, token, issuer: ISSUER, audience: ISSUER, now: () => NOW_MS });
    assert.equal(gate.can("record:export", { ward: "w1" }), true);
    assert.deepEqual(gate.principal, { id: "u1", grants: ["NURSE@ward:w1"], tier: "beta", expiresSecs: NOW_SECS + 300 });
    const foreign = await (await makeSigner()).sign({ grants: ["DIRECTOR@region:north"] });
    assert.equal(await codeOf(() => gate.update({ token: foreign })), "signature_invalid");
    assert.equal(await codeOf(async () => gate.update({ token: await sign({ iss: "https://other.example" }) })), "issuer_mismatch");
    assert.equal(await codeOf(async () => gate.update({ token: await sign({}, { typ: "JWT" }) })), "typ_mismatch");
    assert.equal(gate.can("record:export", { ward: "w1" }), true, "a refused change changes nothing");
    gate.update({ token: await sign({ grants: [] }) });
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
  });

  test("those who subscribed are told of each, until they no longer want to be", async () => {
    const gate = await gateOf();
    let told = 0;
    const stop = gate.subscribe(() => (told += 1));
    gate.update({ principal: { id: "u2", grants: [] } });
    assert.equal(told, 1);
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
    stop();
    gate.update({ principal: NURSE });
    assert.equal(told, 1);
    assert.equal(gate.can("record:read", { ward: "w1" }), true);
  });

  test("a closed gate denies everything and says so", async () => {
    const gate = await gateOf();
    gate.close();
    gate.close();
    assert.equal(gate.can("record:read", { ward: "w1" }), false);
    assert.deepEqual(gate.check("record:read"), { allow: false, code: "gate_closed" });
    assert.equal(gate.explain({ app: "calendar" }).code, "gate_closed");
    assert.equal(gate.status, "closed");
    assert.equal(gate.hasTier("public") || gate.canOpen("calendar"), false);
  });
});
