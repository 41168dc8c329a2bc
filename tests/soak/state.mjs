// @ts-check
// What there is after the soak, asked over HTTP.

import assert from "node:assert/strict";

import { KEYS, TENANTS } from "../e2e/suites/shared.mjs";
import { signedIn } from "../support/http.mjs";
import { compareState, keyDiffers, ofKind } from "./compare.mjs";
import { ADMINISTRATOR_OF, OWNER_OF } from "./plan.mjs";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */
/** @typedef {import("../support/http.mjs").Page} Page */

const PAGE = 1000;
/** Small, so that short runs have several pages, too. */
const TENANT_PAGE = 10;

/**
 * Every difference between what there is and what ledger and log say.
 *
 * @param {Server} server
 * @param {import("./compare.mjs").Model} model
 * @param {Map<string, [number, number, number]>} uses
 */
export async function differences(server, model, uses) {
  const admin = await signedIn(server, ADMINISTRATOR_OF(0));
  const users = await soakedUsers(admin);
  const keys = ofKind(model, "key").filter(([, { of }]) => users.has(of));
  const roles = ofKind(model, "role");
  const [foundKeys, foundRoles, tenants] = [await keysOf(admin, users), await rolesOf(server, roles), ofKind(model, "tenant")];
  const checked = { users: users.size, keys: foundKeys.size, roles: foundRoles.size, tenants: tenants.length };
  const failures = [
    ...compareState("user", ofKind(model, "user"), users, userDiffers),
    ...compareState("key", keys, foundKeys, keyDiffers(uses)),
    ...compareState("role", roles, foundRoles, roleDiffers),
    ...compareState("tenant", tenants, await tenantsOf(server, tenants), () => undefined),
  ];
  return { failures, checked };
}

/** @param {any} expected @param {any} actual */
function userDiffers({ role, tier, banned }, actual) {
  const [wanted, found] = [{ role, tier, banned }, { role: actual.role, tier: actual.tier, banned: actual.banned }].map((one) => JSON.stringify(one));
  return wanted === found ? undefined : `is ${found}, and has to be ${wanted}`;
}

/** @param {any} expected @param {any} actual */
function roleDiffers({ held }, actual) {
  return held === actual.held ? undefined : `is ${actual.held ? "held" : "not held"} by its member`;
}

/** The visitors' accounts by address. @param {Page} admin */
async function soakedUsers(admin) {
  const found = /** @type {Map<string, any>} */ (new Map());
  for (let cursor = ""; ; ) {
    const { users, next } = await read(admin, `/api/auth/admin/list-users?limit=${PAGE}&sortBy=createdAt${cursor && `&cursor=${cursor}`}`);
    for (const user of users) if (user.email.endsWith("@soak.example")) found.set(user.email, user);
    if (next === undefined) return found;
    cursor = encodeURIComponent(next);
  }
}

/** The keys of accounts by name. @param {Page} admin @param {Map<string, any>} users */
async function keysOf(admin, users) {
  const found = /** @type {Map<string, any>} */ (new Map());
  for (const { id, banned } of users.values()) {
    // Keys of somebody banned aren't shown, and no visitor makes any.
    if (banned) continue;
    for (const key of (await read(admin, `${KEYS}/list?userId=${id}`)).apiKeys) found.set(key.name, key);
  }
  return found;
}

/** The roles of the tenants that these are in. @param {Server} server @param {[string, any][]} roles */
async function rolesOf(server, roles) {
  const found = /** @type {Map<string, any>} */ (new Map());
  const tenants = new Map(roles.map(([, { tenant, member, visitor }]) => [tenant, { member, visitor }]));
  const owners = await ownersOf(server, [...tenants.values()]);
  for (const [tenant, { member, visitor }] of tenants) {
    const owner = owners.get(visitor);
    if (owner === undefined) continue;
    const base = `${TENANTS}/${tenant}`;
    const held = new Set((await all(owner, `${base}/members/${member}/roles`, "roles")).map(({ id }) => id));
    for (const { id, name } of await all(owner, `${base}/roles`, "roles")) found.set(`${tenant}/${name}`, { held: held.has(id) });
  }
  return found;
}

/** The tenants of owners, by name. @param {Server} server @param {[string, any][]} tenants */
async function tenantsOf(server, tenants) {
  const found = /** @type {Map<string, any>} */ (new Map());
  const owners = await ownersOf(server, tenants.map(([, state]) => state));
  for (const owner of owners.values()) for (const tenant of await all(owner, TENANTS, "tenants")) found.set(tenant.name, tenant);
  return found;
}

/** @param {Server} server @param {{ visitor: number }[]} ofThem */
async function ownersOf(server, ofThem) {
  const numbers = [...new Set(ofThem.map(({ visitor }) => visitor))];
  return new Map(await Promise.all(numbers.map(async (one) => /** @type {[number, Page]} */ ([one, await signedIn(server, OWNER_OF(one))]))));
}

/** Every page of a list of tenants' things. @param {Page} page @param {string} path @param {string} member @returns {Promise<any[]>} */
async function all(page, path, member) {
  const found = [];
  for (let after = ""; ; ) {
    const json = await read(page, `${path}?limit=${TENANT_PAGE}${after && `&after=${after}`}`);
    found.push(...json[member]);
    if (json.next === undefined || json.next === null) return found;
    assert.notEqual(encodeURIComponent(json.next), after, `${path} goes on after ${json.next} with itself`);
    after = encodeURIComponent(json.next);
  }
}

/** @param {Page} page @param {string} path */
async function read(page, path) {
  const answer = await page.get(path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.json;
}
