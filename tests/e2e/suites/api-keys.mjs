// @ts-check
// API keys over HTTP: what every host does alike.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send, signedIn } from "../../support/http.mjs";
import { inTime, seenWithin } from "../../support/pace.mjs";
import { ACT, CHECK, GET_SESSION, KEYS, ME, TENANTS, TIME_FORM, TOKEN, TOKEN_FORM, UNAUTHORIZED } from "./shared.mjs";

/** @typedef {import("./shared.mjs").Server} Server */

/** A chief has every permission; a level below are managers, then everybody else. */
export const POLICY_TEXT = `
name = "keys"
version = "1"
scopes = ["org"]
[roles.CHIEF]
level = 3
manages = "any"
[roles.MANAGER]
level = 2
manages = "below"
[roles.READER]
level = 1
[permissions]
"doc:read" = ["CHIEF", "MANAGER", "READER"]
"doc:write" = ["CHIEF", "MANAGER"]
"doc:purge" = ["CHIEF"]
"doc:sign" = ["CHIEF", "READER"]
"apikey:manage" = ["CHIEF", "MANAGER"]
"apikey:verify" = ["CHIEF"]
"user:update" = ["CHIEF"]
"record:edit" = ["CHIEF"]
"ask:others" = ["CHIEF"]
[tenants]
level = "org"
owner = ["doc:read", "doc:write"]
member = ["doc:read"]
`;
export const RITA = { email: "rita@example.org", password: "reads all the day long", roles: ["READER"] };
export const MAX = { email: "max@example.org", password: "manages what others make", roles: ["MANAGER"] };
export const OLA = { email: "ola@example.org", password: "owns one organization" };
export const GONE = { email: "gone@example.org", password: "is disabled in a moment", roles: ["READER"] };
export const CHIEF = { email: "chief@example.org", password: "may do what there is", roles: ["CHIEF"] };
export const USERS = [CHIEF, RITA, MAX, OLA, GONE];

/** The bound on revocations, and a moment. */
export const BOUND_MS = 1_300;
/** The letters of keys: any prefix, then 58 random ones and a checksum. */
const KEY_FORM = /^[A-Za-z0-9_-]{1,32}[0-9A-Za-z]{64}$/;
const DAY_SECS = 86_400;
const MANY = 64;

const message = (/** @type {number} */ status, /** @type {string} */ code, /** @type {string} */ text) => [status, { message: text, code }];
export const INVALID = message(401, "INVALID_API_KEY", "Invalid API key.");
export const NOT_FOUND = message(404, "KEY_NOT_FOUND", "API Key not found");
const DISABLED = message(401, "KEY_DISABLED", "API Key is disabled");
export const USED_UP = message(429, "USAGE_EXCEEDED", "API Key has reached its usage limit");
export const IN_PERSON = message(403, "API_KEY_NOT_ALLOWED", "This takes the user in person, not an API key");
const SERVER_ONLY = message(
  400,
  "SERVER_ONLY_PROPERTY",
  "The property you're trying to set can only be set from the server auth instance only.",
);
const TOO_SMALL = message(400, "EXPIRES_IN_IS_TOO_SMALL", "The expiresIn is smaller than the predefined minimum value.");
const TOO_LARGE = message(400, "EXPIRES_IN_IS_TOO_LARGE", "The expiresIn is larger than the predefined maximum value.");
const NAME_LENGTH = message(400, "INVALID_NAME_LENGTH", "The name length is either too large or too small.");
const PREFIX_LENGTH = message(400, "INVALID_PREFIX_LENGTH", "The prefix length is either too large or too small.");

/** A request with a key and nothing else. @param {Server} server @param {string} key @param {string} path @param {object} [json] */
export const withKey = (server, key, path, json) =>
  send(server.url + path, { headers: { "x-api-key": key }, ...(json === undefined ? {} : { json }) });

/** Asks whether a key may read. @param {Server} server @param {string} key */
export const read = (server, key) => withKey(server, key, CHECK, { permission: "doc:read" });

/** Makes a key, which must succeed. @param {Page} page @param {object} [asked] */
export async function made(page, asked = {}) {
  const answer = await page.post(`${KEYS}/create`, asked);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** A key is answered like this, within the bound. @param {Server} server @param {string} key @param {unknown} expected */
const until = (server, key, expected) =>
  seenWithin(BOUND_MS, async () => assert.deepEqual((await read(server, key)).outcome, expected));

/**
 * The fewest statements that a request took, of some: once in the bound on revocations one asks what is new.
 *
 * @param {() => Promise<import("../../support/http.mjs").Answer>} ask
 * @returns {Promise<[number, number]>} statements and round trips
 */
export async function fewest(ask) {
  const counts = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const { headers } = await ask();
    counts.push([Number(headers["x-portcullis-statements"]), Number(headers["x-portcullis-round-trips"])]);
  }
  counts.sort(([a = 0], [b = 0]) => a - b);
  return /** @type {[number, number]} */ (counts[0]);
}

/** @param {() => Server} server */
export function apiKeys(server) {
  const rita = () => signedIn(server(), RITA);
  const max = () => signedIn(server(), MAX);
  /** A key whose uses aren't counted. @param {Page} manager @param {object} [asked] */
  const free = (manager, asked = {}) => made(manager, { scopes: ["doc:read"], rateLimitEnabled: false, ...asked });

  describe("a key", () => {
    test("is shown once, as the protocol has it, and never again", async () => {
      const page = await rita();
      const key = await made(page, { name: "kiosk", expiresIn: 7 * DAY_SECS, metadata: { a: 1 }, scopes: ["doc:read"] });
      assert.match(key.key, KEY_FORM);
      assert.equal(key.key.length, 67);
      assert.equal(key.start, key.key.slice(0, 6));
      assert.match(key.id, TOKEN_FORM);
      const { id, key: secret, start, createdAt, updatedAt, expiresAt, referenceId, userId, ...rest } = key;
      assert.equal(referenceId, userId);
      for (const at of [createdAt, updatedAt, expiresAt]) assert.match(at, TIME_FORM);
      assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 7 * DAY_SECS * 1000);
      assert.deepEqual(rest, {
        configId: "default", name: "kiosk", prefix: "pk_", organizationId: null, enabled: true,
        rateLimitEnabled: true, rateLimitTimeWindow: 86_400_000, rateLimitMax: 10, requestCount: 0,
        remaining: null, refillAmount: null, refillInterval: null, lastRefillAt: null, lastRequest: null,
        scopes: ["doc:read"], permissions: { doc: ["read"] }, metadata: { a: 1 }, previous: null,
      });
      const again = await page.get(`${KEYS}/get?id=${id}`);
      const { key: _, ...kept } = key;
      assert.deepEqual(again.outcome, [200, kept]);
      const listed = await page.get(`${KEYS}/list`);
      assert.deepEqual(listed.json.apiKeys.find((/** @type {any} */ one) => one.id === id), kept);
      const log = await server().exportAudit("jsonl");
      assert.ok(log.includes(id) && log.includes("key.created"));
      assert.ok(!log.includes(secret));
    });

    test("has limits that those who manage keys set, and nobody else", async () => {
      const page = await rita();
      for (const asked of [
        { remaining: 5 }, { refillAmount: 1, refillInterval: 1000 }, { rateLimitMax: 5 }, { rateLimitTimeWindow: 5000 },
        { rateLimitEnabled: false }, { permissions: { doc: ["read"] } }, { userId: "x" },
      ]) {
        assert.deepEqual((await page.post(`${KEYS}/create`, asked)).outcome, SERVER_ONLY, JSON.stringify(asked));
      }
      const { id } = await made(page);
      assert.deepEqual((await page.post(`${KEYS}/update`, { keyId: id, remaining: null })).outcome, SERVER_ONLY);
      const key = await made(await max(), {
        remaining: 5, refillAmount: 5, refillInterval: 60_000, rateLimitMax: 7, permissions: { doc: ["write", "read"] },
      });
      assert.deepEqual(
        [key.remaining, key.refillAmount, key.refillInterval, key.rateLimitMax, key.scopes],
        [5, 5, 60_000, 7, ["doc:read", "doc:write"]],
      );
    });

    test("that is asked for wrongly isn't made, and it is said why", async () => {
      const page = await rita();
      const manager = await max();
      const invalid = (/** @type {string} */ text) => message(400, "VALIDATION_ERROR", text);
      const cases = /** @type {[Page, object, unknown][]} */ ([
        [page, { name: "" }, NAME_LENGTH],
        [page, { name: "x".repeat(33) }, NAME_LENGTH],
        [page, { name: "ki\u{200b}osk" }, NAME_LENGTH],
        [page, { name: "\u{202e}ksoik" }, NAME_LENGTH],
        [page, { name: "kiosk\u{2069}" }, NAME_LENGTH],
        [page, { prefix: "a.b" }, PREFIX_LENGTH],
        [page, { prefix: "x".repeat(33) }, PREFIX_LENGTH],
        [page, { expiresIn: DAY_SECS - 1 }, TOO_SMALL],
        [page, { expiresIn: 365 * DAY_SECS + 1 }, TOO_LARGE],
        [page, { metadata: "x" }, message(400, "INVALID_METADATA_TYPE", "metadata must be an object or undefined")],
        [page, { metadata: { a: "x".repeat(5000) } }, invalid("[body.metadata] Invalid input: expected at most 4096 bytes as JSON")],
        [page, { name: 5 }, invalid("[body.name] Invalid input: expected string, received number")],
        [page, { scopes: "doc:read" }, invalid("[body.scopes] Invalid input: expected array, received string")],
        [page, { scopes: ["doc:burn"] }, message(400, "UNKNOWN_PERMISSION", "[body.scopes] There is no permission `doc:burn`")],
        [page, { scopes: ["doc:read", "doc:write"] }, message(403, "PERMISSION_NOT_HELD", "`doc:write` isn't held by whose key it is, or not by you")],
        [manager, { refillAmount: 5 }, message(400, "REFILL_AMOUNT_AND_INTERVAL_REQUIRED", "refillAmount goes with refillInterval")],
        [manager, { refillInterval: 5 }, message(400, "REFILL_INTERVAL_AND_AMOUNT_REQUIRED", "refillInterval goes with refillAmount")],
        [manager, { rateLimitMax: 0 }, invalid("[body.rateLimitMax] Invalid input: expected 1 to 1000000000000")],
      ]);
      for (const [who, asked, expected] of cases) {
        assert.deepEqual((await who.post(`${KEYS}/create`, asked)).outcome, expected, JSON.stringify(asked));
      }
      const longest = await made(page, { name: "x".repeat(32), prefix: "y".repeat(32), expiresIn: 365 * DAY_SECS });
      assert.equal(longest.key.length, 96);
      const nobody = await new Page(server()).post(`${KEYS}/create`, {});
      assert.deepEqual(nobody.outcome, message(401, "UNAUTHORIZED_SESSION", "Unauthorized or invalid session"));
      assert.deepEqual((await new Page(server()).get(`${KEYS}/list`)).outcome, UNAUTHORIZED);
    });

    test("is listed page by page in the order that is asked for, with its number", async () => {
      const page = await signedIn(server(), OLA);
      for (const name of ["b", "c", "a"]) await made(page, { name });
      const names = async (/** @type {string} */ query) => {
        const { json } = await page.get(`${KEYS}/list?${query}`);
        assert.equal(json.total, 3);
        return json.apiKeys.map((/** @type {any} */ one) => one.name);
      };
      assert.deepEqual(await names("sortBy=name"), ["a", "b", "c"]);
      assert.deepEqual(await names("sortBy=name&sortDirection=desc&limit=2"), ["c", "b"]);
      assert.deepEqual(await names("sortBy=name&sortDirection=desc&limit=2&offset=2"), ["a"]);
      const { json } = await page.get(`${KEYS}/list?limit=1&offset=1`);
      assert.deepEqual([json.limit, json.offset], [1, 1]);
      for (const name of ["limit=1", "offset=1", "sortBy=name", "sortDirection=asc", "organizationId=x", "userId=x"]) {
        const { outcome } = await page.get(`${KEYS}/list?${name}&${name}`);
        const text = `[query.${name.split("=")[0]}] Invalid input: expected one value`;
        assert.deepEqual(outcome, message(400, "VALIDATION_ERROR", text));
      }
      for (const query of ["limit=0", "limit=101", "offset=-1", "sortBy=key", "sortDirection=up"]) {
        const { status, json } = await page.get(`${KEYS}/list?${query}`);
        assert.deepEqual([status, json.code], [400, "VALIDATION_ERROR"], query);
      }
    });
  });

  describe("with a key", () => {
    test("what lies within its scopes and its user's rights is allowed, and nothing else", async () => {
      const page = await max();
      const { key } = await free(page);
      const allowed = await read(server(), key);
      assert.deepEqual([allowed.status, allowed.json.allow, allowed.json.code], [200, true, "role_granted"]);
      const outside = await withKey(server(), key, CHECK, { permission: "doc:write" });
      assert.deepEqual([outside.json.allow, outside.json.code, outside.json.message], [false, "outside_key", "the API key isn't for `doc:write`"]);
      for (const asked of [{ resource: "doc", action: "write" }, { permission: "doc:burn" }, { app: "x" }, { tier: "x" }]) {
        assert.equal((await withKey(server(), key, CHECK, asked)).json.code, "outside_key", JSON.stringify(asked));
      }
      assert.equal((await withKey(server(), key, ACT, { permission: "doc:read" })).status, 200);
      const refused = await withKey(server(), key, ACT, { permission: "doc:write" });
      assert.deepEqual([refused.status, refused.json.code], [403, "outside_key"]);
      // What the user doesn't hold isn't in reach either.
      const both = await page.post(CHECK, { permission: "doc:purge" });
      assert.equal(both.json.allow, false);
    });

    test("a key without scopes opens nothing", async () => {
      const { key } = await free(await max(), { scopes: [] });
      assert.equal((await read(server(), key)).json.code, "outside_key");
    });

    test("nobody touches the account itself, and a key never makes another", async () => {
      const { key, id } = await free(await max());
      for (const [path, json] of /** @type {[string, object?][]} */ ([
        [ME], ["/api/auth/list-sessions"], [`${KEYS}/list`], [`${KEYS}/get?id=${id}`],
        [`${KEYS}/create`, {}], [`${KEYS}/delete`, { keyId: id }], [`${KEYS}/rotate`, { keyId: id }],
        ["/api/auth/update-user", { name: "x" }], ["/api/auth/revoke-sessions", {}],
        ["/api/auth/change-password", { currentPassword: MAX.password, newPassword: "another one of it" }],
      ])) {
        assert.deepEqual((await withKey(server(), key, path, json)).outcome, IN_PERSON, path);
      }
      assert.equal((await withKey(server(), key, GET_SESSION)).json, null);
      for (const [path, json] of /** @type {[string, object?][]} */ ([[TOKEN], [`/api/auth/admin/impersonate-user`, { userId: "x" }]])) {
        assert.deepEqual((await withKey(server(), key, path, json)).outcome, IN_PERSON, path);
      }
      assert.deepEqual((await send(server().url + TOKEN)).outcome, UNAUTHORIZED);
      const nobody = await send(`${server().url}/api/auth/admin/impersonate-user`, { json: { userId: "x" } });
      assert.deepEqual([nobody.status, nobody.text], [401, ""]);
    });

    test("what asks for no permission isn't open: tenants by membership, and questions about oneself", async () => {
      const ola = await signedIn(server(), OLA);
      const tenant = await ola.post(TENANTS, { name: "Keys" });
      assert.equal(tenant.status, 200, tenant.text);
      const own = await made(ola);
      for (const [path, json] of /** @type {[string, object?][]} */ ([
        [TENANTS], [TENANTS, { name: "Another" }], [`${TENANTS}/${tenant.json.id}/members`],
        [`${TENANTS}/${tenant.json.id}/roles`, { name: "R" }], ["/api/auth/rbac/permissions"],
        ["/access/v1/evaluation", { subject: { type: "user", id: OLA.email }, action: { name: "read" }, resource: { type: "doc", id: "1" } }],
        ["/api/v1/records/doc/1"],
      ])) {
        const answer = await withKey(server(), own.key, path, json);
        assert.deepEqual([answer.status, answer.json.code], [403, path.includes("records") ? "RECORDS_DISABLED" : "outside_key"], `${path} ${answer.text}`);
      }
    });

    test("a mistyped key is refused without anything being asked, and so is one of another kind", async () => {
      const { key } = await free(await max());
      const swapped = key.slice(0, 20) + key[21] + key[20] + key.slice(22);
      for (const wrong of [`${key}x`, swapped === key ? `${key}y` : swapped, key.replace("pk_", "pq_"), "x".repeat(64)]) {
        const answer = await read(server(), wrong);
        assert.deepEqual(answer.outcome, INVALID);
        assert.deepEqual(await fewest(() => read(server(), wrong)), [0, 0]);
      }
      const short = await read(server(), "x".repeat(63));
      assert.deepEqual(short.outcome, message(403, "INVALID_API_KEY", "Invalid API key."));
      const url = await send(`${server().url}${CHECK}?x-api-key=${key}&apiKey=${key}`, { json: { permission: "doc:read" } });
      assert.deepEqual(url.outcome, UNAUTHORIZED);
    });

    test("whose uses aren't counted nothing is asked after the first, and the last use is known to a minute", async () => {
      const page = await max();
      const { key, id } = await free(page);
      assert.equal((await read(server(), key)).status, 200);
      assert.deepEqual(await fewest(() => read(server(), key)), [0, 0]);
      const { lastRequest } = (await page.get(`${KEYS}/get?id=${id}`)).json;
      assert.match(lastRequest, TIME_FORM);
    });

    test("whose uses are counted each takes one round trip", async () => {
      const { key } = await made(await max(), { scopes: ["doc:read"], remaining: 50 });
      await read(server(), key);
      // One that counts the use, one that reads the number of the newest access change.
      assert.deepEqual(await fewest(() => read(server(), key)), [2, 1]);
    });
  });

  describe("uses", () => {
    test("that are left run out exactly, however many come at once", async () => {
      const page = await max();
      const { key, id } = await made(page, { scopes: ["doc:read"], remaining: 100, rateLimitEnabled: false });
      const all = await Promise.all(Array.from({ length: MANY }, async () => {
        const outcomes = [];
        for (let turn = 0; turn < 3; turn += 1) outcomes.push((await read(server(), key)).outcome);
        return outcomes;
      }));
      const outcomes = all.flat();
      assert.equal(outcomes.filter(([status]) => status === 200).length, 100);
      for (const outcome of outcomes) if (outcome[0] !== 200) assert.deepEqual(outcome, USED_UP);
      assert.equal((await page.get(`${KEYS}/get?id=${id}`)).json.remaining, 0);
      const more = await page.post(`${KEYS}/update`, { keyId: id, remaining: 1 });
      assert.equal(more.json.remaining, 1);
      assert.equal((await read(server(), key)).status, 200);
      assert.deepEqual((await read(server(), key)).outcome, USED_UP);
    });

    test("that grow back say when, and those that don't say nothing", async () => {
      const page = await max();
      const asked = { scopes: ["doc:read"], remaining: 1, rateLimitEnabled: false };
      const { key } = await made(page, { ...asked, refillAmount: 1, refillInterval: 3_600_000 });
      assert.equal((await read(server(), key)).status, 200);
      const wait = await read(server(), key);
      const { details, ...body } = wait.json;
      assert.deepEqual([wait.status, body], USED_UP);
      assert.ok(details.tryAgainIn > 3_500_000 && details.tryAgainIn <= 3_600_001, String(details.tryAgainIn));
      for (const name of ["retry-after", "x-retry-after"]) {
        assert.equal(wait.headers[name], String(Math.ceil(details.tryAgainIn / 1000)));
      }
      const once = (await made(page, asked)).key;
      assert.equal((await read(server(), once)).status, 200);
      const over = await read(server(), once);
      assert.deepEqual(over.outcome, USED_UP);
      assert.equal(over.headers["retry-after"], undefined);
    });

    test("grow back at the time that was said", async () => {
      const page = await max();
      const asked = { scopes: ["doc:read"], remaining: 1, rateLimitEnabled: false, refillAmount: 1, refillInterval: 1_000 };
      await inTime(async (within) => {
        const { key } = await made(page, asked);
        const refused = await within(1_000, async () => {
          assert.equal((await read(server(), key)).status, 200);
          return read(server(), key);
        });
        assert.deepEqual([refused.status, refused.json.code], [429, "USAGE_EXCEEDED"]);
        await sleep(refused.json.details.tryAgainIn + 50);
        assert.equal((await read(server(), key)).status, 200);
      });
    });

    test("aren't spent on a request whose body is too large, and one that is whole and malformed costs its own", async () => {
      const page = await max();
      const { key, id } = await made(page, { scopes: ["doc:read"], remaining: 2, rateLimitEnabled: false });
      const left = async () => (await page.get(`${KEYS}/get?id=${id}`)).json.remaining;
      const headers = { "x-api-key": key, "content-type": "application/json" };
      const check = (/** @type {string} */ body) => send(server().url + CHECK, { headers, body });
      assert.equal((await check(`{"permission":"${"x".repeat(256 * 1024)}"}`)).json.code, "PAYLOAD_TOO_LARGE");
      assert.equal(await left(), 2);
      assert.equal((await check("{")).status, 400);
      assert.equal(await left(), 1);
      assert.equal((await check("[]".padEnd(256 * 1024))).status, 400, "the longest body is read");
      assert.equal(await left(), 0);
    });

    test("beyond the rate wait, and it is said how long", async () => {
      const { key } = await made(await rita(), { scopes: ["doc:read"] });
      for (let turn = 0; turn < 10; turn += 1) assert.equal((await read(server(), key)).status, 200);
      for (let turn = 0; turn < 2; turn += 1) {
        const answer = await read(server(), key);
        const { details, ...body } = answer.json;
        assert.deepEqual([answer.status, body], message(429, "RATE_LIMITED", "Rate limit exceeded."));
        assert.ok(details.tryAgainIn > 86_000_000 && details.tryAgainIn <= 86_400_001, String(details.tryAgainIn));
        assert.equal(answer.headers["retry-after"], String(Math.ceil(details.tryAgainIn / 1000)));
      }
      // Known to have no room: nothing is asked.
      assert.deepEqual(await fewest(() => read(server(), key)), [0, 0]);
    });

    test("begin anew when the window is over", async () => {
      const window = 1_000;
      const manager = await max();
      await inTime(async (within) => {
        const { key } = await made(manager, { scopes: ["doc:read"], rateLimitMax: 1, rateLimitTimeWindow: window });
        const refused = await within(window, async () => {
          assert.equal((await read(server(), key)).status, 200);
          return read(server(), key);
        });
        assert.equal(refused.status, 429);
        await sleep(refused.json.details.tryAgainIn + 50);
        assert.equal((await read(server(), key)).status, 200);
      });
    });
  });

  describe("its owner", () => {
    test("renames, disables and enables it, which is seen within the bound", async () => {
      const page = await max();
      const { key, id } = await free(page);
      const allowed = (await read(server(), key)).outcome;
      const off = await page.post(`${KEYS}/update`, { keyId: id, name: "off for now", enabled: false });
      assert.deepEqual([off.status, off.json.name, off.json.enabled], [200, "off for now", false]);
      await until(server(), key, DISABLED);
      await page.post(`${KEYS}/update`, { keyId: id, enabled: true });
      await until(server(), key, allowed);
      const nothing = await page.post(`${KEYS}/update`, { keyId: id });
      assert.deepEqual(nothing.outcome, message(400, "NO_VALUES_TO_UPDATE", "No values to update."));
    });

    test("narrows and widens it within what both hold", async () => {
      const page = await max();
      const { key, id } = await free(page, { scopes: ["doc:read", "doc:write"] });
      assert.equal((await withKey(server(), key, CHECK, { permission: "doc:write" })).json.allow, true);
      await page.post(`${KEYS}/update`, { keyId: id, scopes: [] });
      await seenWithin(BOUND_MS, async () => assert.equal((await read(server(), key)).json.code, "outside_key"));
      const beyond = await page.post(`${KEYS}/update`, { keyId: id, scopes: ["doc:purge"] });
      assert.deepEqual([beyond.status, beyond.json.code], [403, "PERMISSION_NOT_HELD"]);
    });

    test("rotates it: both keys hold for the overlap, and the old one's last use is told", async () => {
      const page = await max();
      const first = await free(page, { prefix: "kiosk_" });
      const second = (await page.post(`${KEYS}/rotate`, { keyId: first.id, overlap: 3600 })).json;
      assert.equal(second.id, first.id);
      assert.notEqual(second.key, first.key);
      assert.ok(second.key.startsWith("kiosk_"));
      assert.equal(second.previous.lastRequest, null);
      assert.equal((await read(server(), second.key)).status, 200);
      assert.equal((await read(server(), first.key)).status, 200);
      const { previous } = (await page.get(`${KEYS}/get?id=${first.id}`)).json;
      assert.match(previous.lastRequest, TIME_FORM);
      assert.match(previous.expiresAt, TIME_FORM);
      const ended = await page.post(`${KEYS}/update`, { keyId: first.id, endPrevious: true });
      assert.equal(ended.json.previous, null);
      await until(server(), first.key, INVALID);
      assert.equal((await read(server(), second.key)).status, 200);
      const third = (await page.post(`${KEYS}/rotate`, { keyId: first.id, overlap: 0 })).json;
      await until(server(), second.key, INVALID);
      assert.equal((await read(server(), third.key)).status, 200);
      const long = await page.post(`${KEYS}/rotate`, { keyId: first.id, overlap: 30 * DAY_SECS + 1 });
      assert.deepEqual([long.status, long.json.code], [400, "VALIDATION_ERROR"]);
    });

    test("deletes it, and then nobody knows it", async () => {
      const page = await max();
      const { key, id } = await free(page);
      assert.equal((await read(server(), key)).status, 200);
      assert.deepEqual((await page.post(`${KEYS}/delete`, { keyId: id })).outcome, [200, { success: true }]);
      await until(server(), key, INVALID);
      for (const [path, json] of /** @type {[string, object][]} */ ([["delete", { keyId: id }], ["update", { keyId: id, name: "x" }], ["rotate", { keyId: id }]])) {
        assert.deepEqual((await page.post(`${KEYS}/${path}`, json)).outcome, NOT_FOUND, path);
      }
      assert.deepEqual((await page.get(`${KEYS}/get?id=${id}`)).outcome, NOT_FOUND);
    });

    test("alone finds it: to others it isn't there", async () => {
      const { id } = await made(await max());
      const page = await rita();
      assert.deepEqual((await page.get(`${KEYS}/get?id=${id}`)).outcome, NOT_FOUND);
      assert.deepEqual((await page.post(`${KEYS}/delete`, { keyId: id })).outcome, NOT_FOUND);
      const listed = await page.get(`${KEYS}/list?userId=${(await (await max()).get(ME)).json.user.id}`);
      assert.equal(listed.status, 403);
    });

    test("who is disabled takes it along", async () => {
      const { key } = await made(await signedIn(server(), GONE), { scopes: ["doc:read"] });
      assert.equal((await read(server(), key)).status, 200);
      await server().disableUser(GONE.email);
      await until(server(), key, message(401, "USER_BANNED", "User is banned"));
    });
  });
}
