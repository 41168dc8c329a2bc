// @ts-check
// What an owner sees of an account.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { Page, send, signedIn } from "../../support/http.mjs";
import { ACT, ANN, BOB, SIGN_IN, SIGN_OUT, TIME_FORM, UNAUTHORIZED, typed } from "./shared.mjs";

const EVENTS = "/api/v1/me/security-events";
const AGENT = 'Chat "1.0"';

/** @param {() => import("./shared.mjs").Server} server */
export function securityEvents(server) {
  describe("security events", () => {
    /** @type {import("../../support/http.mjs").Page} */
    let page;
    const ids = /** @type {Record<string, string>} */ ({});

    before(async () => {
      const headers = { "user-agent": AGENT };
      const wrong = { ...typed(ANN), password: "the wrong one" };
      ids["wrong"] = (await send(server().url + SIGN_IN, { json: wrong, headers })).requestId;
      const other = new Page(server());
      ids["in"] = (await other.signIn(ANN)).requestId;
      ids["act"] = (await other.post(ACT, { permission: "pin:reveal", scope: "state:ca" })).requestId;
      ids["out"] = (await other.post(SIGN_OUT)).requestId;
      page = await signedIn(server(), ANN);
    });

    /** @param {string} [query] */
    const events = async (query = "?limit=20") => (await page.get(EVENTS + query)).json;
    const of = async (/** @type {string} */ name) => {
      const found = (await events()).events.filter((/** @type {any} */ one) => one.requestId === ids[name]);
      assert.equal(found.length, 1, name);
      const { id, at, userAgent, ...rest } = found[0];
      assert.match(id, /^\d+$/);
      assert.match(at, TIME_FORM);
      return { userAgent, ...rest };
    };

    test("one who isn't signed in sees nothing", async () => {
      assert.deepEqual((await send(server().url + EVENTS)).outcome, UNAUTHORIZED);
    });

    test("a failed sign-in is there with its reason, address and client", async () => {
      assert.deepEqual(await of("wrong"), {
        type: "auth.login",
        outcome: "fail",
        ipAddress: "127.0.0.1",
        userAgent: AGENT,
        requestId: ids["wrong"],
        metadata: { reason: "wrong_password", email: ANN.email },
      });
    });

    test("a sign-in and its sign-out are there", async () => {
      const begun = await of("in");
      assert.deepEqual([begun.type, begun.outcome], ["auth.login", "ok"]);
      assert.match(begun.metadata.session, /^[A-Za-z0-9]{32}$/);
      const ended = await of("out");
      assert.deepEqual([ended.type, ended.outcome], ["auth.logout", "ok"]);
    });

    test("what was done with the account's permissions isn't about the account", async () => {
      const { events: all } = await events();
      assert.ok(!all.some((/** @type {any} */ one) => one.requestId === ids["act"]));
    });

    test("pages follow each other, latest first, to the last", async () => {
      const whole = (await events("?limit=100")).events;
      const numbers = whole.map((/** @type {any} */ one) => Number(one.id));
      assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
      const seen = /** @type {any[]} */ ([]);
      let next = "";
      for (let pages = 0; pages < 3; pages += 1) {
        const answer = await events(`?limit=2${next === "" ? "" : `&cursor=${next}`}`);
        seen.push(...answer.events);
        next = answer.next;
      }
      assert.deepEqual(seen, whole.slice(0, 6));
      const last = whole.at(-1)?.id;
      const end = await events(`?cursor=${last}`);
      assert.ok(end.next === null || whole.length === 100);
    });

    test("nobody sees another's events", async () => {
      const bob = await signedIn(server(), BOB);
      const { text } = await bob.get(`${EVENTS}?limit=100`);
      for (const id of Object.values(ids)) assert.ok(!text.includes(id));
    });

    test("no secret is in them", async () => {
      const { text } = await page.get(`${EVENTS}?limit=100`);
      const token = page.jar.get("better-auth.session_token")?.split(".")[0] ?? assert.fail("no cookie");
      for (const secret of [ANN.password, "the wrong one", token, "$argon2id$"]) assert.ok(!text.includes(secret));
    });

    test("limits and cursors that are none are refused", async () => {
      for (const query of ["limit=0", "limit=101", "limit=x", "cursor=0", "cursor=-1", "cursor=x", "cursor=9007199254740992"]) {
        const answer = await page.get(`${EVENTS}?${query}`);
        assert.deepEqual([answer.status, answer.json.code], [400, "VALIDATION_ERROR"], query);
      }
      assert.equal((await page.get(`${EVENTS}?limit=100&cursor=9007199254740991`)).status, 200);
    });
  });
}
