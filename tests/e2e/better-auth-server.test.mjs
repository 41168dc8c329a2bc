// @ts-check
// The published Better Auth server beside ours: the same requests, answered alike. Where we answer
// otherwise on purpose, the case says what and why.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send, signedIn } from "../support/http.mjs";
import { seen, startPublished } from "../support/published.mjs";
import { startNative } from "../support/server.mjs";
import { ANN, FOREIGN, GET_SESSION, SIGN_IN, SIGN_OUT, TRUSTED, typed } from "./suites/shared.mjs";

/** @typedef {{ url: string, origin: string }} Server */
/** @typedef {import("../support/http.mjs").Answer} Answer */

const asJson = { "content-type": "application/json" };
const signIn = (/** @type {import("../support/http.mjs").Wanted} */ wanted) => (/** @type {Server} */ server) =>
  send(server.url + SIGN_IN, { method: "POST", ...wanted });
const withJson = (/** @type {object} */ change) => signIn({ json: { ...typed(ANN), ...change } });
const withHeaders = (/** @type {Record<string, string>} */ headers) => signIn({ json: typed(ANN), headers });

/** @param {string} path */
const asPage = (path, wanted = {}) => async (/** @type {Server} */ server) => (await signedIn(server, ANN)).send(path, wanted);

/** @param {(answer: Answer) => string} credential */
const asBearer = (credential) => async (/** @type {Server} */ server) => {
  const begun = await send(server.url + SIGN_IN, { json: typed(ANN) });
  return send(server.url + GET_SESSION, { headers: { authorization: `Bearer ${credential(begun)}` } });
};
const signed = (/** @type {Answer} */ answer) => String(answer.headers["set-auth-token"]);

/** @type {Record<string, (server: Server) => Promise<Answer>>} */
const ALIKE = {
  "ok": (server) => send(`${server.url}/api/auth/ok`),
  "signing in": withJson({}),
  "signing in with the address in capitals": withJson({ email: ANN.email.toUpperCase() }),
  "signing in with a form": signIn({ form: typed(ANN) }),
  "signing in with a content type in capitals": signIn({ json: typed(ANN), headers: { "content-type": "Application/JSON; charset=utf-8" } }),
  "signing in for this browser session": withJson({ rememberMe: false }),
  "a wrong password": withJson({ password: "wrong" }),
  "an empty password": withJson({ password: "" }),
  "an endless password": withJson({ password: "x".repeat(5000) }),
  "an unknown address": withJson({ email: "nobody@example.org" }),
  "an address that isn't one": withJson({ email: "ann" }),
  "no address": signIn({ json: { password: "x" } }),
  "no member at all": signIn({ json: {} }),
  "members of other types": signIn({ json: { email: 1, password: null } }),
  "a flag that is none": withJson({ rememberMe: "perhaps" }),
  "a path to go on to": withJson({ callbackURL: "/dash" }),
  "a trusted page to go on to": withJson({ callbackURL: `${TRUSTED}/x` }),
  "another site to go on to": withJson({ callbackURL: FOREIGN }),
  "another site without scheme": withJson({ callbackURL: "//evil.example" }),
  "another site behind a backslash": withJson({ callbackURL: "/\\evil.example" }),
  "another site behind an escaped backslash": withJson({ callbackURL: "/%5Cevil.example" }),
  "a script to go on to": withJson({ callbackURL: "javascript:alert(1)" }),
  "another site and a wrong password": withJson({ callbackURL: FOREIGN, password: "wrong" }),
  "text": signIn({ body: "{}", headers: { "content-type": "text/plain" } }),
  "broken JSON": signIn({ body: "{", headers: asJson }),
  "a list": signIn({ json: [] }),
  "null": signIn({ body: "null", headers: asJson }),
  "an empty body": signIn({ body: "", headers: asJson }),
  "no body and no type": signIn({}),
  "a cookie without origin": withHeaders({ cookie: "a=b" }),
  "a cookie with the origin null": withHeaders({ cookie: "a=b", origin: "null" }),
  "a cookie with the origin null of our own page": withHeaders({ cookie: "a=b", origin: "null", "sec-fetch-site": "same-origin" }),
  "a cookie with a foreign origin": withHeaders({ cookie: "a=b", origin: FOREIGN }),
  "a cookie with a trusted origin": withHeaders({ cookie: "a=b", origin: TRUSTED }),
  "a cookie with a foreign referrer": withHeaders({ cookie: "a=b", referer: `${FOREIGN}/` }),
  "a foreign origin without cookie": withHeaders({ origin: FOREIGN }),
  "a form of another site": withHeaders({ origin: FOREIGN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }),
  "a script of another site": withHeaders({ origin: FOREIGN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }),
  "a script of a trusted site": withHeaders({ origin: TRUSTED, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }),
  "a sibling site without origin": withHeaders({ "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }),
  "the session": asPage(GET_SESSION),
  "no session": (server) => send(server.url + GET_SESSION),
  "a raw bearer": asBearer((begun) => begun.json.token),
  "a signed bearer": asBearer(signed),
  "a signed bearer in URL form": asBearer((begun) => encodeURIComponent(signed(begun))),
  "a bearer with a bad signature": asBearer(() => "gar.bage"),
  "POST to get-session": (server) => send(server.url + GET_SESSION, { json: {} }),
  "signing out": asPage(SIGN_OUT, { json: {} }),
  "signing out without a body": asPage(SIGN_OUT, { method: "POST" }),
  "signing out without a session": (server) => send(server.url + SIGN_OUT, { method: "POST" }),
  "signing out with text": asPage(SIGN_OUT, { body: "hi", headers: { "content-type": "text/plain" } }),
  "an unknown path": (server) => send(`${server.url}/api/auth/nothing`),
  "a slash too many at the end": (server) => send(`${server.url}/api/auth/ok/`),
  "a slash too many between": (server) => send(`${server.url}/api/auth//ok`),
  "another method": (server) => send(server.url + SIGN_IN),
  "a method without body": (server) => send(`${server.url}/api/auth/ok`, { method: "PUT" }),
  "a preflight": (server) => send(server.url + SIGN_IN, { method: "OPTIONS" }),
};

/** Cases that are answered otherwise on purpose: the request, the published status, ours, and why. */
const OTHERWISE = /** @type {[string, (server: Server) => Promise<Answer>, number, number, string][]} */ ([
  [
    "a member twice",
    signIn({ body: `{"email":"x@example.org",${JSON.stringify(typed(ANN)).slice(1)}`, headers: asJson }),
    ...[200, 400, "two readers may see two different members"],
  ],
  ["an empty callbackURL", withJson({ callbackURL: "" }), 200, 403, "it is no path"],
  ["rememberMe: null", withJson({ rememberMe: null }), 400, 200, "null is as absent"],
  ["a flag in a form", signIn({ form: { ...typed(ANN), rememberMe: "false" } }), 400, 200, "a form has texts alone"],
  ["a body of no type", signIn({ body: JSON.stringify(typed(ANN)) }), 400, 415, "only Node's adapter drops such a body"],
  ["our own page without origin", withHeaders({ "sec-fetch-site": "same-origin" }), 403, 200, "the browser vouches for it"],
  ["fetch in Node", withHeaders({ "sec-fetch-mode": "cors" }), 403, 200, "it says no site and isn't a browser"],
  [
    "a cookie without origin at an unknown path",
    (server) => send(`${server.url}/api/auth/nothing`, { method: "POST", headers: { cookie: "a=b" } }),
    ...[404, 403, "the origin is checked before anything else"],
  ],
  ["HEAD", (server) => send(`${server.url}/api/auth/ok`, { method: "HEAD" }), 404, 200, "RFC 9110 section 9.3.2"],
]);

describe("as the published server", () => {
  /** @type {Awaited<ReturnType<typeof startPublished>>} */
  let published;
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let ours;
  before(async () => {
    published = await startPublished(ANN, TRUSTED);
    ours = await startNative({ users: [ANN], env: { PORTCULLIS_TRUSTED_ORIGINS: TRUSTED } });
  });
  after(() => Promise.all([published?.stop(), ours?.stop()]));

  for (const [name, request] of Object.entries(ALIKE)) {
    test(`${name} is answered alike`, async () => {
      assert.equal(seen(await request(ours)), seen(await request(published)));
    });
  }

  for (const [name, request, theirStatus, ourStatus, why] of OTHERWISE) {
    test(`${name} is answered otherwise: ${why}`, async () => {
      assert.deepEqual([(await request(published)).status, (await request(ours)).status], [theirStatus, ourStatus]);
    });
  }
});
