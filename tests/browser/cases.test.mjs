// The cases in Chromium, through the npm package as a page loads it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NOW_SECS, differences, policyJson, randomGroups, writtenGroups } from "../support/cases.mjs";
import { launchChromium, serveFiles } from "../support/chromium.mjs";

let browser;
let files;
let page;

before(async () => {
  files = await serveFiles({ "/cases.html": "<!doctype html><title>Cases</title>" });
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(`${files.url}/cases.html`);
});

after(async () => {
  await browser?.close();
  await files?.stop();
});

/** Decides a group in the page; this function runs there. */
async function decideInPage({ policy, scopes, principals, cases, nowMs }) {
  const { createGate } = await import("/pkg/src/index.browser.js");
  const gates = {};
  for (const [name, principal] of Object.entries(principals)) {
    gates[name] = await createGate({ policy, principal: { id: name, ...principal }, scopes, now: () => nowMs });
  }
  const verdicts = cases.map((one) => gates[one.principal].check(one.request));
  Object.values(gates).forEach((gate) => gate.close());
  return verdicts.map(({ allow, code }) => ({ allow, code }));
}

const decide = (group) =>
  page.evaluate(decideInPage, { ...group, policy: policyJson(group.toml), nowMs: NOW_SECS * 1000 });

for (const group of writtenGroups()) {
  test(`chromium: every case of ${group.name} has its verdict`, async () => {
    assert.deepEqual(differences(group, await decide(group)), []);
  });
}

test("chromium: 5,000 random requests have the oracle's verdict", async () => {
  for (const group of randomGroups(10)) {
    assert.deepEqual(differences(group, await decide(group)), []);
  }
});
