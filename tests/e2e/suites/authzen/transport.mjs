// @ts-check
// Requests that are none, and credentials that are none.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send } from "../../../support/http.mjs";
import { PEP } from "../authzen-fixture.mjs";
import { EVALUATION, EVALUATIONS, RESOURCES, ENDPOINTS, answers } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {() => Record<"alice" | "pep", import("./shared.mjs").Caller>} callers
 */
export function transport(server, callers) {
  /** @type {import("./shared.mjs").Caller} */
  let pep;
  before(() => {
    ({ pep } = callers());
  });

  describe("transport", () => {
    const question = answers.question(PEP.email, "can_read", "account", "123");

    test("the caller's own request id comes back, with refusals, too", async () => {
      const id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716 (an arbitrary string)";
      const more = { "x-request-id": id };
      const statuses = [];
      for (const answer of [
        await pep.post(EVALUATION, question, more),
        await pep.post(EVALUATION, {}, more),
        await send(server().url + EVALUATION, { json: question, headers: more }),
      ]) {
        statuses.push(answer.status);
        assert.equal(answer.headers["x-request-id"], id);
      }
      assert.deepEqual(statuses, [200, 400, 401]);
      assert.match((await pep.post(EVALUATION, question)).requestId, /^[A-Za-z0-9]{32}$/);
    });

    test("only an access token is a credential: no session token, no cookie", async () => {
      const cookie = { cookie: `better-auth.session_token=${pep.session}`, origin: server().origin };
      const session = { authorization: `Bearer ${decodeURIComponent(pep.session).split(".")[0]}` };
      for (const path of ENDPOINTS) {
        for (const headers of [{}, cookie, session, { authorization: "Basic cGVwOnBlcA==" }]) {
          const answer = await send(server().url + path, { json: question, headers });
          assert.deepEqual(answer.outcome, [401, { code: "UNAUTHORIZED", message: "Unauthorized" }]);
          assert.equal(answer.headers["www-authenticate"], "Bearer");
        }
      }
    });

    test("what isn't a request is refused with the place of what is wrong", async () => {
      const invalid = async (/** @type {string} */ path, /** @type {unknown} */ body, /** @type {string} */ message) =>
        assert.deepEqual((await pep.post(path, body)).outcome, [400, { code: "VALIDATION_ERROR", message }]);
      const expected = "Invalid input: expected";
      await invalid(
        EVALUATION,
        {},
        `[body.subject] ${expected} object, received undefined; [body.action] ${expected} object, received undefined; ` +
          `[body.resource] ${expected} object, received undefined`,
      );
      await invalid(EVALUATION, { ...question, subject: { type: "user" } }, `[body.subject.id] ${expected} string, received undefined`);
      await invalid(EVALUATION, { ...question, action: "can_read" }, `[body.action] ${expected} object, received string`);
      await invalid(EVALUATION, { ...question, resource: { type: 7, id: "1" } }, `[body.resource.type] ${expected} string, received number`);
      await invalid(EVALUATION, { ...question, context: [] }, `[body.context] ${expected} object, received array`);
      await invalid(EVALUATIONS, { ...question, evaluations: {} }, `[body.evaluations] ${expected} array, received object`);
      const { resource: _resource, ...rest } = question;
      const place = "[body.evaluations.1.resource]";
      await invalid(EVALUATIONS, { ...rest, evaluations: [question, {}] }, `${place} ${expected} object, received undefined`);
      await invalid(
        EVALUATIONS,
        { ...question, options: { evaluations_semantic: "first" }, evaluations: [{}] },
        `[body.options.evaluations_semantic] ${expected} one of execute_all, deny_on_first_deny, permit_on_first_permit`,
      );
      await invalid(RESOURCES, { ...question, page: { limit: -1 } }, `[body.page.limit] ${expected} non-negative integer, received number`);
      await invalid(RESOURCES, { ...question, page: { token: 7 } }, `[body.page.token] ${expected} string, received number`);
      await invalid(RESOURCES, [], `[body] ${expected} object, received array`);
    });

    test("members that nobody knows are ignored", async () => {
      const more = { ...question, later: true, subject: { ...question.subject, later: 1 } };
      assert.deepEqual((await pep.post(EVALUATION, more)).json, (await pep.post(EVALUATION, question)).json);
    });

    test("broken JSON, another type, another method, another path", async () => {
      const url = server().url;
      const typed = (/** @type {string} */ type) => ({ ...pep.headers, "content-type": type });
      const broken = await send(url + EVALUATION, { body: "{", headers: typed("application/json") });
      assert.deepEqual([broken.status, broken.json.code], [400, "BAD_REQUEST"]);
      const text = await send(url + EVALUATION, { body: JSON.stringify(question), headers: typed("text/plain") });
      assert.deepEqual([text.status, text.json.code], [415, "UNSUPPORTED_MEDIA_TYPE"]);
      const charset = await send(url + EVALUATION, { body: JSON.stringify(question), headers: typed("application/json; charset=utf-8") });
      assert.equal(charset.status, 200);
      for (const path of ENDPOINTS) {
        assert.equal((await send(url + path, { headers: pep.headers })).status, 404);
      }
      assert.equal((await pep.post("/access/v1/search/context", question)).status, 404);
      assert.equal((await pep.post("/access/v2/evaluation", question)).status, 404);
    });
  });
}
