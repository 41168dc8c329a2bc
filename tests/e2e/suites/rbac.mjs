// @ts-check
// Tenants, members and roles made at run time, over HTTP: what every host does alike.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { CHECK, GET_SESSION, ME, POLICY, TIME_FORM, TOKEN_FORM, UNAUTHORIZED } from "./shared.mjs";

export const RBAC = "/api/auth/rbac";
export const TENANTS = `${RBAC}/tenants`;
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

const NOT_FOUND = [404, { code: "TENANT_NOT_FOUND", message: "Tenant not found" }];
const OWNERS_ONLY = [403, { code: "OWNERS_ONLY", message: "Only owners of the tenant may do this" }];

/** @typedef {import("../../support/http.mjs").Page} Page */

/** @param {Page} page @param {string} path @param {string} method @param {unknown} [json] */
export const ask = (page, path, method, json) =>
  page.send(path, { method, ...(json === undefined ? {} : { json }) });

/** @param {Page} page */
export const idOf = async (page) => String((await page.get(GET_SESSION)).json.user.id);

/**
 * A tenant of Ola's with Mia as a member, and both their pages.
 *
 * @param {import("./shared.mjs").Server} server
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

/** @param {() => import("./shared.mjs").Server} server */
export function rbac(server) {
  describe("tenants", () => {
    test("its maker owns a tenant, finds it in the list and alone, and under both paths", async () => {
      const ola = await signedIn(server(), OLA);
      const made = await ola.post(TENANTS, { name: " Acme & Co ", slug: "acme-co" });
      assert.equal(made.status, 200, made.text);
      const { id, createdAt, updatedAt, ...rest } = made.json;
      assert.match(id, TOKEN_FORM);
      assert.match(createdAt, TIME_FORM);
      assert.deepEqual([createdAt === updatedAt, rest], [true, { name: "Acme & Co", slug: "acme-co" }]);
      for (const root of [RBAC, "/rbac"]) {
        assert.deepEqual((await ola.get(`${root}/tenants/${id}`)).json, made.json);
        const { tenants } = (await ola.get(`${root}/tenants?limit=500`)).json;
        assert.ok(tenants.some((/** @type {{ id: string }} */ one) => one.id === id));
      }
      const { members, next } = (await ola.get(`${TENANTS}/${id}/members`)).json;
      assert.equal(next, null);
      assert.deepEqual(members.map((/** @type {any} */ one) => [one.userId, one.owner, one.name]), [[await idOf(ola), true, "Ola"]]);
      const again = await ola.post(TENANTS, { name: "Other", slug: "acme-co" });
      assert.deepEqual(again.outcome, [409, { code: "NAME_TAKEN", message: "The name is taken" }]);
    });

    test("what isn't as it should be is said member by member", async () => {
      const { base, ola } = await tenantOf(server());
      for (const [path, json, message] of [
        [TENANTS, {}, "[body.name] Invalid input: expected string, received undefined"],
        [TENANTS, { name: 1, slug: 2 }, "[body.name] Invalid input: expected string, received number; [body.slug] Invalid input: expected string, received number"],
        [TENANTS, { name: " " }, "[body.name] Invalid input: expected a text of 1 to 100 characters without control characters"],
        [TENANTS, { name: "a", slug: "A" }, "[body.slug] Invalid input: expected 1 to 63 letters a to z, digits and `-`, not at an end"],
        [`${base}/roles`, { name: "r", permissions: "doc:read" }, "[body.permissions] Invalid input: expected array, received string"],
        [`${base}/roles`, { name: "r", permissions: ["a:b", 7] }, "[body.permissions.1] Invalid input: expected string, received number"],
        [`${base}/permissions/check`, {}, "[body.permission] Invalid input: expected string, received undefined"],
        [`${base}/permissions/check-any`, {}, "[body.permissions] Invalid input: expected array, received undefined"],
        [`${base}/permissions/check-all`, { permissions: [] }, "[body.permissions] Too small: expected array to have >=1 items"],
        [`${base}/permissions/check-all`, { permissions: Array(101).fill("a:b") }, "[body.permissions] Too big: expected array to have <=100 items"],
      ]) {
        assert.deepEqual((await ola.post(String(path), json)).outcome, [400, { code: "VALIDATION_ERROR", message }]);
      }
      const unknown = await ola.post(`${base}/roles`, { name: "r", permissions: ["doc:read", "no:such"] });
      assert.deepEqual(unknown.outcome, [400, { code: "UNKNOWN_PERMISSION", message: "[body.permissions] There is no permission `no:such`" }]);
      for (const query of ["limit=0", "limit=501", "limit=x", `after=${"a".repeat(513)}`]) {
        assert.equal((await ola.get(`${base}/roles?${query}`)).json.code, "VALIDATION_ERROR", query);
      }
    });

    test("who isn't signed in is told so, and nothing else", async () => {
      const { base } = await tenantOf(server());
      for (const path of [TENANTS, PERMISSIONS, base, `${base}/roles`, `${base}/members`]) {
        assert.deepEqual((await send(server().url + path)).outcome, UNAUTHORIZED, path);
      }
      for (const path of [TENANTS, PERMISSIONS, `${base}/roles`, `${base}/permissions/check`]) {
        assert.deepEqual((await send(server().url + path, { json: {} })).outcome, UNAUTHORIZED, path);
      }
    });

    test("to who isn't in it, a tenant is as one that isn't there", async () => {
      const { base, ola, member } = await tenantOf(server());
      const role = await roleOf(ola, base, "Reader", ["doc:read"]);
      const out = await signedIn(server(), OUT);
      const requests = /** @type {[string, string, unknown?][]} */ ([
        ["", "GET"],
        ["", "PATCH", { name: "Mine" }],
        ["/members", "GET"],
        ["/members", "POST", { userId: await idOf(out) }],
        [`/members/${member}`, "DELETE"],
        [`/members/${member}`, "PUT", { owner: true }],
        [`/members/${member}/roles`, "GET"],
        [`/members/${member}/roles`, "POST", { roleId: role }],
        [`/members/${member}/roles/${role}`, "DELETE"],
        ["/roles", "GET"],
        ["/roles", "POST", { name: "Mine", permissions: ["doc:read"] }],
        [`/roles/${role}`, "GET"],
        [`/roles/${role}`, "PUT", { permissions: [] }],
        [`/roles/${role}`, "DELETE"],
        ["/permissions/check", "POST", { permission: "doc:read" }],
        ["/permissions/check-any", "POST", { permissions: ["doc:read"] }],
        ["/permissions/check-all", "POST", { permissions: ["doc:read"] }],
      ]);
      for (const [path, method, json] of requests) {
        for (const tenant of [base, `${TENANTS}/nosuch`]) {
          assert.deepEqual((await ask(out, tenant + path, method, json)).outcome, NOT_FOUND, `${method} ${path}`);
        }
      }
    });

    test("members read and don't write", async () => {
      const { base, ola, mia, member } = await tenantOf(server());
      const role = await roleOf(ola, base, "Reader", ["doc:read"]);
      for (const path of ["", "/members", "/roles", `/roles/${role}`, `/members/${member}/roles`]) {
        assert.equal((await mia.get(base + path)).status, 200, path);
      }
      const other = (await ola.get(`${base}/members`)).json.members.find((/** @type {any} */ one) => one.owner).id;
      const requests = /** @type {[string, string, unknown?][]} */ ([
        ["", "PUT", { name: "Mine" }],
        ["/roles", "POST", { name: "Mine" }],
        [`/roles/${role}`, "PATCH", { permissions: [] }],
        [`/roles/${role}`, "DELETE"],
        [`/members/${member}/roles`, "POST", { roleId: role }],
        [`/members/${member}/roles`, "DELETE", { roleId: role }],
        [`/members/${member}`, "PUT", { owner: true }],
        [`/members/${other}`, "DELETE"],
      ]);
      for (const [path, method, json] of requests) {
        assert.deepEqual((await ask(mia, base + path, method, json)).outcome, OWNERS_ONLY, `${method} ${path}`);
      }
    });
  });

  describe("roles of a tenant", () => {
    test("a role is made, read, replaced and deleted, and handed over as it was", async () => {
      const { id, base, ola } = await tenantOf(server());
      const made = await ola.post(`${base}/roles`, { name: "Editor", description: "edits", permissions: ["doc:write", "doc:read", "doc:read"] });
      const { createdAt, updatedAt, ...role } = made.json;
      assert.match(createdAt, TIME_FORM);
      assert.match(updatedAt, TIME_FORM);
      const expected = { tenantId: id, name: "Editor", description: "edits", permissions: ["doc:read", "doc:write"], revision: 0 };
      assert.deepEqual(role, { id: role.id, ...expected });
      const path = `${base}/roles/${role.id}`;
      assert.deepEqual((await ola.get(path)).json, made.json);
      const taken = await ola.post(`${base}/roles`, { name: "Editor" });
      assert.deepEqual(taken.outcome, [409, { code: "NAME_TAKEN", message: "The name is taken" }]);
      const changed = (await ask(ola, path, "PUT", { name: "Sharer", permissions: ["doc:share"] })).json;
      assert.deepEqual([changed.name, changed.description, changed.permissions, changed.revision], ["Sharer", "edits", ["doc:share"], 1]);
      const kept = (await ask(ola, path, "PATCH", { description: "shares" })).json;
      assert.deepEqual([kept.name, kept.description, kept.permissions], ["Sharer", "shares", ["doc:share"]]);
      assert.deepEqual((await ola.get(`${base}/roles`)).json, { roles: [kept], next: null });
      assert.deepEqual((await ask(ola, path, "DELETE")).outcome, [200, kept]);
      assert.deepEqual((await ask(ola, path, "DELETE")).outcome, [404, { code: "ROLE_NOT_FOUND", message: "Role not found" }]);
    });

    test("roles are listed page by page in order of their names", async () => {
      const { base, ola } = await tenantOf(server());
      for (const name of ["c", "a", "b"]) await roleOf(ola, base, name, []);
      const names = [];
      for (let after = "", round = 0; round < 3; round += 1) {
        const { roles, next } = (await ola.get(`${base}/roles?limit=2&after=${after}`)).json;
        names.push(roles.map((/** @type {{ name: string }} */ one) => one.name));
        if (next === null) break;
        after = next;
      }
      assert.deepEqual(names, [["a", "b"], ["c"]]);
    });

    test("a change is seen by the next request of a session that runs", async () => {
      const { id, base, ola, mia, member } = await tenantOf(server());
      const may = async (/** @type {string} */ permission) => {
        const here = (await mia.post(`${base}/permissions/check`, { permission })).json.result;
        const there = (await mia.post(CHECK, { permission, tenant: id })).json;
        assert.equal(there.allow, here, JSON.stringify(there));
        return here;
      };
      assert.deepEqual([await may("doc:read"), await may("doc:write")], [true, false]);
      const role = await roleOf(ola, base, "Editor", ["doc:write"]);
      assert.equal(await may("doc:write"), false, "nobody holds it yet");
      const assigned = await ola.post(`${base}/members/${member}/roles`, { roleId: role });
      assert.deepEqual([assigned.status, assigned.json.memberId, assigned.json.role.name], [200, member, "Editor"]);
      assert.equal(await may("doc:write"), true);
      const { principal } = (await mia.get(ME)).json;
      const mine = principal.tenants.find((/** @type {{ id: string }} */ one) => one.id === id);
      assert.deepEqual(mine.roles, [{ name: "Editor", permissions: ["doc:write"] }]);
      await ask(ola, `${base}/roles/${role}`, "PUT", { permissions: ["doc:share"] });
      assert.deepEqual([await may("doc:write"), await may("doc:share")], [false, true]);
      assert.deepEqual((await ask(ola, `${base}/members/${member}/roles/${role}`, "DELETE")).outcome, [200, { success: true }]);
      assert.equal(await may("doc:share"), false);
      await ola.post(`${base}/members/${member}/roles`, { roleId: role });
      assert.equal(await may("doc:share"), true);
      await ask(ola, `${base}/roles/${role}`, "DELETE");
      assert.equal(await may("doc:share"), false);
      await ask(ola, `${base}/members/${member}`, "DELETE");
      assert.deepEqual((await mia.post(`${base}/permissions/check`, { permission: "doc:read" })).outcome, NOT_FOUND);
      assert.equal((await mia.post(CHECK, { permission: "doc:read", tenant: id })).json.allow, false);
    });

    test("effective permissions are those of all roles together, for the caller and in this tenant alone", async () => {
      const { base, ola, mia, member } = await tenantOf(server());
      const other = await tenantOf(server());
      for (const [name, permissions] of [["W", ["doc:write"]], ["S", ["doc:share", "doc:write"]]]) {
        const roleId = await roleOf(ola, base, String(name), /** @type {string[]} */ (permissions));
        for (let round = 0; round < 2; round += 1) {
          assert.equal((await ola.post(`${base}/members/${member}/roles`, { roleId })).status, 200);
        }
      }
      const { roles } = (await mia.get(`${base}/members/${member}/roles`)).json;
      assert.deepEqual(roles.map((/** @type {{ name: string }} */ one) => one.name), ["S", "W"]);
      const results = async (/** @type {string} */ tenant, /** @type {Page} */ page) => {
        const asked = [];
        for (const [how, permissions] of [
          ["any", ["no:such", "doc:share"]],
          ["any", ["no:such"]],
          ["all", ["doc:read", "doc:write", "doc:share"]],
          ["all", ["doc:read", "no:such"]],
        ]) {
          asked.push((await page.post(`${tenant}/permissions/check-${how}`, { permissions })).json.result);
        }
        return asked;
      };
      assert.deepEqual(await results(base, mia), [true, false, true, false]);
      assert.deepEqual(await results(other.base, mia), [false, false, false, false]);
      assert.deepEqual(await results(base, ola), [false, false, false, false], "an owner has what the policy says");
    });

    test("roles and members of another tenant are out of reach", async () => {
      const [one, two] = [await tenantOf(server()), await tenantOf(server())];
      const role = await roleOf(two.ola, two.base, "Theirs", ["doc:write"]);
      const missing = [404, { code: "ROLE_NOT_FOUND", message: "Role not found" }];
      assert.deepEqual((await one.ola.get(`${one.base}/roles/${role}`)).outcome, missing);
      assert.deepEqual((await ask(one.ola, `${one.base}/roles/${role}`, "DELETE")).outcome, missing);
      assert.deepEqual((await one.ola.post(`${one.base}/members/${one.member}/roles`, { roleId: role })).outcome, missing);
      const own = await roleOf(one.ola, one.base, "Ours", []);
      const noMember = [404, { code: "MEMBER_NOT_FOUND", message: "Member not found" }];
      assert.deepEqual((await one.ola.post(`${one.base}/members/${two.member}/roles`, { roleId: own })).outcome, noMember);
      assert.deepEqual((await one.ola.get(`${one.base}/members/${two.member}/roles`)).outcome, noMember);
    });
  });

  describe("owners", () => {
    test("the last one stays, another one may go, and everybody may leave", async () => {
      const { base, ola, mia, member } = await tenantOf(server());
      const own = (await ola.get(`${base}/members`)).json.members.find((/** @type {any} */ one) => one.owner).id;
      const last = [409, { code: "LAST_OWNER", message: "A tenant keeps at least one owner" }];
      assert.deepEqual((await ask(ola, `${base}/members/${own}`, "DELETE")).outcome, last);
      assert.deepEqual((await ask(ola, `${base}/members/${own}`, "PUT", { owner: false })).outcome, last);
      assert.equal((await ask(ola, `${base}/members/${member}`, "PUT", { owner: true })).json.owner, true);
      assert.equal((await ask(ola, `${base}/members/${own}`, "DELETE")).status, 200);
      assert.deepEqual((await ola.get(base)).outcome, NOT_FOUND);
      assert.deepEqual((await ask(mia, `${base}/members/${member}`, "DELETE")).outcome, last);
      const back = await mia.post(`${base}/members`, { userId: await idOf(ola) });
      assert.equal((await ask(ola, `${base}/members/${back.json.id}`, "DELETE")).status, 200);
    });

    test("name a new member by its id and not by an address, which would tell whether there is one", async () => {
      const { base, ola } = await tenantOf(server());
      const refused = [403, { code: "MEMBER_BY_ADDRESS_NOT_ALLOWED", message: "Name the user by its userId" }];
      for (const email of [OUT.email, "nobody@example.org"]) {
        assert.deepEqual((await ola.post(`${base}/members`, { email })).outcome, refused);
        assert.deepEqual((await ola.post(`${base}/members`, { userId: email })).outcome, refused);
      }
      const missing = [404, { code: "USER_NOT_FOUND", message: "User not found" }];
      assert.deepEqual((await ola.post(`${base}/members`, { userId: "nobody" })).outcome, missing);
    });
  });

  describe("at the same time", () => {
    test("of 64 roles of one name one is made", async () => {
      const { base, ola } = await tenantOf(server());
      const answers = await Promise.all(Array.from({ length: 64 }, () => ola.post(`${base}/roles`, { name: "One", permissions: ["doc:read"] })));
      const statuses = answers.map((answer) => answer.status).sort();
      assert.deepEqual(statuses, [200, ...Array(63).fill(409)]);
      assert.equal((await ola.get(`${base}/roles`)).json.roles.length, 1);
    });

    test("64 times the same role is given once", async () => {
      const { base, ola, member } = await tenantOf(server());
      const roleId = await roleOf(ola, base, "One", ["doc:read"]);
      const answers = await Promise.all(Array.from({ length: 64 }, () => ola.post(`${base}/members/${member}/roles`, { roleId })));
      assert.deepEqual([...new Set(answers.map((answer) => answer.text))], [answers[0]?.text]);
      assert.equal(answers[0]?.status, 200, answers[0]?.text);
      assert.equal((await ola.get(`${base}/members/${member}/roles`)).json.roles.length, 1);
    });

    test("of two owners that leave at once one stays", async () => {
      const { base, ola, mia, member } = await tenantOf(server());
      const own = (await ola.get(`${base}/members`)).json.members.find((/** @type {any} */ one) => one.owner).id;
      await ask(ola, `${base}/members/${member}`, "PUT", { owner: true });
      const answers = await Promise.all([
        ask(ola, `${base}/members/${own}`, "DELETE"),
        ask(mia, `${base}/members/${member}`, "DELETE"),
      ]);
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
    });
  });

  describe("permissions", () => {
    test("are listed in order, page by page, and found by name", async () => {
      const mia = await signedIn(server(), MIA);
      const { permissions, next } = (await mia.get(PERMISSIONS)).json;
      const names = permissions.map((/** @type {{ name: string }} */ one) => one.name);
      assert.deepEqual([names, next], [["doc:read", "doc:share", "doc:write", "permission:manage", "role:manage"], null]);
      const first = (await mia.get(`${PERMISSIONS}?limit=2`)).json;
      assert.deepEqual([first.permissions.length, first.next], [2, "doc:share"]);
      const one = await mia.get(`${PERMISSIONS}/doc:write`);
      assert.deepEqual(one.outcome, [200, { id: "doc:write", name: "doc:write", resource: "doc", action: "write", description: "", runTime: false }]);
      assert.deepEqual((await mia.get(`${PERMISSIONS}/no:such`)).outcome, [404, { code: "PERMISSION_NOT_FOUND", message: "Permission not found" }]);
    });

    test("aren't written unless that is switched on", async () => {
      const off = [403, { code: "PERMISSION_WRITES_DISABLED", message: "Permissions can't be written: PORTCULLIS_RBAC_PERMISSION_WRITES isn't on" }];
      for (const user of [OLA, STA]) {
        const page = await signedIn(server(), user);
        assert.deepEqual((await page.post(PERMISSIONS, { resource: "x", action: "y" })).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "PUT", { resource: "x", action: "y" })).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "PATCH", {})).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "DELETE")).outcome, off);
      }
    });
  });

  test("paths and methods that there aren't are 404 without a body", async () => {
    const { base, ola } = await tenantOf(server());
    for (const [path, method] of [["/rbac/nothing", "GET"], [`${RBAC}/nothing`, "GET"], [TENANTS, "DELETE"], [`${base}/roles/x/y`, "GET"]]) {
      const answer = await ask(ola, String(path), String(method));
      assert.deepEqual([answer.status, answer.text], [404, ""], `${method} ${path}`);
    }
  });
}

/**
 * With a permission named for every group, and permissions written.
 *
 * @param {() => import("./shared.mjs").Server} server
 */
export function guarded(server) {
  describe("with permissions named instead of owners and members", () => {
    /** @type {Awaited<ReturnType<typeof tenantOf>>} */
    let tenant;
    /** @type {Page} */
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

/** @param {import("./shared.mjs").Server} server */
export async function prepareGuarded(server) {
  made = await tenantOf(server);
}

/** @param {import("./shared.mjs").Server} server */
async function tenantOfStaff(server) {
  assert.ok(made !== undefined, "`prepareGuarded` made it");
  return { ...made, ola: await signedIn(server, OLA), mia: await signedIn(server, MIA) };
}

/**
 * Puts a permission that nobody holds yet into a role of Mia's: an owner may, once the role is made.
 *
 * @param {import("./shared.mjs").Server} _server
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
