// @ts-check
// Searches and their pages.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ALICE, BOB, CARL, PEP_TWO } from "../authzen-fixture.mjs";
import { EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS, bearer, named } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {() => Record<"alice" | "pep", import("./shared.mjs").Caller>} callers
 */
export function search(server, callers) {
  /** @type {import("./shared.mjs").Caller} */
  let pep;
  /** @type {import("./shared.mjs").Caller} */
  let alice;
  before(() => {
    ({ pep, alice } = callers());
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
      const invalid = async (/** @type {import("./shared.mjs").Caller} */ caller, /** @type {string} */ path, /** @type {object} */ changed) => {
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
}
