// @ts-check
// Settings of a user: layers that are merged, and writes that lose no update.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { ANN, BOB, FOREIGN, TIME_FORM, UNAUTHORIZED } from "./shared.mjs";

const SETTINGS = "/api/v1/me/settings";
const GLOBAL = `${SETTINGS}/global`;
const ABSENT = { "if-none-match": "*" };

/** @typedef {import("../../support/http.mjs").Answer} Answer */

/** @param {Answer} answer */
const etag = (answer) => String(answer.headers["etag"]);

/** @param {Answer} answer */
const code = (answer) => [answer.status, answer.json.code];

/** @param {() => import("./shared.mjs").Server} server */
export function userSettings(server) {
  describe("user settings", () => {
    /** @type {import("../../support/http.mjs").Page} */
    let page;
    before(async () => {
      page = await signedIn(server(), ANN);
    });

    /** @param {string} path @param {unknown} json @param {Record<string, string>} headers */
    const put = (path, json, headers) => page.send(path, { method: "PUT", json, headers });
    /** @param {string} path @param {unknown} json @param {Record<string, string>} [headers] */
    const patch = (path, json, headers = {}) => page.send(path, { method: "PATCH", json, headers });
    /** @param {string} path @param {Record<string, string>} headers */
    const remove = (path, headers) => page.send(path, { method: "DELETE", headers });
    /** Makes an object that isn't there yet. @param {string} path @param {unknown} json */
    const made = async (path, json) => {
      const answer = await put(path, json, ABSENT);
      assert.equal(answer.status, 201, answer.text);
      return etag(answer);
    };

    test("one who isn't signed in has none", async () => {
      for (const [method, path] of [
        ["GET", SETTINGS],
        ["GET", `${SETTINGS}/layers`],
        ["GET", GLOBAL],
        ["PUT", GLOBAL],
        ["PATCH", `${SETTINGS}/app/notes`],
        ["DELETE", `${SETTINGS}/device/d1`],
      ]) {
        const wanted = { method, ...(method === "GET" ? {} : { json: {} }) };
        assert.deepEqual((await send(server().url + path, wanted)).outcome, UNAUTHORIZED, `${method} ${path}`);
      }
    });

    test("an object is made, read back and not sent again to one who has it", async () => {
      const path = `${SETTINGS}/app/read-back`;
      assert.deepEqual(code(await page.get(path)), [404, "SETTINGS_NOT_FOUND"]);
      const value = { theme: "dark", list: [1, null, { a: "é\"" }], hidden: null };
      const answer = await put(path, value, ABSENT);
      assert.deepEqual(answer.outcome, [201, value]);
      assert.match(etag(answer), /^"[A-Za-z0-9]{32}"$/);
      const read = await page.get(path);
      assert.deepEqual([read.outcome, etag(read)], [[200, value], etag(answer)]);
      const known = await page.send(path, { headers: { "if-none-match": `"x", W/${etag(read)}` } });
      assert.deepEqual([known.status, known.text, etag(known)], [304, "", etag(read)]);
    });

    test("a write that doesn't say what it saw is refused, but a merge patch needn't", async () => {
      const path = `${SETTINGS}/app/unconditional`;
      assert.deepEqual(code(await put(path, {}, {})), [428, "PRECONDITION_REQUIRED"]);
      assert.deepEqual((await patch(path, { a: 1 })).outcome, [201, { a: 1 }]);
      assert.deepEqual((await patch(path, { b: 2 })).outcome, [200, { a: 1, b: 2 }]);
      assert.deepEqual(code(await remove(path, {})), [428, "PRECONDITION_REQUIRED"]);
    });

    test("a write on what has changed since is refused with the tag of what is there", async () => {
      const path = `${SETTINGS}/app/stale`;
      const first = await made(path, { n: 1 });
      const second = await put(path, { n: 2 }, { "if-match": first });
      assert.deepEqual(second.outcome, [200, { n: 2 }]);
      assert.notEqual(etag(second), first);
      for (const late of [
        await put(path, { n: 3 }, { "if-match": first }),
        await patch(path, { n: 3 }, { "if-match": first }),
        await remove(path, { "if-match": first }),
        await put(path, { n: 3 }, ABSENT),
        await put(path, { n: 3 }, { "if-match": `W/${etag(second)}` }),
      ]) {
        assert.deepEqual([code(late), etag(late)], [[412, "PRECONDITION_FAILED"], etag(second)]);
      }
      assert.deepEqual((await page.get(path)).json, { n: 2 });
    });

    test("a write whose answer was lost may be sent again", async () => {
      const path = `${SETTINGS}/app/again`;
      const first = await made(path, { n: 1 });
      assert.deepEqual((await put(path, { n: 1 }, ABSENT)).outcome, [200, { n: 1 }]);
      const second = await patch(path, { m: 2 }, { "if-match": first });
      const repeated = await patch(path, { m: 2 }, { "if-match": first });
      assert.deepEqual([repeated.outcome, etag(repeated)], [[200, { m: 2, n: 1 }], etag(second)]);
    });

    test("conditions that are no tags are refused rather than ignored", async () => {
      const answer = await put(GLOBAL, {}, { "if-match": "abc" });
      assert.deepEqual(answer.outcome, [
        400,
        { code: "VALIDATION_ERROR", message: "[header.if-match] Invalid input: expected * or entity tags" },
      ]);
    });

    test("a merge patch removes, merges and replaces, under its own type of content too", async () => {
      const path = `${SETTINGS}/app/merge`;
      await made(path, { a: { b: 1, c: 2 }, d: [1, 2], e: 3 });
      const headers = { "content-type": "application/merge-patch+json" };
      const answer = await page.send(path, { method: "PATCH", json: { a: { b: null, x: { y: null } }, d: [3], e: null }, headers });
      assert.deepEqual(answer.outcome, [200, { a: { c: 2, x: {} }, d: [3] }]);
      const wrong = await page.send(path, { method: "PATCH", json: {}, headers: { "content-type": "text/plain" } });
      assert.deepEqual(code(wrong), [415, "UNSUPPORTED_MEDIA_TYPE"]);
    });

    test("what holds is the device's over the application's over the global object", async () => {
      const bob = await signedIn(server(), BOB);
      /** @param {string} path @param {unknown} json */
      const write = (path, json) => bob.send(SETTINGS + path, { method: "PUT", json, headers: ABSENT });
      await write("/global", { theme: "light", size: { w: 1, h: 1 }, tour: true });
      await write("/app/notes", { theme: "dark", size: { h: 2 } });
      await write("/device/phone", { size: { w: 3 }, tour: null });
      const holds = async (/** @type {string} */ query) => (await bob.get(SETTINGS + query)).json.settings;
      assert.deepEqual(await holds(""), { theme: "light", size: { w: 1, h: 1 }, tour: true });
      assert.deepEqual(await holds("?app=notes"), { theme: "dark", size: { w: 1, h: 2 }, tour: true });
      assert.deepEqual(await holds("?device=phone"), { theme: "light", size: { w: 3, h: 1 } });
      const all = await bob.get(`${SETTINGS}?app=notes&device=phone`);
      assert.deepEqual(all.json.settings, { theme: "dark", size: { w: 3, h: 2 } });
      const layers = all.json.layers.map((/** @type {any} */ one) => `${one.kind} ${one.name}`);
      assert.deepEqual(layers, ["global ", "app notes", "device phone"]);
      for (const layer of all.json.layers) assert.match(layer.updatedAt, TIME_FORM);
      const known = await bob.send(`${SETTINGS}?app=notes&device=phone`, { headers: { "if-none-match": etag(all) } });
      assert.equal(known.status, 304);
      const change = await bob.send(`${SETTINGS}/device/phone`, { method: "PATCH", json: { tour: false } });
      assert.equal(change.status, 200);
      const after = await bob.send(`${SETTINGS}?app=notes&device=phone`, { headers: { "if-none-match": etag(all) } });
      assert.deepEqual([after.status, after.json.settings.tour], [200, false]);
      const listed = (await bob.get(`${SETTINGS}/layers`)).json;
      const bytes = listed.layers.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.bytes, 0);
      assert.deepEqual([listed.layers.length, listed.bytes, listed.maxBytes], [3, bytes, 262144]);
    });

    test("one user's settings aren't another's", async () => {
      const path = `${SETTINGS}/app/mine`;
      await made(path, { secret: "ann's" });
      const bob = await signedIn(server(), BOB);
      assert.equal((await bob.get(path)).status, 404);
      assert.ok(!(await bob.get(`${SETTINGS}?app=mine`)).text.includes("ann's"));
    });

    test("of 64 writers with the same tag exactly one wins", async () => {
      const path = `${SETTINGS}/app/race`;
      const seen = await made(path, { n: -1 });
      const writers = Array.from({ length: 64 }, (_, n) => put(path, { n }, { "if-match": seen }));
      const answers = await Promise.all(writers);
      const winners = answers.filter(({ status }) => status === 200);
      assert.equal(winners.length, 1);
      const losers = answers.filter(({ status }) => status === 412);
      assert.equal(losers.length, 63);
      const now = await page.get(path);
      assert.deepEqual([now.json, etag(now)], [winners[0]?.json, etag(/** @type {Answer} */ (winners[0]))]);
      assert.ok(losers.every((one) => etag(one) === etag(now)));
    });

    test("of 64 merge patches of different members at once none is lost", async () => {
      const path = `${SETTINGS}/device/race`;
      const patches = Array.from({ length: 64 }, (_, n) => patch(path, { [`k${n}`]: n }));
      const answers = await Promise.all(patches);
      assert.equal(answers.filter(({ status }) => status === 201).length, 1);
      assert.equal(answers.filter(({ status }) => status === 200).length, 63);
      assert.equal(Object.keys((await page.get(path)).json).length, 64);
    });

    test("an object is removed as it was seen, and is gone then", async () => {
      const path = `${SETTINGS}/device/gone`;
      const seen = await made(path, { a: 1 });
      assert.deepEqual((await remove(path, { "if-match": seen })).outcome, [200, { success: true }]);
      assert.equal((await page.get(path)).status, 404);
      assert.deepEqual(code(await remove(path, { "if-match": seen })), [404, "SETTINGS_NOT_FOUND"]);
      assert.deepEqual(code(await put(path, {}, { "if-match": "*" })), [412, "PRECONDITION_FAILED"]);
    });

    test("limits are kept from both sides", async () => {
      const path = `${SETTINGS}/app/limits`;
      const of = (/** @type {number} */ bytes) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });
      assert.deepEqual(code(await put(path, of(32_769), ABSENT)), [413, "SETTINGS_TOO_LARGE"]);
      const etag = await made(path, of(32_768));
      assert.deepEqual(code(await patch(path, { b: 1 })), [413, "SETTINGS_TOO_LARGE"]);
      const members = (/** @type {number} */ n) => Object.fromEntries(Array.from({ length: n }, (_, k) => [`k${k}`, k]));
      assert.deepEqual(code(await put(path, members(257), { "if-match": etag })), [413, "SETTINGS_TOO_LARGE"]);
      assert.equal((await put(path, members(256), { "if-match": etag })).status, 200);
      for (const value of [{ "": 1 }, { ["k".repeat(129)]: 1 }, { a: { "b\n": 1 } }]) {
        assert.deepEqual(code(await patch(path, value)), [400, "VALIDATION_ERROR"]);
      }
      const twice = await page.send(path, {
        method: "PATCH",
        body: '{"a":1,"a":2}',
        headers: { "content-type": "application/json" },
      });
      assert.deepEqual(code(twice), [400, "BAD_REQUEST"]);
    });

    test("other names and kinds are no places", async () => {
      assert.deepEqual(code(await page.get(`${SETTINGS}/app/a%20b`)), [400, "VALIDATION_ERROR"]);
      assert.deepEqual(code(await page.get(`${SETTINGS}/app/${"a".repeat(65)}`)), [400, "VALIDATION_ERROR"]);
      assert.deepEqual(code(await page.get(`${SETTINGS}?device=a/b`)), [400, "VALIDATION_ERROR"]);
      for (const path of ["/user/a", "/global/a", "/app", "/device"]) {
        const answer = await page.get(SETTINGS + path);
        assert.deepEqual([answer.status, answer.text], [404, ""], path);
      }
    });

    test("a page of another site can't change them", async () => {
      const answer = await patch(GLOBAL, { a: 1 }, { origin: FOREIGN });
      assert.deepEqual(code(answer), [403, "INVALID_ORIGIN"]);
    });
  });
}
