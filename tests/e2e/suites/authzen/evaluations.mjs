// @ts-check
// Many questions at once.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ALICE, BOB, CARL } from "../authzen-fixture.mjs";
import { EVALUATION, EVALUATIONS, answers } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} _server
 * @param {() => Record<"alice" | "pep", import("./shared.mjs").Caller>} callers
 */
export function evaluations(_server, callers) {
  /** @type {import("./shared.mjs").Caller} */
  let pep;
  before(() => {
    ({ pep } = callers());
  });

  describe("evaluations", () => {
    const three = ["1", "2", "3"].map((id) => ({ resource: { type: "document", id } }));
    const read = { subject: { type: "user", id: "alice@example.com" }, action: { name: "read" } };
    const run = async (/** @type {object} */ body) => {
      const answer = await pep.post(EVALUATIONS, body);
      assert.equal(answer.status, 200, answer.text);
      return answer.json.evaluations.map((/** @type {{ decision: boolean }} */ one) => one.decision);
    };

    test("the three semantics end where the specification says", async () => {
      assert.deepEqual(await run({ ...read, evaluations: three }), [true, false, true]);
      const by = (/** @type {string} */ evaluations_semantic) => run({ ...read, options: { evaluations_semantic, another_option: "value" }, evaluations: three });
      assert.deepEqual(await by("execute_all"), [true, false, true]);
      assert.deepEqual(await by("deny_on_first_deny"), [true, false]);
      assert.deepEqual(await by("permit_on_first_permit"), [true]);
    });

    test("what one doesn't say is said by all, and overridden where it is said", async () => {
      const body = {
        ...read,
        subject: { type: "user", id: BOB.email },
        context: { shift: "day", time: "2024-05-31T15:22-07:00" },
        evaluations: [
          { resource: { type: "document", id: "1" } },
          { resource: { type: "document", id: "1" }, context: { shift: "night" } },
          { resource: { type: "document", id: "2" }, action: { name: "can_edit" } },
          { resource: { type: "document", id: "2" }, action: { name: "can_edit" }, subject: { type: "user", id: CARL.email } },
        ],
      };
      assert.deepEqual(await run(body), [true, false, true, false]);
    });

    test("each is answered like one alone, in order", async () => {
      const subjects = [ALICE.email, BOB.email, CARL.email, "nobody@example.com"];
      const all = subjects.flatMap((id) =>
        ["item:read:i0000", "item:update:i0007", "account:can_read:123", "document:can_edit:1", "ghost:walk:1"].map((text) => {
          const [type = "", action = "", resource = ""] = text.split(":");
          return answers.question(id, action, type, resource);
        }),
      );
      const { evaluations } = (await pep.post(EVALUATIONS, { evaluations: all })).json;
      for (const [index, question] of all.entries()) {
        assert.deepEqual((await pep.post(EVALUATION, question)).json, evaluations[index]);
      }
    });

    test("without a list, or with an empty one, it is one evaluation", async () => {
      const question = answers.question(ALICE.email, "can_read", "account", "123");
      const expected = (await pep.post(EVALUATION, question)).json;
      for (const body of [question, { ...question, evaluations: [] }]) {
        assert.deepEqual((await pep.post(EVALUATIONS, body)).json, expected);
      }
    });

    test("a thousand are answered at once, one more is refused", async () => {
      const many = (/** @type {number} */ length) => ({ ...read, evaluations: Array.from({ length }, () => three[0]) });
      assert.equal((await run(many(1000))).length, 1000);
      const message = "[body.evaluations] Too big: expected array to have <=1000 items";
      assert.deepEqual((await pep.post(EVALUATIONS, many(1001))).outcome, [400, { code: "VALIDATION_ERROR", message }]);
    });
  });
}
