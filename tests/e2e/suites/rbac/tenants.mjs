// @ts-check
// Tenants: made, found, and hidden from who is in none of them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send, signedIn } from "../../../support/http.mjs";
import { TIME_FORM, TOKEN_FORM, UNAUTHORIZED } from "../shared.mjs";
import { RBAC, TENANTS, PERMISSIONS, OLA, OUT, NOT_FOUND, OWNERS_ONLY, ask, idOf, tenantOf, roleOf } from "./shared.mjs";

/** @param {() => import("../shared.mjs").Server} server */
export function tenants(server) {
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
}
