// @ts-check
// The pages in Chromium, against the native server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { startNative } from "../support/server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof startNative>>} Server */
/** @typedef {{ email: string, password: string }} Credentials */

const SAM = {
  email: "sam@portcullis.test",
  password: "a state to look after",
  name: "Sam Rivera",
  roles: ["STATE_ADMIN@state:ca"],
};
const TEA = {
  email: "tea@portcullis.test",
  password: "two teams, two roles",
  name: "Tea Lindqvist",
  roles: ["SUPERVISOR@state:ca/team:t7", "TEAM_MEMBER@state:nv/team:t9"],
};
const MIRA = {
  email: "mira@portcullis.test",
  password: "a tester of betas",
  name: "Mira Okafor",
  roles: ["member"],
  tier: "beta",
};
const SCOPES = ["state:ca", "state:nv", "state:ca/team:t7", "state:ca/team:t8", "state:nv/team:t9"];

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Server} */
let fieldOps;
/** @type {Server} */
let tiers;

before(async () => {
  browser = await launchChromium();
  fieldOps = await startNative({ policy: "field-ops", users: [SAM, TEA], scopes: SCOPES });
  tiers = await startNative({ policy: "release-tiers", users: [MIRA] });
});

after(async () => {
  await browser?.close();
  await fieldOps?.stop();
  await tiers?.stop();
});

/**
 * Runs a test in a page of its own, which must meet no error.
 *
 * @param {(page: Page) => Promise<void>} run
 * @param {Parameters<typeof openPage>[1]} [options]
 */
function inPage(run, options) {
  return async () => {
    const { page, close } = await openPage(browser, options);
    await run(page);
    await close();
  };
}

/**
 * @param {Page} page
 * @param {Credentials} user
 */
async function submit(page, { email, password }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/**
 * Signs in and waits for the demo.
 *
 * @param {Page} page
 * @param {Server} server
 * @param {Credentials} user
 */
async function signIn(page, server, user) {
  await page.goto(`${server.url}/login/`);
  await submit(page, user);
  await page.waitForURL(`${server.url}/demo/`);
  await page.locator("#content").waitFor();
}

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

describe("sign-in", () => {
  test("a wrong password is told to everyone, and the field is ready for the next try", inPage(async (page) => {
    await page.goto(`${fieldOps.url}/login/`);
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
    await page.goto(`${fieldOps.url}/login/`);
    await submit(page, { email: "nobody@portcullis.test", password: "not this one" });
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "Invalid e-mail or password.");
  }));

  test("too many attempts are told with the time to wait", inPage(async (page) => {
    // The server has no limit yet; the page must know the answer that a proxy with one gives.
    await page.route("**/api/auth/sign-in/email", (route) =>
      route.fulfill({ status: 429, headers: { "x-retry-after": "30" }, json: { message: "Too many requests" } }),
    );
    await page.goto(`${fieldOps.url}/login/`);
    await submit(page, SAM);
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "Too many attempts. Try again in 30 seconds.");
  }, { expected: /status of 429/ }));

  test("empty fields are named and nothing is sent", inPage(async (page) => {
    let sent = 0;
    page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
    await page.goto(`${fieldOps.url}/login/`);
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("alert").textContent(), "Enter your e-mail.");
    await page.getByLabel("E-mail").fill(SAM.email);
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("alert").textContent(), "Enter your password.");
    assert.equal(sent, 0);
  }));

  test("the password can be shown and hidden", inPage(async (page) => {
    await page.goto(`${fieldOps.url}/login/`);
    const toggle = page.locator("#toggle");
    for (const [type, pressed] of [["password", "false"], ["text", "true"], ["password", "false"]]) {
      assert.equal(await page.locator("#password").getAttribute("type"), type);
      assert.equal(await toggle.getAttribute("aria-pressed"), pressed);
      await toggle.click();
    }
  }));

  test("with the keyboard alone one gets to the demo, and an action is sent", inPage(async (page) => {
    await page.goto(`${fieldOps.url}/login/`);
    await page.locator("#email:focus").waitFor();
    await page.keyboard.type(SAM.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(SAM.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${fieldOps.url}/demo/`);
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
      await page.goto(`${fieldOps.url}/login/?next=${encodeURIComponent(next)}`);
      await submit(page, SAM);
      await page.waitForURL((url) => url.pathname !== "/login/");
      assert.equal(page.url(), `${fieldOps.url}/demo/`);
    }));
  }

  test("a page of ours is led to, with its query", inPage(async (page) => {
    await page.goto(`${fieldOps.url}/login/?next=${encodeURIComponent("/?from=login#main")}`);
    await submit(page, SAM);
    await page.waitForURL(`${fieldOps.url}/?from=login#main`);
  }));

  test("the demo sends one who isn't signed in to the login, and comes back", inPage(async (page) => {
    await page.goto(`${fieldOps.url}/demo/?a=b`);
    await page.waitForURL(`${fieldOps.url}/login/?next=%2Fdemo%2F%3Fa%3Db`);
    await submit(page, SAM);
    await page.waitForURL(`${fieldOps.url}/demo/?a=b`);
    await page.locator("#content").waitFor();
  }));
});

describe("the demo", () => {
  test("shows who is signed in, with roles and the policy", inPage(async (page) => {
    await signIn(page, fieldOps, TEA);
    const text = await page.locator("#identity").innerText();
    const roles = ["Supervisor at state:ca/team:t7", "Team member at state:nv/team:t9"];
    for (const part of [TEA.name, TEA.email, ...roles, "field-ops 1.0.0"]) {
      assert.ok(text.includes(part), `\`${part}\` in ${text}`);
    }
  }));

  for (const [user, count] of /** @type {const} */ ([[SAM, 4], [TEA, 3]])) {
    test(`every button says what the API says, at every scope (${user.name})`, inPage(async (page) => {
      await signIn(page, fieldOps, user);
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
    await signIn(page, fieldOps, SAM);
    await page.locator("#scope").selectOption({ label: "Another scope…" });
    const elsewhere = ["state:nv", "state:nv/team:t9", "team:t9"];
    for (const scope of [...elsewhere, "team:t7", "state:ca/team:unknown", "state:", "city:sf", "x"]) {
      await page.locator("#other-scope").fill(scope);
      // Of scopes beyond Sam's reach the page wasn't told; it denies at once and gets the words from the API.
      const denied = (await rows(page)).every(({ allow }) => !allow);
      assert.equal(denied, scope !== "team:t7", scope);
      for (let tries = 0; tries < 50; tries += 1) {
        if (await compareRows(page, scope).then(() => true, () => false)) break;
        await page.waitForTimeout(50);
      }
      assert.equal(await compareRows(page, scope), 10);
    }
  }));

  test("a disabled action sent anyway is denied with the code that was shown", inPage(async (page) => {
    await signIn(page, fieldOps, SAM);
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
    await signIn(page, fieldOps, TEA);
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
    await signIn(page, fieldOps, TEA);
    const count = (/** @type {string} */ path) => asked.filter((one) => one === path).length;
    assert.equal(count("/api/auth/snapshot"), 1);
    for (const path of ["/api/auth/token", "/api/auth/me", "/api/policy"]) assert.equal(count(path), 0, path);
  }));

  test("a session that ended elsewhere leads to the login when the page is looked at again", inPage(async (page) => {
    await signIn(page, fieldOps, SAM);
    await page.waitForTimeout(1_100);
    await page.context().clearCookies();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForURL((url) => url.pathname === "/login/");
  }));

  test("signing out ends the session, here and on the way back", inPage(async (page) => {
    await signIn(page, fieldOps, SAM);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${fieldOps.url}/login/`);
    await page.goto(`${fieldOps.url}/demo/`);
    await page.waitForURL(`${fieldOps.url}/login/`);
    assert.equal(await page.evaluate(async () => (await fetch("/api/auth/get-session")).text()), "null");
  }));

  test("a session that ended elsewhere leads to the login with the next call", inPage(async (page) => {
    await signIn(page, fieldOps, SAM);
    await page.context().clearCookies();
    await page.locator("button.act:enabled").first().click();
    await page.waitForURL(`${fieldOps.url}/login/`);
  }));

  test("a server that goes away is told, and the page stays", inPage(async (page) => {
    await signIn(page, fieldOps, SAM);
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
      await signIn(page, fieldOps, TEA);
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

describe("tiers and apps", () => {
  test("each app is open or locked as the API says", inPage(async (page) => {
    await signIn(page, tiers, MIRA);
    assert.match(await page.locator("#identity").innerText(), /Tier\s+Beta tester/);
    const states = await page
      .locator("button.app")
      .evaluateAll((apps) => apps.map((app) => [app.getAttribute("data-app"), app.getAttribute("data-allow")]));
    assert.deepEqual(Object.fromEntries(states), {
      welcome: "true",
      calendar: "true",
      notes: "true",
      mail: "true",
      tasks: "true",
      whiteboard: "true",
      meetings: "true",
      assistant: "false",
      lab: "false",
    });
    assert.equal(await page.locator(".picker").isVisible(), false);
    await page.getByRole("button", { name: "Ask the API about all" }).click();
    await page.locator("#summary strong").waitFor();
    assert.equal(await page.locator("#summary").textContent(), "12 of 12 agree (3 permissions and 9 apps)");
  }));

  test("a locked app says which tier it needs; Escape leads back to its button", inPage(async (page) => {
    await signIn(page, tiers, MIRA);
    await page.locator('button[data-app="assistant"]').focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "No access to Assistant" });
    await dialog.locator(".mark.agrees").waitFor();
    const text = await dialog.innerText();
    const sentence = "Assistant needs the tier Alpha tester; yours is Beta tester.";
    for (const part of [sentence, "Beta tester yours", "Alpha tester needed", "tier_too_low"]) {
      assert.ok(text.includes(part), `\`${part}\` in ${text}`);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-app")), "assistant");
  }));

  test("an open app says so", inPage(async (page) => {
    await signIn(page, tiers, MIRA);
    await page.locator('button[data-app="whiteboard"]').click();
    const dialog = page.getByRole("dialog", { name: "Whiteboard is open to you" });
    await dialog.locator(".mark.agrees").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "hidden" });
  }));
});

describe("on a small screen", () => {
  const options = { viewport: { width: 360, height: 780 } };

  /** @param {Page} page */
  const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

  test("no page scrolls sideways at 360 px", inPage(async (page) => {
    for (const path of ["/", "/login/"]) {
      await page.goto(fieldOps.url + path);
      assert.ok((await overflow(page)) <= 0, path);
    }
    await signIn(page, fieldOps, TEA);
    await page.locator("#scope").selectOption({ label: "Another scope…" });
    await page.locator("#other-scope").fill("state:nv/team:t9");
    await page.locator("#ask-all").click();
    await page.locator("#summary strong").waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    assert.ok((await overflow(page)) <= 0, "/demo/");
  }, options));

  test("the apps and their panel fit too", inPage(async (page) => {
    await signIn(page, tiers, MIRA);
    await page.locator('button[data-app="lab"]').click();
    await page.locator("dialog .mark").waitFor();
    assert.ok((await overflow(page)) <= 0);
    const box = await page.locator("dialog").boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 360);
  }, options));
});

test("nothing moves while the pages load", inPage(async (page) => {
  await page.addInitScript(() => {
    const shifts = /** @type {number[]} */ ([]);
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push(/** @type {any} */ (entry).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await signIn(page, fieldOps, SAM);
  for (const path of ["/demo/", "/login/", "/"]) {
    await page.goto(fieldOps.url + path);
    if (path === "/demo/") await page.locator("#content").waitFor();
    await page.waitForTimeout(300);
    const sum = await page.evaluate(() => /** @type {any} */ (window).shifts.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0));
    assert.ok(sum < 0.01, `${path} moved by ${sum}`);
  }
}));
