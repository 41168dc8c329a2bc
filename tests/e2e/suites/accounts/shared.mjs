// @ts-check
// What the suites about accounts have in common: paths, refusals, people.

import assert from "node:assert/strict";

import { Page, send } from "../../../support/http.mjs";
import { GET_SESSION, SIGN_IN } from "../shared.mjs";

/** @typedef {import("../shared.mjs").Server} Server */
/** @typedef {import("../mailbox.mjs").Mailbox} Mailbox */

export const SIGN_UP = "/api/auth/sign-up/email";
export const RESET = "/api/auth/reset-password";
export const REQUEST_RESET = "/api/auth/request-password-reset";
export const VERIFY_EMAIL = "/api/auth/verify-email";
export const SEND_VERIFICATION = "/api/auth/send-verification-email";
export const CHANGE_EMAIL = "/api/auth/change-email";
export const DELETE_USER = "/api/auth/delete-user";

export const PASSWORD = "a long enough sentence";
export const OTHER_PASSWORD = "another sentence altogether";
export const MANY = 64;

/** @param {string} code @param {string} message @param {number} [status] */
export const refused = (code, message, status = 400) => [status, { code, message }];
export const INVALID_TOKEN = refused("INVALID_TOKEN", "Invalid token");
export const INVALID_PASSWORD = refused("INVALID_PASSWORD", "Invalid password");
export const TAKEN = refused("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.", 422);
export const DONE = [200, { status: true }];

let made = 0;
/** An address that has no account yet. */
export const fresh = () => `person${(made += 1)}@accounts.example`;

/**
 * Requests of nobody, and people who sign up.
 *
 * @param {() => Server} server
 */
export function visitors(server) {
  return {
    /** @param {string} path @param {unknown} json */
    post: (path, json) => send(server().url + path, { json }),
    /** @param {string} path */
    get: (path) => send(server().url + path),
    /** Somebody who just signed up. */
    person: async (email = fresh()) => {
      const page = new Page(server());
      const answer = await page.post(SIGN_UP, { name: "Pat", email, password: PASSWORD });
      assert.equal(answer.status, 200, answer.text);
      return { page, email, token: answer.json.token, user: answer.json.user };
    },
    /** @param {string} email @param {string} password */
    canSignIn: async (email, password) => (await send(server().url + SIGN_IN, { json: { email, password } })).status === 200,
    /** @param {Page} page */
    isSignedIn: async (page) => (await page.get(GET_SESSION)).json !== null,
  };
}
