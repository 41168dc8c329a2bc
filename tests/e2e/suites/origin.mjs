// @ts-check
// Cross-site request forgery: which pages may call, with cookies and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { ANN, FOREIGN, SIGN_IN, SIGN_OUT, TRUSTED, typed } from "./shared.mjs";

const INVALID = [403, { code: "INVALID_ORIGIN", message: "Invalid origin" }];
const MISSING = [403, { code: "MISSING_OR_NULL_ORIGIN", message: "Missing or null Origin" }];
const BLOCKED = [
  403,
  {
    code: "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
    message: "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
  },
];

/** @param {() => import("./shared.mjs").Server} server */
export function origin(server) {
  describe("origin", () => {
    /** @type {[string, (own: string) => Record<string, string>, unknown[] | 200][]} */
    const withCookie = [
      ["no origin", () => ({}), MISSING],
      ["the origin null", () => ({ origin: "null" }), MISSING],
      ["a foreign origin", () => ({ origin: FOREIGN }), INVALID],
      ["our own host under another scheme", (own) => ({ origin: own.replace("http:", "https:") }), INVALID],
      ["an origin that begins like ours", (own) => ({ origin: `${own}.evil.example` }), INVALID],
      ["a foreign referrer that names us", (own) => ({ referer: `${FOREIGN}/${own}` }), INVALID],
      ["our own origin", (own) => ({ origin: own }), 200],
      ["a trusted origin", () => ({ origin: TRUSTED }), 200],
      ["a referrer of our own", (own) => ({ referer: `${own}/demo/` }), 200],
      ["the origin null of our own page", () => ({ origin: "null", "sec-fetch-site": "same-origin" }), 200],
    ];
    for (const [what, headers, outcome] of withCookie) {
      test(`signing out with a cookie and ${what} is ${outcome === 200 ? "done" : "refused"}`, async () => {
        const page = await signedIn(server(), ANN);
        const sent = { cookie: page.jar.header, ...headers(server().origin) };
        const answer = await send(server().url + SIGN_OUT, { json: {}, headers: sent });
        assert.deepEqual(answer.outcome, outcome === 200 ? [200, { success: true }] : outcome);
        const { json } = await page.get("/api/auth/get-session");
        assert.equal(json === null, outcome === 200, "the session is over only if it was done");
      });
    }

    test("any cookie asks for an origin, not only one of ours", async () => {
      const answer = await send(server().url + SIGN_IN, { json: typed(ANN), headers: { cookie: "a=b" } });
      assert.deepEqual(answer.outcome, MISSING);
    });

    test("reading with a cookie asks for no origin", async () => {
      const page = await signedIn(server(), ANN);
      const headers = { cookie: page.jar.header, origin: FOREIGN };
      const answer = await send(`${server().url}/api/auth/get-session`, { headers });
      assert.equal(answer.json.user.email, ANN.email);
      assert.equal(answer.headers["access-control-allow-origin"], undefined, "but no other page may see it");
    });

    /** @type {[string, Record<string, string>, unknown[] | 200][]} */
    const reading = [
      ["a link of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
      ["an image of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, MISSING],
      ["a script of another site", { origin: FOREIGN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, INVALID],
      ["a script of a trusted site", { origin: TRUSTED, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, 200],
      ["a page of ours", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, 200],
    ];
    for (const [what, headers, outcome] of reading) {
      test(`reading with a cookie from ${what} is ${outcome === 200 ? "done" : "refused"}`, async () => {
        const page = await signedIn(server(), ANN);
        const sent = { cookie: page.jar.header, ...headers };
        const answer = await send(`${server().url}/api/auth/get-session`, { headers: sent });
        if (outcome === 200) assert.equal(answer.json.user.email, ANN.email);
        else assert.deepEqual(answer.outcome, outcome);
      });
    }

    /** @type {[string, Record<string, string>, unknown[] | 200][]} */
    const withoutCookie = [
      ["a form of another site", { origin: FOREIGN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, BLOCKED],
      ["a form of another site without origin", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, BLOCKED],
      ["a script of another site", { origin: FOREIGN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, INVALID],
      ["a sibling site without origin", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, MISSING],
      ["a foreign origin alone", { origin: FOREIGN }, INVALID],
      ["a script of a trusted site", { origin: TRUSTED, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, 200],
      ["no page at all", {}, 200],
    ];
    for (const [what, headers, outcome] of withoutCookie) {
      test(`signing in from ${what}, without a cookie, is ${outcome === 200 ? "done" : "refused"}`, async () => {
        const answer = await send(server().url + SIGN_IN, { json: typed(ANN), headers });
        if (outcome === 200) assert.equal(answer.status, 200);
        else assert.deepEqual([answer.outcome, answer.setCookies], [outcome, []]);
      });
    }

    test("a bearer without cookies needs no origin", async () => {
      const { token } = (await send(server().url + SIGN_IN, { json: typed(ANN) })).json;
      const headers = { authorization: `Bearer ${token}`, origin: FOREIGN };
      const answer = await send(`${server().url}/api/check`, { json: { permission: "pin:reveal" }, headers });
      assert.equal(answer.status, 200);
    });
  });
}
