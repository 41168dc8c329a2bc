// The verifier of the npm package, in Node, with npm jose as the signer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PortcullisError, createVerifier } from "../../pkg/src/index.node.js";
import { ISSUER, NOW_MS, NOW_SECS, codeOf, makeSigner } from "./_fixtures.mjs";

const { jwks, sign } = await makeSigner();
const verifierOf = (options = {}) => createVerifier({ jwks, issuer: ISSUER, audience: ISSUER, typ: "at+jwt", now: () => NOW_MS, ...options });

test("a token of the issuer gives its header and claims, as they were written", async () => {
  const token = await sign({ grants: ["NURSE@ward:w1"], name: "Zoë ☕", deep: { list: [1, 2.5, null, true] } });
  const { header, claims } = (await verifierOf()).verify(token);
  assert.deepEqual(header, { alg: "ES256", typ: "at+jwt", kid: "k1" });
  assert.equal(claims.name, "Zoë ☕");
  assert.deepEqual(claims.deep, { list: [1, 2.5, null, true] });
  assert.equal(claims.exp, NOW_SECS + 300);
});

test("a token that fails a check throws its code and what was compared", async () => {
  const verifier = await verifierOf();
  const token = await sign();
  const [head, payload, signature] = token.split(".");
  const flipped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  const foreign = await (await makeSigner()).sign();
  for (const [bad, code] of [
    [`${head}.${payload}.${flipped}`, "signature_invalid"],
    [foreign, "signature_invalid"],
    [`${head}.${payload}`, "malformed_token"],
    [`${token}=`, "malformed_token"],
    [`${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`, "algorithm_not_allowed"],
    [await sign({ exp: NOW_SECS }), "expired"],
    [await sign({ nbf: NOW_SECS + 1 }), "not_yet_valid"],
    [await sign({ iat: NOW_SECS + 1 }), "issued_in_future"],
    [await sign({ exp: undefined }), "missing_claim"],
    [await sign({ iss: "x" }), "issuer_mismatch"],
    [await sign({ aud: "x" }), "audience_mismatch"],
    [await sign({}, { typ: "JWT" }), "typ_mismatch"],
    [await sign({}, { kid: "k9" }), "unknown_key"],
    ["x".repeat(16_385), "token_too_large"],
    [undefined, "malformed_token"],
    [{}, "malformed_token"],
  ]) {
    assert.equal(await codeOf(() => verifier.verify(bad)), code, String(bad).slice(0, 40));
  }
  const message = `token expired at ${NOW_SECS}, it is ${NOW_SECS}, leeway 0 s`;
  const expired = await sign({ exp: NOW_SECS });
  assert.throws(() => verifier.verify(expired), new PortcullisError("expired", message));
});

test("a token seen before is the same object, until the second of its expiry", async () => {
  let now = NOW_MS;
  const verifier = await verifierOf({ now: () => now });
  const token = await sign({ exp: NOW_SECS + 10 });
  const first = verifier.verify(token);
  assert.equal(verifier.verify(token), first);
  now = NOW_MS + 9_999;
  assert.equal(verifier.verify(token), first);
  now = NOW_MS + 10_000;
  assert.equal(await codeOf(() => verifier.verify(token)), "expired");
  now = NOW_MS - 1_000;
  assert.equal(await codeOf(() => verifier.verify(token)), "issued_in_future");
  now = NOW_MS;
  assert.equal(verifier.verify(token).claims.sub, "u1");
});

test("what one caller is given another can't have changed", async () => {
  const { claims } = (await verifierOf()).verify(await sign({ grants: ["NURSE"] }));
  assert.throws(() => claims.grants.push("DIRECTOR"), TypeError);
  assert.throws(() => (claims.sub = "u2"), TypeError);
});

test("more tokens than are kept are all verified", async () => {
  const verifier = await verifierOf();
  const tokens = await Promise.all(Array.from({ length: 300 }, (_, n) => sign({ jti: `t${n}` })));
  for (let round = 0; round < 2; round += 1) {
    tokens.forEach((token, n) => assert.equal(verifier.verify(token).claims.jti, `t${n}`));
  }
});

test("keys come as a set, as one key, or as the text of either", async () => {
  const token = await sign();
  for (const keys of [jwks, jwks.keys[0], JSON.stringify(jwks), JSON.stringify(jwks.keys[0])]) {
    assert.equal((await verifierOf({ jwks: keys })).verify(token).claims.sub, "u1");
  }
});

test("keys and rules that could never verify anything make no verifier", async () => {
  assert.equal(await codeOf(() => verifierOf({ jwks: undefined })), "malformed_keys");
  assert.equal(await codeOf(() => verifierOf({ jwks: "{" })), "malformed_keys");
  assert.equal(await codeOf(() => verifierOf({ jwks: { keys: [] } })), "no_usable_key");
  assert.equal(await codeOf(() => verifierOf({ algorithms: ["HS256"] })), "unsupported_algorithm");
  assert.equal(await codeOf(() => verifierOf({ algorithms: ["none"] })), "unsupported_algorithm");
  assert.equal(await codeOf(() => verifierOf({ audience: [] })), "malformed_rules");
  assert.equal(await codeOf(() => verifierOf({ leewaySecs: 301 })), "malformed_rules");
  assert.equal(await codeOf(() => verifierOf({ leewaySecs: -1 })), "malformed_rules");
});

test("a token without an expiry passes only where that is asked for", async () => {
  const token = await sign({ exp: undefined });
  assert.equal(await codeOf(async () => (await verifierOf()).verify(token)), "missing_claim");
  assert.equal((await verifierOf({ requireExp: false })).verify(token).claims.exp, undefined);
});
