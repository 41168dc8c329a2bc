// @ts-check
// The sessions of a user: listed, ended, named, refreshed, made fresh.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send, signedIn } from "../../support/http.mjs";
import { inTime } from "../../support/pace.mjs";
import { ANN, BOB, GET_SESSION, ME, SIGN_IN, TIME_FORM, TOKEN_FORM, UNAUTHORIZED, typed } from "./shared.mjs";

const LIST = "/api/auth/list-sessions";
const REVOKE = "/api/auth/revoke-session";
const REVOKE_ALL = "/api/auth/revoke-sessions";
const REVOKE_OTHERS = "/api/auth/revoke-other-sessions";
const UPDATE = "/api/auth/update-session";
const REFRESH = "/api/auth/session/refresh";
const STEP_UP = "/api/auth/session/step-up";
const TOKEN = "/api/auth/token";

const DONE = [200, { status: true }];
const REFUSED = [401, { code: "INVALID_REFRESH_TOKEN", message: "Invalid refresh token" }];
const NOT_FRESH = [403, { code: "SESSION_NOT_FRESH", message: "Session is not fresh" }];
const MEMBERS = [
  ...["absoluteExpiresAt", "authenticatedAt", "createdAt", "deviceId", "deviceName", "expiresAt", "id", "ipAddress"],
  ...["lastActiveAt", "token", "updatedAt", "userAgent", "userId"],
];

/** How long a sign-in is fresh with {@link LIMITS}. */
const FRESH_MS = 1_000;

/** @typedef {() => import("./shared.mjs").Server} Current */

/** How many cookies of a session an answer takes back. @param {import("../../support/http.mjs").Answer} answer */
const ended = ({ setCookies }) => setCookies.filter((line) => /(session_|dont_remember)[a-z]*=; Max-Age=0;/.test(line)).length;

/**
 * @param {import("./shared.mjs").Server} server
 * @param {string} bearer
 * @param {string} [path]
 */
const asBearer = (server, bearer, path = GET_SESSION) =>
  send(server.url + path, { headers: { authorization: `Bearer ${bearer}` } });

/** @param {import("./shared.mjs").Server} server */
async function refreshing(server) {
  const begun = await send(server.url + SIGN_IN, { json: { ...typed(ANN), refreshToken: true } });
  assert.equal(begun.status, 200, begun.text);
  return begun;
}

/**
 * @param {import("./shared.mjs").Server} server
 * @param {string} refreshToken
 */
const refresh = (server, refreshToken) => send(server.url + REFRESH, { json: { refreshToken } });

/** @param {Current} server */
export function sessions(server) {
  describe("sessions", () => {
    test("the list has each session once, the last used first, with handles that sign nobody in", async () => {
      const begun = await send(server().url + SIGN_IN, { json: typed(BOB), headers: { "user-agent": "curl/8.5.0" } });
      const page = await signedIn(server(), BOB);
      const answer = await page.get(LIST);
      assert.equal(answer.status, 200, answer.text);
      const [first, second] = answer.json;
      assert.deepEqual(Object.keys(first).sort(), MEMBERS);
      assert.equal(first.id, (await page.get(GET_SESSION)).json.session.id);
      assert.deepEqual([second.userAgent, second.deviceName], ["curl/8.5.0", "curl/8.5.0"]);
      for (const one of answer.json) {
        assert.match(one.token, TOKEN_FORM);
        assert.match(one.absoluteExpiresAt, TIME_FORM);
        assert.notEqual(one.token, begun.json.token);
        assert.equal((await asBearer(server(), one.token)).json, null);
        assert.deepEqual((await asBearer(server(), one.token, ME)).outcome, UNAUTHORIZED);
      }
      await page.post(REVOKE_ALL);
    });

    test("a page never sees its session's token, a bearer gets its own back", async () => {
      const page = await signedIn(server(), ANN);
      const cookie = decodeURIComponent(page.jar.get("better-auth.session_token") ?? "").split(".")[0];
      const { session } = (await page.get(GET_SESSION)).json;
      assert.deepEqual([session.token, session.token === cookie], [session.id, false]);
      assert.equal((await page.get(ME)).json.session.token, session.id);
      const shown = (await asBearer(server(), String(cookie))).json.session;
      assert.deepEqual([shown.token, shown.id], [cookie, session.id]);
    });

    test("who isn't signed in gets 401 everywhere", async () => {
      const { url } = server();
      assert.deepEqual((await send(url + LIST)).outcome, UNAUTHORIZED);
      for (const path of [REVOKE, REVOKE_ALL, REVOKE_OTHERS, UPDATE, STEP_UP]) {
        const json = { token: "a", deviceName: "a", password: "a" };
        assert.deepEqual((await send(url + path, { json })).outcome, UNAUTHORIZED, path);
      }
    });

    test("a handle ends a session of one's own; one that is nobody's or another's is no error and ends nothing", async () => {
      const [here, there, other] = [await signedIn(server(), ANN), await signedIn(server(), ANN), await signedIn(server(), BOB)];
      const handle = (/** @type {Page} */ page) => page.get(GET_SESSION).then(({ json }) => json.session.token);
      for (const token of ["zz", "A".repeat(32), await handle(other)]) {
        const answer = await here.post(REVOKE, { token });
        assert.deepEqual([answer.outcome, ended(answer)], [DONE, 0]);
      }
      assert.notEqual((await other.get(GET_SESSION)).json, null);
      assert.deepEqual((await here.post(REVOKE, { token: await handle(there) })).outcome, DONE);
      assert.equal((await there.get(GET_SESSION)).json, null);
      const own = await here.post(REVOKE, { token: await handle(here) });
      assert.deepEqual([own.outcome, ended(own)], [DONE, 3]);
      assert.equal(here.jar.get("better-auth.session_token"), undefined);
      const message = "[body.token] Invalid input: expected string, received undefined";
      assert.deepEqual((await other.post(REVOKE, {})).outcome, [400, { code: "VALIDATION_ERROR", message }]);
      await other.post(REVOKE_ALL);
    });

    test("a raw token of one's own ends its session as well", async () => {
      const { token } = (await send(server().url + SIGN_IN, { json: typed(ANN) })).json;
      const page = await signedIn(server(), ANN);
      assert.deepEqual((await page.post(REVOKE, { token })).outcome, DONE);
      assert.equal((await asBearer(server(), token)).json, null);
    });

    test("ending the others leaves this one; ending all leaves none and takes the cookies back", async () => {
      const [here, there] = [await signedIn(server(), BOB), await signedIn(server(), BOB)];
      const bystander = await signedIn(server(), ANN);
      assert.deepEqual((await here.post(REVOKE_OTHERS)).outcome, DONE);
      assert.equal((await there.get(GET_SESSION)).json, null);
      assert.equal((await here.get(LIST)).json.length, 1);
      const cookie = here.jar.header;
      const answer = await here.post(REVOKE_ALL);
      assert.deepEqual([answer.outcome, ended(answer)], [DONE, 3]);
      const after = await send(server().url + GET_SESSION, { headers: { cookie, origin: server().origin } });
      assert.equal(after.json, null);
      assert.notEqual((await bystander.get(GET_SESSION)).json, null);
    });

    test("a device is named by its owner, and no other member of a session is", async () => {
      const page = await signedIn(server(), ANN);
      const answer = await page.post(UPDATE, { deviceName: "  Ann's phone " });
      assert.deepEqual([answer.status, answer.json.session.deviceName], [200, "Ann's phone"]);
      assert.equal((await page.get(GET_SESSION)).json.session.deviceName, "Ann's phone");
      for (const name of ["userId", "token", "expiresAt", "activeOrganizationId", "deviceId"]) {
        const refused = await page.post(UPDATE, { [name]: "x", deviceName: "y" });
        const message = `${name} is not allowed to be set`;
        assert.deepEqual(refused.outcome, [400, { code: "FIELD_NOT_ALLOWED", message }]);
      }
      assert.deepEqual((await page.post(UPDATE, { color: "red" })).outcome, [400, { message: "No fields to update" }]);
      assert.equal((await page.post(UPDATE, { deviceName: 1 })).status, 400);
    });

    test("a browser is the same device each time it signs in, and a program says which one it is", async () => {
      const page = await signedIn(server(), ANN);
      const { deviceId } = (await page.get(GET_SESSION)).json.session;
      assert.match(deviceId, TOKEN_FORM);
      const line = (await page.signIn(ANN)).setCookies.find((one) => one.startsWith("better-auth.device="));
      assert.equal(line, undefined, "it is set once");
      assert.equal((await page.get(GET_SESSION)).json.session.deviceId, deviceId);
      const headers = { "x-device-id": "terminal-0001" };
      const begun = await send(server().url + SIGN_IN, { json: { ...typed(ANN), deviceName: "Gate 3" }, headers });
      const { session } = (await asBearer(server(), begun.json.token)).json;
      assert.deepEqual([session.deviceId, session.deviceName], ["terminal-0001", "Gate 3"]);
      assert.ok(!begun.setCookies.some((one) => one.startsWith("better-auth.device=")));
    });

    test("get-session isn't posted", async () => {
      const message = "POST method requires deferSessionRefresh to be enabled in session config";
      const refused = [405, { code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", message }];
      assert.deepEqual((await send(server().url + GET_SESSION, { json: {} })).outcome, refused);
    });

    test("a sign-in that asks for it gets refresh tokens in place of cookies", async () => {
      const begun = await refreshing(server());
      assert.deepEqual(begun.setCookies, []);
      assert.equal(String(begun.headers["set-auth-token"]).split(".")[0], begun.json.token);
      assert.match(begun.json.refreshToken, /^prt_[A-Za-z0-9]{32}\.0\.[A-Za-z0-9]{32}\.[\w-]{22}$/);
      const hours = (/** @type {string} */ at) => Math.round((Date.parse(at) - Date.now()) / 3_600_000);
      assert.deepEqual([hours(begun.json.tokenExpiresAt), hours(begun.json.refreshTokenExpiresAt)], [1, 168]);
      assert.equal((await send(server().url + SIGN_IN, { json: typed(ANN) })).json.refreshToken, undefined);
    });

    test("a refresh gives tokens that work; a repetition gives the same pair", async () => {
      const begun = await refreshing(server());
      const first = await refresh(server(), begun.json.refreshToken);
      assert.equal(first.status, 200, first.text);
      assert.notEqual(first.json.token, begun.json.token);
      assert.equal(first.json.user.email, ANN.email);
      for (const bearer of [first.json.token, first.json.accessToken]) {
        assert.equal((await asBearer(server(), bearer, ME)).json.user.email, ANN.email);
      }
      assert.notEqual((await asBearer(server(), begun.json.token)).json, null, "the token before, for a moment");
      const again = await refresh(server(), begun.json.refreshToken);
      assert.deepEqual([again.json.token, again.json.refreshToken], [first.json.token, first.json.refreshToken]);
      const second = await refresh(server(), first.json.refreshToken);
      assert.match(second.json.refreshToken, /^prt_[A-Za-z0-9]{32}\.2\./);
    });

    test("64 uses of one refresh token at once make one step, and all get the same pair", async () => {
      const { refreshToken } = (await refreshing(server())).json;
      const answers = await Promise.all(Array.from({ length: 64 }, () => refresh(server(), refreshToken)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      assert.equal(new Set(answers.map(({ json }) => `${json.token} ${json.refreshToken}`)).size, 1);
      const next = await refresh(server(), answers[0]?.json.refreshToken);
      assert.match(next.json.refreshToken, /\.2\.[A-Za-z0-9]{32}\./);
    });

    test("a refresh token from two steps back ends the session and every token of it", async () => {
      const begun = (await refreshing(server())).json;
      const first = (await refresh(server(), begun.refreshToken)).json;
      const second = (await refresh(server(), first.refreshToken)).json;
      assert.deepEqual((await refresh(server(), begun.refreshToken)).outcome, REFUSED);
      assert.deepEqual((await refresh(server(), second.refreshToken)).outcome, REFUSED);
      for (const bearer of [first.token, second.token, second.accessToken]) {
        assert.deepEqual((await asBearer(server(), bearer, ME)).outcome, UNAUTHORIZED);
      }
      const log = await server().exportAudit("jsonl");
      const reuse = log.split("\n").filter((line) => line.includes('"session.refresh.reuse"'));
      assert.ok(reuse.some((line) => line.includes(second.session.id)), log);
    });

    test("text that is no refresh token, or one with another tag, gets nothing and ends nothing", async () => {
      const { refreshToken, token } = (await refreshing(server())).json;
      const forged = refreshToken.replace(/.{22}$/, "A".repeat(22));
      for (const text of ["", "prt_", token, forged, refreshToken.replace(".0.", ".1.")]) {
        assert.deepEqual((await refresh(server(), text)).outcome, REFUSED, text);
      }
      assert.equal((await refresh(server(), refreshToken)).status, 200);
    });

    test("the right password makes the sign-in fresh and gives the session another token", async () => {
      const page = await signedIn(server(), ANN);
      const cookie = () => page.jar.get("better-auth.session_token");
      const before = cookie();
      const { session } = (await page.get(GET_SESSION)).json;
      const wrong = await page.post(STEP_UP, { password: "wrong" });
      assert.deepEqual(wrong.outcome, [400, { code: "INVALID_PASSWORD", message: "Invalid password" }]);
      assert.equal(cookie(), before);
      const right = await page.post(STEP_UP, { password: ANN.password });
      assert.deepEqual([right.status, right.json.status, right.json.token], [200, true, null], right.text);
      assert.notEqual(cookie(), before);
      const after = (await page.get(GET_SESSION)).json.session;
      assert.equal(after.id, session.id);
      assert.ok(after.authenticatedAt > session.authenticatedAt);
      const { token } = (await send(server().url + SIGN_IN, { json: typed(ANN) })).json;
      const headers = { authorization: `Bearer ${token}` };
      const bearer = await send(server().url + STEP_UP, { json: { password: ANN.password }, headers });
      assert.match(bearer.json.token, TOKEN_FORM);
      assert.equal((await asBearer(server(), bearer.json.token)).json.session.token, bearer.json.token);
    });
  });
}

/** @param {Current} server whose sign-ins are fresh for a second, and whose tokens hold no longer than they have to */
export function sessionLimits(server) {
  describe("session limits", () => {
    test("a sign-in that isn't fresh any more is asked for the password", async () => {
      await inTime(async (within) => {
        const page = await within(FRESH_MS, async () => {
          const one = await signedIn(server(), ANN);
          assert.equal((await one.get(LIST)).status, 200);
          return one;
        });
        await sleep(FRESH_MS + 100);
        assert.deepEqual((await page.get(LIST)).outcome, NOT_FRESH);
        await within(FRESH_MS, async () => {
          assert.equal((await page.post(STEP_UP, { password: ANN.password })).status, 200);
          assert.equal((await page.get(LIST)).status, 200);
        });
      });
    });

    test("without a window an old token is over at once, and a used refresh token ends the session", async () => {
      const page = await signedIn(server(), ANN);
      const old = { cookie: page.jar.header, origin: server().origin };
      await page.post(STEP_UP, { password: ANN.password });
      assert.equal((await send(server().url + GET_SESSION, { headers: old })).json, null);
      const begun = (await refreshing(server())).json;
      const next = (await refresh(server(), begun.refreshToken)).json;
      assert.deepEqual((await refresh(server(), begun.refreshToken)).outcome, REFUSED);
      assert.deepEqual((await asBearer(server(), next.token, ME)).outcome, UNAUTHORIZED);
    });

    test("what isn't remembered ends after its own time, and no session after the absolute one", async () => {
      const seconds = async (/** @type {object} */ more) => {
        const page = new Page(server());
        await page.send(SIGN_IN, { json: { ...typed(ANN), ...more } });
        const { session } = (await page.get(GET_SESSION)).json;
        const after = (/** @type {string} */ at) => Math.round((Date.parse(at) - Date.parse(session.createdAt)) / 1000);
        return [after(session.expiresAt), after(session.absoluteExpiresAt)];
      };
      assert.deepEqual(await seconds({ rememberMe: false }), [90, 90]);
      assert.deepEqual(await seconds({}), [60, 3600]);
    });

    test("a page that asks for nothing but access tokens keeps its session, and its cookie", async () => {
      const page = await signedIn(server(), ANN);
      const before = (await page.get(GET_SESSION)).json.session;
      const soon = await page.get(TOKEN);
      assert.deepEqual([soon.status, soon.setCookies.length], [200, 0]);
      await sleep(8_500); // a seventh of the idle time
      const later = await page.get(TOKEN);
      assert.match(later.setCookies.join("\n"), /session_token=[^;]+; Max-Age=(59|60);/);
      const after = (await page.get(`${GET_SESSION}?disableRefresh=true`)).json.session;
      const moved = Date.parse(after.expiresAt) - Date.parse(before.expiresAt);
      assert.ok(moved >= 8_000 && moved < 60_000, `${moved} ms`);
    });
  });
}

/** The settings of {@link sessionLimits}. */
export const LIMITS = {
  PORTCULLIS_SESSION_FRESH_SECS: String(FRESH_MS / 1000),
  PORTCULLIS_SESSION_GRACE_SECS: "0",
  PORTCULLIS_SESSION_IDLE_SECS: "60",
  PORTCULLIS_SESSION_ABSOLUTE_SECS: "3600",
  PORTCULLIS_SESSION_SHORT_SECS: "90",
};
