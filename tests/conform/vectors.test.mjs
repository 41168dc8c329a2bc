// Published vectors and hostile lines through both builds of the dispatcher: each gives the expected
// verdict, and the wasm build gives byte for byte the native one's answers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { binary, root } from "../support/cases.mjs";
import { randomNumbers } from "../support/random/dice.mjs";

const VECTORS = join(root, "../shared/vectors");
const EXCEPTIONS = JSON.parse(readFileSync(join(root, "crates/conform/tests/known-exceptions.json"), "utf8"));
const ALGORITHMS = ["ES256", "EdDSA", "RS256", "HS256"];

/** Answers of both builds to the same lines, which must be the same. */
function answers(op, lines) {
  const run = (command, args) => {
    const done = spawnSync(command, args, { cwd: root, input: `${lines.join("\n")}\n`, encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trimEnd().split("\n");
  };
  const native = run(binary, ["conform", op]);
  const wasm = run(process.execPath, ["tests/conform.mjs", op]);
  assert.equal(native.length, lines.length);
  assert.deepEqual(wasm, native);
  return native.map((line) => JSON.parse(line));
}

function vectors(t, path) {
  const file = join(VECTORS, path);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  console.log(`skipped: ${file} is not there`);
  t.skip("the vectors are not there");
  return undefined;
}

const base64url = (hex) => Buffer.from(hex, "hex").toString("base64url");
const tests = (document) => document.testGroups.flatMap((group) => group.tests.map((one) => [group, one]));

/** Compares verdicts with what a file expects; an exception that is met after all fails too. */
function judge(file, judged) {
  const exceptions = EXCEPTIONS[file] ?? {};
  const wrong = judged.filter(([one, answer]) => {
    const asExpected = one.result === "acceptable" || answer.ok === (one.result === "valid");
    return asExpected === String(one.tcId) in exceptions;
  });
  assert.deepEqual(wrong.map(([one, answer]) => `${one.tcId} ${one.comment} ${JSON.stringify(answer)}`), []);
}

const RAW = {
  "ecdsa_secp256r1_sha256_p1363_test.json": ["ES256", ({ publicKey }) => {
    const coordinate = (hex) => base64url(hex.padStart(64, "0").slice(-64));
    return { kty: "EC", crv: "P-256", x: coordinate(publicKey.wx), y: coordinate(publicKey.wy) };
  }],
  "ed25519_test.json": ["EdDSA", ({ publicKey }) => ({ kty: "OKP", crv: "Ed25519", x: base64url(publicKey.pk) })],
  "rsa_signature_2048_sha256_test.json": ["RS256", ({ publicKey }) => {
    const number = (hex) => base64url(hex.replace(/^(00)+/, ""));
    return { kty: "RSA", n: number(publicKey.modulus), e: number(publicKey.publicExponent) };
  }],
};

for (const [file, [alg, jwk]] of Object.entries(RAW)) {
  test(`${file} passes whole, natively and in wasm`, (t) => {
    const document = vectors(t, `wycheproof/${file}`);
    if (!document) return;
    const all = tests(document);
    const lines = all.map(([group, one]) => JSON.stringify({ id: one.tcId, alg, jwk: jwk(group), msgHex: one.msg, sigHex: one.sig }));
    const given = answers("verifyRaw", lines);
    judge(file, all.map(([, one], n) => [one, given[n]]));
    assert.equal(all.length, document.numberOfTests);
  });
}

test("hmac_sha256_test.json passes whole for full tags and keys of 256 bits, natively and in wasm", (t) => {
  const file = "hmac_sha256_test.json";
  const document = vectors(t, `wycheproof/${file}`);
  if (!document) return;
  const all = tests(document);
  const lines = all.map(([, one]) => JSON.stringify({ id: one.tcId, alg: "HS256", jwk: { kty: "oct", k: base64url(one.key) }, msgHex: one.msg, sigHex: one.tag }));
  const given = answers("verifyRaw", lines);
  judge(file, all.flatMap(([group, one], n) => (group.keySize >= 256 && group.tagSize === 256 ? [[one, given[n]]] : [])));
  // RFC 7518 section 3.2: no key shorter than the hash; HS256 never truncates its tag.
  all.forEach(([group], n) => {
    if (group.keySize < 256) assert.equal(given[n].code, "weak_key");
    else if (group.tagSize < 256) assert.equal(given[n].code, "signature_invalid");
  });
});

test("json_web_signature_test.json passes whole but for its known exceptions, natively and in wasm", (t) => {
  const file = "json_web_signature_test.json";
  const document = vectors(t, `wycheproof/${file}`);
  if (!document) return;
  const all = tests(document);
  const key = (group) => group.public ?? group.private;
  const lines = all.map(([group, one]) => JSON.stringify({ id: one.tcId, jws: one.jws, keys: key(group), algorithms: ALGORITHMS }));
  const given = answers("verifyJws", lines);
  const ours = ([group]) => ALGORITHMS.includes(key(group).alg ?? "ES256");
  judge(file, all.flatMap((pair, n) => (ours(pair) ? [[pair[1], given[n]]] : [])));
  assert.equal(all.filter(ours).length, 316);
});

test("both builds give the same answers to 2,000 hostile lines, and go on after each", () => {
  const random = randomNumbers(20_261_122);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const token = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA";
  const pieces = ["{", "}", "[", "]", '"', ":", ",", "\\u0000", "\\ud800", "null", "1e999", "-0", "é", "\u{1f512}", '"id":1,', '"token":', `"${token}"`, '"keys":{"keys":[]}', '"now":1e300', '"algorithms":["none"]', "[".repeat(200), "x".repeat(5000)];
  const hostile = () => Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(pieces)).join("");
  const sane = JSON.stringify({ id: "still here", jwk: { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" } });
  for (const op of ["verifyJwt", "verifyJws", "verifyRaw", "thumbprint", "passwordVerify", "decide", "noSuchOp"]) {
    const given = answers(op, Array.from({ length: 300 }, hostile));
    given.forEach((answer) => assert.equal(answer.ok, false));
  }
  const lines = Array.from({ length: 400 }, (_, n) => (n % 2 ? sane : hostile()));
  answers("thumbprint", lines).forEach((answer, n) => assert.equal(answer.ok, n % 2 === 1));
});
