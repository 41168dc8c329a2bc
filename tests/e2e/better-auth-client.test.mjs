// @ts-check
// The published Better Auth client, unchanged, against every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { createLocalJWKSet, jwtVerify } from "jose";

import { browserFetch } from "../support/browser-fetch.mjs";
import { CookieJar } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { ANN, TOKEN_FORM, typed } from "./suites/shared.mjs";

/** Cookies of a session; those of the device outlive it. */
const OF_SESSION = /^better-auth\.(session|dont_remember)/;
const ofSession = (/** @type {CookieJar} */ jar) => jar.names.filter((name) => OF_SESSION.test(name));

/** A browser with the published client in it: `fetch` with the page's origin and its cookies. */
class Browser {
  jar = new CookieJar();
  last = /** @type {Response | undefined} */ (undefined);

  /** @param {{ url: string, origin: string }} server */
  constructor(server) {
    const ask = browserFetch(server, this.jar);
    this.client = createAuthClient({
      baseURL: server.url,
      plugins: [jwtClient()],
      fetchOptions: { customFetchImpl: async (input, init) => (this.last = await ask(input, init)) },
    });
  }
}

for (const host of HOSTS) {
  describe(`${host.name}`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => (server = await host.start({ users: [ANN] })));
    after(() => server?.stop());

    const signedIn = async () => {
      const browser = new Browser(server);
      const { error } = await browser.client.signIn.email(typed(ANN));
      assert.equal(error, null);
      return browser;
    };

    test("ok()", async () => {
      const { client } = new Browser(server);
      // The client makes a path of any name; its types know those of plugins alone.
      const { data, error } = await /** @type {any} */ (client).ok();
      assert.deepEqual([data, error], [{ ok: true }, null]);
    });

    test("signIn.email() gives token and user, with dates as Dates", async () => {
      const { client, jar } = new Browser(server);
      const { data, error } = await client.signIn.email(typed(ANN));
      assert.equal(error, null);
      assert.match(data?.token ?? "", TOKEN_FORM);
      assert.deepEqual([data?.redirect, data?.user.email, data?.user.name], [false, ANN.email, ANN.name]);
      assert.ok(data?.user.createdAt instanceof Date);
      assert.deepEqual(ofSession(jar), ["better-auth.session_token"]);
    });

    test("getSession() gives session and user, with dates as Dates, and isn't cached", async () => {
      const browser = await signedIn();
      const { data, error } = await browser.client.getSession();
      assert.equal(error, null);
      assert.equal(data?.user.email, ANN.email);
      assert.equal(data?.session.userId, data?.user.id);
      assert.match(data?.session.token ?? "", TOKEN_FORM);
      for (const date of [data?.session.expiresAt, data?.session.createdAt, data?.user.updatedAt]) {
        assert.ok(date instanceof Date);
      }
      assert.equal(browser.last?.headers.get("cache-control"), "no-store");
    });

    test("signOut() ends the session: getSession() is null, without an error, and the cookies are gone", async () => {
      const { client, jar } = await signedIn();
      assert.deepEqual(await client.signOut(), { data: { success: true }, error: null });
      assert.deepEqual(ofSession(jar), []);
      assert.deepEqual(await client.getSession(), { data: null, error: null });
    });

    test("a wrong password and an unknown address are errors of the client's form", async () => {
      const { client } = new Browser(server);
      const expected = {
        code: "INVALID_EMAIL_OR_PASSWORD",
        message: "Invalid email or password",
        status: 401,
      };
      for (const json of [{ ...typed(ANN), password: "wrong" }, { ...typed(ANN), email: "nobody@example.org" }]) {
        const { data, error } = await client.signIn.email(json);
        const { statusText: _text, ...rest } = error ?? assert.fail("no error");
        assert.deepEqual([data, rest], [null, expected]);
      }
    });

    test("rememberMe: false sets cookies for the browser's session, and a day in the database", async () => {
      const browser = new Browser(server);
      await browser.client.signIn.email({ ...typed(ANN), rememberMe: false });
      assert.ok(browser.last?.headers.getSetCookie().every((line) => !OF_SESSION.test(line) || !line.includes("Max-Age")));
      assert.deepEqual(ofSession(browser.jar), ["better-auth.dont_remember", "better-auth.session_token"]);
      const { data } = await browser.client.getSession();
      const days = ((data?.session.expiresAt.getTime() ?? 0) - Date.now()) / 86_400_000;
      assert.ok(days > 0.99 && days < 1.01, `${days} days`);
    });

    test("callbackURL: a path is passed on, another site refused", async () => {
      const { client } = new Browser(server);
      const good = await client.signIn.email({ ...typed(ANN), callbackURL: "/dash" });
      assert.deepEqual([good.data?.redirect, good.data?.url], [true, "/dash"]);
      const bad = await client.signIn.email({ ...typed(ANN), callbackURL: "https://evil.example" });
      assert.deepEqual([bad.error?.status, bad.error?.code], [403, "INVALID_CALLBACK_URL"]);
    });

    test("token() and jwks(): the token verifies with the keys, for the origin, as the user", async () => {
      const { client } = await signedIn();
      const { data: session } = await client.getSession();
      const [{ data: token }, { data: jwks }] = [await client.token(), await client.jwks()];
      const keys = createLocalJWKSet(/** @type {import("jose").JSONWebKeySet} */ (jwks));
      const options = { issuer: server.origin, audience: server.origin, algorithms: ["ES256"] };
      const { payload } = await jwtVerify(token?.token ?? "", keys, options);
      assert.equal(payload.sub, session?.user.id);
    });

    test("token() without a session is an error", async () => {
      const { client } = new Browser(server);
      const { error } = await client.token();
      assert.deepEqual([error?.status, error?.code], [401, "UNAUTHORIZED"]);
    });

    test("a bearer is a session, raw and signed, and garbage is none", async () => {
      const begun = await signedIn();
      const signed = begun.last?.headers.get("set-auth-token") ?? "";
      for (const [bearer, email] of [
        [signed.split(".")[0], ANN.email],
        [signed, ANN.email],
        ["garbage", undefined],
      ]) {
        const { client } = new Browser(server);
        const headers = { Authorization: `Bearer ${bearer}` };
        const { data, error } = await client.getSession({ fetchOptions: { headers } });
        assert.deepEqual([data?.user.email, error], [email, null]);
      }
    });
  });
}
