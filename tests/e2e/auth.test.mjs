// @ts-check
// Signing in and out over HTTP: one suite, every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { audit } from "./suites/audit.mjs";
import { identityLinks, serviceKeys } from "./suites/identity-links.mjs";
import { origin } from "./suites/origin.mjs";
import { securityEvents } from "./suites/security-events.mjs";
import { session } from "./suites/session.mjs";
import { LIMITS, sessionLimits, sessions } from "./suites/sessions.mjs";
import { ANN, BOB, DAN, GET_SESSION, SIGN_IN, SIGN_OUT, TRUSTED, typed } from "./suites/shared.mjs";
import { signIn } from "./suites/sign-in.mjs";
import { token } from "./suites/token.mjs";
import { transport } from "./suites/transport.mjs";
import { userSettings } from "./suites/user-settings.mjs";

const services = await serviceKeys({ bot: "discord", other: "matrix" });
const ENVIRONMENT = {
  PORTCULLIS_TRUSTED_ORIGINS: TRUSTED,
  PORTCULLIS_REQUEST_ID_HEADER: "x-proxy-id",
  PORTCULLIS_SERVICE_KEYS: services.setting,
};
const SECURE = "https://auth.example.org";

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const current = () => server;

    before(async () => {
      server = await host.start({ users: [ANN, BOB, DAN], scopes: ["state:ca", "state:ca/team:t7"], env: ENVIRONMENT });
      await server.disableUser(DAN.email);
    });
    after(() => server?.stop());

    signIn(current);
    origin(current);
    session(current);
    sessions(current);
    token(current);
    transport(current);
    userSettings(current);
    securityEvents(current);
    identityLinks(current, services.keys);
    audit(current);

    // Last: from here on the server runs with other settings.
    describe("with short limits", () => {
      before(() => server.restart({ ...ENVIRONMENT, ...LIMITS }));

      sessionLimits(current);
    });

    describe("behind TLS", () => {
      before(() => server.restart({ PORTCULLIS_ORIGIN: SECURE }));

      const cookieValue = async () => {
        const begun = await send(server.url + SIGN_IN, { json: typed(ANN) });
        return /=([^;]*);/.exec(begun.setCookies[0] ?? "")?.[1];
      };

      test("cookies are for TLS and this host alone, set and taken back", async () => {
        const begun = await send(server.url + SIGN_IN, { json: { ...typed(ANN), rememberMe: false } });
        const attributes = begun.setCookies.map((line) => line.replace(/=[^;]*/, ""));
        assert.deepEqual(attributes.slice(0, 3), [
          "__Host-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Host-better-auth.dont_remember; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Host-better-auth.device; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax",
        ]);
        for (const line of attributes) assert.match(line, /^__Host-[^;]*;.* Secure;/);
        const remembered = await send(server.url + SIGN_IN, { json: typed(ANN) });
        const [line = ""] = remembered.setCookies;
        assert.match(line, /^__Host-better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
        const headers = { cookie: line.slice(0, line.indexOf(";")), origin: SECURE };
        const ended = await send(server.url + SIGN_OUT, { json: {}, headers });
        const attributesOfDeletion = "=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
        assert.deepEqual(ended.setCookies.slice(0, 3), [
          `__Host-better-auth.session_token${attributesOfDeletion}`,
          `__Host-better-auth.session_data${attributesOfDeletion}`,
          `__Host-better-auth.dont_remember${attributesOfDeletion}`,
        ]);
        assert.equal((await send(server.url + GET_SESSION, { headers })).json, null);
      });

      test("a cookie without the prefix, or with the one that sibling hosts can set, is no session", async () => {
        const value = await cookieValue();
        for (const prefix of ["", "__Secure-"]) {
          const cookie = `${prefix}better-auth.session_token=${value}`;
          assert.equal((await send(server.url + GET_SESSION, { headers: { cookie } })).json, null, prefix);
        }
        const prefixed = { cookie: `__Host-better-auth.session_token=${value}` };
        assert.equal((await send(server.url + GET_SESSION, { headers: prefixed })).json.user.email, ANN.email);
      });

      test("the origin is the one that was set, not the one that was called", async () => {
        const cookie = "a=b";
        const own = await send(server.url + SIGN_IN, { json: typed(ANN), headers: { cookie, origin: SECURE } });
        const called = await send(server.url + SIGN_IN, { json: typed(ANN), headers: { cookie, origin: server.url } });
        assert.deepEqual([own.status, called.status], [200, 403]);
      });

      test("no header is trusted with a request id any more", async () => {
        const answer = await send(`${server.url}/api/auth/ok`, { headers: { "x-proxy-id": "mine", "x-request-id": "mine" } });
        assert.match(answer.requestId, /^[A-Za-z0-9]{32}$/);
      });
    });

    describe("behind TLS, moving from the cookie names of old", () => {
      before(() => server.restart({ PORTCULLIS_ORIGIN: SECURE, PORTCULLIS_COOKIE_UPGRADE: "on" }));

      test("a cookie of the old name is read once and exchanged for one of this host alone", async () => {
        const begun = await send(server.url + SIGN_IN, { json: typed(ANN) });
        const value = /=([^;]*);/.exec(begun.setCookies[0] ?? "")?.[1];
        const headers = { cookie: `__Secure-better-auth.session_token=${value}` };
        const answer = await send(server.url + GET_SESSION, { headers });
        assert.equal(answer.json.user.email, ANN.email);
        assert.deepEqual(answer.setCookies.map((line) => line.replace(/=[^;]{40,}/, "=…").replace(/Max-Age=60\d{4}/, "Max-Age=60…")), [
          "__Host-better-auth.session_token=…; Max-Age=60…; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Secure-better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax",
        ]);
      });
    });

    describe("behind TLS, for a whole domain", () => {
      before(() => server.restart({ PORTCULLIS_ORIGIN: SECURE, PORTCULLIS_COOKIE_DOMAIN: "example.org" }));

      test("cookies name the domain and so have no __Host- prefix", async () => {
        const begun = await send(server.url + SIGN_IN, { json: typed(ANN) });
        const form = /^__Secure-better-auth\.session_token=[^;]+; Max-Age=604800; Domain=example\.org; Path=\/; HttpOnly; Secure; SameSite=Lax$/;
        assert.match(begun.setCookies[0] ?? "", form);
        const [line = ""] = begun.setCookies;
        const headers = { cookie: line.slice(0, line.indexOf(";")) };
        assert.equal((await send(server.url + GET_SESSION, { headers })).json.user.email, ANN.email);
      });
    });
  });
}
