// @ts-check
// The page about the API in Chromium, against both hosts, under the product's Content-Security-Policy.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { ADA, POLICY_TEXT } from "../e2e/suites/operators.mjs";
import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { send, signedIn } from "../support/http.mjs";
import { portcullis } from "../support/program.mjs";
import { HOSTS } from "../support/worker.mjs";

/** @typedef {import("playwright-core").Page} Page */

const document = JSON.parse(await portcullis(["openapi"]));
/** Every endpoint as the page names it. */
const OPERATIONS = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(/** @type {object} */ (methods)).map((method) => `${method.toUpperCase()} ${path}`),
);

const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
/** The page has all endpoints to draw, on a machine that may do other things. */
const WITHIN_MS = 30_000;

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("../e2e/suites/shared.mjs").Server} */
    let server;
    before(async () => {
      server = await host.start({ policyText: POLICY_TEXT, users: [ADA] });
    });
    after(() => server?.stop());

    /** Opens the page; closing asserts that it met no error and asked no other server. @param {object} [options] */
    const docs = async (options = {}) => {
      const opened = await openPage(browser, options);
      const foreign = /** @type {string[]} */ ([]);
      opened.page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(server.url) && !url.startsWith("data:")) foreign.push(url);
      });
      opened.page.setDefaultTimeout(WITHIN_MS);
      const close = async () => {
        await opened.close();
        assert.deepEqual(foreign, []);
      };
      return { page: opened.page, close };
    };

    for (const [name, viewport] of Object.entries(WIDTHS)) {
      test(`${name}: every endpoint stands on the page once, and an administrator calls two with the session's cookie`, async () => {
        const { page, close } = await docs({ viewport });
        await page.goto(`${server.url}/login/?next=/docs/`);
        await page.getByLabel("E-mail").fill(ADA.email);
        await page.getByLabel("Password", { exact: true }).fill(ADA.password);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.waitForURL(`${server.url}/docs/`);
        await page.locator(".opblock").first().waitFor();
        assert.deepEqual((await shown(page)).sort(), [...OPERATIONS].sort());
        assert.equal(await page.locator("#count").textContent(), `${OPERATIONS.length} of ${OPERATIONS.length} endpoints`);
        await isNoWiderThan(page, viewport.width);

        await open(page, "/admin/list-users", "adminListUsers");
        await isNoWiderThan(page, viewport.width);
        const listed = await call(page);
        assert.equal(listed.status, "200");
        assert.ok(listed.body.includes(ADA.email), listed.body);

        // Changes something, so the server looks where the request comes from.
        await open(page, "demoAct", "demoAct");
        const acted = await call(page);
        assert.equal(acted.status, "200");
        assert.match(acted.body, /"allow":\s*true/u);
        await isNoWiderThan(page, viewport.width);
        await close();
      });
    }

    test("the search leaves what has all its words, codes of answers and permissions included", async () => {
      const { page, close } = await docs();
      await page.goto(`${server.url}/docs/`);
      for (const [words, expected] of [
        ["record_not_found delete", ["DELETE /api/v1/records/{type}/{id}"]],
        ["user:impersonate post", ["POST /api/auth/admin/impersonate-user"]],
        ["no endpoint has this", []],
      ]) {
        await page.getByLabel("Find an endpoint").fill(String(words));
        await page.locator("#count").getByText(`${expected?.length} of ${OPERATIONS.length} endpoints`).waitFor();
        await page.waitForFunction((count) => globalThis.document.querySelectorAll(".opblock").length === count, expected?.length);
        assert.deepEqual(await shown(page), expected);
      }
      await close();
    });

    test("what “Authorize” is given is sent: nothing, a session's token, an API key; and it is forgotten with the page", async () => {
      const ada = await signedIn(server, ADA);
      const token = (await send(`${server.url}/api/auth/sign-in/email`, { json: ADA, headers: { origin: server.origin } })).json.token;
      const key = (await ada.post("/api/auth/api-key/create", { name: "docs", scopes: ["pin:reveal"], expiresIn: 86_400 })).json.key;
      const { page, close } = await docs();
      for (const [scheme, value, status] of [
        ["", "", "401"],
        ["bearer", token, "200"],
        ["", "", "401"],
        ["apiKey", key, "200"],
      ]) {
        // A page that knows nothing of the one before; its address names an endpoint, which is open then.
        await page.goto("about:blank");
        await page.goto(`${server.url}/docs/#/Decisions/demoAct`);
        await page.locator(".opblock.is-open .try-out__btn").waitFor();
        if (scheme !== "") await authorize(page, scheme, value);
        assert.equal((await call(page)).status, status, scheme);
      }
      const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, globalThis.document.cookie]));
      assert.ok(!kept.includes(key) && !kept.includes(token), kept);
      await close();
    });

    test("the document is served as the program prints it", async () => {
      const served = await send(`${server.url}/openapi.json`);
      assert.equal(served.status, 200);
      assert.match(String(served.headers["content-type"]), /^application\/json/u);
      const isSame = isDeepStrictEqual(JSON.parse(served.text), document);
      assert.ok(isSame, "it is old; write it with `cargo run -p portcullis -- openapi > www/openapi.json`, then build the pages");
    });

    test("Swagger UI is served with its licence, under the policy of every page, and not sent twice", async () => {
      const files = /** @type {[string, string][]} */ ([
        ["swagger-ui-bundle.js", "SwaggerUIBundle"],
        ["swagger-ui.css", ".swagger-ui"],
        ["LICENSE.txt", "Apache License"],
        ["NOTICE.txt", "SmartBear"],
      ]);
      for (const [file, text] of files) {
        const url = `${server.url}/docs/swagger-ui/${file}`;
        const served = await send(url);
        assert.equal(served.status, 200, file);
        assert.ok(served.text.includes(text), file);
        assert.match(String(served.headers["content-security-policy"]), /script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/u);
        assert.equal(served.headers["x-content-type-options"], "nosniff");
        const tag = String(served.headers["etag"]);
        const again = await send(url, { headers: { "if-none-match": tag } });
        assert.deepEqual([again.status, again.text.length], [304, 0], file);
        const other = await send(url, { headers: { "if-none-match": '"another"' } });
        assert.equal(other.status, 200, file);
      }
    });
  });
}

/** The endpoints that stand on the page, in its order. @param {Page} page */
function shown(page) {
  return page.locator(".opblock").evaluateAll((all) =>
    all.map((one) => {
      const method = one.querySelector(".opblock-summary-method")?.textContent;
      return `${method} ${one.querySelector(".opblock-summary-path")?.getAttribute("data-path")}`;
    }),
  );
}

/** Finds an endpoint and opens it. @param {Page} page @param {string} words that it alone has @param {string} id */
async function open(page, words, id) {
  await page.getByLabel("Find an endpoint").fill(words);
  // The others go first, or the click would meet one that moves.
  await page.waitForFunction(() => globalThis.document.querySelectorAll(".opblock").length === 1);
  const operation = page.locator(`.opblock[id$="-${id}"]`);
  await operation.locator(".opblock-summary-control").click();
  await operation.locator(".try-out__btn").waitFor();
}

/** Calls what is open, as the page suggests it. @param {Page} page */
async function call(page) {
  const operation = page.locator(".opblock.is-open");
  await operation.locator(".try-out__btn").click();
  await operation.locator(".execute").click();
  const answer = operation.locator(".live-responses-table .response");
  await answer.waitFor();
  const status = (await answer.locator(".response-col_status").textContent()) ?? "";
  return { status: status.trim(), body: (await answer.locator(".response-col_description").textContent()) ?? "" };
}

/** @param {Page} page @param {string} scheme @param {string} value */
async function authorize(page, scheme, value) {
  await page.locator(".auth-wrapper > .btn.authorize").click();
  const one = page.locator(".auth-container").filter({ has: page.getByText(scheme, { exact: true }) });
  await one.locator("input").fill(value);
  await one.locator("button.authorize").click();
  await page.locator(".close-modal").click();
}

/** @param {Page} page @param {number} width */
async function isNoWiderThan(page, width) {
  assert.ok((await page.evaluate(() => globalThis.document.documentElement.scrollWidth)) <= width, "it scrolls sideways");
}
