// The npm package in a real Chromium, under the product's Content-Security-Policy: every case has the verdict it has in
// Node, and tokens verify.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NOW_SECS, differences, policyJson, randomGroups, writtenGroups } from "../support/cases.mjs";
import { launchChromium, serveFiles } from "../support/chromium.mjs";
import { NOW_MS, makeSigner } from "../wasm/_fixtures.mjs";

const PAGE = '<!doctype html><title>module</title><link rel="icon" href="data:,"><script type="module" src="/pkg/src/index.browser.js"></script>';

/** Differences that are shown. */
const SHOWN = 5;

let browser;
let files;
let page;
const problems = [];

before(async () => {
  [browser, files] = await Promise.all([launchChromium(), serveFiles({ "/": PAGE })]);
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(files.url, { waitUntil: "load" });
});

after(async () => {
  await browser?.close();
  await files?.stop();
});

/** The verdicts of a group, decided in the page: by `check`, held against `can` and `explain`. */
function decideInPage(group) {
  const input = { ...group, policy: policyJson(group.toml), toml: undefined, tables: undefined, nowMs: NOW_SECS * 1000 };
  return page.evaluate(async ({ policy, scopes, principals, cases, nowMs }) => {
    const { createGate } = await import("/pkg/src/index.browser.js");
    const gates = {};
    for (const [id, principal] of Object.entries(principals)) {
      gates[id] = await createGate({ policy, scopes, principal: { id, ...principal }, now: () => nowMs });
    }
    const verdicts = cases.map(({ principal, request }) => {
      const gate = gates[principal];
      const verdict = gate.check(request);
      const told = gate.explain(request);
      const isSame = told.allow === verdict.allow && told.code === verdict.code;
      const isSameCan = gate.can(request) === verdict.allow;
      const isPlain = Object.keys(request).every((key) => key === "permission" || key === "scope");
      const can = typeof request.permission === "string" && isPlain ? gate.can(request.permission, request.scope) : verdict.allow;
      return isSame && isSameCan && can === verdict.allow ? verdict : { allow: can, code: `not the same: ${told.code}, ${verdict.code}` };
    });
    Object.values(gates).forEach((gate) => gate.close());
    return verdicts;
  }, input);
}

for (const group of writtenGroups()) {
  test(`chromium: every case of ${group.name} has its verdict`, async () => {
    assert.deepEqual(differences(group, await decideInPage(group)), []);
  });
}

test("chromium: 5,000 random requests have the oracle's verdict", async () => {
  for (const group of randomGroups(25)) {
    assert.deepEqual(differences(group, await decideInPage(group)).slice(0, SHOWN), []);
  }
});

test("chromium: a token verifies in the page, and a changed one doesn't", async () => {
  const { jwks, sign } = await makeSigner();
  const token = await sign({ name: "Zoë" });
  const told = await page.evaluate(
    async ({ jwks, token, nowMs }) => {
      const { PortcullisError, createVerifier } = await import("/pkg/src/index.browser.js");
      const verifier = await createVerifier({ jwks, now: () => nowMs });
      const { claims } = verifier.verify(token);
      try {
        verifier.verify(token.replace(/.{8}$/, "AAAAAAAA"));
        return [claims.name, "no error"];
      } catch (error) {
        return [claims.name, error instanceof PortcullisError && error.code];
      }
    },
    { jwks, token, nowMs: NOW_MS },
  );
  assert.deepEqual(told, ["Zoë", "signature_invalid"]);
});

test("chromium: nothing was reported to the console", () => {
  assert.deepEqual(problems, []);
});
