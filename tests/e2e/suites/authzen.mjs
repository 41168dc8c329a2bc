// @ts-check
// Evaluations, searches and their pages, by the words of the Authorization API 1.0.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { portcullis } from "../../support/program.mjs";
import { ALICE, BOB, CARL, DAN, PEP, PEP_TWO } from "./authzen-fixture.mjs";
import { ME, TOKEN } from "./shared.mjs";

const EVALUATION = "/access/v1/evaluation";
const EVALUATIONS = "/access/v1/evaluations";
const SUBJECTS = "/access/v1/search/subject";
const RESOURCES = "/access/v1/search/resource";
const ACTIONS = "/access/v1/search/action";
const ENDPOINTS = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS];
const MAY_NOT_ASK = [403, { code: "MAY_NOT_ASK", message: "You may ask about nobody but yourself" }];

/** @typedef {import("./shared.mjs").Server} Server */

/**
 * A caller with an access token.
 *
 * @param {Server} server
 * @param {{ email: string, password: string }} user
 */
export async function bearer(server, user) {
  const page = await signedIn(server, user);
  const { token } = (await page.get(TOKEN)).json;
  const me = (await page.get(ME)).json;
  const headers = { authorization: `Bearer ${token}` };
  return {
    id: /** @type {string} */ (me.user.id),
    session: /** @type {string} */ (page.jar.get("better-auth.session_token") ?? ""),
    headers,
    /** @param {string} path @param {unknown} json @param {Record<string, string>} [more] */
    post: (path, json, more = {}) => send(server.url + path, { json, headers: { ...headers, ...more } }),
    /** @param {string} method @param {string} path @param {unknown} [json] */
    send: (method, path, json) => send(server.url + path, { method, headers, ...(json === undefined ? {} : { json }) }),
  };
}

/**
 * Registers records by command, as an operator does.
 *
 * @param {Server} server
 * @param {string} lines
 */
export async function importRecords(server, lines) {
  if ("sql" in server) {
    await server.sql(await portcullis(["record", "import", "-", "--policy", server.policy.file, "--sql"], lines));
  } else {
    await portcullis(["record", "import", "-", "--policy", server.policy, "--db", server.db], lines);
  }
}

export const answers = {
  /** @param {string} id @param {string} action @param {string} type @param {string} resource */
  question: (id, action, type, resource) => ({
    subject: { type: "user", id },
    action: { name: action },
    resource: { type, id: resource },
  }),
};

/** @param {{ results: { id?: string, name?: string }[] }} found */
const named = (found) => found.results.map((one) => one.id ?? one.name);

/** @param {() => Server} server */
export function authzen(server) {
  /** @typedef {Awaited<ReturnType<typeof bearer>>} Caller */
  /** @type {Caller} */
  let pep;
  /** @type {Caller} */
  let alice;
  before(async () => {
    [pep, alice] = await Promise.all([bearer(server(), PEP), bearer(server(), ALICE)]);
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

  describe("search", () => {
    /** Every page, one after the other. @param {string} path @param {object} body @param {number} limit */
    const pages = async (path, body, limit, caller = pep) => {
      const all = [];
      let token = "";
      for (let count = 0; count < 100; count += 1) {
        const page = token === "" ? { limit } : { limit, token };
        const answer = await caller.post(path, { ...body, page });
        assert.equal(answer.status, 200, answer.text);
        const ids = named(answer.json);
        assert.ok(ids.length <= limit);
        assert.equal(answer.json.page.count, ids.length);
        all.push(...ids);
        token = answer.json.page.next_token;
        if (token === "") return all;
      }
      assert.fail("it never ends");
    };
    const items = (/** @type {string} */ id, action = "read") => ({ subject: { type: "user", id }, action: { name: action }, resource: { type: "item" } });

    test("the pages of the specification's example", async () => {
      const body = { subject: { type: "user", id: "alice@example.com" }, action: { name: "can_read" }, resource: { type: "account" } };
      const first = (await pep.post(RESOURCES, { ...body, page: { limit: 2 } })).json;
      assert.deepEqual(first.results, [{ type: "account", id: "123" }, { type: "account", id: "456" }]);
      assert.deepEqual([first.page.count, typeof first.page.next_token, first.page.next_token === ""], [2, "string", false]);
      const second = (await pep.post(RESOURCES, { ...body, page: { token: first.page.next_token } })).json;
      assert.deepEqual(second, { page: { next_token: "", count: 1 }, results: [{ type: "account", id: "789" }] });
    });

    test("a thousand items: page by page what evaluating all of them allows", async () => {
      const ids = Array.from({ length: 1000 }, (_, n) => `i${String(n).padStart(4, "0")}`);
      for (const [id, action] of /** @type {const} */ ([[ALICE.email, "read"], [ALICE.email, "update"], [CARL.email, "read"], [BOB.email, "update"]])) {
        const body = items(id, action);
        const evaluations = ids.map((one) => ({ resource: { type: "item", id: one } }));
        const { evaluations: decided } = (await pep.post(EVALUATIONS, { ...body, evaluations })).json;
        const expected = ids.filter((_, index) => decided[index].decision);
        assert.ok(expected.length > 90 && expected.length < 1000, `${id} ${action}: ${expected.length}`);
        assert.deepEqual(await pages(RESOURCES, body, 97), expected);
      }
      assert.equal(named((await pep.post(RESOURCES, { ...items(ALICE.email), page: { limit: 5000 } })).json).length, 250 + 107);
    });

    test("one may search for oneself, by name and without", async () => {
      const own = await pages(RESOURCES, items(alice.id), 500, alice);
      assert.deepEqual(own, await pages(RESOURCES, items(ALICE.email), 300));
    });

    test("a page of none says where to go on", async () => {
      const body = items(ALICE.email);
      const none = (await pep.post(RESOURCES, { ...body, page: { limit: 0 } })).json;
      assert.deepEqual([none.results, none.page.count, none.page.next_token === ""], [[], 0, false]);
    });

    test("a page token opens its own search, for its own caller, and nothing else", async () => {
      const body = items(ALICE.email);
      const { next_token: token } = (await pep.post(RESOURCES, { ...body, page: { limit: 5 } })).json.page;
      const invalid = async (/** @type {Caller} */ caller, /** @type {string} */ path, /** @type {object} */ changed) => {
        const answer = await caller.post(path, changed);
        assert.deepEqual([answer.status, answer.json.code], [400, "INVALID_PAGE_TOKEN"], answer.text);
      };
      const page = { token };
      await invalid(pep, RESOURCES, { ...items(BOB.email), page });
      await invalid(pep, RESOURCES, { ...items(ALICE.email, "update"), page });
      await invalid(pep, RESOURCES, { ...body, resource: { type: "account" }, page });
      await invalid(pep, RESOURCES, { ...body, context: { time: "x" }, page });
      await invalid(pep, RESOURCES, { ...body, page: { token, limit: 6 } });
      await invalid(pep, RESOURCES, { ...body, page: { token: `${token}A` } });
      await invalid(pep, RESOURCES, { ...body, page: { token: "i0500" } });
      await invalid(await bearer(server(), PEP_TWO), RESOURCES, { ...body, page });
      assert.equal((await pep.post(RESOURCES, { ...body, page: { token, limit: 5 } })).status, 200);
    });

    test("subjects are those who may, found by role, by rule and by neither", async () => {
      const search = async (/** @type {string} */ action, /** @type {object} */ resource, context = {}) => {
        const answer = await pep.post(SUBJECTS, { subject: { type: "user", id: "ignored" }, action: { name: action }, resource, context });
        assert.equal(answer.status, 200, answer.text);
        return named(answer.json).sort();
      };
      const ids = async (/** @type {{ email: string, password: string }[]} */ ...users) =>
        (await Promise.all(users.map((user) => bearer(server(), user)))).map((one) => one.id).sort();
      assert.deepEqual(await search("can_read", { type: "account", id: "123" }), await ids(ALICE));
      assert.deepEqual(await search("can_edit", { type: "document", id: "1" }), await ids(BOB));
      // i0001 is Bob's and lies in r2, where Carl reads.
      assert.deepEqual(await search("read", { type: "item", id: "i0001" }), await ids(BOB, CARL));
      assert.deepEqual(await search("open", { type: "desk", id: "1" }, { scope: "region:r1" }), await ids(ALICE));
      assert.deepEqual(await search("open", { type: "desk", id: "1" }), []);
      assert.deepEqual(await search("fly", { type: "desk", id: "1" }), []);
      // Everybody who isn't disabled: six accounts, with the first administrator's.
      assert.equal((await search("can_read", { type: "document", id: "1" })).length, 6);
      const paged = await pages(SUBJECTS, { subject: { type: "user" }, action: { name: "can_read" }, resource: { type: "document", id: "1" } }, 2);
      assert.deepEqual(paged.sort(), await search("can_read", { type: "document", id: "1" }));
      const robots = await pep.post(SUBJECTS, { subject: { type: "robot" }, action: { name: "can_read" }, resource: { type: "document", id: "1" } });
      assert.deepEqual(robots.json.results, []);
    });

    test("actions are those that evaluations allow", async () => {
      const search = async (/** @type {string} */ id, /** @type {object} */ resource, context = {}) =>
        named((await pep.post(ACTIONS, { subject: { type: "user", id }, resource, context })).json);
      assert.deepEqual(await search(ALICE.email, { type: "account", id: "123" }), ["can_read", "can_write"]);
      assert.deepEqual(await search(BOB.email, { type: "account", id: "123" }), []);
      assert.deepEqual(await search(BOB.email, { type: "document", id: "2" }), ["can_edit"]);
      assert.deepEqual(await search(ALICE.email, { type: "item", id: "i0000" }), ["read"]);
      assert.deepEqual(await search(ALICE.email, { type: "desk", id: "1" }, { scope: "region:r1" }), ["open"]);
      assert.deepEqual(await search(ALICE.email, { type: "ghost", id: "1" }), []);
      const body = { subject: { type: "user", id: ALICE.email }, resource: { type: "account", id: "123" } };
      assert.deepEqual(await pages(ACTIONS, body, 1), ["can_read", "can_write"]);
    });
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
      assert.match(String((await pep.post(EVALUATION, question)).headers["x-request-id"]), /^[A-Za-z0-9]{32}$/);
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
      const log = (await server().exportAudit("jsonl")).split("\n").filter(Boolean).map((text) => JSON.parse(text));
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
