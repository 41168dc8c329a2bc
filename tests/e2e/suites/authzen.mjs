// @ts-check
// Evaluations, searches and their pages, by the words of the Authorization API 1.0.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send } from "../../support/http.mjs";
import { ALICE, PEP } from "./authzen-fixture.mjs";
import { evaluation } from "./authzen/evaluation.mjs";
import { evaluations } from "./authzen/evaluations.mjs";
import { records } from "./authzen/records.mjs";
import { search } from "./authzen/search.mjs";
import { EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS, bearer } from "./authzen/shared.mjs";
import { transport } from "./authzen/transport.mjs";

export { answers, bearer, importRecords } from "./authzen/shared.mjs";

/** @param {() => import("./authzen/shared.mjs").Server} server */
export function authzen(server) {
  /** @type {Record<"alice" | "pep", import("./authzen/shared.mjs").Caller>} */
  let callers;
  before(async () => {
    const [pep, alice] = await Promise.all([bearer(server(), PEP), bearer(server(), ALICE)]);
    callers = { alice, pep };
  });

  describe("metadata", () => {
    test("it says where the endpoints are, to everybody, and may be kept for an hour", async () => {
      const { origin, url } = server();
      const answer = await send(`${url}/.well-known/authzen-configuration`);
      assert.deepEqual(answer.outcome, [
        200,
        {
          policy_decision_point: origin,
          access_evaluation_endpoint: origin + EVALUATION,
          access_evaluations_endpoint: origin + EVALUATIONS,
          search_subject_endpoint: origin + SUBJECTS,
          search_resource_endpoint: origin + RESOURCES,
          search_action_endpoint: origin + ACTIONS,
        },
      ]);
      assert.equal(answer.headers["content-type"], "application/json");
      assert.equal(answer.headers["cache-control"], "public, max-age=3600");
    });
  });

  for (const suite of [evaluation, evaluations, search, transport, records]) suite(server, () => callers);
}
