// Every exported function of the module, hammered with junk in hot loops: it stays alive and right.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import * as engine from "../../pkg/dist/portcullis.js";
import { Dice } from "../support/random/dice.mjs";
import { CLINIC, NOW_MS, NURSE, makeSigner } from "./_fixtures.mjs";

const ROUNDS = 200_000;
const POLICY = JSON.stringify(CLINIC);

const PIECES = ["{", "}", "[", "]", '"', ":", ",", "ward", "region", "permission", "scope", "record:read", "null", "1e999", "-0", "\\u0000", "\ud800", "é", "/", "@", "eyJ", ".", "_-", "", "\u0000", "9".repeat(30)];
const NUMBERS = [0, -1, 1, 0.5, 16, 255, 4_096, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31), Number.NaN, Infinity, -Infinity, 1e308, 5e-324];
const ODD = [undefined, null, true, "7", {}, []];

/** @type {(below: number) => number} */
let random;
const junkText = () => Array.from({ length: random(8) }, () => PIECES[random(PIECES.length)]).join("");
const junkNumber = () => (random(20) === 0 ? ODD[random(ODD.length)] : NUMBERS[random(NUMBERS.length)]);

before(() => {
  const dice = new Dice(20_261_122);
  random = (below) => dice.below(below);
  const module = new WebAssembly.Module(readFileSync(new URL("../../pkg/dist/portcullis_bg.wasm", import.meta.url)));
  engine.initSync({ module });
});

const makeCore = () => engine.GateCore.create(POLICY, JSON.stringify(NURSE), undefined);

const at = (scope) => JSON.stringify({ permission: "record:read", scope });

/** It still decides rightly, whatever came before. */
function assertAlive(core) {
  assert.equal(core.answers(at("ward:w1")), "10");
  assert.equal(core.answers(at(null)), "00");
  assert.equal(core.check(at("ward:w1"), NOW_MS), 0);
  assert.equal(core.check(at(null), NOW_MS), 17);
}

test("numbers that mean nothing are answered with a code", () => {
  const core = makeCore();
  const codes = new Set([2, 18, 19, 20, 33, 34]);
  for (let n = 0; n < ROUNDS; n += 1) {
    assert.ok(codes.has(core.canOpen(junkNumber(), junkNumber())));
    assert.ok(codes.has(core.hasTier(junkNumber(), junkNumber())));
  }
  assertAlive(core);
});

test("text that means nothing is answered with a denial", () => {
  const core = makeCore();
  for (let n = 0; n < ROUNDS; n += 1) {
    const text = junkText();
    assert.ok(core.check(text, NOW_MS) >= 16);
    if (n % 5 === 0) assert.ok(core.answers(text) === "" && core.residual(text) === "");
    if (n % 20 === 0) assert.equal(JSON.parse(core.explain(text, NOW_MS)).allow, false);
  }
  assertAlive(core);
});

test("scopes that change all the time neither grow the memory nor mix verdicts up", () => {
  const core = makeCore();
  const pages = () => engine.initSync({}).memory.buffer.byteLength / 65_536;
  for (let n = 0; n < 20_000; n += 1) core.answers(at({ ward: `w${n}` }));
  const before = pages();
  for (let n = 0; n < ROUNDS / 4; n += 1) {
    assert.equal(core.answers(at({ ward: `w${n}` })), n === 1 ? "10" : "00");
  }
  assert.equal(pages(), before);
  assertAlive(core);
});

test("cores that can't be made say why and deny everything", () => {
  for (let n = 0; n < ROUNDS / 10; n += 1) {
    const core = engine.GateCore.create(random(2) ? POLICY : junkText(), junkText(), random(2) ? junkText() : undefined);
    const problem = core.problem();
    if (problem !== undefined) {
      assert.match(JSON.parse(problem).code, /^[a-z_]+$/);
      assert.equal(core.check(at("ward:w1"), NOW_MS), 37);
      assert.equal(core.answers(at("ward:w1")) + core.residual(at("ward:w1")) + core.describe(), "");
    }
    core.free();
  }
});

test("tokens that are none are refused, and the next good one passes", async () => {
  const { jwks, sign } = await makeSigner();
  const token = await sign();
  const core = engine.VerifierCore.create(JSON.stringify(jwks), "{}");
  const [head] = token.split(".");
  for (let n = 0; n < ROUNDS; n += 1) {
    const bad = random(3) === 0 ? `${head}.${junkText()}.${junkText()}` : junkText();
    assert.equal(JSON.parse(core.verify(bad, NOW_MS)).ok, false);
    core.stillValid(junkNumber(), junkNumber());
  }
  for (let n = 0; n < 2_000; n += 1) {
    const at = random(token.length);
    const changed = `${token.slice(0, at)}${PIECES[random(PIECES.length)]}${token.slice(at + 1)}`;
    if (changed !== token) assert.equal(JSON.parse(core.verify(changed, NOW_MS)).ok, false);
  }
  assert.equal(JSON.parse(core.verify(token, NOW_MS)).ok, true);
});

test("verifiers that can't be made say why", () => {
  for (let n = 0; n < ROUNDS / 10; n += 1) {
    const core = engine.VerifierCore.create(junkText(), junkText());
    assert.match(JSON.parse(core.problem()).code, /^[a-z_]+$/);
    core.free();
  }
});
