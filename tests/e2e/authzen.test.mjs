// @ts-check
// The OpenID AuthZEN Authorization API, and the records that it is about: one suite, every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send } from "../support/http.mjs";
import { portcullis } from "../support/server.mjs";
import { HOSTS } from "../support/worker.mjs";
import { answers, authzen, bearer, importRecords } from "./suites/authzen.mjs";
import { ALICE, BOB, CARL, DAN, ENVIRONMENT, ITEMS, PEP, PEP_TWO, POLICY_TEXT, SCOPES } from "./suites/authzen-fixture.mjs";

for (const host of HOSTS) {
  describe(`AuthZEN on ${host.name}`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => {
      const users = [ALICE, BOB, CARL, DAN, PEP, PEP_TWO];
      server = await host.start({ users, scopes: SCOPES, policyText: POLICY_TEXT, env: ENVIRONMENT });
      await server.disableUser(DAN.email);
      const ids = Object.fromEntries(await Promise.all([ALICE, BOB].map(async (user) => [user.email, (await bearer(server, user)).id])));
      await importRecords(server, ITEMS(ids[ALICE.email], ids[BOB.email]));
    });
    after(() => server?.stop());

    authzen(() => server);

    // Last: from here on the server runs with other settings.
    describe("by default", () => {
      before(() => server.restart({}));

      test("nobody may ask about another account, nor register records; everybody about themselves", async () => {
        const pep = await bearer(server, PEP);
        const question = answers.question(ALICE.email, "can_read", "account", "123");
        assert.equal((await pep.post("/access/v1/evaluation", question)).status, 403);
        const own = answers.question(PEP.email, "can_read", "account", "123");
        assert.equal((await pep.post("/access/v1/evaluation", own)).status, 200);
        const put = await pep.send("PUT", "/api/v1/records/account/1", { properties: {} });
        const message = "PORTCULLIS_RECORDS_PERMISSION names no permission";
        assert.deepEqual(put.outcome, [403, { code: "RECORDS_DISABLED", message }]);
      });
    });
  });
}

describe("portcullis record", () => {
  /** @type {import("./suites/shared.mjs").Native} */
  let server;
  before(async () => {
    server = /** @type {import("./suites/shared.mjs").Native} */ (await HOSTS[0]?.start({ policyText: POLICY_TEXT }));
  });
  after(() => server?.stop());
  const run = (/** @type {string[]} */ args, input = "") => portcullis(["record", ...args, "--db", server.db], input);
  const line = (/** @type {unknown} */ value) => `${JSON.stringify(value)}\n`;
  const account = (/** @type {string} */ id) => ({ id, properties: { id, owner_id: "x" }, type: "account" });

  test("what is imported is listed, again and again the same", async () => {
    const file = ["2", "1", "3"].map((id) => line(account(id))).join("\n");
    for (let time = 0; time < 2; time += 1) {
      await run(["import", "-", "--policy", server.policyFile], file);
      assert.equal(await run(["list", "account"]), ["1", "2", "3"].map((id) => line(account(id))).join(""));
    }
    await run(["import", "-", "--policy", server.policyFile], await run(["list", "account"]));
  });

  test("a wrong line is named, and nothing is written", async () => {
    const lines = [
      line(account("4")),
      line({ type: "acount", id: "5", properties: {} }),
      "{\n",
      line({ type: "account", id: "6", properties: { ownr_id: "x" } }),
    ];
    const wanted = [
      /-:2: the policy has no type of record `acount`; there are: account, document, item/,
      /-:3: /,
      /-:4: there is no field `ownr_id`; there are: id, owner_id/,
    ];
    for (const pattern of wanted) {
      await assert.rejects(run(["import", "-", "--policy", server.policyFile], lines.join("")), pattern);
    }
    assert.ok(!(await run(["list", "account"])).includes('"4"'));
  });

  test("a removed record is gone, and one that isn't there is an error", async () => {
    await run(["import", "-", "--policy", server.policyFile], line(account("7")));
    await run(["remove", "account", "7"]);
    await assert.rejects(run(["remove", "account", "7"]), /there is no record `7` of the type `account`/);
    const log = await server.auditRecords();
    const removed = log.filter((event) => event.action === "record.remove");
    assert.deepEqual(removed.map((event) => event.fields), [{ by: "operator", id: "7", type: "account" }]);
    assert.ok(log.some((event) => event.action === "record.import" && event.fields.count === 3));
  });

  test("without a token there is nothing to see", async () => {
    assert.equal((await send(`${server.url}/api/v1/records/account`)).status, 401);
  });
});
