// @ts-check
// What people change of themselves besides address and password, and the accounts of their user.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send } from "../../../support/http.mjs";
import { FOREIGN, GET_SESSION, TIME_FORM, UNAUTHORIZED } from "../shared.mjs";
import { DONE, refused, visitors } from "./shared.mjs";

const UPDATE_USER = "/api/auth/update-user";
const LIST_ACCOUNTS = "/api/auth/list-accounts";
const UNLINK_ACCOUNT = "/api/auth/unlink-account";

/** @param {() => import("./shared.mjs").Server} server */
export function profile(server) {
  const { post, get, person } = visitors(server);

  describe("update-user", () => {
    test("changes name and picture", async () => {
      const { page } = await person();
      assert.deepEqual((await page.post(UPDATE_USER, { name: "Bob", image: "https://a.example/b.png" })).outcome, DONE);
      const shown = async () => {
        const { user } = (await page.get(GET_SESSION)).json;
        return [user.name, user.image];
      };
      assert.deepEqual(await shown(), ["Bob", "https://a.example/b.png"]);
      assert.deepEqual((await page.post(UPDATE_USER, { image: null })).outcome, DONE);
      assert.deepEqual(await shown(), ["Bob", null]);
    });

    test("changes nothing else", async () => {
      const { page, email } = await person();
      const outcome = async (/** @type {object} */ json) => (await page.post(UPDATE_USER, json)).outcome;
      assert.deepEqual(await outcome({ email: "x@example.org" }), refused("EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated"));
      assert.deepEqual(await outcome({ name: "X", role: "admin" }), refused("FIELD_NOT_ALLOWED", "role is not allowed to be set"));
      assert.deepEqual(await outcome({ tier: "founder" }), refused("FIELD_NOT_ALLOWED", "tier is not allowed to be set"));
      assert.deepEqual(await outcome({}), [400, { message: "No fields to update" }]);
      assert.deepEqual(await outcome({ favourite: "blue" }), [400, { message: "No fields to update" }]);
      const { user } = (await page.get(GET_SESSION)).json;
      assert.deepEqual([user.name, user.email], ["Pat", email]);
    });

    test("needs a session, a trusted page, and the right method", async () => {
      const { page } = await person();
      assert.deepEqual((await post(UPDATE_USER, { name: "X" })).outcome, UNAUTHORIZED);
      const json = { name: "X" };
      const foreign = await send(server().url + UPDATE_USER, { json, headers: { cookie: page.jar.header, origin: FOREIGN } });
      assert.deepEqual(foreign.outcome, refused("INVALID_ORIGIN", "Invalid origin", 403));
      const none = await send(server().url + UPDATE_USER, { json, headers: { cookie: page.jar.header } });
      assert.deepEqual(none.outcome, refused("MISSING_OR_NULL_ORIGIN", "Missing or null Origin", 403));
      assert.deepEqual([(await page.get(UPDATE_USER)).status, (await page.get(UPDATE_USER)).text], [404, ""]);
    });
  });

  describe("accounts", () => {
    test("the password is the one account, and can't be unlinked", async () => {
      const { page, user } = await person();
      const { json } = await page.get(LIST_ACCOUNTS);
      assert.equal(json.length, 1);
      const { createdAt, updatedAt, ...account } = json[0];
      assert.match(createdAt, TIME_FORM);
      assert.match(updatedAt, TIME_FORM);
      assert.deepEqual(account, { id: user.id, accountId: user.id, userId: user.id, providerId: "credential", scopes: [] });
      const unlinked = await page.post(UNLINK_ACCOUNT, { accountId: account.id });
      assert.deepEqual(unlinked.outcome, refused("FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account"));
      assert.deepEqual((await get(LIST_ACCOUNTS)).outcome, UNAUTHORIZED);
    });

    test("there are no tokens of providers", async () => {
      const { page, user } = await person();
      const none = refused("PROVIDER_NOT_SUPPORTED", "Provider credential is not supported.");
      const unknown = refused("ACCOUNT_NOT_FOUND", "Account not found");
      for (const path of ["/api/auth/refresh-token", "/api/auth/get-access-token"]) {
        assert.deepEqual((await page.post(path, { accountId: user.id })).outcome, none);
        assert.deepEqual((await page.post(path, { accountId: "x" })).outcome, unknown);
        const signedOut = await post(path, { accountId: user.id });
        assert.deepEqual([signedOut.status, signedOut.text], [401, ""]);
      }
      assert.deepEqual((await page.get(`/api/auth/account-info?accountId=${user.id}`)).outcome, none);
      assert.equal((await get("/api/auth/account-info")).status, 401);
    });
  });
}
