// @ts-check
// Tenants whose groups of endpoints demand named permissions, and permissions made at run time.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { signedIn } from "../../../support/http.mjs";
import { CHECK, ME, POLICY } from "../shared.mjs";
import { TENANTS, PERMISSIONS, OLA, MIA, OUT, STA, ask, tenantOf } from "./shared.mjs";

/**
 * With a permission named for every group, and permissions written.
 *
 * @param {() => import("../shared.mjs").Server} server
 */
export function guarded(server) {
  describe("with permissions named instead of owners and members", () => {
    /** @type {Awaited<ReturnType<typeof tenantOf>>} */
    let tenant;
    /** @type {import("./shared.mjs").Page} */
    let staff;
    before(async () => {
      tenant = await tenantOfStaff(server());
      staff = await signedIn(server(), STA);
    });

    test("who has it writes without being in the tenant, and an owner without it doesn't", async () => {
      const { base, ola } = tenant;
      const refused = await ola.post(`${base}/roles`, { name: "Mine", permissions: ["doc:read"] });
      assert.deepEqual([refused.status, refused.json.code, refused.json.explanation.allow], [403, "no_role", false]);
      assert.equal((await staff.post(`${base}/roles`, { name: "Manager", permissions: ["role:manage"] })).status, 200);
    });

    test("nobody hands on what they don't hold themselves", async () => {
      const { base, ola, mia, member } = tenant;
      const notHeld = (/** @type {string} */ name) => [403, { code: "PERMISSION_NOT_HELD", message: `You don't hold \`${name}\` in this tenant yourself` }];
      assert.deepEqual((await staff.post(`${base}/roles`, { name: "Big", permissions: ["doc:write"] })).outcome, notHeld("doc:write"));
      const manager = (await staff.get(`${base}/roles`)).json.roles.find((/** @type {any} */ one) => one.name === "Manager");
      assert.equal((await staff.post(`${base}/members/${member}/roles`, { roleId: manager.id })).status, 200);
      const read = await mia.post(`${base}/roles`, { name: "Reader", permissions: ["doc:read"] });
      assert.equal(read.status, 200, "a member who manages roles, and holds it");
      assert.deepEqual((await mia.post(`${base}/roles`, { name: "Big", permissions: ["doc:write"] })).outcome, notHeld("doc:write"));
      const path = `${base}/roles/${read.json.id}`;
      assert.deepEqual((await ask(mia, path, "PUT", { permissions: ["doc:read", "doc:share"] })).outcome, notHeld("doc:share"));
      const own = (await ola.get(`${base}/members`)).json.members.find((/** @type {any} */ one) => one.owner).id;
      assert.deepEqual((await ask(mia, `${base}/members/${own}`, "DELETE")).outcome[0], 403);
      assert.equal((await staff.post(`${base}/members/${own}/roles`, { roleId: manager.id })).status, 200);
      const writer = await ola.post(`${base}/roles`, { name: "Writer", permissions: ["doc:write"] });
      assert.equal(writer.status, 200, "an owner may put any permission into a role");
      const roles = `${base}/members/${member}/roles`;
      assert.deepEqual((await mia.post(roles, { roleId: writer.json.id })).outcome, notHeld("doc:write"), "given to herself");
      assert.deepEqual((await ask(mia, `${roles}/${writer.json.id}`, "DELETE")).outcome, notHeld("doc:write"), "or taken");
    });

    test("a name that the policy doesn't have is nobody's", async () => {
      const { base, ola } = tenant;
      const answer = await ask(ola, base, "PUT", { name: "Other" });
      assert.deepEqual([answer.status, answer.json.code], [403, "unknown_permission"]);
      assert.equal((await staff.post(TENANTS, { name: "Other" })).status, 403);
    });

    test("a member may be named by address where a permission guards that", async () => {
      const answer = await staff.post(`${tenant.base}/members`, { email: OUT.email.toUpperCase() });
      assert.deepEqual([answer.status, answer.json.email, answer.json.owner], [200, OUT.email, false]);
      assert.equal((await staff.post(`${tenant.base}/members`, { userId: answer.json.userId, owner: true })).json.owner, false, "a member stays what it is");
    });

    test("a permission made at run time works at once, everywhere, and goes with its name", async () => {
      const { id, base, mia } = tenant;
      const digest = async () => (await mia.get(ME)).json.policy.digest;
      const before = await digest();
      assert.equal((await mia.post(PERMISSIONS, { resource: "x", action: "y" })).status, 403, "not a member's");
      for (const [resource, action, status] of [["doc", "read", 409], ["9", "x", 400], ["a:b", "c", 400], ["a".repeat(40), "b".repeat(40), 400]]) {
        assert.equal((await staff.post(PERMISSIONS, { resource, action })).status, status);
      }
      const made = await staff.post(PERMISSIONS, { resource: "report", action: "run", description: "Run reports" });
      assert.deepEqual([made.status, made.json.name, made.json.runTime], [200, "report:run", true]);
      assert.deepEqual((await mia.get(`${PERMISSIONS}/report:run`)).json, made.json);
      assert.equal((await staff.post(PERMISSIONS, { resource: "report", action: "run" })).status, 409);
      assert.notEqual(await digest(), before, "a page learns that the policy is another one");
      const document = (await mia.get(POLICY)).json;
      assert.ok(document.permissions.some((/** @type {{ name: string }} */ one) => one.name === "report:run"));
      const code = async () => (await mia.post(CHECK, { permission: "report:run", tenant: id })).json.code;
      assert.equal(await code(), "no_role");
      await grantTo(server(), tenant, "report:run");
      assert.equal(await code(), "tenant_granted");
      const path = `${PERMISSIONS}/${made.json.id}`;
      assert.equal((await ask(staff, path, "PUT", { resource: "report", action: "start" })).json.name, "report:start");
      assert.equal(await code(), "unknown_permission");
      assert.equal((await mia.post(`${base}/permissions/check`, { permission: "report:start" })).json.result, true);
      assert.equal((await ask(staff, `${PERMISSIONS}/doc:read`, "DELETE")).json.code, "PERMISSION_OF_POLICY");
      assert.deepEqual((await ask(staff, path, "DELETE")).json.name, "report:start");
      assert.equal((await mia.post(`${base}/permissions/check`, { permission: "report:start" })).json.result, false);
      assert.equal(await digest(), before);
    });
  });
}

/** What `guarded` needs: the tenant is made before permissions are named. */
export const GUARDS = {
  PORTCULLIS_RBAC_PERMISSION_WRITES: "on",
  PORTCULLIS_RBAC_AUTHORIZATION: JSON.stringify({
    "permissions.write": "permission:manage",
    "roles.write": "role:manage",
    "memberRoles.write": "role:manage",
    "members.write": "role:manage",
    "tenants.write": "no:such",
  }),
};

/** @type {Awaited<ReturnType<typeof tenantOf>> | undefined} */
let made;

/** @param {import("../shared.mjs").Server} server */
export async function prepareGuarded(server) {
  made = await tenantOf(server);
}

/** @param {import("../shared.mjs").Server} server */
async function tenantOfStaff(server) {
  assert.ok(made !== undefined, "`prepareGuarded` made it");
  return { ...made, ola: await signedIn(server, OLA), mia: await signedIn(server, MIA) };
}

/**
 * Puts a permission that nobody holds yet into a role of Mia's: an owner may, once the role is made.
 *
 * @param {import("../shared.mjs").Server} _server
 * @param {Awaited<ReturnType<typeof tenantOf>>} tenant
 * @param {string} permission
 */
async function grantTo(_server, tenant, permission) {
  const { base, ola, mia, member } = tenant;
  const { roles } = (await mia.get(`${base}/members/${member}/roles`)).json;
  const manager = roles.find((/** @type {{ name: string }} */ one) => one.name === "Manager");
  const { members } = (await ola.get(`${base}/members`)).json;
  const own = members.find((/** @type {any} */ one) => one.owner).id;
  const staff = await signedIn(ola.server, STA);
  const given = await staff.post(`${base}/members/${own}/roles`, { roleId: manager.id });
  assert.equal(given.status, 200, given.text);
  const answer = await ask(ola, `${base}/roles/${manager.id}`, "PUT", { permissions: ["role:manage", permission] });
  assert.equal(answer.status, 200, answer.text);
}
