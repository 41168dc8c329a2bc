// @ts-check
// The published Better Auth server beside ours, in what concerns accounts and lists of sessions: the same requests,
// answered alike. Where we answer otherwise on purpose, the case says what and why.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Page, send } from "../support/http.mjs";
import { seen, startPublished } from "../support/published.mjs";
import { startNative } from "../support/server.mjs";
import { Mailbox } from "./suites/mailbox.mjs";
import { ANN, FOREIGN, TRUSTED } from "./suites/shared.mjs";

/** @typedef {{ url: string, origin: string }} Server */
/** @typedef {import("../support/http.mjs").Answer} Answer */
/** @typedef {import("../support/http.mjs").Wanted} Wanted */

const PASSWORD = "correct horse battery";
const OTHER = "another horse battery";

let made = 0;
const address = () => `someone-${(made += 1)}@example.org`;

/** A page whose user has just made an account. @param {Server} server */
async function someone(server) {
  const page = new Page(server);
  const email = address();
  const answer = await page.post("/api/auth/sign-up/email", { email, password: PASSWORD, name: "Al" });
  assert.equal(answer.status, 200, answer.text);
  return Object.assign(page, { email });
}

/** @param {object} change */
const signUp = (change) => (/** @type {Server} */ server) =>
  send(`${server.url}/api/auth/sign-up/email`, { json: { email: address(), password: PASSWORD, name: "Al", ...change } });

/** @param {string} path @param {Wanted} [wanted] */
const as = (path, wanted = {}) => async (/** @type {Server} */ server) => (await someone(server)).send(`/api/auth${path}`, wanted);

/** @param {string} path @param {unknown} json */
const posted = (path, json) => as(path, { json });

/** @param {string} path @param {Wanted} [wanted] */
const nobody = (path, wanted = {}) => (/** @type {Server} */ server) => send(`${server.url}/api/auth${path}`, wanted);

/** @type {Record<string, (server: Server) => Promise<Answer>>} */
const ALIKE = {
  "signing up": signUp({}),
  "signing up for this browser session": signUp({ rememberMe: false }),
  "signing up with a picture": signUp({ image: "https://example.org/al.png" }),
  "signing up without a name": signUp({ name: undefined }),
  "signing up with an address that is none": signUp({ email: "al" }),
  "signing up with a short password": signUp({ password: "short" }),
  "signing up with an address that has an account": async (server) => {
    const { email } = await someone(server);
    return signUp({ email })(server);
  },
  "signing up from another site": (server) =>
    send(`${server.url}/api/auth/sign-up/email`, {
      json: { email: address(), password: PASSWORD, name: "Al" },
      headers: { origin: FOREIGN },
    }),
  "another address by update-user": posted("/update-user", { email: address() }),
  "nothing by update-user": posted("/update-user", {}),
  "update-user without a session": nobody("/update-user", { json: { name: "Bo" } }),
  "update-user with the wrong method": as("/update-user"),
  "another password": posted("/change-password", { currentPassword: PASSWORD, newPassword: OTHER, revokeOtherSessions: true }),
  "another password, from a wrong one": posted("/change-password", { currentPassword: OTHER, newPassword: OTHER }),
  "another password that is short": posted("/change-password", { currentPassword: PASSWORD, newPassword: "short" }),
  "another password without a session": nobody("/change-password", { json: { currentPassword: PASSWORD, newPassword: OTHER } }),
  "the password is checked": posted("/verify-password", { password: PASSWORD }),
  "a wrong password is checked": posted("/verify-password", { password: OTHER }),
  "another address": posted("/change-email", { newEmail: "new@example.org" }),
  "another address that is none": posted("/change-email", { newEmail: "new" }),
  "the same address": async (server) => {
    const page = await someone(server);
    return page.post("/api/auth/change-email", { newEmail: page.email });
  },
  "list-sessions without a session": nobody("/list-sessions"),
  "a session that isn't there is revoked": posted("/revoke-session", { token: "zz" }),
  "other sessions are revoked": posted("/revoke-other-sessions", {}),
  "all sessions are revoked": posted("/revoke-sessions", {}),
  "sessions are revoked without one": nobody("/revoke-sessions", { json: {} }),
  "update-session with nothing": posted("/update-session", {}),
  "list-accounts": as("/list-accounts"),
  "list-accounts without a session": nobody("/list-accounts"),
  "an account that isn't there is unlinked": posted("/unlink-account", { accountId: "none" }),
  "the only account is unlinked": async (server) => {
    const page = await someone(server);
    const [{ id }] = (await page.get("/api/auth/list-accounts")).json;
    return page.post("/api/auth/unlink-account", { accountId: id });
  },
  "the account is deleted": posted("/delete-user", { password: PASSWORD }),
  "the account is deleted with a wrong password": posted("/delete-user", { password: OTHER }),
  "the account is deleted with a bad token": posted("/delete-user", { token: "bad" }),
  "a new password is asked for": async (server) => {
    const { email } = await someone(server);
    return nobody("/request-password-reset", { json: { email, redirectTo: "/reset" } })(server);
  },
  "a new password is asked for by nobody": nobody("/request-password-reset", { json: { email: "no@example.org" } }),
  "a new password is asked for, and another site": nobody("/request-password-reset", {
    json: { email: "no@example.org", redirectTo: FOREIGN },
  }),
  "a new password with a bad token": nobody("/reset-password", { json: { newPassword: OTHER, token: "bad" } }),
  "a new password without a token": nobody("/reset-password", { json: { newPassword: OTHER } }),
  "a link for a new password that is bad": nobody("/reset-password/bad?callbackURL=%2Freset"),
  "a link for a new password that is bad, to another site": nobody(`/reset-password/bad?callbackURL=${encodeURIComponent(FOREIGN)}`),
  "a confirmation is asked for by somebody": async (server) => {
    const page = await someone(server);
    return page.post("/api/auth/send-verification-email", { email: page.email });
  },
  "a confirmation of another address": posted("/send-verification-email", { email: "no@example.org" }),
  "an address is confirmed with a bad token": nobody("/verify-email?token=bad"),
  "an address is confirmed with a bad token, and a page to go on to": nobody("/verify-email?token=bad&callbackURL=%2Fdone"),
  "a provider that isn't there": nobody("/sign-in/social", { json: { provider: "nope" } }),
};

/** Cases that are answered otherwise on purpose: the request, the published status, ours, and why. */
const OTHERWISE = /** @type {[string, (server: Server) => Promise<Answer>, number, number, string][]} */ ([
  ["a password of more than 128 characters", signUp({ password: OTHER.repeat(8) }), 400, 200, "up to 1,024 are taken"],
  ["another name", posted("/update-user", { name: "Bo" }), 200, 200, "the cookie is as it was, and isn't set again"],
  ["a role", posted("/update-user", { role: "admin" }), 400, 400, "there are roles here, and it says so as with the admin plugin"],
  ["a common password", signUp({ password: "qwertyuiopasdfghjkl" }), 200, 400, "everybody tries it"],
]);

describe("accounts as at the published server", () => {
  /** @type {Awaited<ReturnType<typeof startPublished>>} */
  let published;
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let ours;
  const mailbox = new Mailbox();
  before(async () => {
    published = await startPublished(ANN, TRUSTED);
    ours = await startNative({
      users: [ANN],
      env: {
        PORTCULLIS_TRUSTED_ORIGINS: TRUSTED,
        PORTCULLIS_SIGN_UP: "on",
        PORTCULLIS_DELETE_USER: "on",
        ...(await mailbox.listen()),
      },
    });
  });
  after(() => Promise.all([published?.stop(), ours?.stop(), mailbox.stop()]));

  for (const [name, request] of Object.entries(ALIKE)) {
    test(`${name}: alike`, async () => {
      assert.equal(seen(await request(ours)), seen(await request(published)));
    });
  }

  for (const [name, request, theirStatus, ourStatus, why] of OTHERWISE) {
    test(`${name}: otherwise, because ${why}`, async () => {
      assert.deepEqual([(await request(published)).status, (await request(ours)).status], [theirStatus, ourStatus]);
    });
  }
});
