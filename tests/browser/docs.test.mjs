// @ts-check
// The page about the API in Chromium, against the native server, under the product's Content-Security-Policy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";

const document = JSON.parse(await portcullis(["openapi"]));
const OPERATIONS = Object.values(document.paths).flatMap((methods) => Object.values(/** @type {object} */ (methods)));

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startNative>>} */
let server;

before(async () => {
  browser = await launchChromium();
  server = await startNative();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** @param {string} hash */
async function docs(hash = "") {
  const opened = await openPage(browser);
  await opened.page.goto(`${server.url}/docs/${hash}`);
  await opened.page.locator(".operation").first().waitFor();
  return opened;
}

test("every endpoint stands on the page once, and asks no other server", async () => {
  const { page, close } = await docs();
  const foreign = /** @type {string[]} */ ([]);
  page.on("request", (request) => request.url().startsWith(server.url) || foreign.push(request.url()));
  await page.reload();
  await page.locator(".operation").first().waitFor();
  const ids = await page.locator(".chapter details.operation:not([id^='schema-'])").evaluateAll((all) => all.map(({ id }) => id));
  assert.deepEqual([...ids].sort(), OPERATIONS.map((/** @type {any} */ one) => one.operationId).sort());
  assert.equal(await page.locator("#count").textContent(), `${OPERATIONS.length} of ${OPERATIONS.length} endpoints`);
  assert.deepEqual(foreign, []);
  await close();
});

test("the filter leaves what has all its words, codes of answers included", async () => {
  const { page, close } = await docs();
  await page.getByLabel("Find an endpoint").fill("record_not_found delete");
  await page.locator("#deleteRecord").waitFor();
  assert.deepEqual(await page.locator(".operation:visible").evaluateAll((all) => all.map(({ id }) => id)), ["deleteRecord"]);
  await close();
});

test("an address names an endpoint, and opens it with what it takes and answers", async () => {
  const { page, close } = await docs("#demoAct");
  const open = page.locator("#demoAct[open]");
  await open.waitFor();
  const text = (await open.textContent()) ?? "";
  for (const part of ["/api/demo/act", "permission: string", "{ allow: boolean, code: string }", "403", "INVALID_ORIGIN"]) {
    assert.ok(text.includes(part), `${part} isn't in: ${text}`);
  }
  await close();
});
