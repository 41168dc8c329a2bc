// @ts-check
// Passwords: changed, checked, and set anew by a link.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send, signedIn } from "../../../support/http.mjs";
import { median, timesOf } from "../../../support/times.mjs";
import { FOREIGN, GET_SESSION, TOKEN_FORM, TRUSTED, UNAUTHORIZED } from "../shared.mjs";
import {
  DONE,
  INVALID_PASSWORD,
  INVALID_TOKEN,
  MANY,
  OTHER_PASSWORD,
  PASSWORD,
  REQUEST_RESET,
  RESET,
  SEND_VERIFICATION,
  fresh,
  refused,
  visitors,
} from "./shared.mjs";

const CHANGE_PASSWORD = "/api/auth/change-password";
const VERIFY_PASSWORD = "/api/auth/verify-password";
/** Samples of each kind in a comparison of times. */
const ROUNDS = 15;
const ASKED = [
  200,
  { status: true, message: "If this email exists in our system, check your email for the reset link" },
];

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./shared.mjs").Mailbox} mailbox
 */
export function passwords(server, mailbox) {
  const { post, get, person, canSignIn, isSignedIn } = visitors(server);

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
      // Each known one is asked for once: what is asked for too often is left out.
      const emails = /** @type {string[]} */ ([]);
      for (let round = 0; round < ROUNDS; round += 1) emails.push((await person()).email);
      const addressOf = { known: () => emails.pop(), unknown: fresh };
      const ask = (/** @type {"known" | "unknown"} */ kind) => post(REQUEST_RESET, { email: addressOf[kind]() });
      const [known = 0, unknown = 0] = (await timesOf(/** @type {const} */ (["known", "unknown"]), ROUNDS, ask)).map(median);
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
}
