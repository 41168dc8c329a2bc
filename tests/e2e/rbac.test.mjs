// @ts-check
// Roles per tenant over HTTP: one suite, every host. Then webhooks, to a receiver that really listens.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { HOSTS } from "../support/worker.mjs";
import { GUARDS, MIA, POLICY_TEXT, USERS, ask, guarded, idOf, prepareGuarded, rbac, roleOf, tenantOf } from "./suites/rbac.mjs";

const SECRET = `whsec_${Buffer.from("a secret of this test's own, 32+").toString("base64")}`;
const TOLD_WITHIN_MS = 20_000;
const TABLES = [
  ...["tenant", "tenant_member", "tenant_role", "tenant_role_permission", "tenant_member_role"],
  ...["tenant_permission", "tenant_permission_epoch", "tenant_change"],
];

/** Keeps what it is sent, and answers with what a test says. */
class Receiver {
  got = /** @type {{ headers: import("node:http").IncomingHttpHeaders, body: string, json: any }[]} */ ([]);
  status = (/** @type {any} */ _json) => 200;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const json = JSON.parse(body);
        this.got.push({ headers: request.headers, body, json });
        response.writeHead(this.status(json)).end("ok");
      });
    });
  }

  /** @returns {Promise<string>} its URL */
  listen() {
    return new Promise((resolve) => {
      this.server.listen(0, "127.0.0.1", () => {
        const address = this.server.address();
        resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/hook?from=test`);
      });
    });
  }

  /** @param {(json: any) => boolean} condition @param {number} count */
  async told(condition, count) {
    const until = Date.now() + TOLD_WITHIN_MS;
    for (;;) {
      const found = this.got.filter((one) => condition(one.json));
      if (found.length >= count || Date.now() > until) return found;
      await sleep(50);
    }
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const receiver = new Receiver();
    let url = "";
    const current = () => server;

    before(async () => {
      url = await receiver.listen();
      const env = { PORTCULLIS_WEBHOOK_URL: url, PORTCULLIS_WEBHOOK_SECRET: SECRET };
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
        for (const { headers, body, json } of told) {
          assert.equal(json.userId, by);
          assert.equal(headers["webhook-id"], json.id);
          assert.equal(headers["content-type"], "application/json");
          const seconds = Number(headers["webhook-timestamp"]);
          assert.ok(Math.abs(Date.now() / 1000 - seconds) < 60);
          const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
          const mac = createHmac("sha256", key).update(`${json.id}.${seconds}.${body}`).digest("base64");
          assert.equal(headers["webhook-signature"], `v1,${mac}`);
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
        const failed = new Set();
        receiver.status = (json) => {
          if (json.type !== "rbac.role.create" || failed.has(json.id)) return 204;
          failed.add(json.id);
          return 503;
        };
        const { id, base, ola } = await tenantOf(server);
        await roleOf(ola, base, "Told twice", ["doc:read"]);
        const isIt = (/** @type {any} */ json) => json.tenantId === id && json.type === "rbac.role.create";
        assert.equal((await receiver.told(isIt, 1)).length, 1);
        await sleep(5_500);
        // The worker looks again after the next change, and every minute.
        await roleOf(ola, base, "Another", []);
        const told = (await receiver.told(isIt, 3)).filter((one) => one.json.data.name === "Told twice");
        assert.equal(told.length, 2);
        assert.deepEqual(told[0]?.body, told[1]?.body);
        assert.equal(told[0]?.headers["webhook-id"], told[1]?.headers["webhook-id"]);
        receiver.status = () => 200;
      });
    });

    rbac(current);

    test("every change is in the audit log with who, where and what", async () => {
      const { id, base, ola, mia } = await tenantOf(server);
      const role = await roleOf(ola, base, "Audited", ["doc:write", "doc:read"]);
      await ask(mia, `${base}/roles/${role}`, "DELETE");
      const lines = (await server.exportAudit("jsonl")).trim().split("\n").map((line) => JSON.parse(line));
      const here = lines.filter((line) => line.scope === `org:${id}`);
      const told = here.map((line) => [line.action, line.status]);
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
