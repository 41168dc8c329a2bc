// @ts-check
// Callers that are kept between requests: what it takes, and what is seen when, on two servers of one
// database.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send, signedIn } from "../../support/http.mjs";
import { ANN, BOB, CHECK, GET_SESSION, SIGN_IN, SIGN_OUT, TOKEN, UNAUTHORIZED, typed } from "./shared.mjs";

/** The bound that the servers run with, in milliseconds. */
export const BOUND_MS = 1000;
/** What a request and its answer may take on a busy machine besides. */
export const TOLERANCE_MS = 300;
/** How many sessions are revoked, by cookie and by access token each. */
const ROUNDS = 24;
/** How many of them at the same time. */
const TOGETHER = 4;

const UPDATE_USER = "/api/auth/update-user";
const QUESTION = { permission: "device:manage", scope: "state:ca" };

/** How often a server asks at most what is new in so many milliseconds, and for the signing keys once a minute. @param {number} elapsed */
const mostIn = (elapsed) => Math.ceil(elapsed / (BOUND_MS * 0.75)) + 1;

/** @typedef {{ url: string, origin: string }} At */

/** @param {import("../../support/http.mjs").Answer} answer */
const took = (answer) => [Number(answer.headers["x-portcullis-statements"]), Number(answer.headers["x-portcullis-round-trips"])];

/** @param {string} token */
const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** The same browser at another server. @param {Page} page @param {At} server */
export function at(page, server) {
  const other = new Page(server);
  other.jar = page.jar;
  return other;
}

/**
 * Asks another server until it knows of a change.
 *
 * @param {number} since when the change was answered
 * @param {() => Promise<boolean | undefined>} isSeen nothing where there was no answer
 * @returns {Promise<number[]>} how long after the change each question was asked that was answered as before
 */
export async function unaware(since, isSeen) {
  const late = [];
  for (;;) {
    const asked = performance.now();
    const isAware = await isSeen();
    if (isAware === true) return late;
    // A question that was asked after the bound has to be answered as it is now.
    if (isAware === false) late.push(asked - since);
    await sleep(20);
  }
}

/**
 * @param {() => At} one
 * @param {() => At} other
 */
export function feed(one, other) {
  describe("statements", () => {
    test("a session takes one at first and then none, beside one for all in the bound", async () => {
      // Makes the signing keys, if nobody has.
      await (await signedIn(one(), BOB)).get(GET_SESSION);
      const page = await signedIn(one(), ANN);
      const [first = NaN] = took(await page.get(GET_SESSION));
      assert.ok(first === 1 || first === 2, `${first}: the session, and once a minute the keys`);
      const before = performance.now();
      let statements = 0;
      let answers = 0;
      while (performance.now() - before < 2 * BOUND_MS || answers <= 20) {
        const answer = await page.get(GET_SESSION);
        assert.equal(answer.json.user.email, ANN.email);
        statements += took(answer)[0] ?? NaN;
        answers += 1;
      }
      const elapsed = performance.now() - before;
      assert.ok(statements <= mostIn(elapsed), `${statements} statements for ${answers} answers in ${elapsed} ms`);
    });

    test("a guarded route with an access token takes none, also for a scope", async () => {
      const page = await signedIn(one(), ANN);
      const { token } = (await page.get(TOKEN)).json;
      const counts = [];
      const before = performance.now();
      for (let round = 0; round < 8; round += 1) {
        const answer = await send(one().url + CHECK, { json: QUESTION, headers: bearer(token) });
        assert.equal(answer.json.allow, true);
        counts.push(took(answer)[0]);
      }
      const elapsed = performance.now() - before;
      assert.ok(counts.filter((count) => count !== 0).length <= mostIn(elapsed), `${counts.join()} in ${elapsed} ms`);
      assert.ok(counts.every((count) => Number(count) <= 2), counts.join());
    });

    test("signing in takes at most two round trips", async () => {
      const answer = await send(one().url + SIGN_IN, { json: typed(ANN) });
      assert.equal(answer.status, 200);
      assert.ok((took(answer)[1] ?? NaN) <= 2, String(took(answer)));
    });
  });

  describe("own writes", () => {
    test("a page that has changed something sees it at once at another server", async () => {
      const page = await signedIn(one(), BOB);
      const elsewhere = at(page, other());
      for (const name of ["Bob One", "Bob Two", "Bob Three"]) {
        await elsewhere.get(GET_SESSION);
        assert.deepEqual((await page.post(UPDATE_USER, { name })).outcome, [200, { status: true }]);
        assert.ok(page.jar.names.some((cookie) => cookie.endsWith("bookmark")));
        assert.equal((await elsewhere.get(GET_SESSION)).json.user.name, name);
        assert.equal((await page.get(GET_SESSION)).json.user.name, name);
      }
    });

    test("who sends Authorization carries the mark in a header", async () => {
      const { token } = (await send(one().url + SIGN_IN, { json: typed(BOB) })).json;
      const headers = bearer(token);
      await send(other().url + GET_SESSION, { headers });
      const renamed = await send(one().url + UPDATE_USER, { json: { name: "By Bearer" }, headers });
      const mark = String(renamed.headers["x-portcullis-bookmark"]);
      assert.match(String(renamed.headers["access-control-expose-headers"]), /\bx-portcullis-bookmark\b/);
      assert.deepEqual(renamed.setCookies, []);
      const seen = await send(other().url + GET_SESSION, { headers: { ...headers, "x-portcullis-bookmark": mark } });
      assert.equal(seen.json.user.name, "By Bearer");
    });

    test("a mark of another login, or one that isn't ours, says nothing and does no harm", async () => {
      const [ann, bob] = [await signedIn(one(), ANN), await signedIn(one(), BOB)];
      await bob.post(UPDATE_USER, { name: "Bob" });
      const name = bob.jar.names.find((cookie) => cookie.endsWith("bookmark"));
      const mark = bob.jar.get(String(name));
      for (const value of [mark, "x", "seen:x:99999999:.x", `${mark}x`, ""]) {
        const cookie = `${ann.jar.header}; ${name}=${value}`;
        const answer = await send(other().url + GET_SESSION, { headers: { cookie } });
        assert.equal(answer.json.user.email, ANN.email, String(value));
      }
    });

    test("a sign-out leaves no mark behind", async () => {
      const page = await signedIn(one(), ANN);
      await page.post(SIGN_OUT);
      assert.deepEqual(page.jar.names.filter((cookie) => /bookmark|session/.test(cookie)), []);
    });
  });

  describe("revocation", () => {
    test("a server that revokes a session knows it at once, by cookie and by access token", async () => {
      const page = await signedIn(one(), ANN);
      const cookie = page.jar.header;
      const { token } = (await page.get(TOKEN)).json;
      assert.equal((await send(one().url + CHECK, { json: QUESTION, headers: bearer(token) })).status, 200);
      await page.post(SIGN_OUT);
      assert.equal((await send(one().url + GET_SESSION, { headers: { cookie } })).json, null);
      const refused = await send(one().url + CHECK, { json: QUESTION, headers: bearer(token) });
      assert.deepEqual(refused.outcome, UNAUTHORIZED);
    });

    test(`another server sees it within ${BOUND_MS} ms, measured ${2 * ROUNDS} times`, async (context) => {
      const late = { cookie: /** @type {number[]} */ ([]), token: /** @type {number[]} */ ([]) };
      for (let round = 0; round < ROUNDS; round += TOGETHER) {
        const logins = [];
        for (let index = 0; index < TOGETHER; index += 1) {
          const page = await signedIn(one(), ANN);
          logins.push({ page, token: (await page.get(TOKEN)).json.token });
        }
        await Promise.all(logins.map(({ page, token }, index) => revoked(page, token, (index * BOUND_MS) / 7)));
      }

      /**
       * Revokes a session after a while, and asks the other server until it says no.
       *
       * @param {Page} page
       * @param {string} token
       * @param {number} afterMs
       */
      async function revoked(page, token, afterMs) {
        const cookie = page.jar.header;
        // Two workerd that lock one file out of each other's hands answer 500 now and then: no answer.
        const isIn = {
          cookie: async () => {
            const answer = await send(other().url + GET_SESSION, { headers: { cookie } });
            return answer.status === 200 ? answer.json !== null : undefined;
          },
          token: async () => {
            const { status } = await send(other().url + CHECK, { json: QUESTION, headers: bearer(token) });
            return status === 500 ? undefined : status === 200;
          },
        };
        assert.notEqual(await isIn.cookie(), false);
        assert.notEqual(await isIn.token(), false);
        await sleep(afterMs);
        while ((await page.post(SIGN_OUT)).status !== 200);
        const since = performance.now();
        const ask = async (/** @type {"cookie" | "token"} */ how) => {
          const isOut = async () => {
            const isStillIn = await isIn[how]();
            return isStillIn === undefined ? undefined : !isStillIn;
          };
          late[how].push(...(await unaware(since, isOut)));
        };
        await Promise.all([ask("cookie"), ask("token")]);
      }
      for (const [how, asked] of Object.entries(late)) {
        assert.ok(asked.length > 0, `${how}: nothing was measured`);
        asked.sort((a, b) => a - b);
        const latest = asked.at(-1) ?? 0;
        const of = (/** @type {number} */ part) => Math.round(asked[Math.floor((asked.length - 1) * part)] ?? 0);
        context.diagnostic(`${how}: last let in ${Math.round(latest)} ms after the revocation (half of ${asked.length} before ${of(0.5)})`);
        assert.ok(latest < BOUND_MS + TOLERANCE_MS, `${how}: ${latest} ms`);
      }
    });
  });
}
