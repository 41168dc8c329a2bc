// @ts-check
// The page for a new password in Chromium, against the native server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { send } from "../support/http.mjs";
import { portcullis, startNative } from "../support/server.mjs";

const PAT = { email: "pat@portcullis.test", password: "what nobody remembers", name: "Pat" };
const NEW = "a sentence to remember by";
/** What Chromium writes about a refused code. */
const REFUSED = /^Failed to load resource: the server responded with a status of 400 /;

describe("the page for a new password", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;

  before(async () => {
    browser = await launchChromium();
    server = await startNative({ users: [PAT], env: { PORTCULLIS_MAIL: "log" } });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const signIn = (/** @type {string} */ password) =>
    send(`${server.url}/api/auth/sign-in/email`, { json: { email: PAT.email, password } });
  /** @param {import("playwright-core").Page} page @param {string} password */
  const submit = async (page, password) => {
    await page.getByLabel("New password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
  };

  test("is where the link of a mail leads, and keeps the token out of the address", async () => {
    await send(`${server.url}/api/auth/request-password-reset`, { json: { email: PAT.email } });
    const [mail] = await server.running.logged(({ msg, to }) => msg === "mail" && to === PAT.email);
    const { page, close } = await openPage(browser, { expected: REFUSED });
    await page.goto(mail.url);
    await page.waitForURL(`${server.url}/reset/`);
    assert.ok(!(await page.getByLabel("Code from your administrator").isVisible()));
    await submit(page, "short");
    assert.match(await page.getByRole("alert").innerText(), /too short/);
    await submit(page, NEW);
    await page.getByRole("heading", { name: "Your password is set" }).waitFor();
    assert.equal((await signIn(NEW)).status, 200);
    await page.goto(mail.url);
    assert.match(await page.getByRole("alert").innerText(), /has been used/);
    await close();
  });

  test("takes an administrator's code, and says when it is wrong", async () => {
    const code = (await portcullis(["user", "reset-code", PAT.email, "--db", server.db])).trim();
    const { page, close } = await openPage(browser, { expected: REFUSED });
    await page.goto(`${server.url}/reset/`);
    await page.getByLabel("Code from your administrator").fill("0000-0000");
    await submit(page, PAT.password);
    assert.match(await page.getByRole("alert").innerText(), /doesn’t work/);
    await page.getByLabel("Code from your administrator").fill(code.toLowerCase());
    await submit(page, PAT.password);
    await page.getByRole("heading", { name: "Your password is set" }).waitFor();
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.waitForURL(`${server.url}/login/`);
    assert.equal((await signIn(PAT.password)).status, 200);
    await close();
  });
});
