// @ts-check
// Accounts that their owners delete.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { UNAUTHORIZED } from "../shared.mjs";
import { DELETE_USER, INVALID_PASSWORD, PASSWORD, refused, visitors } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./shared.mjs").Mailbox} mailbox
 */
export function deletion(server, mailbox) {
  const { post, get, person, canSignIn, isSignedIn } = visitors(server);

  describe("delete-user", () => {
    const DELETED = [200, { success: true, message: "User deleted" }];

    test("by the password, at once", async () => {
      const { page, email } = await person();
      assert.deepEqual((await page.post(DELETE_USER, { password: "wrong" })).outcome, INVALID_PASSWORD);
      assert.deepEqual((await page.post(DELETE_USER, { password: PASSWORD })).outcome, DELETED);
      assert.ok(!page.jar.names.includes("better-auth.session_token"));
      assert.ok(!(await canSignIn(email, PASSWORD)));
      assert.deepEqual((await post(DELETE_USER, { password: PASSWORD })).outcome, UNAUTHORIZED);
    });

    test("by a link, where one is signed in", async () => {
      const { page, email } = await person();
      const stranger = await person();
      assert.deepEqual((await page.post(DELETE_USER, { callbackURL: "/bye" })).outcome, [
        200,
        { success: true, message: "Verification email sent" },
      ]);
      const { url, token } = await mailbox.last(email, "delete-account");
      const path = new URL(url).pathname + new URL(url).search;
      assert.deepEqual((await get(path)).outcome, refused("FAILED_TO_GET_USER_INFO", "Failed to get user info", 404));
      const invalid = refused("INVALID_TOKEN", "Invalid token", 404);
      assert.deepEqual((await stranger.page.get(path)).outcome, invalid);
      assert.deepEqual((await page.post(DELETE_USER, { token: "x".repeat(32) })).outcome, invalid);
      const opened = await page.get(path);
      assert.deepEqual([opened.status, opened.headers.location], [302, "/bye"]);
      assert.ok(!(await isSignedIn(page)));
      assert.ok(await isSignedIn(stranger.page));
      assert.ok(!(await canSignIn(email, PASSWORD)));
      assert.equal(token.length, 32);
    });

    test("the address is free afterwards", async () => {
      const { page, email, user } = await person();
      await page.post(DELETE_USER, { password: PASSWORD });
      const again = await person(email);
      assert.notEqual(again.user.id, user.id);
    });
  });
}
