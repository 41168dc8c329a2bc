// @ts-check
// Addresses: confirmed, and exchanged for others.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FOREIGN, GET_SESSION, UNAUTHORIZED } from "../shared.mjs";
import {
  CHANGE_EMAIL,
  DONE,
  OTHER_PASSWORD,
  PASSWORD,
  REQUEST_RESET,
  RESET,
  SEND_VERIFICATION,
  TAKEN,
  VERIFY_EMAIL,
  fresh,
  refused,
  visitors,
} from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./shared.mjs").Mailbox} mailbox
 */
export function addresses(server, mailbox) {
  const { post, get, person, canSignIn } = visitors(server);
  /** Somebody whose address is confirmed. */
  const confirmed = async () => {
    const who = await person();
    const { token } = await mailbox.last(who.email, "verify-email");
    assert.deepEqual((await get(`${VERIFY_EMAIL}?token=${token}`)).outcome, [200, { status: true, user: null }]);
    return who;
  };

  describe("verification", () => {
    test("a link confirms the address once", async () => {
      const { page, email } = await person();
      const { token } = await mailbox.last(email, "verify-email");
      assert.deepEqual((await get(`${VERIFY_EMAIL}?token=${token}`)).outcome, [200, { status: true, user: null }]);
      assert.equal((await page.get(GET_SESSION)).json.user.emailVerified, true);
      const again = await get(`${VERIFY_EMAIL}?token=${token}`);
      assert.deepEqual(again.outcome, refused("INVALID_TOKEN", "Invalid token", 401));
      const sent = await get(`${VERIFY_EMAIL}?token=${token}&callbackURL=/v`);
      assert.deepEqual([sent.status, sent.headers.location], [302, "/v?error=INVALID_TOKEN"]);
      const foreign = await get(`${VERIFY_EMAIL}?token=${token}&callbackURL=${FOREIGN}`);
      assert.deepEqual(foreign.outcome, refused("INVALID_CALLBACK_URL", "Invalid callbackURL", 403));
      assert.equal((await get(VERIFY_EMAIL)).status, 400);
    });

    test("a link can be asked for, by anybody, and only for an address that isn't confirmed", async () => {
      const { page, email } = await person();
      assert.deepEqual((await post(SEND_VERIFICATION, { email, callbackURL: "/v" })).outcome, DONE);
      const { url, token } = await mailbox.last(email, "verify-email", 2);
      assert.ok(url.endsWith("&callbackURL=%2Fv"), url);
      assert.equal((await get(`${VERIFY_EMAIL}?token=${token}`)).status, 200);
      assert.deepEqual((await post(SEND_VERIFICATION, { email })).outcome, DONE);
      const unknown = fresh();
      assert.deepEqual((await post(SEND_VERIFICATION, { email: unknown })).outcome, DONE);
      const own = await page.post(SEND_VERIFICATION, { email });
      assert.deepEqual(own.outcome, refused("EMAIL_ALREADY_VERIFIED", "Email is already verified"));
      const other = await page.post(SEND_VERIFICATION, { email: unknown });
      assert.deepEqual(other.outcome, refused("EMAIL_MISMATCH", "Email mismatch"));
      await person();
      assert.equal(mailbox.to(email, "verify-email").length, 2);
      assert.deepEqual(mailbox.to(unknown), []);
    });

    test("a link for something else confirms nothing", async () => {
      const { email } = await person();
      await post(REQUEST_RESET, { email });
      const { token } = await mailbox.last(email, "reset-password");
      assert.deepEqual((await get(`${VERIFY_EMAIL}?token=${token}`)).outcome, refused("INVALID_TOKEN", "Invalid token", 401));
      assert.deepEqual((await post(RESET, { token, newPassword: OTHER_PASSWORD })).outcome, DONE);
    });
  });

  describe("change-email", () => {
    test("of an address that isn't confirmed takes a link to the new one", async () => {
      const { page, email } = await person();
      const newEmail = fresh();
      assert.deepEqual((await page.post(CHANGE_EMAIL, { newEmail: newEmail.toUpperCase(), callbackURL: "/done" })).outcome, DONE);
      const { token, user } = await mailbox.last(newEmail, "verify-new-email");
      assert.equal(user.email, email);
      assert.equal((await page.get(GET_SESSION)).json.user.email, email, "not yet");
      const opened = await get(`${VERIFY_EMAIL}?token=${token}`);
      assert.equal(opened.status, 200, opened.text);
      assert.deepEqual([opened.json.status, opened.json.user.email, opened.json.user.emailVerified], [true, newEmail, true]);
      assert.equal((await page.get(GET_SESSION)).json.user.email, newEmail);
      assert.ok(await canSignIn(newEmail, PASSWORD));
      assert.ok(!(await canSignIn(email, PASSWORD)));
      await mailbox.last(email, "email-changed");
      assert.equal((await get(`${VERIFY_EMAIL}?token=${token}`)).status, 401);
    });

    test("of a confirmed address asks its owner first", async () => {
      const { page, email } = await confirmed();
      const newEmail = fresh();
      assert.deepEqual((await page.post(CHANGE_EMAIL, { newEmail, callbackURL: "/done" })).outcome, DONE);
      const first = await mailbox.last(email, "confirm-email-change");
      assert.deepEqual(mailbox.to(newEmail), []);
      const agreed = await get(`${VERIFY_EMAIL}?token=${first.token}&callbackURL=/done`);
      assert.deepEqual([agreed.status, agreed.headers.location], [302, "/done"]);
      const second = await mailbox.last(newEmail, "verify-new-email");
      assert.ok(second.url.endsWith("&callbackURL=%2Fdone"));
      assert.equal((await get(`${VERIFY_EMAIL}?token=${second.token}`)).json.user.email, newEmail);
      assert.equal((await page.get(GET_SESSION)).json.user.email, newEmail);
    });

    test("to an address that has an account is answered alike, and its owner hears nothing", async () => {
      const { page, email } = await person();
      const { email: taken } = await person();
      assert.deepEqual((await page.post(CHANGE_EMAIL, { newEmail: taken })).outcome, DONE);
      await person();
      assert.deepEqual(mailbox.to(taken, "verify-new-email"), []);
      assert.equal((await page.get(GET_SESSION)).json.user.email, email);
    });

    test("to an address that gets an account meanwhile is refused at the link", async () => {
      const { page, email } = await person();
      const newEmail = fresh();
      await page.post(CHANGE_EMAIL, { newEmail });
      const { token } = await mailbox.last(newEmail, "verify-new-email");
      await person(newEmail);
      assert.deepEqual((await get(`${VERIFY_EMAIL}?token=${token}`)).outcome, TAKEN);
      assert.equal((await page.get(GET_SESSION)).json.user.email, email);
    });

    test("to the same, to none, or without a session is refused", async () => {
      const { page, email } = await person();
      assert.deepEqual((await page.post(CHANGE_EMAIL, { newEmail: email })).outcome, [400, { message: "Email is the same" }]);
      const none = await page.post(CHANGE_EMAIL, { newEmail: "x" });
      assert.deepEqual(none.outcome, refused("VALIDATION_ERROR", "[body.newEmail] Invalid email address"));
      assert.deepEqual((await post(CHANGE_EMAIL, { newEmail: fresh() })).outcome, UNAUTHORIZED);
    });
  });
}
