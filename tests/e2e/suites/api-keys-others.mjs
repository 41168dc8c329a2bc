// @ts-check
// API keys of others: those whom one manages, services that ask about keys, tenants.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { signedIn } from "../../support/http.mjs";
import { BOUND_MS, CHIEF, INVALID, IN_PERSON, MAX, NOT_FOUND, OLA, RITA, USED_UP, made, withKey } from "./api-keys.mjs";
import { CHECK, KEYS, ME, TENANTS } from "./shared.mjs";

/** @param {() => import("./shared.mjs").Server} server */
export function othersKeys(server) {
  const rita = () => signedIn(server(), RITA);
  const max = () => signedIn(server(), MAX);
  const chief = () => signedIn(server(), CHIEF);

  describe("who manages keys", () => {
    test("makes, lists and ends keys of those below, within what both hold", async () => {
      const manager = await max();
      const ritaId = (await (await rita()).get(ME)).json.user.id;
      const key = await made(manager, { userId: ritaId, permissions: { doc: ["read"] } });
      assert.equal(key.referenceId, ritaId);
      const asRita = await withKey(server(), key.key, CHECK, { permission: "doc:read" });
      assert.equal(asRita.json.allow, true);
      const more = await manager.post(`${KEYS}/create`, { userId: ritaId, permissions: { doc: ["write"] } });
      assert.deepEqual([more.status, more.json.code], [403, "PERMISSION_NOT_HELD"]);
      const listed = await manager.get(`${KEYS}/list?userId=${ritaId}`);
      assert.ok(listed.json.apiKeys.some((/** @type {any} */ one) => one.id === key.id));
      assert.equal((await manager.post(`${KEYS}/delete`, { keyId: key.id })).status, 200);
      const log = await server().auditRecords();
      const told = log.filter((one) => one.action.startsWith("key.") && one.fields.key === key.id);
      const maxId = (await manager.get(ME)).json.user.id;
      assert.deepEqual(told.map((one) => [one.action, one.userId, one.fields.by]), [["key.created", ritaId, maxId], ["key.deleted", ritaId, maxId]]);
    });

    test("administers with a key as far as its scopes go, but never the account of its own user", async () => {
      const boss = await chief();
      const { key } = await made(boss, { scopes: ["user:update"], rateLimitEnabled: false });
      const [own, other] = await Promise.all([boss, await rita()].map(async (page) => (await page.get(ME)).json.user.id));
      const rename = (/** @type {string} */ userId) => withKey(server(), key, "/api/auth/admin/update-user", { userId, data: { name: "Other" } });
      assert.equal((await rename(other)).status, 200);
      assert.equal((await boss.post("/api/auth/admin/update-user", { userId: own, data: { name: "Boss" } })).status, 200);
      assert.deepEqual((await rename(own)).outcome, IN_PERSON);
      const password = { userId: own, newPassword: "taken over by a key" };
      assert.deepEqual((await withKey(server(), key, "/api/auth/admin/set-user-password", password)).outcome, IN_PERSON);
      const beyond = await withKey(server(), key, "/api/auth/admin/remove-user", { userId: other });
      assert.equal(beyond.status, 403);
    });

    test("is shown no key that reaches what they don't hold themselves", async () => {
      const manager = await max();
      const page = await rita();
      const signing = await made(page, { scopes: ["doc:sign"] });
      const reading = await made(page, { scopes: ["doc:read"] });
      const refused = await manager.post(`${KEYS}/rotate`, { keyId: signing.id });
      assert.deepEqual([refused.status, refused.json.code], [403, "PERMISSION_NOT_HELD"]);
      assert.equal((await manager.post(`${KEYS}/rotate`, { keyId: reading.id })).status, 200);
      const off = await manager.post(`${KEYS}/update`, { keyId: signing.id, enabled: false });
      assert.equal(off.json.enabled, false, "taking away is no handing out");
    });

    test("doesn't reach those at the same level or above", async () => {
      const manager = await max();
      const boss = await chief();
      const { id: chiefKey } = await made(boss, { scopes: ["doc:purge"] });
      const chiefId = (await boss.get(ME)).json.user.id;
      for (const answer of [
        await manager.post(`${KEYS}/create`, { userId: chiefId }),
        await manager.post(`${KEYS}/delete`, { keyId: chiefKey }),
        await manager.get(`${KEYS}/get?id=${chiefKey}`),
        await manager.get(`${KEYS}/list?userId=${chiefId}`),
      ]) {
        assert.deepEqual([answer.status, answer.json.code], [403, "level_too_low"]);
      }
    });

    test("sees and ends the keys of one who is banned, which don't work meanwhile", async () => {
      const [manager, boss] = [await max(), await chief()];
      const bea = { ...RITA, email: "bea@keys.test", password: "banned before long" };
      await server().createUser(bea);
      const page = await signedIn(server(), bea);
      const [kept, ended] = [await made(page, { scopes: ["doc:read"] }), await made(page, { scopes: ["doc:read"] })];
      const userId = (await page.get(ME)).json.user.id;
      assert.equal((await boss.post("/api/auth/admin/ban-user", { userId })).status, 200);
      const listed = await manager.get(`${KEYS}/list?userId=${userId}`);
      assert.deepEqual(listed.json.apiKeys.map((/** @type {any} */ one) => one.id).sort(), [kept.id, ended.id].sort());
      assert.equal((await manager.get(`${KEYS}/get?id=${kept.id}`)).json.id, kept.id);
      const off = await manager.post(`${KEYS}/update`, { keyId: kept.id, enabled: false });
      assert.equal(off.json.enabled, false);
      assert.equal((await manager.post(`${KEYS}/delete`, { keyId: ended.id })).status, 200);
      assert.deepEqual((await manager.get(`${KEYS}/get?id=${ended.id}`)).outcome, NOT_FOUND);
      assert.deepEqual((await (await rita()).get(`${KEYS}/get?id=${kept.id}`)).outcome, NOT_FOUND);
      assert.equal((await manager.post(`${KEYS}/create`, { userId })).status, 404, "it is given no new one");
    });

    test("clears away those whose end has come, and nobody else does", async () => {
      const refused = await (await rita()).post(`${KEYS}/delete-all-expired-api-keys`, {});
      assert.deepEqual([refused.status, refused.json.code], [403, "no_role"]);
      const answer = await (await max()).post(`${KEYS}/delete-all-expired-api-keys`, {});
      assert.deepEqual(answer.outcome, [200, { success: true, error: null, deleted: 0 }]);
    });
  });

  describe("a service", () => {
    test("asks whether a key holds, and each yes is a use", async () => {
      const boss = await chief();
      const { key, id } = await made(await max(), { scopes: ["doc:read"], remaining: 2, rateLimitEnabled: false });
      const verify = (/** @type {object} */ more = {}) => boss.post(`${KEYS}/verify`, { key, ...more });
      const failed = (/** @type {any[]} */ [, error]) => [200, { valid: false, error, key: null }];
      const first = await verify({ permissions: { doc: ["read"] } });
      assert.deepEqual([first.status, first.json.valid, first.json.error, first.json.key.id, first.json.key.remaining], [200, true, null, id, 1]);
      assert.ok(!("key" in first.json.key));
      // What isn't reached is no use.
      assert.deepEqual((await verify({ permissions: { doc: ["write"] } })).outcome, failed(NOT_FOUND));
      assert.equal((await verify({ permissions: { doc: ["read"] }, scope: "org:nowhere" })).json.valid, false);
      assert.equal((await verify({ scopes: ["doc:read"] })).json.key.remaining, 0);
      assert.deepEqual((await verify()).outcome, failed(USED_UP));
      assert.deepEqual((await boss.post(`${KEYS}/verify`, { key: "x".repeat(70) })).outcome, failed(INVALID));
      const unknown = await boss.post(`${KEYS}/verify`, {});
      assert.deepEqual([unknown.status, unknown.json.code], [400, "VALIDATION_ERROR"]);
      assert.equal((await (await rita()).post(`${KEYS}/verify`, { key })).status, 403);
    });

    test("may do so with a key of its own", async () => {
      const boss = await chief();
      const { key: service } = await made(boss, { scopes: ["apikey:verify"], rateLimitEnabled: false });
      const { key } = await made(await max(), { scopes: ["doc:read"], rateLimitEnabled: false });
      const answer = await withKey(server(), service, `${KEYS}/verify`, { key, scopes: ["doc:read"] });
      assert.deepEqual([answer.status, answer.json.valid], [200, true]);
      const other = await withKey(server(), key, `${KEYS}/verify`, { key });
      assert.deepEqual([other.status, other.json.code], [403, "outside_key"]);
    });
  });

  describe("a tenant's key", () => {
    test("is its owners' to manage, and is what its maker is in the tenant alone", async () => {
      const ola = await signedIn(server(), OLA);
      const mia = await rita();
      const miaId = (await mia.get(ME)).json.user.id;
      // One after the other: a tenant is made on the ground of what its maker was a moment ago.
      const own = (await ola.post(TENANTS, { name: "One" })).json;
      const other = (await ola.post(TENANTS, { name: "Two" })).json;
      assert.equal((await ola.post(`${TENANTS}/${own.id}/members`, { userId: miaId })).status, 200);
      const key = await made(ola, { organizationId: own.id, scopes: ["doc:write"] });
      assert.deepEqual([key.referenceId, key.organizationId], [own.id, own.id]);
      const may = async (/** @type {string} */ tenant) => (await withKey(server(), key.key, CHECK, { permission: "doc:write", tenant })).json;
      const inOwn = await may(own.id);
      assert.equal(inOwn.allow, true, JSON.stringify(inOwn));
      assert.equal((await may(other.id)).allow, false, "its maker owns that one, too");
      const asked = await ola.post(CHECK, { permission: "doc:write", tenant: other.id });
      assert.equal(asked.json.allow, true, asked.text);
      const beyond = await ola.post(`${KEYS}/create`, { organizationId: own.id, scopes: ["doc:purge"] });
      assert.deepEqual([beyond.status, beyond.json.code], [403, "PERMISSION_NOT_HELD"]);
      const member = await mia.post(`${KEYS}/create`, { organizationId: own.id });
      assert.deepEqual([member.status, member.json.code], [403, "INSUFFICIENT_API_KEY_PERMISSIONS"]);
      const stranger = await (await max()).post(`${KEYS}/create`, { organizationId: other.id });
      assert.deepEqual([stranger.status, stranger.json.code], [403, "USER_NOT_MEMBER_OF_ORGANIZATION"]);
      assert.equal((await mia.get(`${KEYS}/get?id=${key.id}`)).status, 403);
      const listed = await ola.get(`${KEYS}/list?organizationId=${own.id}`);
      assert.deepEqual([listed.json.total, listed.json.apiKeys[0].id], [1, key.id]);
      assert.ok(!(await ola.get(`${KEYS}/list`)).json.apiKeys.some((/** @type {any} */ one) => one.id === key.id));
    });

    test("loses what its maker loses, within the bound", async () => {
      const ola = await signedIn(server(), OLA);
      const mia = await rita();
      const { id } = (await ola.post(TENANTS, { name: "Three" })).json;
      const userId = (await mia.get(ME)).json.user.id;
      const member = (await ola.post(`${TENANTS}/${id}/members`, { userId, owner: true })).json.id;
      const ofTenant = await made(mia, { organizationId: id, scopes: ["doc:read", "doc:write"] });
      const ofMia = await made(mia, { scopes: ["doc:write"] });
      for (const { key } of [ofTenant, ofMia]) {
        const may = async () => (await withKey(server(), key, CHECK, { permission: "doc:write", tenant: id })).json;
        assert.equal((await may()).code, "tenant_granted");
      }
      const demoted = await ola.send(`${TENANTS}/${id}/members/${member}`, { method: "PUT", json: { owner: false } });
      assert.equal(demoted.status, 200, demoted.text);
      await sleep(BOUND_MS);
      for (const { key } of [ofTenant, ofMia]) {
        const { json } = await withKey(server(), key, CHECK, { permission: "doc:write", tenant: id });
        assert.deepEqual([json.allow, json.code], [false, "no_role"]);
      }
      const { json } = await withKey(server(), ofTenant.key, CHECK, { permission: "doc:read", tenant: id });
      assert.equal(json.code, "tenant_granted");
    });
  });
}
