// @ts-check
// Signing up.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Page, send } from "../../../support/http.mjs";
import { FOREIGN, GET_SESSION, TIME_FORM, TOKEN_FORM } from "../shared.mjs";
import { MANY, OTHER_PASSWORD, PASSWORD, SIGN_UP, TAKEN, VERIFY_EMAIL, fresh, refused, visitors } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./shared.mjs").Mailbox} mailbox
 */
export function signUp(server, mailbox) {
  const { post, get, person, canSignIn } = visitors(server);

  describe("sign-up", () => {
    test("makes an account, begins a session and sends a link that confirms the address", async () => {
      const email = fresh();
      const page = new Page(server());
      const answer = await page.post(SIGN_UP, { name: "Pat", email: email.toUpperCase(), password: PASSWORD, image: "/pat.png" });
      const { token, user, ...rest } = answer.json;
      assert.deepEqual([answer.status, rest], [200, {}]);
      assert.match(token, TOKEN_FORM);
      const { id, createdAt, updatedAt, ...known } = user;
      assert.match(id, TOKEN_FORM);
      assert.match(createdAt, TIME_FORM);
      assert.equal(updatedAt, createdAt);
      assert.deepEqual(known, { email, emailVerified: false, image: "/pat.png", name: "Pat" });
      assert.match(answer.setCookies[0] ?? "", /^better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
      assert.deepEqual((await page.get(GET_SESSION)).json.user, user);
      const mail = await mailbox.last(email, "verify-email");
      assert.equal(mail.url, `${server().origin}${VERIFY_EMAIL}?token=${mail.token}`);
      assert.ok(mail.text.includes(mail.url));
      assert.deepEqual(mail.user, { id, name: "Pat", email });
    });

    test("rememberMe: false begins a session that ends with the browser", async () => {
      const json = { name: "Pat", email: fresh(), password: PASSWORD, rememberMe: false };
      const answer = await post(SIGN_UP, json);
      const names = answer.setCookies.map((line) => line.slice(0, line.indexOf("=")));
      assert.deepEqual(names.slice(0, 2), ["better-auth.session_token", "better-auth.dont_remember"]);
    });

    test("the link goes on to callbackURL", async () => {
      const email = fresh();
      await post(SIGN_UP, { name: "Pat", email, password: PASSWORD, callbackURL: "/welcome?a=b" });
      const { url, token } = await mailbox.last(email, "verify-email");
      assert.equal(url, `${server().origin}${VERIFY_EMAIL}?token=${token}&callbackURL=%2Fwelcome%3Fa%3Db`);
      const opened = await get(new URL(url).pathname + new URL(url).search);
      assert.deepEqual([opened.status, opened.headers.location, opened.text], [302, "/welcome?a=b", ""]);
      assert.equal(opened.headers["content-type"], "application/json");
    });

    test("an address that has an account is refused, in any case", async () => {
      const { email } = await person();
      const again = { name: "Eve", email: email.toUpperCase(), password: OTHER_PASSWORD };
      assert.deepEqual((await post(SIGN_UP, again)).outcome, TAKEN);
      assert.ok(await canSignIn(email, PASSWORD));
      assert.ok(!(await canSignIn(email, OTHER_PASSWORD)));
    });

    test(`of ${MANY} at once with one address, one makes an account`, async () => {
      const email = fresh();
      const attempts = Array.from({ length: MANY }, (_, n) => post(SIGN_UP, { name: `P${n}`, email, password: `${PASSWORD} ${n}` }));
      const answers = await Promise.all(attempts);
      const won = answers.findIndex((answer) => answer.status === 200);
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(MANY - 1).fill(422)]);
      assert.ok(await canSignIn(email, `${PASSWORD} ${won}`));
    });

    const validation = (/** @type {string} */ message) => refused("VALIDATION_ERROR", message);
    /** @type {[string, object, unknown[]][]} */
    const malformed = [
      ["an address that is none", { email: "pat" }, validation("[body.email] Invalid email address")],
      ["a short password", { password: "short" }, refused("PASSWORD_TOO_SHORT", "Password too short")],
      ["a role", { role: "admin" }, refused("FIELD_NOT_ALLOWED", "role is not allowed to be set")],
      ["a confirmed address", { emailVerified: true }, refused("FIELD_NOT_ALLOWED", "emailVerified is not allowed to be set")],
      ["a picture that is a script", { image: "javascript:alert(1)" }, validation("[body.image] Invalid input: expected an http, https or data:image URL of at most 2048 bytes")],
      ["no name", { name: undefined }, validation("[body.name] Invalid input: expected string, received undefined")],
      ["another site to go on to", { callbackURL: FOREIGN }, refused("INVALID_CALLBACK_URL", "Invalid callbackURL", 403)],
    ];
    for (const [what, change, outcome] of malformed) {
      test(`${what} is refused, and no account is made`, async () => {
        const email = fresh();
        const answer = await post(SIGN_UP, { name: "Pat", email, password: PASSWORD, ...change });
        assert.deepEqual(answer.outcome, outcome);
        assert.ok(!(await canSignIn(email, PASSWORD)));
      });
    }

    test("members that mean nothing are passed over", async () => {
      assert.equal((await post(SIGN_UP, { name: "Pat", email: fresh(), password: PASSWORD, favourite: "blue" })).status, 200);
    });

    test("a page of another site can't sign anybody up", async () => {
      const json = { name: "Pat", email: fresh(), password: PASSWORD };
      const headers = { origin: FOREIGN };
      assert.deepEqual((await send(server().url + SIGN_UP, { json, headers })).outcome, refused("INVALID_ORIGIN", "Invalid origin", 403));
    });
  });
}
