// @ts-check
// What people do with their own accounts, with mail that goes to a receiver.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Page, send, signedIn } from "../../support/http.mjs";
import { FOREIGN, GET_SESSION, SIGN_IN, TIME_FORM, TOKEN_FORM, TRUSTED, UNAUTHORIZED } from "./shared.mjs";

export const SIGN_UP = "/api/auth/sign-up/email";
export const RESET = "/api/auth/reset-password";
export const REQUEST_RESET = "/api/auth/request-password-reset";
export const VERIFY_EMAIL = "/api/auth/verify-email";
export const SEND_VERIFICATION = "/api/auth/send-verification-email";
const UPDATE_USER = "/api/auth/update-user";
export const CHANGE_PASSWORD = "/api/auth/change-password";
const VERIFY_PASSWORD = "/api/auth/verify-password";
export const CHANGE_EMAIL = "/api/auth/change-email";
export const DELETE_USER = "/api/auth/delete-user";
const LIST_ACCOUNTS = "/api/auth/list-accounts";
const UNLINK_ACCOUNT = "/api/auth/unlink-account";

export const PASSWORD = "a long enough sentence";
export const OTHER_PASSWORD = "another sentence altogether";
export const MANY = 64;

/** @param {string} code @param {string} message @param {number} [status] */
export const refused = (code, message, status = 400) => [status, { code, message }];
export const INVALID_TOKEN = refused("INVALID_TOKEN", "Invalid token");
export const INVALID_PASSWORD = refused("INVALID_PASSWORD", "Invalid password");
const TAKEN = refused("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.", 422);
const DONE = [200, { status: true }];
const ASKED = [
  200,
  { status: true, message: "If this email exists in our system, check your email for the reset link" },
];

let made = 0;
/** An address that has no account yet. */
export const fresh = () => `person${(made += 1)}@accounts.example`;

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./mailbox.mjs").Mailbox} mailbox
 */
export function accounts(server, mailbox) {
  /** @param {string} path @param {unknown} json */
  const post = (path, json) => send(server().url + path, { json });
  /** @param {string} path */
  const get = (path) => send(server().url + path);

  /** Somebody who just signed up. */
  const person = async (email = fresh()) => {
    const page = new Page(server());
    const answer = await page.post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
    assert.equal(answer.status, 200, answer.text);
    return { page, email, token: answer.json.token, user: answer.json.user };
  };
  /** Somebody whose address is confirmed. */
  const confirmed = async () => {
    const who = await person();
    const { token } = await mailbox.last(who.email, "verify-email");
    assert.deepEqual((await get(`${VERIFY_EMAIL}?token=${token}`)).outcome, [200, { status: true, user: null }]);
    return who;
  };
  /** @param {string} email @param {string} password */
  const canSignIn = async (email, password) => (await post(SIGN_IN, { email, password })).status === 200;
  /** @param {Page} page */
  const isSignedIn = async (page) => (await page.get(GET_SESSION)).json !== null;

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

  describe("change-password", () => {
    test("takes the old one, gives the session a new token, and leaves others alone", async () => {
      const { page, email, token } = await person();
      const elsewhere = await signedIn(server(), { email, password: PASSWORD });
      const old = page.jar.header;
      const answer = await page.post(CHANGE_PASSWORD, { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.user.email, email);
      assert.match(answer.json.token, TOKEN_FORM);
      assert.notEqual(answer.json.token, token);
      assert.ok(await isSignedIn(page));
      assert.ok(await isSignedIn(elsewhere));
      assert.equal((await send(server().url + GET_SESSION, { headers: { cookie: old } })).json, null);
      assert.ok(await canSignIn(email, OTHER_PASSWORD));
      assert.ok(!(await canSignIn(email, PASSWORD)));
      await mailbox.last(email, "password-changed");
    });

    test("ends other sessions when that is asked for", async () => {
      const { page, email } = await person();
      const elsewhere = await signedIn(server(), { email, password: PASSWORD });
      const asked = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD, revokeOtherSessions: true };
      assert.equal((await page.post(CHANGE_PASSWORD, asked)).status, 200);
      assert.ok(await isSignedIn(page));
      assert.ok(!(await isSignedIn(elsewhere)));
    });

    test("tells a bearer its new token, and sets no cookie", async () => {
      const { token } = await person();
      const headers = { authorization: `Bearer ${token}` };
      const json = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
      const answer = await send(server().url + CHANGE_PASSWORD, { json, headers });
      assert.equal(answer.status, 200, answer.text);
      assert.ok(!answer.setCookies.some((line) => line.includes("session_token")), answer.setCookies.join());
      const session = (/** @type {string} */ bearer) =>
        send(server().url + GET_SESSION, { headers: { authorization: `Bearer ${bearer}` } });
      assert.equal((await session(token)).json, null);
      assert.equal((await session(answer.json.token)).json.user.name, "Pat");
      assert.equal((await session(String(answer.headers["set-auth-token"]))).json.user.name, "Pat");
    });

    test("with a wrong old one, or a new one that isn't allowed, changes nothing", async () => {
      const { page, email } = await person();
      const outcome = async (/** @type {object} */ json) => (await page.post(CHANGE_PASSWORD, json)).outcome;
      assert.deepEqual(await outcome({ currentPassword: "wrong", newPassword: OTHER_PASSWORD }), INVALID_PASSWORD);
      assert.deepEqual(
        await outcome({ currentPassword: PASSWORD, newPassword: "short" }),
        refused("PASSWORD_TOO_SHORT", "Password too short"),
      );
      assert.ok(await isSignedIn(page));
      assert.ok(await canSignIn(email, PASSWORD));
      assert.deepEqual((await post(CHANGE_PASSWORD, { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD })).outcome, UNAUTHORIZED);
    });

    test("makes a link for a new password open nothing any more", async () => {
      const { page, email } = await person();
      await post(REQUEST_RESET, { email });
      const { token } = await mailbox.last(email, "reset-password");
      await page.post(CHANGE_PASSWORD, { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD });
      assert.deepEqual((await post(RESET, { token, newPassword: PASSWORD })).outcome, INVALID_TOKEN);
    });
  });

  test("verify-password says whether it is the one", async () => {
    const { page } = await person();
    assert.deepEqual((await page.post(VERIFY_PASSWORD, { password: PASSWORD })).outcome, DONE);
    assert.deepEqual((await page.post(VERIFY_PASSWORD, { password: "wrong" })).outcome, INVALID_PASSWORD);
    assert.deepEqual((await post(VERIFY_PASSWORD, { password: PASSWORD })).outcome, UNAUTHORIZED);
  });

  describe("reset-password", () => {
    test("a link sets a new password once and ends every session", async () => {
      const { page, email } = await person();
      assert.deepEqual((await post(REQUEST_RESET, { email, redirectTo: "/reset?x=1" })).outcome, ASKED);
      const { url, token } = await mailbox.last(email, "reset-password");
      assert.equal(url, `${server().origin}${RESET}/${token}?callbackURL=%2Freset%3Fx%3D1`);
      const opened = await get(`${RESET}/${token}?callbackURL=%2Freset%3Fx%3D1`);
      assert.deepEqual([opened.status, opened.headers.location], [302, `${server().origin}/reset?x=1&token=${token}`]);
      assert.ok(await isSignedIn(page), "looking at it changes nothing");
      const short = await post(RESET, { token, newPassword: "short" });
      assert.deepEqual(short.outcome, refused("PASSWORD_TOO_SHORT", "Password too short"));
      assert.deepEqual((await post(RESET, { token, newPassword: OTHER_PASSWORD })).outcome, DONE);
      assert.deepEqual((await post(RESET, { token, newPassword: PASSWORD })).outcome, INVALID_TOKEN);
      assert.ok(!(await isSignedIn(page)));
      assert.ok(await canSignIn(email, OTHER_PASSWORD));
      assert.ok(!(await canSignIn(email, PASSWORD)));
      const used = await get(`${RESET}/${token}?callbackURL=/reset`);
      assert.equal(used.headers.location, `${server().origin}/reset?error=INVALID_TOKEN`);
    });

    test("the token may stand in the query", async () => {
      const { email } = await person();
      await post(REQUEST_RESET, { email });
      const { token } = await mailbox.last(email, "reset-password");
      assert.deepEqual((await post(`${RESET}?token=${token}`, { newPassword: OTHER_PASSWORD })).outcome, DONE);
    });

    test(`of ${MANY} uses of one link at once, one sets the password`, async () => {
      const { email } = await person();
      await post(REQUEST_RESET, { email });
      const { token } = await mailbox.last(email, "reset-password");
      const attempts = Array.from({ length: MANY }, (_, n) => post(RESET, { token, newPassword: `${OTHER_PASSWORD} ${n}` }));
      const answers = await Promise.all(attempts);
      const won = answers.findIndex((answer) => answer.status === 200);
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(MANY - 1).fill(400)]);
      assert.ok(await canSignIn(email, `${OTHER_PASSWORD} ${won}`));
    });

    test("an unknown address gets the same answer, and no mail", async () => {
      const email = fresh();
      assert.deepEqual((await post(REQUEST_RESET, { email })).outcome, ASKED);
      const { email: known } = await person();
      assert.deepEqual((await post(REQUEST_RESET, { email: known })).outcome, ASKED);
      await mailbox.last(known, "reset-password");
      assert.deepEqual(mailbox.to(email), []);
    });

    test("an unknown address costs the same statements, here and where a confirmation is asked for", async () => {
      const cost = async (/** @type {string} */ path, /** @type {string} */ email) => {
        const { headers } = await post(path, { email });
        return [headers["x-portcullis-statements"], headers["x-portcullis-round-trips"]];
      };
      const { email } = await person();
      for (const path of [REQUEST_RESET, SEND_VERIFICATION]) {
        const known = await cost(path, email);
        assert.match(String(known[0]), /^[1-9]/);
        assert.deepEqual(await cost(path, fresh()), known);
      }
    });

    test("an unknown address takes the same time", async () => {
      const times = { known: /** @type {number[]} */ ([]), unknown: /** @type {number[]} */ ([]) };
      for (let round = 0; round < 9; round += 1) {
        // Each known one is asked for once: what is asked for too often is left out.
        const { email } = await person();
        for (const [kind, address] of /** @type {const} */ ([["known", email], ["unknown", fresh()]])) {
          const began = performance.now();
          await post(REQUEST_RESET, { email: address });
          times[kind].push(performance.now() - began);
        }
      }
      const median = (/** @type {number[]} */ list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
      const [known, unknown] = [median(times.known), median(times.unknown)];
      assert.ok(unknown > known / 4 && unknown < known * 4, `known ${known} ms, unknown ${unknown} ms`);
    });

    test("only five links are sent in an hour, and asking for more is answered alike", async () => {
      const { email } = await person();
      for (let n = 0; n < 8; n += 1) assert.deepEqual((await post(REQUEST_RESET, { email })).outcome, ASKED);
      await mailbox.last(email, "reset-password", 5);
      assert.equal(mailbox.to(email, "reset-password").length, 5);
    });

    test("a link that isn't one, and another site, are refused", async () => {
      const token = "x".repeat(32);
      assert.deepEqual((await post(RESET, { token, newPassword: PASSWORD })).outcome, INVALID_TOKEN);
      assert.deepEqual((await post(RESET, { newPassword: PASSWORD })).outcome, INVALID_TOKEN);
      assert.equal((await get(`${RESET}/${token}?callbackURL=${TRUSTED}/r`)).headers.location, `${TRUSTED}/r?error=INVALID_TOKEN`);
      const foreign = await get(`${RESET}/${token}?callbackURL=${FOREIGN}/r`);
      assert.deepEqual(foreign.outcome, refused("INVALID_CALLBACK_URL", "Invalid callbackURL", 403));
      const asked = await post(REQUEST_RESET, { email: fresh(), redirectTo: FOREIGN });
      assert.deepEqual(asked.outcome, refused("INVALID_REDIRECT_URL", "Invalid redirectURL", 403));
      assert.equal((await get(`${RESET}/${token}`)).status, 400);
    });

    test("the log holds no token", async () => {
      const { email } = await person();
      await post(REQUEST_RESET, { email });
      const { token } = await mailbox.last(email, "reset-password");
      await get(`${RESET}/${token}?callbackURL=/reset`);
      const told = await server().running.logged(({ path }) => path === `${RESET}/`);
      assert.notEqual(told.length, 0);
      assert.ok(!server().running.lines.join("\n").includes(token));
    });
  });

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

  test("the page of errors shows a code and nothing else that a link may say", async () => {
    const location = async (/** @type {string} */ query) => (await get(`/api/auth/error${query}`)).headers.location;
    assert.equal(await location("?error=INVALID_TOKEN"), "/?error=INVALID_TOKEN");
    assert.equal(await location("?error=%3Cscript%3E"), "/?error=UNKNOWN");
    assert.equal(await location(""), "/?error=UNKNOWN");
  });

  test("every mail is signed, says who it is about, and has a link exactly when it has a token", () => {
    mailbox.checkSignatures();
    for (const mail of mailbox.mails) {
      assert.equal(mail.url === null, mail.token === undefined, mail.kind);
      assert.match(mail.user.id, TOKEN_FORM);
      assert.ok(!mail.text.includes("Pat"), "nobody's words but ours");
    }
  });

  test("what happened is in the audit log, without a secret", async () => {
    const log = await server().exportAudit("jsonl");
    for (const action of [
      "account.create",
      "account.update",
      "account.password.change",
      "account.password.verify",
      "account.password.reset",
      "account.password.reset.ask",
      "account.email.verify",
      "account.email.change",
      "account.email.change.agree",
      "account.delete",
    ]) {
      assert.ok(log.includes(`"action":"${action}"`), action);
    }
    for (const secret of [PASSWORD, OTHER_PASSWORD, ...mailbox.mails.flatMap(({ token }) => token ?? [])]) {
      assert.ok(!log.includes(secret), secret);
    }
  });
}
