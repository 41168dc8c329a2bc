// @ts-check
// The published Better Auth client, unchanged, through every call of the core, the bearer and the jwt plugins:
// from Node with a cookie jar, and from a page in Chromium, against every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { build } from "esbuild";

import { browserFetch } from "../support/browser-fetch.mjs";
import { openPage } from "../support/browser.mjs";
import { launchChromium, serveFiles } from "../support/chromium.mjs";
import { ROWS } from "../support/smoke/rows.mjs";
import { Mailbox } from "./suites/mailbox.mjs";
import { GET_SESSION } from "./suites/shared.mjs";
import { HOSTS } from "../support/worker.mjs";

/** @typedef {import("./suites/shared.mjs").Server} Server */

/** A client with a cookie jar and the page's origin. @param {Server} server */
function clientOf(server) {
  const fetchOptions = { customFetchImpl: browserFetch(server) };
  return createAuthClient({ baseURL: server.url, plugins: [jwtClient()], fetchOptions });
}

let made = 0;
const address = () => `smoke-${(made += 1)}${Math.random().toString(36).slice(2, 10)}@example.org`;

/** The rows and the client as one script for a page. */
async function script() {
  const contents = `
    import { createAuthClient } from "better-auth/client";
    import { jwtClient } from "better-auth/client/plugins";
    import { ROWS } from "./tests/support/smoke/rows.mjs";
    window.smoke = (name, email) => {
      const base = location.origin;
      const options = { baseURL: base, plugins: [jwtClient()], disableDefaultFetchPlugins: true };
      const client = createAuthClient(options);
      // A page has one cookie jar: who else is there keeps a token, as the bearer plugin is for.
      const other = () => {
        let kept = "";
        const onSuccess = ({ response }) => void (kept = response.headers.get("set-auth-token") ?? kept);
        const auth = { type: "Bearer", token: () => kept };
        return createAuthClient({ ...options, fetchOptions: { credentials: "omit", auth, onSuccess } });
      };
      const mail = (to, kind) => window.lastMail(to, kind);
      return ROWS.find((row) => row.name === name).run({ client, other, email, mail, base });
    };`;
  const stdin = { contents, resolveDir: process.cwd() };
  const bundle = await build({ stdin, bundle: true, write: false, format: "iife", platform: "browser" });
  return bundle.outputFiles[0]?.text ?? "";
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {Server} */
    let server;
    const mailbox = new Mailbox();
    const mail = (/** @type {string} */ to, /** @type {string} */ kind) => mailbox.last(to, kind);
    before(async () => {
      server = await host.start({ env: {
        PORTCULLIS_SIGN_UP: "on",
        PORTCULLIS_DELETE_USER: "on",
        ...(await mailbox.listen()),
      } });
    });
    after(async () => {
      await server?.stop();
      await mailbox.stop();
    });

    describe("from Node", () => {
      for (const row of ROWS) {
        test(row.name, async () => {
          const tools = { client: clientOf(server), other: () => clientOf(server), email: address(), mail, base: server.url };
          assert.deepEqual(await row.run(tools), row.expected);
        });
      }
    });

    describe("from a page", () => {
      /** @type {import("playwright-core").Browser} */
      let browser;
      /** @type {string} */
      let bundle;
      before(async () => ([browser, bundle] = await Promise.all([launchChromium(), script()])));
      after(() => browser?.close());

      for (const row of ROWS) {
        test(row.name, async () => {
          // What the client is refused, Chromium writes into its console.
          const { page, close } = await openPage(browser, { expected: /^Failed to load resource/ });
          await page.exposeFunction("lastMail", mail);
          await page.route(`${server.url}/smoke`, (route) =>
            route.fulfill({ contentType: "text/html", body: `<!doctype html><title>smoke</title><script>${bundle}</script>` }),
          );
          await page.goto(`${server.url}/smoke`);
          const seen = await page.evaluate(([name, email]) => /** @type {any} */ (window).smoke(name, email), [row.name, address()]);
          assert.deepEqual(seen, row.expected);
          await close();
        });
      }

      test("a bearer from a page of another origin isn't sent: the browser asks by OPTIONS first, and nobody answers that", async () => {
        // Really served, from this machine: from elsewhere the browser wouldn't even ask.
        const elsewhere = await serveFiles({ "/": "<!doctype html><title>smoke</title>" }, { csp: "default-src *" });
        const { page, close } = await openPage(browser, { expected: /CORS policy|^Failed to load resource/ });
        await page.goto(`${elsewhere.url}/`);
        const asked = `${server.url}${GET_SESSION}`;
        const seen = await page.evaluate((url) => fetch(url, { headers: { Authorization: "Bearer x" } }).then(String, (error) => error.name), asked);
        assert.equal(seen, "TypeError");
        const told = await server.running.logged(({ method, path }) => method === "OPTIONS" && path === GET_SESSION);
        assert.deepEqual(told.map(({ status }) => status), [404]);
        await close();
        await elsewhere.stop();
      });
    });
  });
}
