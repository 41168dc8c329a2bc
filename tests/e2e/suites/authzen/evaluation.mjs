// @ts-check
// Evaluations of one question, and who may ask it.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ALICE, BOB, CARL, DAN } from "../authzen-fixture.mjs";
import { EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS, MAY_NOT_ASK, answers } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} _server
 * @param {() => Record<"alice" | "pep", import("./shared.mjs").Caller>} callers
 */
export function evaluation(_server, callers) {
  /** @type {import("./shared.mjs").Caller} */
  let pep;
  /** @type {import("./shared.mjs").Caller} */
  let alice;
  before(() => {
    ({ pep, alice } = callers());
  });

  describe("evaluation", () => {
    test("the request of the specification is answered by the registered record", async () => {
      const request = {
        subject: { type: "user", id: "alice@example.com" },
        resource: { type: "account", id: "123" },
        action: { name: "can_read", properties: { method: "GET" } },
        context: { time: "1985-10-26T01:22-07:00" },
      };
      const answer = await pep.post(EVALUATION, request);
      assert.deepEqual([answer.status, answer.json.decision, answer.json.context.code], [200, true, "rule_allowed"]);
      const other = { ...request, subject: { type: "user", id: BOB.email } };
      assert.equal((await pep.post(EVALUATION, other)).json.decision, false);
    });

    test("a subject is named by id or by address, in any case", async () => {
      for (const id of [alice.id, ALICE.email, "ALICE@example.com"]) {
        const answer = await pep.post(EVALUATION, answers.question(id, "can_write", "account", "456"));
        assert.equal(answer.json.decision, true, id);
      }
    });

    test("a denial says why: to the user, to the administrator, and what would change it", async () => {
      const { json } = await pep.post(EVALUATION, answers.question(CARL.email, "can_edit", "document", "1"));
      const { clause, reason_user, reason_admin, ...rest } = json.context;
      assert.equal(json.decision, false);
      assert.deepEqual(rest, { code: "no_role", missing: [[{ kind: "grant", role: "EDITOR", scope: "" }]] });
      assert.equal(clause.path, "permissions.document:can_edit");
      assert.match(reason_admin["403"], /^no_role by permissions\.document:can_edit at \d+:\d+$/);
      assert.equal(typeof reason_user["403"], "string");
    });

    test("what the request says of the resource goes before what is registered", async () => {
      const question = answers.question(CARL.email, "can_read", "document", "2");
      assert.equal((await pep.post(EVALUATION, question)).json.decision, false);
      const said = { ...question, resource: { ...question.resource, properties: { level: 0 } } };
      assert.equal((await pep.post(EVALUATION, said)).json.decision, true);
    });

    test("what an enforcement point says of a subject counts, but changes nothing that is stored", async () => {
      const about = (/** @type {object} */ properties, id = CARL.email, type = "user") => ({
        ...answers.question(id, "read", "document", "2"),
        subject: { type, id, properties },
        action: { name: "read", properties: { fields: ["title"] } },
      });
      const decided = async (/** @type {unknown} */ question) => (await pep.post(EVALUATION, question)).json;
      assert.equal((await decided(about({ department: "Sales" }))).decision, true);
      assert.equal((await decided(about({ department: "Law" }))).decision, false);
      // Roles come from the database alone.
      const edit = { ...about({ grants: ["EDITOR"], roles: ["EDITOR"] }), action: { name: "can_edit" } };
      assert.equal((await decided(edit)).context.code, "no_role");
      // A subject of another kind is what is said of it, and nobody's account.
      assert.equal((await decided(about({ department: "Sales" }, "7", "service"))).decision, true);
      const impostor = { ...answers.question(alice.id, "can_read", "account", "123"), subject: { type: "service", id: alice.id, properties: {} } };
      assert.equal((await decided(impostor)).decision, false);
    });

    test("fields that are asked for are decided, too", async () => {
      const question = {
        ...answers.question(CARL.email, "read", "document", "2"),
        subject: { type: "user", id: CARL.email, properties: { department: "Sales" } },
        action: { name: "read", properties: { fields: ["title", "level"] } },
      };
      assert.equal((await pep.post(EVALUATION, question)).json.context.code, "field_denied");
    });

    test("the context is the request's: attributes by the policy, scope and tenant by the place", async () => {
      const question = answers.question(ALICE.email, "can_read", "document", "1");
      const night = { ...question, context: { shift: "night" } };
      assert.equal((await pep.post(EVALUATION, night)).json.context.code, "denied_by_rule");
      assert.equal((await pep.post(EVALUATION, question)).json.decision, true);
      const desk = answers.question(ALICE.email, "open", "desk", "7");
      const codes = [];
      for (const scope of ["region:r1", "region:r2", "region:r9", "planet:x", 7]) {
        codes.push((await pep.post(EVALUATION, { ...desk, context: { scope } })).json.context.code);
      }
      assert.deepEqual(codes, ["role_granted", "out_of_scope", "unknown_scope", "unknown_scope_level", "malformed_request"]);
      // No tenants in this policy.
      assert.equal((await pep.post(EVALUATION, { ...desk, context: { tenant: "r1" } })).json.context.code, "unknown_tenant");
    });

    test("an unknown and a disabled subject are denied alike, with a reason", async () => {
      for (const id of ["nobody@example.com", DAN.email, "", "'; DROP TABLE user; --"]) {
        const { status, json } = await pep.post(EVALUATION, answers.question(id, "can_edit", "document", "1"));
        assert.deepEqual([status, json.decision, json.context.code], [200, false, "unknown_subject"]);
      }
    });

    test("an unknown action, type or record is a denial", async () => {
      /** @type {[string, string, string, string][]} */
      const expected = [
        ["fly", "account", "123", "unknown_permission"],
        ["can_read", "ghost", "123", "unknown_permission"],
        ["can_read", "account", "124", "evaluation_failed"],
      ];
      for (const [action, type, id, code] of expected) {
        const { json } = await pep.post(EVALUATION, answers.question(ALICE.email, action, type, id));
        assert.deepEqual([json.decision, json.context.code], [false, code]);
      }
    });
  });

  describe("who may ask", () => {
    test("everybody may ask about themselves, and hears the reason for users alone", async () => {
      for (const id of [alice.id, ALICE.email]) {
        const { status, json } = await alice.post(EVALUATION, answers.question(id, "can_read", "account", "999"));
        assert.deepEqual([status, json.decision, Object.keys(json.context).sort()], [200, false, ["code", "reason_user"]]);
        assert.equal((await alice.post(EVALUATION, answers.question(id, "can_read", "account", "123"))).json.decision, true);
      }
    });

    test("what one says of oneself doesn't count without the permission", async () => {
      const question = answers.question(ALICE.email, "read", "document", "2");
      const said = { ...question, subject: { ...question.subject, properties: { department: "Sales" } }, action: { name: "read", properties: { fields: ["title"] } } };
      assert.equal((await alice.post(EVALUATION, said)).json.decision, false);
    });

    test("without the permission the answer about others is the same whether they exist or not", async () => {
      for (const id of [BOB.email, DAN.email, "nobody@example.com"]) {
        const question = answers.question(id, "can_edit", "document", "1");
        assert.deepEqual((await alice.post(EVALUATION, question)).outcome, MAY_NOT_ASK);
        assert.deepEqual((await alice.post(RESOURCES, question)).outcome, MAY_NOT_ASK);
        assert.deepEqual((await alice.post(ACTIONS, question)).outcome, MAY_NOT_ASK);
        assert.deepEqual((await alice.post(SUBJECTS, question)).outcome, MAY_NOT_ASK);
        const own = { subject: { type: "user", id: ALICE.email } };
        const evaluations = [{ subject: question.subject }, own];
        const many = (await alice.post(EVALUATIONS, { ...question, resource: { type: "document", id: "1" }, action: { name: "can_read" }, evaluations })).json;
        const error = { status: 403, message: "You may ask about nobody but yourself" };
        assert.deepEqual(many.evaluations[0], { decision: false, context: { code: "may_not_ask", error } });
        assert.equal(many.evaluations[1].decision, true);
      }
    });
  });
}
