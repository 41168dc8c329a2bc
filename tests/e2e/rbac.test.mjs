// @ts-check
// Roles per tenant over HTTP: one suite, every host. Then webhooks, to a receiver that really listens.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { eventually } from "../support/pace.mjs";
import { WebhookReceiver } from "../support/webhooks.mjs";
import { HOSTS } from "../support/worker.mjs";
import { GUARDS, MIA, POLICY_TEXT, USERS, ask, guarded, idOf, prepareGuarded, rbac, roleOf, tenantOf } from "./suites/rbac.mjs";

const TABLES = [
  ...["tenant", "tenant_member", "tenant_role", "tenant_role_permission", "tenant_member_role"],
  ...["tenant_permission", "tenant_permission_epoch", "tenant_change"],
];

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const receiver = new WebhookReceiver();
    const current = () => server;

    before(async () => {
      receiver.answer = () => 200;
      const env = { PORTCULLIS_WEBHOOK_URL: await receiver.listen("/hook?from=test"), PORTCULLIS_WEBHOOK_SECRET: receiver.secret };
      server = await host.start({ users: USERS, policyText: POLICY_TEXT, env });
    });
    after(async () => {
      await server?.stop();
      await receiver.stop();
    });

    describe("webhooks", () => {
      test("every change is told, signed, with the record as it was where it is deleted", async () => {
        const { id, base, ola, mia, member } = await tenantOf(server);
        const role = await roleOf(ola, base, "Editor", ["doc:write"]);
        await ask(ola, `${base}/roles/${role}`, "PUT", { permissions: ["doc:share"] });
        await ola.post(`${base}/members/${member}/roles`, { roleId: role });
        await ask(ola, `${base}/members/${member}/roles/${role}`, "DELETE");
        const deleted = (await ask(ola, `${base}/roles/${role}`, "DELETE")).json;
        await ask(ola, `${base}/members/${member}`, "DELETE");
        const told = await receiver.told((json) => json.tenantId === id, 8);
        const by = await idOf(ola);
        assert.deepEqual(told.map((one) => one.json.type).sort(), [
          "rbac.member.create",
          "rbac.member.delete",
          "rbac.member_role.create",
          "rbac.member_role.delete",
          "rbac.role.create",
          "rbac.role.delete",
          "rbac.role.update",
          "rbac.tenant.create",
        ]);
        for (const delivery of told) {
          const { headers, json } = delivery;
          assert.deepEqual([json.userId, json.id, headers["content-type"]], [by, headers["webhook-id"], "application/json"]);
          receiver.checkSigned(delivery);
        }
        const find = (/** @type {string} */ type) => told.find((one) => one.json.type === type)?.json.data;
        assert.deepEqual(find("rbac.role.delete"), deleted);
        assert.deepEqual([find("rbac.role.create").permissions, find("rbac.role.update").permissions], [["doc:write"], ["doc:share"]]);
        assert.deepEqual([find("rbac.member_role.create").memberId, find("rbac.member_role.create").role.name], [member, "Editor"]);
        assert.equal(find("rbac.member.delete").userId, await idOf(mia));
        assert.equal(find("rbac.member.delete").email, MIA.email);
      });

      test("what is refused or was so already is told to nobody", async () => {
        const { id, base, ola, mia, member } = await tenantOf(server);
        const roleId = await roleOf(ola, base, "One", []);
        await mia.post(`${base}/roles`, { name: "Two" });
        await ola.post(`${base}/roles`, { name: "One" });
        for (let round = 0; round < 3; round += 1) await ola.post(`${base}/members/${member}/roles`, { roleId });
        await receiver.told((json) => json.tenantId === id, 4);
        await sleep(1_500);
        const types = receiver.got.filter((one) => one.json.tenantId === id).map((one) => one.json.type);
        assert.deepEqual(types.sort(), ["rbac.member.create", "rbac.member_role.create", "rbac.role.create", "rbac.tenant.create"]);
      });

      test("a receiver that fails is told again, the same under the same id", async () => {
        const isIt = (/** @type {any} */ json) => json.type === "rbac.role.create" && json.data.name === "Told twice";
        receiver.answer = ({ json }) => (isIt(json) && receiver.got.filter((one) => isIt(one.json)).length === 1 ? 503 : 204);
        const { base, ola } = await tenantOf(server);
        await roleOf(ola, base, "Told twice", ["doc:read"]);
        await receiver.told(isIt, 1);
        // Not before five seconds are over; the worker looks again after a change of anybody, and every minute.
        let others = 0;
        const again = async () => {
          await roleOf(ola, base, `Another ${(others += 1)}`, []);
          return receiver.got.filter((one) => isIt(one.json)).length > 1;
        };
        await eventually(again, "it is told again", { everyMs: 1_000 });
        const told = await receiver.told(isIt, 2);
        assert.equal(told.length, 2);
        assert.deepEqual(told[0]?.body, told[1]?.body);
        assert.equal(told[0]?.headers["webhook-id"], told[1]?.headers["webhook-id"]);
        receiver.answer = () => 200;
      });
    });

    rbac(current);

    test("every change is in the audit log with who, where and what", async () => {
      const { id, base, ola, mia } = await tenantOf(server);
      const role = await roleOf(ola, base, "Audited", ["doc:write", "doc:read"]);
      await ask(mia, `${base}/roles/${role}`, "DELETE");
      const here = (await server.auditRecords()).filter((one) => one.scope === `org:${id}`);
      const told = here.map((one) => [one.action, one.status]);
      assert.deepEqual(told, [
        ["rbac.tenant.create", "ok"],
        ["rbac.member.create", "ok"],
        ["rbac.role.create", "ok"],
        ["rbac.role.delete", "fail"],
      ]);
      assert.equal(JSON.stringify(here[2]).includes("doc:read doc:write"), true);
    });

    // Last: from here on the server runs with other settings.
    test("tables may have other names", async () => {
      const before = await tenantOf(server);
      if (server.name === "workerd") {
        // The native server renames tables itself; D1's are renamed by whoever owns it.
        const renamed = TABLES.map((table) => `ALTER TABLE ${table} RENAME TO acme_${table};`);
        await /** @type {import("./suites/shared.mjs").Worker} */ (server).sql(renamed.join("\n"));
      }
      await server.restart({ PORTCULLIS_TABLES: "prefix=acme_" });
      const { base, ola, mia, member } = await tenantOf(server);
      const roleId = await roleOf(ola, base, "Editor", ["doc:write"]);
      assert.equal((await ola.post(`${base}/members/${member}/roles`, { roleId })).status, 200);
      assert.equal((await mia.post(`${base}/permissions/check`, { permission: "doc:write" })).json.result, true);
      assert.equal((await mia.get(before.base)).status, 200, "what was there is still there");
    });

    describe("guarded", () => {
      before(async () => {
        await prepareGuarded(server);
        await server.restart({ ...GUARDS, PORTCULLIS_TABLES: "prefix=acme_" });
      });
      guarded(current);
    });
  });
}
