// Gates that are made from permission snapshots, and the snapshots that they refuse.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { createGate } from "../../pkg/src/index.node.js";
import { unpack } from "../../pkg/src/unpack.js";
import { CLINIC, NOW_MS, NOW_SECS, codeOf } from "./_fixtures.mjs";
import { BASE, DIGEST, digestOf, HERE, PACKED, makeIssuer } from "./_snapshots.mjs";

const EXP = NOW_SECS + 300;
const MAX_BYTES = 256 * 1024;

let issuer;
before(async () => (issuer = await makeIssuer()));

const noRequest = () => assert.fail("a request was sent");
const issue = (claims, nowMs = NOW_MS) => issuer.issue(nowMs, claims);
const open = (snapshot, options = {}) =>
  createGate({ snapshot, jwks: issuer.jwks, issuer: BASE, audience: BASE, now: () => NOW_MS, fetch: noRequest, ...options });

/** Changes the character at a place into another one of the alphabet. */
function changed(text, at) {
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

/** Changes claims without signing anew. */
function forged(text, change) {
  const [header, payload, signature] = text.split(".");
  const claims = change(JSON.parse(Buffer.from(payload, "base64url").toString()));
  return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
}

describe("a gate from a snapshot", () => {
  test("decides without a request, and tells who, what policy and which scopes", async () => {
    const gate = await open(await issue());
    assert.equal(gate.can("record:read", HERE), true);
    assert.equal(gate.can("record:export", HERE), false);
    assert.equal(gate.check("record:read", { ward: "w2" }).code, "unknown_scope");
    assert.deepEqual(gate.principal, { grants: ["NURSE@ward:w1"], id: "u1", expiresSecs: EXP });
    assert.deepEqual(gate.user, { name: "Ada", id: "u1" });
    assert.deepEqual(gate.scopes, ["region:north/ward:w1"]);
    assert.deepEqual({ ...gate.policy }, { name: "clinic", version: "1.0.0", digest: DIGEST });
    assert.deepEqual(gate.permissions.map(({ label }) => label), ["Read records", "Export records"]);
    gate.close();
  });

  test("says all that the snapshot says of the principal", async () => {
    const principal = { grants: ["NURSE@ward:w1"], tier: "beta", expiresSecs: 1, id: "root" };
    const gate = await open(await issue({ principal }));
    assert.equal(gate.can("record:export", HERE), true);
    assert.deepEqual([gate.tier, gate.principal.id, gate.principal.expiresSecs], ["beta", "u1", EXP]);
  });

  test("allows until the second of `exp`, and can't be made from then on", async () => {
    const snapshot = await issue();
    let nowMs = EXP * 1000 - 1;
    const gate = await open(snapshot, { now: () => nowMs });
    assert.deepEqual([gate.can("record:read", HERE), gate.status], [true, "ready"]);
    nowMs = EXP * 1000;
    assert.deepEqual([gate.can("record:read", HERE), gate.status], [false, "expired"]);
    assert.equal(await codeOf(() => open(snapshot, { now: () => nowMs })), "expired");
  });

  test("takes a newer snapshot, and tells listeners when it says something new", async () => {
    const gate = await open(await issue());
    let told = 0;
    gate.subscribe(() => (told += 1));
    gate.update({ snapshot: await issue({}, NOW_MS + 5_000) });
    assert.deepEqual([told, gate.getSnapshot().revision], [0, 0]);
    assert.equal(gate.principal.expiresSecs, EXP + 5);
    gate.update({ snapshot: await issue({ principal: { grants: [] } }, NOW_MS + 6_000) });
    assert.deepEqual([told, gate.can("record:read", HERE)], [1, false]);
    gate.update({ snapshot: await issue({ policyDigest: digestOf("cd".repeat(32)), principal: { grants: [] } }, NOW_MS + 7_000) });
    assert.deepEqual([told, gate.policy.digest], [2, "cd".repeat(32)]);
    gate.close();
    gate.update({ snapshot: "" });
  });

  test("an equal snapshot is news when something else was put in force meanwhile", async () => {
    const gate = await open(await issue());
    gate.update({ principal: { id: "u1", grants: [] } });
    let told = 0;
    gate.subscribe(() => (told += 1));
    gate.update({ snapshot: await issue() });
    assert.deepEqual([told, gate.can("record:read", HERE)], [1, true]);
  });

  test("needs keys, issuer and audience, and a snapshot goes alone", async () => {
    const snapshot = await issue();
    for (const missing of ["jwks", "issuer", "audience"]) {
      assert.equal(await codeOf(() => open(snapshot, { [missing]: undefined })), "malformed_options", missing);
    }
    const gate = await open(snapshot);
    assert.equal(await codeOf(() => gate.update({ snapshot, scopes: [] })), "malformed_options");
    const local = await createGate({ policy: CLINIC, principal: { id: "u1", grants: [] } });
    assert.equal(await codeOf(() => local.update({ snapshot })), "malformed_options");
  });

  test("with a server's address it begins with the snapshot, and fetches only when that has expired", async () => {
    const snapshot = await issue();
    const options = { baseUrl: BASE, refresh: false };
    const gate = await open(snapshot, options);
    assert.equal(gate.can("record:read", HERE), true);
    const asked = [];
    const down = async (url) => {
      asked.push(url);
      throw new TypeError("fetch failed");
    };
    assert.equal(await codeOf(() => open(snapshot, { ...options, now: () => EXP * 1000, fetch: down })), "network_error");
    assert.deepEqual(asked, [`${BASE}/api/auth/snapshot`]);
    assert.equal(await codeOf(() => open(changed(snapshot, 200), options)), "signature_invalid");
    assert.equal(await codeOf(() => open(snapshot, { ...options, jwks: undefined })), "malformed_options");
  });
});

describe("refused, and what was in force stays in force", () => {
  /** Both ways in: to begin with, and later. */
  async function refused(snapshot, code, options = {}) {
    assert.equal(await codeOf(() => open(snapshot, options)), code);
    const gate = await open(await issue(), options);
    const before = gate.getSnapshot();
    let told = 0;
    gate.subscribe(() => (told += 1));
    assert.equal(await codeOf(() => gate.update({ snapshot })), code);
    assert.equal(gate.getSnapshot(), before);
    assert.deepEqual([told, gate.can("record:read", HERE)], [0, true]);
    gate.close();
  }

  test("claims that were changed", async () => {
    const snapshot = await issue({ principal: { grants: [] } });
    const grants = ["NURSE@ward:w1"];
    await refused(forged(snapshot, (claims) => ({ ...claims, principal: { grants } })), "signature_invalid");
    await refused(forged(snapshot, (claims) => ({ ...claims, exp: claims.exp + 1 })), "signature_invalid");
    await refused(forged(snapshot, (claims) => ({ ...claims, ver: claims.ver + 1 })), "signature_invalid");
    const [header, payload] = snapshot.split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "portcullis-snapshot+jws" })).toString("base64url");
    await refused(`${none}.${payload}.`, "algorithm_not_allowed");
    await refused(`${header}.${payload}.`, "signature_invalid");
  });

  test("a change of one character, at every position", async () => {
    const snapshot = await issue();
    const gate = await open(snapshot);
    const before = gate.getSnapshot();
    for (let at = 0; at < snapshot.length; at += 1) {
      assert.notEqual(await codeOf(() => gate.update({ snapshot: changed(snapshot, at) })), "no error", `at ${at}`);
      const shorter = snapshot.slice(0, at) + snapshot.slice(at + 1);
      assert.notEqual(await codeOf(() => gate.update({ snapshot: shorter })), "no error", `without ${at}`);
    }
    assert.equal(gate.getSnapshot(), before);
  });

  test("one bit flipped, in every byte of header, claims and signature", async () => {
    const snapshot = await issue();
    const gate = await open(snapshot);
    const parts = snapshot.split(".").map((part) => Buffer.from(part, "base64url"));
    for (const [which, bytes] of parts.entries()) {
      for (let at = 0; at < bytes.length; at += 1) {
        const copies = parts.map((part) => Buffer.from(part));
        copies[which][at] ^= 1 << at % 8;
        const flipped = copies.map((part) => part.toString("base64url")).join(".");
        assert.notEqual(await codeOf(() => gate.update({ snapshot: flipped })), "no error", `part ${which}, byte ${at}`);
      }
    }
  });

  test("from the second in which it has expired", async () => {
    const past = await issue({}, NOW_MS - 300_000);
    await refused(past, "expired");
    const last = await open(await issue({}, NOW_MS - 299_000));
    assert.equal(last.can("record:read", HERE), true);
  });

  test("from more than a minute in the future", async () => {
    await refused(await issue({}, NOW_MS + 61_000), "issued_in_future");
    assert.equal((await open(await issue({}, NOW_MS + 60_000))).status, "ready");
    await refused(await issue({ nbf: NOW_SECS + 61 }), "not_yet_valid");
  });

  test("of another issuer, audience, type or key", async () => {
    await refused(await issue({ iss: "https://evil.example" }), "issuer_mismatch");
    await refused(await issue({ aud: "https://evil.example" }), "audience_mismatch");
    await refused(await issue({ header: { typ: "at+jwt" } }), "typ_mismatch");
    await refused(await issue({ header: { typ: undefined } }), "typ_mismatch");
    const other = await makeIssuer("k2");
    await refused(await other.issue(NOW_MS), "unknown_key");
    const impostor = await makeIssuer();
    await refused(await impostor.issue(NOW_MS), "signature_invalid");
    const access = await issuer.sign({ iss: BASE, aud: BASE, grants: ["NURSE"] });
    await refused(access, "typ_mismatch");
  });

  test("as an access token", async () => {
    const options = { policy: CLINIC, jwks: issuer.jwks, issuer: BASE, audience: BASE, now: () => NOW_MS };
    assert.equal(await codeOf(async () => createGate({ ...options, token: await issue() })), "typ_mismatch");
  });

  test("of another user than the one that the gate is for", async () => {
    await refused(await issue({ sub: "u2" }), "subject_mismatch", { subject: "u1" });
    const gate = await open(await issue());
    gate.update({ snapshot: await issue({ sub: "u2" }) });
    assert.equal(gate.principal.id, "u2");
  });

  test("older than the one in force of the same user, whoever else was in between", async () => {
    const gate = await open(await issue({}, NOW_MS));
    const older = await issue({}, NOW_MS - 1);
    assert.equal(await codeOf(() => gate.update({ snapshot: older })), "snapshot_rolled_back");
    gate.update({ snapshot: await issue({}, NOW_MS) });
    gate.update({ snapshot: await issue({ sub: "u2" }, NOW_MS - 1) });
    assert.equal(gate.principal.id, "u2");
    assert.equal(await codeOf(() => gate.update({ snapshot: older })), "snapshot_rolled_back");
    assert.equal(gate.principal.id, "u2");
  });

  test("longer than 256 KiB", async () => {
    const sized = (count) => issue({ user: { name: "x".repeat(count) } });
    const overhead = (await sized(0)).length;
    const count = Math.floor(((MAX_BYTES - overhead) * 3) / 4) - 2;
    const long = await sized(count);
    assert.ok(long.length <= MAX_BYTES && long.length > MAX_BYTES - 8, `${long.length}`);
    assert.equal((await open(long)).user.name.length, count);
    await refused(await sized(count + 12), "token_too_large");
  });

  test("without a claim, or with one of another type", async () => {
    const wrong = [
      { sub: undefined },
      { iat: undefined },
      { ver: undefined },
      { ver: 1.5 },
      { ver: "1" },
      { policyDigest: undefined },
      { policyDigest: DIGEST },
      { principal: undefined },
      { principal: [] },
      { scopes: undefined },
      { scopes: {} },
      { user: "u1" },
      { user: undefined },
      { policy: undefined },
    ];
    for (const claims of wrong) await refused(await issue(claims), "malformed_snapshot");
    await refused(await issue({ exp: undefined }), "missing_claim");
    await refused(await issue({ scopes: [1] }), "malformed_scopes");
    await refused(await issue({ principal: { grants: [1] } }), "malformed_principal");
    await refused(await issue({ policy: { ...PACKED, r: [["NURSE", "", 0, ["moon"]]] } }), "policy_unknown_name");
  });

  test("when it is nothing that could be a snapshot", async () => {
    const snapshot = await issue();
    for (const text of ["", ".", "null", `${snapshot}.`, `${snapshot} `, ` ${snapshot}`, 1, {}]) {
      await refused(text, "malformed_token");
    }
    await refused("..", "malformed_header");
  });
});

describe("a packed policy", () => {
  test("unpacks to the policy that it was packed from", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(unpack(PACKED))), {
      ...CLINIC,
      roles: CLINIC.roles.map((role) => ({ ...role, level: 0 })),
    });
    assert.deepEqual(unpack({ format: "f", name: "n" }), { format: "f", name: "n" });
    assert.deepEqual(unpack({ name: "n" }), { format: CLINIC.format, name: "n" });
  });

  test("is refused when it isn't one", async () => {
    const wrong = [
      null,
      [],
      "policy",
      CLINIC,
      { ...PACKED, roles: [] },
      { ...PACKED, r: {} },
      { ...PACKED, r: ["NURSE"] },
      { ...PACKED, r: [[]] },
      { ...PACKED, r: [[1]] },
      { ...PACKED, r: [["NURSE", null]] },
      { ...PACKED, r: [["NURSE", "", "1"]] },
      { ...PACKED, r: [["NURSE", "", 0, "ward"]] },
      { ...PACKED, r: [["NURSE", "", 0, [], ""]] },
      { ...PACKED, p: null },
      { ...PACKED, p: [null] },
      { ...PACKED, p: [["a:b", "", 0]] },
      { ...PACKED, p: [["a:b", "", [2]]] },
      { ...PACKED, p: [["a:b", "", [-1]]] },
      { ...PACKED, p: [["a:b", "", [0.5]]] },
      { ...PACKED, p: [["a:b", "", ["0"]]] },
      { ...PACKED, p: [["a:b", "", ["constructor"]]] },
      { ...PACKED, p: [["a:b", "", [null]]] },
      { ...PACKED, p: [["a:b", "", [0], 1]] },
      { ...PACKED, p: [["a:b", "", [0], "beta", 1]] },
      { ...PACKED, r: [{}], p: [["a:b", "", [0]]] },
    ];
    for (const packed of wrong) {
      assert.equal(await codeOf(() => unpack(packed)), "malformed_snapshot", JSON.stringify(packed));
    }
    assert.equal(await codeOf(async () => open(await issue({ policy: CLINIC }))), "malformed_snapshot");
  });
});
