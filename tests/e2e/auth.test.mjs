// @ts-check
// Signing in and out over HTTP: one suite, every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { audit } from "./suites/audit.mjs";
import { origin } from "./suites/origin.mjs";
import { session } from "./suites/session.mjs";
import { ANN, BOB, DAN, GET_SESSION, SIGN_IN, SIGN_OUT, TRUSTED, typed } from "./suites/shared.mjs";
import { signIn } from "./suites/sign-in.mjs";
import { token } from "./suites/token.mjs";
import { transport } from "./suites/transport.mjs";

const ENVIRONMENT = { PORTCULLIS_TRUSTED_ORIGINS: TRUSTED, PORTCULLIS_REQUEST_ID_HEADER: "x-proxy-id" };
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
    token(current);
    transport(current);
    audit(current);

    // Last: from here on the server runs with other settings.
    describe("behind TLS", () => {
      before(() => server.restart({ PORTCULLIS_ORIGIN: SECURE }));

      test("cookies are for TLS alone, set and taken back", async () => {
        const begun = await send(server.url + SIGN_IN, { json: { ...typed(ANN), rememberMe: false } });
        const attributes = begun.setCookies.map((line) => line.replace(/=[^;]*/, ""));
        assert.deepEqual(attributes, [
          "__Secure-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Secure-better-auth.dont_remember; Path=/; HttpOnly; Secure; SameSite=Lax",
        ]);
        const remembered = await send(server.url + SIGN_IN, { json: typed(ANN) });
        const [line = ""] = remembered.setCookies;
        assert.match(line, /^__Secure-better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
        const headers = { cookie: line.slice(0, line.indexOf(";")), origin: SECURE };
        const ended = await send(server.url + SIGN_OUT, { json: {}, headers });
        const attributesOfDeletion = "=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
        assert.deepEqual(ended.setCookies, [
          `__Secure-better-auth.session_token${attributesOfDeletion}`,
          `__Secure-better-auth.session_data${attributesOfDeletion}`,
          `__Secure-better-auth.dont_remember${attributesOfDeletion}`,
        ]);
        assert.equal((await send(server.url + GET_SESSION, { headers })).json, null);
      });

      test("a cookie without the prefix is no session", async () => {
        const begun = await send(server.url + SIGN_IN, { json: typed(ANN) });
        const value = /=([^;]*);/.exec(begun.setCookies[0] ?? "")?.[1];
        const plain = await send(server.url + GET_SESSION, { headers: { cookie: `better-auth.session_token=${value}` } });
        assert.equal(plain.json, null);
        const prefixed = { cookie: `__Secure-better-auth.session_token=${value}` };
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
        assert.match(String(answer.headers["x-request-id"]), /^[A-Za-z0-9]{32}$/);
      });
    });
  });
}
