// @ts-check
// The page for signing in, in Chromium, against the native server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FIELD_OPS, SAM, chromium, served, submit } from "./_pages.mjs";

const inPage = chromium();
const url = served(FIELD_OPS);

describe("sign-in", () => {
  test("a wrong password is told to everyone, and the field is ready for the next try", inPage(async (page) => {
    await page.goto(`${url()}/login/`);
    await submit(page, { email: SAM.email, password: "not this one" });
    const problem = page.getByRole("alert");
    await problem.waitFor();
    assert.equal(await problem.textContent(), "Invalid e-mail or password.");
    const field = page.locator("#password");
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.equal(await field.getAttribute("aria-describedby"), "problem");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "password");
    assert.equal(await page.locator("#submit").getAttribute("aria-disabled"), "false");
    assert.equal(new URL(page.url()).pathname, "/login/");
  }));

  test("an unknown e-mail is told the same as a wrong password", inPage(async (page) => {
    await page.goto(`${url()}/login/`);
    await submit(page, { email: "nobody@portcullis.test", password: "not this one" });
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "Invalid e-mail or password.");
  }));

  test("too many attempts are told with the time to wait", inPage(async (page) => {
    // The server has no limit yet; the page must know the answer that a proxy with one gives.
    await page.route("**/api/auth/sign-in/email", (route) =>
      route.fulfill({ status: 429, headers: { "x-retry-after": "30" }, json: { message: "Too many requests" } }),
    );
    await page.goto(`${url()}/login/`);
    await submit(page, SAM);
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "Too many attempts. Try again in 30 seconds.");
  }, { expected: /status of 429/ }));

  test("empty fields are named and nothing is sent", inPage(async (page) => {
    let sent = 0;
    page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
    await page.goto(`${url()}/login/`);
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("alert").textContent(), "Enter your e-mail.");
    await page.getByLabel("E-mail").fill(SAM.email);
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("alert").textContent(), "Enter your password.");
    assert.equal(sent, 0);
  }));

  test("the password can be shown and hidden", inPage(async (page) => {
    await page.goto(`${url()}/login/`);
    const toggle = page.locator("#toggle");
    for (const [type, pressed] of [["password", "false"], ["text", "true"], ["password", "false"]]) {
      assert.equal(await page.locator("#password").getAttribute("type"), type);
      assert.equal(await toggle.getAttribute("aria-pressed"), pressed);
      await toggle.click();
    }
  }));

  test("with the keyboard alone one gets to the demo, and an action is sent", inPage(async (page) => {
    await page.goto(`${url()}/login/`);
    await page.locator("#email:focus").waitFor();
    await page.keyboard.type(SAM.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(SAM.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url()}/demo/`);
    await page.locator("#content").waitFor();
    const isThere = () => document.activeElement?.classList.contains("act") === true;
    for (let presses = 0; presses < 20 && !(await page.evaluate(isThere)); presses += 1) {
      await page.keyboard.press("Tab");
    }
    const row = page.locator("tr", { has: page.locator("button.act:focus") });
    assert.equal(await row.getAttribute("data-permission"), "device:provision");
    await page.keyboard.press("Enter");
    await row.locator(".mark").waitFor();
    assert.equal(await row.locator(".api").innerText(), "Allowed role_granted\n✓ agrees");
    const said = await page.locator("#announcer").textContent();
    assert.equal(said, "Provision a device: the API allowed it, as shown. Code role_granted.");
  }));
});

describe("where sign-in leads", () => {
  const elsewhere = [
    "//evil.example/",
    "https://evil.example/",
    "\\evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "demo",
    "",
    "/login/",
  ];
  for (const next of elsewhere) {
    test(`\`${JSON.stringify(next)}\` leads to the demo`, inPage(async (page) => {
      await page.goto(`${url()}/login/?next=${encodeURIComponent(next)}`);
      await submit(page, SAM);
      await page.waitForURL((url) => url.pathname !== "/login/");
      assert.equal(page.url(), `${url()}/demo/`);
    }));
  }

  test("a page of ours is led to, with its query", inPage(async (page) => {
    await page.goto(`${url()}/login/?next=${encodeURIComponent("/?from=login#main")}`);
    await submit(page, SAM);
    await page.waitForURL(`${url()}/?from=login#main`);
  }));

  test("the demo sends one who isn't signed in to the login, and comes back", inPage(async (page) => {
    await page.goto(`${url()}/demo/?a=b`);
    await page.waitForURL(`${url()}/login/?next=%2Fdemo%2F%3Fa%3Db`);
    await submit(page, SAM);
    await page.waitForURL(`${url()}/demo/?a=b`);
    await page.locator("#content").waitFor();
  }));
});
