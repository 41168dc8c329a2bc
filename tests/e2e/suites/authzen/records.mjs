// @ts-check
// The records that questions are about.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send } from "../../../support/http.mjs";
import { CARL } from "../authzen-fixture.mjs";
import { EVALUATION, answers } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {() => Record<"alice" | "pep", import("./shared.mjs").Caller>} callers
 */
export function records(server, callers) {
  /** @type {import("./shared.mjs").Caller} */
  let pep;
  /** @type {import("./shared.mjs").Caller} */
  let alice;
  before(() => {
    ({ pep, alice } = callers());
  });

  describe("records", () => {
    const PATH = "/api/v1/records/document";

    test("a record is put, read, replaced, evaluated and forgotten, and each change is recorded", async () => {
      const id = "a/b ü?";
      const path = `${PATH}/${encodeURIComponent(id)}`;
      const put = await pep.send("PUT", path, { properties: { level: 0 } });
      const { updatedAt, ...record } = put.json;
      assert.deepEqual([put.status, record], [201, { type: "document", id, properties: { id, level: 0 } }]);
      assert.match(updatedAt, /^\d{4}-\d\d-\d\dT/);
      const question = answers.question(CARL.email, "can_read", "document", id);
      assert.equal((await pep.post(EVALUATION, question)).json.decision, true);
      assert.equal((await pep.send("PUT", path, { properties: { level: 1 } })).status, 200);
      assert.equal((await pep.post(EVALUATION, question)).json.decision, false);
      assert.deepEqual((await pep.send("GET", path)).json.properties, { id, level: 1 });
      assert.deepEqual((await pep.send("DELETE", path)).outcome, [200, { success: true }]);
      const gone = [404, { code: "RECORD_NOT_FOUND", message: "Record not found" }];
      assert.deepEqual((await pep.send("DELETE", path)).outcome, gone);
      assert.deepEqual((await pep.send("GET", path)).outcome, gone);
      const log = await server().auditRecords();
      const about = log.filter((event) => event.fields.id === id && event.fields.type === "document");
      assert.deepEqual(about.map((event) => event.action), ["record.put", "record.put", "record.remove"]);
      assert.ok(about.every((event) => event.userId === pep.id && event.status === "ok"));
    });

    test("lists come page by page", async () => {
      const first = (await pep.send("GET", `${PATH}?limit=2`)).json;
      assert.deepEqual([first.records.map((/** @type {{ id: string }} */ one) => one.id), first.next], [["1", "2"], "2"]);
      const second = (await pep.send("GET", `${PATH}?limit=2&after=${first.next}`)).json;
      assert.deepEqual([second.records.map((/** @type {{ id: string }} */ one) => one.id), second.next], [["3"], null]);
      assert.equal((await pep.send("GET", `${PATH}?limit=501`)).status, 400);
    });

    test("values are checked against the policy", async () => {
      /** @type {[unknown, number, string, string][]} */
      const wrong = [
        [{ properties: { level: "0" } }, 400, "VALIDATION_ERROR", "[body.properties] Invalid input: `level` isn't of its type, int"],
        [{ properties: { levl: 0 } }, 400, "VALIDATION_ERROR", "[body.properties] Invalid input: there is no field `levl`; there are: id, level, department, title"],
        [{ properties: { id: "other" } }, 400, "VALIDATION_ERROR", "[body.properties] Invalid input: the field `id` isn't the record's id"],
        [{ properties: { title: "x".repeat(33_000) } }, 400, "VALIDATION_ERROR", "[body.properties] Invalid input: the properties have more than 32768 bytes as JSON"],
        [{}, 400, "VALIDATION_ERROR", "[body.properties] Invalid input: expected object, received undefined"],
      ];
      for (const [body, status, code, message] of wrong) {
        assert.deepEqual((await pep.send("PUT", `${PATH}/9`, body)).outcome, [status, { code, message }]);
      }
      const unknown = await pep.send("PUT", "/api/v1/records/ghost/1", { properties: {} });
      assert.deepEqual([unknown.status, unknown.json.code], [404, "RECORD_TYPE_NOT_FOUND"]);
    });

    test("only holders of the permission read and write, and others hear nothing of what is there", async () => {
      for (const [method, path, body] of /** @type {const} */ ([
        ["PUT", `${PATH}/1`, { properties: {} }],
        ["GET", `${PATH}/1`, undefined],
        ["GET", `${PATH}/none`, undefined],
        ["DELETE", `${PATH}/1`, undefined],
        ["GET", PATH, undefined],
      ])) {
        const answer = await alice.send(method, path, body);
        assert.deepEqual([answer.status, answer.json.code], [403, "no_role"], `${method} ${path}`);
        assert.equal((await send(server().url + path, { method })).status, 401);
      }
    });
  });
}
