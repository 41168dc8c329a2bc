// @ts-check
// Owners and members, also when several change them at once.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { OUT, NOT_FOUND, ask, idOf, tenantOf, roleOf } from "./shared.mjs";

/** @param {() => import("../shared.mjs").Server} server */
export function owners(server) {
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
}
