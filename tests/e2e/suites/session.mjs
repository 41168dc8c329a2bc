// @ts-check
// Sessions: seen, by cookie and as bearer, and over at once.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Page, send, signedIn } from "../../support/http.mjs";
import { ANN, CHECK, GET_SESSION, LOGOUT, ME, SIGN_IN, SIGN_OUT, TIME_FORM, TOKEN, TOKEN_FORM, UNAUTHORIZED, typed } from "./shared.mjs";

const CLEARED = [
  "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
  "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
  "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
];

/** The session token in a page's cookie. @param {Page} page */
const tokenOf = (page) => String(page.jar.get("better-auth.session_token")).split(".")[0] ?? "";

/** The cookie of a page's session alone. @param {Page} page */
const cookieOf = (page) => `better-auth.session_token=${page.jar.get("better-auth.session_token")}`;

/** The lines about sessions. @param {readonly string[]} lines */
const ofSession = (lines) => lines.filter((line) => /^better-auth\.(session_|dont_remember)/.test(line));

/** @param {() => import("./shared.mjs").Server} server */
export function session(server) {
  /**
   * @param {string} path
   * @param {string} bearer
   * @param {unknown} [json]
   */
  const asBearer = (path, bearer, json) =>
    send(server().url + path, { json, headers: { authorization: `Bearer ${bearer}` } });

  describe("session", () => {
    test("get-session shows session and user, and no cache keeps it", async () => {
      const page = new Page(server());
      const begun = await page.send(SIGN_IN, { json: typed(ANN), headers: { "user-agent": "a browser" } });
      const answer = await page.get(GET_SESSION);
      const { session: shown, user } = answer.json;
      assert.deepEqual(user, begun.json.user);
      assert.deepEqual(Object.keys(shown).sort(), [
        ...["absoluteExpiresAt", "authenticatedAt", "createdAt", "deviceId", "deviceName", "expiresAt", "id", "ipAddress"],
        ...["lastActiveAt", "token", "updatedAt", "userAgent", "userId"],
      ]);
      assert.match(shown.id, TOKEN_FORM);
      for (const time of ["absoluteExpiresAt", "createdAt", "expiresAt", "updatedAt"]) assert.match(shown[time], TIME_FORM);
      assert.deepEqual([shown.token, shown.userId, shown.userAgent], [shown.id, user.id, "a browser"]);
      const days = (/** @type {string} */ at) => (Date.parse(at) - Date.parse(shown.createdAt)) / 86_400_000;
      assert.deepEqual([days(shown.expiresAt), days(shown.absoluteExpiresAt)], [7, 30]);
      assert.equal(shown.ipAddress, "127.0.0.1");
      assert.deepEqual([answer.headers["cache-control"], answer.headers["pragma"]], ["no-store", "no-cache"]);
      assert.deepEqual(answer.setCookies, [], "a young session isn't extended");
    });

    test("who isn't signed in has the session null, and is no error", async () => {
      const answer = await send(server().url + GET_SESSION);
      assert.deepEqual([answer.outcome, answer.text, answer.setCookies], [[200, null], "null", []]);
    });

    test("a cookie that is forged, unsigned or of nobody is no session and is taken back", async () => {
      const page = await signedIn(server(), ANN);
      const [name, value] = cookieOf(page).split("=");
      const token = value?.split(".")[0];
      const unknown = cookieOf(await signedIn(server(), ANN)).replace(/\.[^.]*$/, "");
      for (const cookie of [
        `${name}=${token}`,
        `${name}=${token}.${"A".repeat(43)}%3D`,
        `${name}=`,
        `${name}=%`,
        unknown,
      ]) {
        const answer = await send(server().url + GET_SESSION, { headers: { cookie } });
        assert.deepEqual([answer.outcome, ofSession(answer.setCookies)], [[200, null], CLEARED], cookie);
      }
    });

    test("a session token works as bearer, raw, signed and signed in URL form", async () => {
      const begun = await send(server().url + SIGN_IN, { json: typed(ANN) });
      const signed = String(begun.headers["set-auth-token"]);
      for (const bearer of [begun.json.token, signed, encodeURIComponent(signed)]) {
        assert.equal((await asBearer(GET_SESSION, bearer)).json?.user.email, ANN.email, bearer);
      }
    });

    test("a bearer that is garbage, forged or cut is nobody", async () => {
      const begun = await send(server().url + SIGN_IN, { json: typed(ANN) });
      const signed = String(begun.headers["set-auth-token"]);
      const forged = signed.replace(/\..*/, `.${"A".repeat(43)}=`);
      for (const bearer of ["garbage", "gar.bage", "a.b.c", "a.b.c.d", "", forged, signed.slice(0, -1), begun.json.token.slice(1)]) {
        assert.deepEqual((await asBearer(GET_SESSION, bearer)).outcome, [200, null], bearer);
        assert.deepEqual((await asBearer(ME, bearer)).outcome, UNAUTHORIZED, bearer);
      }
    });

    test("a bearer goes before a cookie, also one that is wrong", async () => {
      const page = await signedIn(server(), ANN);
      const answer = await page.send(GET_SESSION, { headers: { authorization: "Bearer garbage" } });
      assert.equal(answer.json, null);
    });

    for (const path of [SIGN_OUT, LOGOUT]) {
      test(`${path} ends the session at once: cookie, bearer and access token are refused right after`, async () => {
        const page = await signedIn(server(), ANN);
        const cookie = page.jar.header;
        const token = tokenOf(page);
        const accessToken = (await page.get(TOKEN)).json.token;
        const check = { permission: "pin:reveal", scope: "state:ca" };
        for (const bearer of [token, accessToken]) {
          assert.equal((await asBearer(CHECK, bearer, check)).json.allow, true);
        }
        const answer = await page.post(path);
        assert.deepEqual([answer.outcome, ofSession(answer.setCookies)], [[200, { success: true }], CLEARED]);
        assert.deepEqual(page.jar.names.filter((name) => /session|remember/.test(name)), []);
        for (const bearer of [token, accessToken]) {
          assert.deepEqual((await asBearer(CHECK, bearer, check)).outcome, UNAUTHORIZED);
        }
        const headers = { cookie, origin: server().origin };
        assert.deepEqual((await send(server().url + CHECK, { json: check, headers })).outcome, UNAUTHORIZED);
        const after = await send(server().url + GET_SESSION, { headers });
        assert.deepEqual([after.outcome, ofSession(after.setCookies)], [[200, null], CLEARED]);
      });
    }

    test("an access token signs its session out as well", async () => {
      const page = await signedIn(server(), ANN);
      const token = tokenOf(page);
      const accessToken = (await page.get(TOKEN)).json.token;
      assert.deepEqual((await asBearer(SIGN_OUT, accessToken, {})).outcome, [200, { success: true }]);
      assert.deepEqual((await asBearer(ME, token)).outcome, UNAUTHORIZED);
      assert.deepEqual((await asBearer(ME, accessToken)).outcome, UNAUTHORIZED);
    });

    test("signing out twice, without a session and without a body is no error", async () => {
      const page = await signedIn(server(), ANN);
      for (let round = 0; round < 2; round += 1) {
        assert.deepEqual((await page.send(SIGN_OUT, { method: "POST" })).outcome, [200, { success: true }]);
      }
      const answer = await send(server().url + SIGN_OUT, { method: "POST" });
      assert.deepEqual([answer.outcome, ofSession(answer.setCookies)], [[200, { success: true }], CLEARED]);
    });

    test("a body of sign-out that is no JSON is refused, and the session goes on", async () => {
      const page = await signedIn(server(), ANN);
      const answer = await page.send(SIGN_OUT, { body: "hi", headers: { "content-type": "text/plain" } });
      const message = 'Content-Type "text/plain" is not allowed. Allowed types: application/json';
      assert.deepEqual(answer.outcome, [415, { code: "UNSUPPORTED_MEDIA_TYPE", message }]);
      assert.notEqual((await page.get(GET_SESSION)).json, null);
    });

    test("signing out ends this session and no other of the user", async () => {
      const [here, there] = [await signedIn(server(), ANN), await signedIn(server(), ANN)];
      await here.post(SIGN_OUT);
      assert.equal((await there.get(GET_SESSION)).json.user.email, ANN.email);
    });

    test("what needs a session says 401 without one", async () => {
      const { url } = server();
      for (const path of [ME, TOKEN, "/api/policy"]) assert.deepEqual((await send(url + path)).outcome, UNAUTHORIZED, path);
      for (const path of [CHECK, "/api/demo/act"]) {
        assert.deepEqual((await send(url + path, { json: { permission: "pin:reveal" } })).outcome, UNAUTHORIZED, path);
      }
    });
  });
}
