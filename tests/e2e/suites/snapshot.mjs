// @ts-check
// Permission snapshots: what is in them, who gets them, and gates that live by them.

import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";

import { createGate } from "../../../pkg/src/index.node.js";
import { Page, send, signedIn } from "../../support/http.mjs";
import { eventually } from "../../support/pace.mjs";
import { CHECK, GET_SESSION, JWKS, ME, SIGN_OUT, TOKEN, UNAUTHORIZED } from "./shared.mjs";

/** @typedef {import("./shared.mjs").Server} Server */
/** @typedef {import("../../support/program.mjs").User} User */

const SNAPSHOT = "/api/auth/snapshot";
const TYP = "portcullis-snapshot+jws";
const ROLES = ["developer", "admin", "executive", "duty_watch", "quartermaster"];
const MAX_BYTES = 2_048;
/** How late a server may see what another process changed, and a moment. */
const BOUND_MS = 1_050;
/** How often a gate asks. */
const REFRESH_MS = 1_000;
/** The length of an origin to reckon with; it is there twice. */
const ORIGIN_CHARS = 40;

/** Names and addresses as people have them, one for each role of the unit. */
export const CREW = ROLES.map((role, at) => ({
  email: `alexandra.montgomery-reyes.${at}@squadron7.example.org`,
  name: "Alexandra Montgomery-Reyes",
  password: `the watch of ${role}`,
  roles: [role],
}));
/** Whose role is taken away. */
export const QUINN = { email: "quinn@example.org", name: "Quinn", password: "not for long here", roles: ["admin"] };
/** Who is disabled while a gate runs. */
export const DREW = { email: "drew@example.org", name: "Drew", password: "soon without account", roles: ["admin"] };

/**
 * Gives or takes a role while the server runs.
 *
 * @param {Server} server
 * @param {"grant" | "revoke"} action
 * @param {string} email
 * @param {string} role
 */
function change(server, action, email, role) {
  return server.operate(["user", action, email, role, "--policy", server.policyFile]);
}

/**
 * A gate of a page that is signed in, and the answers it got: their statuses, and the times in which it waited.
 *
 * @param {Server} server
 * @param {Page} page
 * @param {Partial<import("../../../pkg/src/index.js").GateOptions>} [options]
 */
async function connected(server, page, options = {}) {
  const answers = /** @type {{ status: number, beganMs: number, endedMs: number }[]} */ ([]);
  const gate = await createGate({
    baseUrl: server.url,
    fetch: async (url, init) => {
      const beganMs = performance.now();
      const answer = await fetch(url, { ...init, headers: { ...init.headers, cookie: page.jar.header } });
      if (url.endsWith(SNAPSHOT)) answers.push({ status: answer.status, beganMs, endedMs: performance.now() });
      return answer;
    },
    ...options,
  });
  return { gate, answers };
}

/**
 * The claims of a snapshot without what differs from host to host: ids, times, origins.
 *
 * @param {string} text
 */
export function comparable(text) {
  const { iat: _iat, exp: _exp, ver: _ver, iss: _iss, aud: _aud, sub: _sub, ends, ...claims } = decodeJwt(text);
  const [idle = 0, absolute = 0] = /** @type {number[]} */ (ends);
  return { ...claims, betweenEndsSecs: absolute - idle };
}

/** @param {() => Server} server */
export function snapshot(server) {
  /** @param {User} user */
  const pageOf = (user) => signedIn(server(), user);
  /** @param {Page} page */
  const keysOf = async (page) => (await page.get(JWKS)).json;

  describe("snapshot", () => {
    test("npm jose verifies it with the published keys; header, claims and times are as documented", async () => {
      const page = await pageOf(QUINN);
      const { user, session } = (await page.get(GET_SESSION)).json;
      const me = (await page.get(ME)).json;
      const answer = await page.get(SNAPSHOT);
      assert.equal(answer.status, 200);
      const { "content-type": type, "cache-control": cache, vary, etag } = answer.headers;
      assert.deepEqual([type, cache, vary], ["application/jose", "private, no-cache", "Cookie, Authorization"]);
      assert.match(String(etag), /^"[0-9a-f]{32}"$/);
      const keys = createRemoteJWKSet(new URL(server().url + JWKS));
      const rules = { algorithms: ["ES256"], issuer: server().origin, audience: server().origin, typ: TYP };
      const { payload, protectedHeader } = await jwtVerify(answer.text, keys, rules);
      assert.deepEqual(Object.keys(protectedHeader).sort(), ["alg", "kid", "typ"]);
      const { iat = 0, exp = 0, ver, policy, ...rest } = /** @type {any} */ (payload);
      assert.equal(exp - iat, 300);
      assert.equal(Math.floor(ver / 1000), iat);
      assert.ok(Math.abs(ver - Date.now()) < 10_000);
      assert.deepEqual([policy.name, policy.reduced, policy.p.length], ["naval-unit", true, 18]);
      assert.deepEqual(rest, {
        iss: server().origin,
        aud: server().origin,
        sub: user.id,
        policyDigest: Buffer.from(me.policy.digest, "hex").toString("base64url"),
        principal: { grants: QUINN.roles },
        scopes: [],
        ends: [me.session.expiresAt, me.session.absoluteExpiresAt].map((time) => Math.floor(Date.parse(time) / 1000)),
        user: { name: QUINN.name, email: QUINN.email, emailVerified: false },
      });
      for (const secret of [session.id, page.jar.header.split("=")[1]?.split(".")[0] ?? "", "password"]) {
        assert.equal(JSON.stringify(payload).includes(secret), false, secret);
      }
    });

    test("it is for those who are signed in, by cookie, session token or access token", async () => {
      const page = await pageOf(QUINN);
      const headers = { authorization: `Bearer ${(await page.get(TOKEN)).json.token}` };
      assert.equal((await send(server().url + SNAPSHOT, { headers })).status, 200);
      assert.deepEqual((await send(server().url + SNAPSHOT)).outcome, UNAUTHORIZED);
      const snapshot = (await page.get(SNAPSHOT)).text;
      const played = await send(server().url + SNAPSHOT, { headers: { authorization: `Bearer ${snapshot}` } });
      assert.deepEqual(played.outcome, UNAUTHORIZED, "it is no credential itself");
      assert.equal((await page.send(SNAPSHOT, { method: "POST", json: {} })).status, 404);
    });

    test("what the caller has already is answered 304, by any form of its tag", async () => {
      const page = await pageOf(QUINN);
      const { etag = "" } = (await page.get(SNAPSHOT)).headers;
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const answer = await page.send(SNAPSHOT, { headers: { "if-none-match": known } });
        assert.deepEqual([answer.status, answer.text, answer.headers.etag], [304, "", etag], known);
        assert.equal(answer.headers["cache-control"], "private, no-cache");
      }
      for (const other of ['"x"', etag.slice(1, -1), `${etag}x`]) {
        assert.equal((await page.send(SNAPSHOT, { headers: { "if-none-match": other } })).status, 200, other);
      }
      const another = (await (await pageOf(DREW)).get(SNAPSHOT)).headers.etag;
      assert.notEqual(another, etag);
    });

    for (const user of CREW) {
      test(`of the unit's table for one ${user.roles[0]} is under 2 KB, and decides as the API does`, async (t) => {
        const page = await pageOf(user);
        const text = (await page.get(SNAPSHOT)).text;
        t.diagnostic(`${text.length} bytes`);
        const length = text.length + Math.ceil((2 * (ORIGIN_CHARS - server().origin.length) * 4) / 3);
        t.diagnostic(`${length} bytes with an origin of ${ORIGIN_CHARS} characters`);
        assert.ok(length < MAX_BYTES, `${length} bytes`);
        const gate = await createGate({
          snapshot: text,
          jwks: await keysOf(page),
          issuer: server().origin,
          audience: server().origin,
          subject: String(decodeJwt(text).sub),
          fetch: () => assert.fail("a request was sent"),
        });
        const targets = ROLES.map((role) => ({ permission: "user:update", target: { grants: [role] } }));
        const checks = [...gate.permissions.map(({ name }) => ({ permission: name })), ...targets, { permission: "x:y" }];
        const said = (await page.post(CHECK, { checks })).json.results;
        const brief = (/** @type {any} */ { allow, code }) => ({ allow, code });
        assert.equal(checks.length, 24);
        assert.deepEqual(checks.map((check) => gate.check(check)), said.map(brief));
        gate.close();
      });
    }

    test("a change of any character of it is refused", async () => {
      const page = await pageOf(QUINN);
      const text = (await page.get(SNAPSHOT)).text;
      const rules = { jwks: await keysOf(page), issuer: server().origin, audience: server().origin };
      const gate = await createGate({ snapshot: text, ...rules });
      const before = gate.getSnapshot();
      for (let at = 0; at < text.length; at += 1) {
        const forged = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
        assert.throws(() => gate.update({ snapshot: forged }), { name: "PortcullisError" }, `at ${at}`);
      }
      assert.equal(gate.getSnapshot(), before);
    });

    test("a running gate sees a role that is taken away within its interval, once; between are 304s", async (t) => {
      const page = await pageOf(QUINN);
      // No timer of this process is more punctual than that.
      const loop = monitorEventLoopDelay({ resolution: 10 });
      loop.enable();
      const { gate, answers } = await connected(server(), page, { refreshSecs: REFRESH_MS / 1000 });
      const kid = decodeProtectedHeader((await page.get(SNAPSHOT)).text).kid;
      assert.equal(typeof kid, "string");
      let told = 0;
      gate.subscribe(() => (told += 1));
      await eventually(() => answers.slice(1).some(({ status }) => status === 304), "it asks again, and hears of no change");
      assert.equal(gate.can("user:delete"), true);
      assert.equal(told, 0);
      await change(server(), "revoke", QUINN.email, "admin");
      const changed = performance.now();
      // What another process changed is seen within the bound.
      await sleep(BOUND_MS);
      assert.equal((await page.post(CHECK, { checks: [{ permission: "user:delete" }] })).json.results[0].allow, false);
      await eventually(() => !gate.can("user:delete"), "it sees the change", { everyMs: 5 });
      const seenMs = performance.now() - changed;
      t.diagnostic(`seen after ${seenMs.toFixed()} ms`);
      // By the first question that it asked after the bound, which it asked an interval after the one before.
      const late = answers.filter(({ beganMs }) => beganMs > changed + BOUND_MS);
      assert.ok(late.length <= 1, JSON.stringify(late));
      const waited = answers.slice(1).map(({ beganMs }, at) => beganMs - (answers[at]?.endedMs ?? 0));
      loop.disable();
      const mostMs = REFRESH_MS + 300 + loop.max / 1e6;
      assert.ok(waited.every((ms) => ms < mostMs), `between answer and question: ${waited} ms, of ${mostMs}`);
      assert.equal(told, 1);
      await change(server(), "grant", QUINN.email, "admin");
      await sleep(BOUND_MS);
      await gate.refresh();
      assert.deepEqual([gate.can("user:delete"), told], [true, 2]);
      gate.close();
    });

    test("signing out and being disabled are seen by running gates", async () => {
      const page = await pageOf(QUINN);
      const { gate } = await connected(server(), page, { refresh: false });
      const { header } = page.jar;
      await page.post(SIGN_OUT);
      // The page's own cookies are gone now; one who kept them gets nothing either.
      const kept = await send(server().url + SNAPSHOT, { headers: { cookie: header } });
      assert.deepEqual(kept.outcome, UNAUTHORIZED);
      await gate.refresh();
      assert.deepEqual([gate.status, gate.can("user:delete"), gate.user], ["signed-out", false, null]);
      await page.signIn(QUINN);
      await gate.refresh();
      assert.deepEqual([gate.status, gate.can("user:delete")], ["ready", true]);
      gate.close();
      const drew = await pageOf(DREW);
      const other = await connected(server(), drew, { refresh: false });
      assert.equal(other.gate.can("user:delete"), true);
      await server().disableUser(DREW.email);
      await sleep(BOUND_MS);
      await other.gate.refresh();
      assert.deepEqual([other.gate.status, other.gate.can("user:delete")], ["signed-out", false]);
      other.gate.close();
    });
  });
}
