// @ts-check
// What the suites about tenants have in common: who is there, the policy, a tenant with a member.

import assert from "node:assert/strict";

import { signedIn } from "../../../support/http.mjs";
import { GET_SESSION, RBAC, TENANTS } from "../shared.mjs";

export { RBAC, TENANTS };
export const PERMISSIONS = `${RBAC}/permissions`;

export const OLA = { email: "ola@example.org", password: "owner of a tenant", name: "Ola" };
export const MIA = { email: "mia@example.org", password: "member of a tenant", name: "Mia" };
export const OUT = { email: "out@example.org", password: "in no tenant at all" };
export const STA = { email: "sta@example.org", password: "staff of the operator", roles: ["STAFF"] };
export const USERS = [OLA, MIA, OUT, STA];

export const POLICY_TEXT = `
name = "tenants"
version = "1"
scopes = ["org"]
[roles.STAFF]
level = 1
[permissions]
"doc:read" = []
"doc:write" = []
"doc:share" = []
"role:manage" = ["STAFF"]
"permission:manage" = ["STAFF"]
[tenants]
level = "org"
owner = ["doc:read", "doc:write"]
member = ["doc:read"]
`;

export const NOT_FOUND = [404, { code: "TENANT_NOT_FOUND", message: "Tenant not found" }];
export const OWNERS_ONLY = [403, { code: "OWNERS_ONLY", message: "Only owners of the tenant may do this" }];

/** @typedef {import("../../../support/http.mjs").Page} Page */

/** @param {Page} page @param {string} path @param {string} method @param {unknown} [json] */
export const ask = (page, path, method, json) =>
  page.send(path, { method, ...(json === undefined ? {} : { json }) });

/** @param {Page} page */
export const idOf = async (page) => String((await page.get(GET_SESSION)).json.user.id);

/**
 * A tenant of Ola's with Mia as a member, and both their pages.
 *
 * @param {import("../shared.mjs").Server} server
 */
export async function tenantOf(server) {
  const [ola, mia] = [await signedIn(server, OLA), await signedIn(server, MIA)];
  const made = await ola.post(TENANTS, { name: "Acme" });
  assert.equal(made.status, 200, made.text);
  const base = `${TENANTS}/${made.json.id}`;
  const added = await ola.post(`${base}/members`, { userId: await idOf(mia) });
  assert.equal(added.status, 200, added.text);
  return { id: String(made.json.id), base, ola, mia, member: String(added.json.id) };
}

/** @param {Page} page @param {string} base @param {string} name @param {string[]} permissions */
export async function roleOf(page, base, name, permissions) {
  const answer = await page.post(`${base}/roles`, { name, permissions });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json.id);
}
