// @ts-check
// Accounts over HTTP: one suite, every host. Then other settings on the same database.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send, signedIn } from "../support/http.mjs";
import { eventually, inTime } from "../support/pace.mjs";
import { HOSTS } from "../support/worker.mjs";
import { accounts } from "./suites/accounts.mjs";
import {
  CHANGE_EMAIL,
  DELETE_USER,
  INVALID_TOKEN,
  MANY,
  OTHER_PASSWORD,
  PASSWORD,
  REQUEST_RESET,
  RESET,
  SEND_VERIFICATION,
  SIGN_UP,
  VERIFY_EMAIL,
  fresh,
  refused,
} from "./suites/accounts/shared.mjs";
import { Mailbox } from "./suites/mailbox.mjs";
import { resetCode } from "./suites/reset-code.mjs";
import { ANN, GET_SESSION, SIGN_IN, TOKEN_FORM, TRUSTED } from "./suites/shared.mjs";

/** In every set-up; rates that 64 requests at once don't reach, however long they wait for each other. */
const ALWAYS = {
  PORTCULLIS_PASSWORD_COST: "m=19456,t=2,p=1",
  PORTCULLIS_RATES: "all=6000000/60",
  PORTCULLIS_COUNT_STATEMENTS: "on",
};
const CODE_FORM = /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/;

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const mailbox = new Mailbox();
    let mail = {};
    const current = () => server;
    const post = (/** @type {string} */ path, /** @type {unknown} */ json) => send(server.url + path, { json });
    const get = (/** @type {string} */ path) => send(server.url + path);

    before(async () => {
      mail = await mailbox.listen();
      const env = { ...ALWAYS, ...mail, PORTCULLIS_TRUSTED_ORIGINS: TRUSTED, PORTCULLIS_SIGN_UP: "on", PORTCULLIS_DELETE_USER: "on" };
      server = await host.start({ users: [ANN], env });
    });
    after(async () => {
      await server?.stop();
      await mailbox.stop();
    });

    accounts(current, mailbox);

    describe("where only confirmed addresses sign in", () => {
      before(() => server.restart({ ...ALWAYS, ...mail, PORTCULLIS_SIGN_UP: "on", PORTCULLIS_REQUIRE_VERIFIED_EMAIL: "on" }));

      test("signing up begins no session until the address is confirmed", async () => {
        const email = fresh();
        const answer = await post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
        assert.deepEqual([answer.status, answer.json.token, answer.setCookies], [200, null, []]);
        const notYet = await post(SIGN_IN, { email, password: PASSWORD });
        assert.deepEqual(notYet.outcome, refused("EMAIL_NOT_VERIFIED", "Email not verified", 403));
        const wrong = await post(SIGN_IN, { email, password: "wrong" });
        assert.equal(wrong.status, 401, "only who knows the password hears of it");
        const { token } = await mailbox.last(email, "verify-email");
        await get(`${VERIFY_EMAIL}?token=${token}`);
        assert.equal((await post(SIGN_IN, { email, password: PASSWORD })).status, 200);
      });

      test("an address that has an account is answered like one that hasn't, and its owner is told", async () => {
        const email = fresh();
        const first = await post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
        const again = await post(SIGN_UP, { name: "Pat", email, password: OTHER_PASSWORD });
        const statements = (/** @type {import("../support/http.mjs").Answer} */ { headers }) => headers["x-portcullis-statements"];
        assert.equal(statements(again), statements(first));
        const shape = (/** @type {any} */ { status, json, setCookies }) => {
          const { id, createdAt, updatedAt, ...user } = json.user;
          assert.match(id, TOKEN_FORM);
          return { status, token: json.token, user, setCookies, members: Object.keys(json.user), isNow: createdAt === updatedAt };
        };
        assert.deepEqual(shape(again), shape(first));
        assert.notEqual(again.json.user.id, first.json.user.id);
        const told = await mailbox.last(email, "account-exists");
        assert.equal(told.url, null);
        assert.equal(mailbox.to(email, "verify-email").length, 1);
      });
    });

    describe("a receiver that is down", () => {
      test("gets the mail once it is up", async () => {
        const email = fresh();
        mailbox.status = 503;
        await post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
        const first = await mailbox.last(email, "verify-email");
        mailbox.status = 204;
        // The wait is five seconds; the worker looks again when there is mail of anybody.
        const again = async () => {
          if (server.name !== "native") await post(REQUEST_RESET, { email: fresh() });
          return mailbox.to(email, "verify-email").length > 1;
        };
        await eventually(again, "it is sent again", { everyMs: 1_000 });
        const second = await mailbox.last(email, "verify-email", 2);
        assert.deepEqual([second.id, second.token], [first.id, first.token]);
      });
    });

    describe("as it is set up without a word, with no mail and nobody signing up", () => {
      before(() => server.restart(ALWAYS));

      test("what is off says so", async () => {
        const page = await signedIn(server, ANN);
        const made = await post(SIGN_UP, { name: "Pat", email: fresh(), password: PASSWORD });
        assert.deepEqual(made.outcome, refused("EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled"));
        const reset = await post(REQUEST_RESET, { email: ANN.email });
        assert.deepEqual(reset.outcome, refused("RESET_PASSWORD_DISABLED", "Reset password isn't enabled"));
        const sent = await post(SEND_VERIFICATION, { email: ANN.email });
        assert.deepEqual(sent.outcome, refused("VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled"));
        const changed = await page.post(CHANGE_EMAIL, { newEmail: fresh() });
        assert.deepEqual(changed.outcome, [400, { message: "Verification email isn't enabled" }]);
        const deleted = await page.post(DELETE_USER, { password: ANN.password });
        assert.deepEqual([deleted.status, deleted.text], [404, ""]);
        const callback = await page.get(`${DELETE_USER}/callback?token=x`);
        assert.deepEqual(callback.outcome, refused("NOT_FOUND", "Not found", 404));
      });

      test("an operator's code sets a new password once, however it is typed", async () => {
        const page = await signedIn(server, ANN);
        const code = await resetCode(server, ANN.email);
        assert.match(code, CODE_FORM);
        const typed = code.toLowerCase().replaceAll("-", " ");
        assert.equal((await post(RESET, { token: typed, newPassword: OTHER_PASSWORD })).status, 200);
        assert.deepEqual((await post(RESET, { token: code, newPassword: PASSWORD })).outcome, INVALID_TOKEN);
        assert.equal((await page.get(GET_SESSION)).json, null);
        const again = new Page(server);
        await again.signIn({ ...ANN, password: OTHER_PASSWORD });
        const log = await server.exportAudit("jsonl");
        assert.ok(!log.includes(code) && !log.includes(code.replaceAll("-", "")));
      });

      test(`of ${MANY} uses of one code at once, one sets the password`, async () => {
        const token = await resetCode(server, ANN.email);
        const attempts = Array.from({ length: MANY }, (_, n) => post(RESET, { token, newPassword: `${PASSWORD} ${n}` }));
        const statuses = (await Promise.all(attempts)).map((answer) => answer.status);
        assert.deepEqual(statuses.toSorted(), [200, ...Array(MANY - 1).fill(400)]);
        const won = statuses.indexOf(200);
        assert.equal((await post(SIGN_IN, { email: ANN.email, password: `${PASSWORD} ${won}` })).status, 200);
      });

      test("a newer code leaves older ones in force until one is used", async () => {
        const [first, second] = [await resetCode(server, ANN.email), await resetCode(server, ANN.email)];
        assert.equal((await post(RESET, { token: first, newPassword: PASSWORD })).status, 200);
        assert.deepEqual((await post(RESET, { token: second, newPassword: OTHER_PASSWORD })).outcome, INVALID_TOKEN);
      });

      test("there is no code for nobody, and none that lasts longer than a week", async () => {
        await assert.rejects(resetCode(server, ANN.email, ["--minutes", "10081"]), /a code lasts 60 to 604800 seconds/);
        if (server.name === "native") {
          await assert.rejects(resetCode(server, "nobody@example.org"), /there is no account `nobody@example.org`/);
        }
      });
    });

    describe("mail into the log", () => {
      before(() => server.restart({ ...ALWAYS, PORTCULLIS_MAIL: "log", PORTCULLIS_SIGN_UP: "on", PORTCULLIS_DELETE_USER: "on", PORTCULLIS_SESSION_FRESH_SECS: "1" }));

      test("has its link", async () => {
        const email = fresh();
        await post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
        const [line] = await server.running.logged(({ msg, to }) => msg === "mail" && to === email);
        assert.equal(line.kind, "verify-email");
        assert.equal((await get(`${VERIFY_EMAIL}?token=${line.token}`)).status, 200);
        if (server.name === "native") assert.match(server.running.errors, /PORTCULLIS_MAIL=log/);
      });

      test("an address is changed only by a session that is fresh", async () => {
        const page = new Page(server);
        await page.post(SIGN_UP, { name: "Pat", email: fresh(), password: PASSWORD });
        await sleep(1_500);
        const stale = await page.post(CHANGE_EMAIL, { newEmail: fresh() });
        assert.deepEqual(stale.outcome, refused("SESSION_NOT_FRESH", "Session is not fresh", 403));
      });
    });

    describe("without mail, where people delete their accounts", () => {
      before(() => server.restart({ ...ALWAYS, PORTCULLIS_SIGN_UP: "on", PORTCULLIS_DELETE_USER: "on", PORTCULLIS_SESSION_FRESH_SECS: "2" }));

      test("a fresh session is enough, and one that isn't takes the password", async () => {
        const person = async () => {
          const page = new Page(server);
          await page.post(SIGN_UP, { name: "Pat", email: fresh(), password: PASSWORD });
          return page;
        };
        await inTime((within) =>
          within(2_000, async () => assert.equal((await (await person()).post(DELETE_USER)).status, 200)),
        );
        const stale = await person();
        await sleep(2_500);
        const message = "Session expired. Re-authenticate to perform this action.";
        assert.deepEqual((await stale.post(DELETE_USER)).outcome, refused("SESSION_EXPIRED", message));
        assert.equal((await stale.post(DELETE_USER, { password: PASSWORD })).status, 200);
      });
    });
  });
}
