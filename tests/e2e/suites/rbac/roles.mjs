// @ts-check
// Roles of a tenant, and what they let their holders do.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CHECK, ME, TIME_FORM } from "../shared.mjs";
import { NOT_FOUND, ask, tenantOf, roleOf } from "./shared.mjs";

/** @param {() => import("../shared.mjs").Server} server */
export function roles(server) {
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
      const results = async (/** @type {string} */ tenant, /** @type {import("./shared.mjs").Page} */ page) => {
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
}
