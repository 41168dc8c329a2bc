// @ts-check
// What a smoke test of the published Better Auth client calls, and what its answers are by the protocol: once as
// code that runs in Node and in a page alike, and each answer field by field.

import { outcome, shape } from "./shape.mjs";
import { TOKEN_ROWS } from "./token-rows.mjs";

/**
 * @typedef {object} Tools what a row is given
 * @property {any} client a client that nobody is signed in with
 * @property {string} email of an account that isn't there yet
 * @property {() => any} other a client that has none of the first one's cookies: with a jar of its own, or in a page,
 *   which has one jar, with no cookies and the last `set-auth-token` as its bearer
 * @property {string} base where the server is
 * @property {(email: string, kind: string) => Promise<{ token: string }>} mail the last mail of a kind to an address
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {(tools: Tools) => Promise<any>} run
 * @property {any} expected
 */

const PASSWORD = "correct horse battery";
const OTHER = "another horse battery";

export const USER = {
  createdAt: "<date>",
  email: "<email>",
  emailVerified: false,
  id: "<id>",
  image: null,
  name: "Al",
  updatedAt: "<date>",
};
export const SESSION = {
  createdAt: "<date>",
  expiresAt: "<date>",
  id: "<id>",
  ipAddress: "<address>",
  token: "<id>",
  updatedAt: "<date>",
  userAgent: "<agent>",
  userId: "<id>",
};
const SIGNED_UP = { token: "<id>", user: USER };

const signUp = (/** @type {Tools} */ { client, email }) => client.signUp.email({ email, password: PASSWORD, name: "Al" });
const refused = (/** @type {number} */ status, /** @type {string} */ code, /** @type {string} */ message) => ({
  error: { code, message, status },
});

/** The members of a session that are the protocol's; of the others their names. @param {any} session */
function known(session) {
  if (session === null) return null;
  const members = Object.entries(shape(session)).filter(([name]) => name in SESSION);
  const of = Object.fromEntries(members);
  const days = Math.round((session.expiresAt - Date.now()) / 8_640_000) / 10;
  return { session: { ...of, ipAddress: "<address>", userAgent: "<agent>" }, days };
}

/** @type {Row[]} */
export const ROWS = [
  {
    name: "ok()",
    run: async ({ client }) => outcome(await client.ok()),
    expected: { data: { ok: true } },
  },
  {
    name: "signUp.email() makes an account with the address in lower case and signs in",
    run: async ({ client, email }) => {
      const made = await client.signUp.email({ email: email.toUpperCase(), password: PASSWORD, name: "Al" });
      const { data } = await client.getSession();
      return [outcome(made), data?.user.email === email];
    },
    expected: [{ data: SIGNED_UP }, true],
  },
  {
    name: "signUp.email() with an address that has an account",
    run: async (tools) => {
      await signUp(tools);
      return outcome(await signUp(tools));
    },
    expected: refused(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email."),
  },
  {
    name: "signUp.email() with an address that is none",
    run: async ({ client }) => outcome(await client.signUp.email({ email: "x", password: PASSWORD, name: "Al" })),
    expected: refused(400, "VALIDATION_ERROR", "[body.email] Invalid email address"),
  },
  {
    name: "signUp.email() with a short password",
    run: async ({ client, email }) => outcome(await client.signUp.email({ email, password: "short", name: "Al" })),
    expected: refused(400, "PASSWORD_TOO_SHORT", "Password too short"),
  },
  {
    name: "getSession()",
    run: async (tools) => {
      await signUp(tools);
      const { data, error } = await tools.client.getSession();
      return [known(data.session), shape(data.user), error];
    },
    expected: [{ session: SESSION, days: 7 }, USER, null],
  },
  {
    name: "signOut(), then getSession()",
    run: async (tools) => {
      await signUp(tools);
      return [await tools.client.signOut(), await tools.client.getSession()].map(outcome);
    },
    expected: [{ data: { success: true } }, { data: null }],
  },
  {
    name: "signIn.email() with a wrong password, and with an unknown address",
    run: async (tools) => {
      await signUp(tools);
      await tools.client.signOut();
      const wrong = { email: tools.email, password: OTHER };
      const unknown = { email: "smoke-nobody@example.org", password: PASSWORD };
      return [await tools.client.signIn.email(wrong), await tools.client.signIn.email(unknown)].map(outcome);
    },
    expected: Array(2).fill(refused(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")),
  },
  {
    name: "signIn.email() without being remembered",
    run: async (tools) => {
      await signUp(tools);
      await tools.client.signOut();
      const begun = await tools.client.signIn.email({ email: tools.email, password: PASSWORD, rememberMe: false });
      const { data } = await tools.client.getSession();
      return [outcome(begun), known(data?.session ?? null)?.days];
    },
    expected: [{ data: { redirect: false, ...SIGNED_UP } }, 1],
  },
  {
    name: "signIn.email() with a path to go on to, which is the page's to do",
    run: async (tools) => {
      await signUp(tools);
      await tools.client.signOut();
      const asked = { email: tools.email, password: PASSWORD, callbackURL: "/dash" };
      return outcome(await tools.client.signIn.email(asked, { disableSignal: true }));
    },
    expected: { data: { redirect: true, url: "/dash", ...SIGNED_UP } },
  },
  {
    name: "signIn.email() with another site to go on to",
    run: async ({ client, email }) =>
      outcome(await client.signIn.email({ email, password: PASSWORD, callbackURL: "https://evil.example" })),
    expected: refused(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"),
  },
  {
    name: "listSessions() signed in, and signed out",
    run: async (tools) => {
      await signUp(tools);
      const { data } = await tools.client.listSessions();
      await tools.client.signOut();
      return [data.map(known), outcome(await tools.client.listSessions())];
    },
    expected: [[{ session: SESSION, days: 7 }], refused(401, "UNAUTHORIZED", "Unauthorized")],
  },
  {
    name: "revokeSession() of a token that nobody has",
    run: async (tools) => {
      await signUp(tools);
      return outcome(await tools.client.revokeSession({ token: "zz" }));
    },
    expected: { data: { status: true } },
  },
  {
    name: "revokeSession() of another session by what listSessions() calls its token",
    run: async (tools) => {
      await signUp(tools);
      const other = tools.other();
      await other.signIn.email({ email: tools.email, password: PASSWORD });
      const own = (await tools.client.getSession()).data.session.id;
      const { data } = await tools.client.listSessions();
      const { token } = data.find((/** @type {any} */ one) => one.id !== own);
      return [outcome(await tools.client.revokeSession({ token })), outcome(await other.getSession())];
    },
    expected: [{ data: { status: true } }, { data: null }],
  },
  {
    name: "revokeOtherSessions() and revokeSessions()",
    run: async (tools) => {
      await signUp(tools);
      const others = await tools.client.revokeOtherSessions();
      const still = await tools.client.getSession();
      const all = await tools.client.revokeSessions();
      return [outcome(others), still.data !== null, outcome(all), outcome(await tools.client.getSession())];
    },
    expected: [{ data: { status: true } }, true, { data: { status: true } }, { data: null }],
  },
  {
    name: "updateUser()",
    run: async (tools) => {
      await signUp(tools);
      const updated = await tools.client.updateUser({ name: "Bob" });
      return [outcome(updated), (await tools.client.getSession()).data.user.name];
    },
    expected: [{ data: { status: true } }, "Bob"],
  },
  {
    name: "updateUser() of one's role",
    run: async (tools) => {
      await signUp(tools);
      return outcome(await tools.client.updateUser({ role: "admin" }));
    },
    expected: refused(400, "FIELD_NOT_ALLOWED", "role is not allowed to be set"),
  },
  {
    name: "changePassword() that ends other sessions gives another token",
    run: async (tools) => {
      const { data: begun } = await signUp(tools);
      const asked = { currentPassword: PASSWORD, newPassword: OTHER, revokeOtherSessions: true };
      const wrong = await tools.client.changePassword({ ...asked, currentPassword: OTHER });
      const changed = await tools.client.changePassword(asked);
      return [outcome(wrong), outcome(changed), begun.token === changed.data.token];
    },
    expected: [refused(400, "INVALID_PASSWORD", "Invalid password"), { data: SIGNED_UP }, false],
  },
  {
    name: "changeEmail()",
    run: async (tools) => {
      await signUp(tools);
      return outcome(await tools.client.changeEmail({ newEmail: `new-${tools.email}` }));
    },
    expected: { data: { status: true } },
  },
  {
    name: "requestPasswordReset() of an address that has an account, and of one that has none",
    run: async (tools) => {
      await signUp(tools);
      const ask = (/** @type {string} */ email) => tools.client.requestPasswordReset({ email, redirectTo: "/reset" });
      return [await ask(tools.email), await ask("smoke-nobody@example.org")].map(outcome);
    },
    expected: Array(2).fill({
      data: { status: true, message: "If this email exists in our system, check your email for the reset link" },
    }),
  },
  {
    name: "resetPassword() once, and again",
    run: async (tools) => {
      await signUp(tools);
      await tools.client.requestPasswordReset({ email: tools.email, redirectTo: "/reset" });
      const { token } = await tools.mail(tools.email, "reset-password");
      const reset = () => tools.client.resetPassword({ newPassword: OTHER, token });
      const both = [await reset(), await reset()].map(outcome);
      const { error } = await tools.client.signIn.email({ email: tools.email, password: OTHER });
      return [both, error];
    },
    expected: [[{ data: { status: true } }, refused(400, "INVALID_TOKEN", "Invalid token")], null],
  },
  {
    name: "sendVerificationEmail(), verifyEmail(), and a bad token",
    run: async (tools) => {
      await signUp(tools);
      const sent = await tools.client.sendVerificationEmail({ email: tools.email });
      const { token } = await tools.mail(tools.email, "verify-email");
      const verified = await tools.client.verifyEmail({ query: { token } });
      const bad = await tools.client.verifyEmail({ query: { token: "bad" } });
      const { data } = await tools.client.getSession();
      return [[sent, verified, bad].map(outcome), data.user.emailVerified];
    },
    expected: [
      [{ data: { status: true } }, { data: { status: true, user: null } }, refused(401, "INVALID_TOKEN", "Invalid token")],
      true,
    ],
  },
  {
    name: "listAccounts(), and unlinkAccount() of the only one",
    run: async (tools) => {
      await signUp(tools);
      const { data } = await tools.client.listAccounts();
      return [shape(data), outcome(await tools.client.unlinkAccount({ accountId: data[0].id }))];
    },
    expected: [
      [
        {
          accountId: "<id>",
          createdAt: "<date>",
          id: "<id>",
          providerId: "credential",
          scopes: [],
          updatedAt: "<date>",
          userId: "<id>",
        },
      ],
      refused(400, "FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account"),
    ],
  },
  {
    name: "deleteUser()",
    run: async (tools) => {
      await signUp(tools);
      const gone = await tools.client.deleteUser({ password: PASSWORD });
      return [outcome(gone), outcome(await tools.client.getSession())];
    },
    expected: [{ data: { success: true, message: "User deleted" } }, { data: null }],
  },
  {
    name: "signIn.social() with a provider that isn't there",
    run: async ({ client }) => outcome(await client.signIn.social({ provider: "nope" })),
    expected: refused(404, "PROVIDER_NOT_FOUND", "Provider not found"),
  },
  {
    name: "token() and jwks()",
    run: async (tools) => {
      await signUp(tools);
      const { data: jwks } = await tools.client.jwks();
      const forms = jwks.keys.map((/** @type {any} */ key) => `${key.kty} ${key.crv} ${key.alg}`);
      return [outcome(await tools.client.token()), [...new Set(forms)]];
    },
    expected: [{ data: { token: "<jwt>" } }, ["EC P-256 ES256"]],
  },
  ...TOKEN_ROWS,
];
