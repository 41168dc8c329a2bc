// @ts-check
// The demo in Chromium, against the native server: every button says what the API says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { PATIENCE_MS, seenWithin } from "../support/pace.mjs";
import { FIELD_OPS, SAM, TEA, chromium, served, signIn } from "./_pages.mjs";

/** @typedef {import("playwright-core").Page} Page */

const inPage = chromium();
const url = served(FIELD_OPS);

/**
 * What each row shows: whether its button can be pressed, and the verdict's code.
 *
 * @param {Page} page
 */
function rows(page) {
  return page.locator("tr[data-permission]").evaluateAll((elements) =>
    elements.map((row) => ({
      permission: row.getAttribute("data-permission"),
      allow: !(/** @type {HTMLButtonElement} */ (row.querySelector("button.act")).disabled),
      code: row.querySelector("td code")?.textContent,
    })),
  );
}

/**
 * What the API says of permissions at a scope, asked with the page's cookies.
 *
 * @param {Page} page
 * @param {(string | null)[]} permissions
 * @param {string} scope
 */
function apiVerdicts(page, permissions, scope) {
  return page.evaluate(
    async ({ permissions, scope }) => {
      const checks = permissions.map((permission) => ({ permission, scope }));
      const headers = { "content-type": "application/json" };
      const answer = await fetch("/api/check", { method: "POST", headers, body: JSON.stringify({ checks }) });
      const { results } = await answer.json();
      return permissions.map((permission, index) => ({
        permission,
        allow: results[index].allow,
        code: results[index].code,
      }));
    },
    { permissions, scope },
  );
}

/**
 * Compares every row with the API.
 *
 * @param {Page} page
 * @param {string} scope the one that is chosen
 * @returns {Promise<number>} how many rows were compared
 */
async function compareRows(page, scope) {
  const shown = await rows(page);
  const permissions = shown.map(({ permission }) => permission);
  assert.deepEqual(shown, await apiVerdicts(page, permissions, scope), `at \`${scope}\``);
  return shown.length;
}

/**
 * Compares every row with the API, at every scope that can be chosen.
 *
 * @param {Page} page
 * @returns {Promise<{ compared: number, scopes: string[] }>}
 */
async function compareEveryScope(page) {
  const options = page.locator("#scope option");
  const values = await options.evaluateAll((list) => list.map((option) => option.getAttribute("value") ?? ""));
  const scopes = values.filter((value) => !value.startsWith("\0"));
  let compared = 0;
  for (const scope of scopes) {
    await page.locator("#scope").selectOption(scope);
    compared += await compareRows(page, scope);
  }
  return { compared, scopes };
}

describe("the demo", () => {
  test("shows who is signed in, with roles and the policy", inPage(async (page) => {
    await signIn(page, url(), TEA);
    const text = await page.locator("#identity").innerText();
    const roles = ["Supervisor at state:ca/team:t7", "Team member at state:nv/team:t9"];
    for (const part of [TEA.name, TEA.email, ...roles, "field-ops 1.0.0"]) {
      assert.ok(text.includes(part), `\`${part}\` in ${text}`);
    }
  }));

  for (const [user, count] of /** @type {const} */ ([[SAM, 4], [TEA, 3]])) {
    test(`every button says what the API says, at every scope (${user.name})`, inPage(async (page) => {
      await signIn(page, url(), user);
      assert.equal(await page.locator("#content").getAttribute("data-source"), "gate");
      const { compared, scopes } = await compareEveryScope(page);
      assert.equal(scopes.length, count);
      assert.equal(compared, 10 * count);
      await page.getByRole("button", { name: "Ask the API about all" }).click();
      const summary = page.locator("#summary strong");
      await summary.waitFor();
      assert.equal(await summary.textContent(), `${compared} of ${compared} agree`);
      assert.equal(await page.locator("tr[data-permission] .mark.agrees").count(), 10);
    }));
  }

  test("a scope that is typed in is decided as the API does, known or not, valid or not", inPage(async (page) => {
    await signIn(page, url(), SAM);
    await page.locator("#scope").selectOption({ label: "Another scope…" });
    const elsewhere = ["state:nv", "state:nv/team:t9", "team:t9"];
    for (const scope of [...elsewhere, "team:t7", "state:ca/team:unknown", "state:", "city:sf", "x"]) {
      await page.locator("#other-scope").fill(scope);
      // Of scopes beyond Sam's reach the page wasn't told; it denies at once and gets the words from the API.
      const denied = (await rows(page)).every(({ allow }) => !allow);
      assert.equal(denied, scope !== "team:t7", scope);
      await seenWithin(PATIENCE_MS, async () => assert.equal(await compareRows(page, scope), 10));
    }
  }));

  test("a disabled action sent anyway is denied with the code that was shown", inPage(async (page) => {
    await signIn(page, url(), SAM);
    const row = page.locator('tr[data-permission="policy:ack"]');
    assert.equal(await row.locator("button.act").isDisabled(), true);
    assert.equal(await row.locator("td code").first().textContent(), "no_role");
    // The page's snapshot knows only the roles that Sam holds; which other one it takes is the API's word.
    await row.getByText("Smallest change: ").waitFor();
    assert.match(await row.innerText(), /Smallest change: the role Team member at state:ca\./);
    const answered = page.waitForResponse("**/api/demo/act");
    await row.getByRole("button", { name: "Send anyway: Acknowledge a policy" }).click();
    const answer = await answered;
    assert.equal(answer.status(), 403);
    assert.equal((await answer.json()).code, "no_role");
    await row.locator(".mark").waitFor();
    assert.equal(await row.locator(".api").innerText(), "Denied no_role\n✓ agrees");
  }));

  test("every row, pressed or sent anyway, gets from the API what it shows", inPage(async (page) => {
    await signIn(page, url(), TEA);
    for (const { permission, allow, code } of await rows(page)) {
      const row = page.locator(`tr[data-permission="${permission}"]`);
      const answered = page.waitForResponse("**/api/demo/act");
      await row.locator(allow ? "button.act" : "button.anyway").click();
      const answer = await answered;
      assert.deepEqual([answer.status(), (await answer.json()).code], [allow ? 200 : 403, code], String(permission));
      await row.locator(".mark.agrees").waitFor();
    }
  }));

  test("the gate opens with one snapshot, and what the session may do is read from it", inPage(async (page) => {
    const asked = /** @type {string[]} */ ([]);
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await signIn(page, url(), TEA);
    const count = (/** @type {string} */ path) => asked.filter((one) => one === path).length;
    assert.equal(count("/api/auth/snapshot"), 1);
    for (const path of ["/api/auth/token", "/api/auth/me", "/api/policy"]) assert.equal(count(path), 0, path);
  }));

  test("a session that ended elsewhere leads to the login when the page is looked at again", inPage(async (page) => {
    await signIn(page, url(), SAM);
    await page.waitForTimeout(1_100);
    await page.context().clearCookies();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForURL((url) => url.pathname === "/login/");
  }));

  test("signing out ends the session, here and on the way back", inPage(async (page) => {
    await signIn(page, url(), SAM);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${url()}/login/`);
    await page.goto(`${url()}/demo/`);
    await page.waitForURL(`${url()}/login/`);
    assert.equal(await page.evaluate(async () => (await fetch("/api/auth/get-session")).text()), "null");
  }));

  test("a session that ended elsewhere leads to the login with the next call", inPage(async (page) => {
    await signIn(page, url(), SAM);
    await page.context().clearCookies();
    await page.locator("button.act:enabled").first().click();
    await page.waitForURL(`${url()}/login/`);
  }));

  test("a server that goes away is told, and the page stays", inPage(async (page) => {
    await signIn(page, url(), SAM);
    await page.route("**/api/**", (route) => route.abort());
    await page.locator("button.act:enabled").first().click();
    await page.locator("#note").waitFor();
    assert.match(String(await page.locator("#note").textContent()), /can’t be reached/);
    assert.equal(await page.locator("tr[data-permission]").count(), 10);
  }, { expected: /net::ERR_FAILED/ }));
});

describe("without the wasm module", () => {
  for (const missing of ["**/*.wasm", "**/pkg/**"]) {
    test(`without ${missing} the API is asked for every verdict, and the page says so`, inPage(async (page) => {
      await page.route(missing, (route) => route.abort());
      await signIn(page, url(), TEA);
      assert.equal(await page.locator("#content").getAttribute("data-source"), "api");
      assert.match(String(await page.locator("#note").textContent()), /WebAssembly module isn’t there/);
      assert.equal(await page.locator("#note").isVisible(), true);
      assert.equal(await compareRows(page, await page.locator("#scope").inputValue()), 10);
      const row = page.locator("tr[data-permission]").first();
      await row.locator("button:enabled:visible").first().click();
      await row.locator(".mark.agrees").waitFor();
    }, { expected: /net::ERR_FAILED/ }));
  }
});
