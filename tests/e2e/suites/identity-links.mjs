// @ts-check
// Links to chat identities, and a service that acts for the users behind them.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";

import { send, signedIn } from "../../support/http.mjs";
import { seenWithin } from "../../support/pace.mjs";
import { portcullis } from "../../support/program.mjs";
import { ANN, BOB, JWKS, ME, TIME_FORM, TOKEN, TOKEN_FORM, UNAUTHORIZED } from "./shared.mjs";

const OWN = "/api/v1/me/identity-links";
const LINKS = "/api/v1/identity-links";
const SERVICE_SIGN_IN = `${LINKS}/sign-in`;
const GUS = { email: "gus@example.org", password: "soon to be disabled" };
/** Longest time until an end is seen: the bound on revocations, and a moment. */
const BOUND_MS = 1_300;

const NOT_LINKED = [404, { code: "IDENTITY_NOT_LINKED", message: "The identity is linked to no account" }];
const INVALID_CODE = [400, { code: "INVALID_CODE", message: "The code is wrong, used or expired" }];

/**
 * Makes keys for services as an operator does.
 *
 * @param {Record<string, string>} services networks by names
 * @returns {Promise<{ keys: Record<string, string>, setting: string }>}
 */
export async function serviceKeys(services) {
  const keys = /** @type {Record<string, string>} */ ({});
  const entries = {};
  for (const [name, network] of Object.entries(services)) {
    const printed = await portcullis(["service-key", "new", name, "--network", network]);
    const [key = "", line = ""] = printed.split("\n");
    keys[name] = key;
    Object.assign(entries, JSON.parse(line.replace("PORTCULLIS_SERVICE_KEYS=", "")));
  }
  return { keys, setting: JSON.stringify(entries) };
}

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {Record<string, string>} keys of `bot`, for discord, and `other`, for matrix
 */
export function identityLinks(server, keys) {
  /** @param {string} path @param {object} json @param {string | undefined} [key] */
  const service = (path, json, key = keys["bot"]) =>
    send(server().url + path, { json, headers: { authorization: `Bearer ${key}` } });
  /** @param {string} code @param {string} externalId @param {object} [more] */
  const redeem = (code, externalId, more = {}) => service(LINKS, { code, network: "discord", externalId, ...more });
  /** @param {string} externalId */
  const signIn = (externalId) => service(SERVICE_SIGN_IN, { network: "discord", externalId });
  /** @param {import("../../support/http.mjs").Page} page */
  const newCode = async (page) => {
    const answer = await page.post(`${OWN}/code`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.code;
  };
  /** @param {string} token @param {string} [path] @param {import("../../support/http.mjs").Wanted} [wanted] */
  const as = (token, path = ME, wanted = {}) =>
    send(server().url + path, { ...wanted, headers: { authorization: `Bearer ${token}` } });
  /** A token is refused, within the bound. @param {string} token */
  const ends = (token) =>
    seenWithin(BOUND_MS, async () => assert.equal((await as(token)).status, 401, "the token still holds"));

  describe("identity links", () => {
    /** @type {import("../../support/http.mjs").Page} */
    let ann;
    before(async () => {
      ann = await signedIn(server(), ANN);
    });

    test("a code links an identity to its user, who sees it", async () => {
      const made = await ann.post(`${OWN}/code`);
      assert.match(made.json.code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
      const minutes = (Date.parse(made.json.expiresAt) - Date.now()) / 60_000;
      assert.ok(minutes > 9 && minutes <= 10.1, String(minutes));
      const typed = made.json.code.toLowerCase().replaceAll("-", " ");
      const linked = await redeem(typed, "1000", { displayName: " Ann#1 " });
      const { id, userId, createdAt, ...rest } = linked.json;
      assert.equal(linked.status, 201);
      assert.match(id, TOKEN_FORM);
      assert.match(createdAt, TIME_FORM);
      const expected = { network: "discord", externalId: "1000", displayName: "Ann#1", linkedBy: "bot", lastUsedAt: null };
      assert.deepEqual(rest, expected);
      assert.deepEqual((await ann.get(OWN)).json.links.filter((/** @type {any} */ one) => one.id === id), [linked.json]);
      assert.equal(userId, (await ann.get(ME)).json.user.id);
    });

    test("a code that was used, replaced or made up links nothing; a repeated request is answered alike", async () => {
      const replaced = await newCode(ann);
      const code = await newCode(ann);
      assert.deepEqual((await redeem(replaced, "1001")).outcome, INVALID_CODE);
      assert.deepEqual((await redeem("0000-0000", "1001")).outcome, INVALID_CODE);
      const first = await redeem(code, "1001");
      const again = await redeem(code, "1001");
      assert.deepEqual([first.status, again.outcome], [201, [200, first.json]]);
      assert.deepEqual((await redeem(code, "1002")).outcome, INVALID_CODE);
    });

    test("of 64 uses of a code by different identities exactly one wins", async () => {
      const code = await newCode(ann);
      const uses = Array.from({ length: 64 }, (_, n) => redeem(code, `race-${n}`));
      const answers = await Promise.all(uses);
      const winners = answers.filter(({ status }) => status === 201);
      assert.equal(winners.length, 1);
      assert.equal(answers.filter(({ json }) => json.code === "INVALID_CODE").length, 63);
      const links = (await ann.get(OWN)).json.links.filter((/** @type {any} */ one) => one.externalId.startsWith("race-"));
      assert.equal(links.length, 1);
    });

    test("an identity is one user's", async () => {
      await redeem(await newCode(ann), "1003");
      const bob = await signedIn(server(), BOB);
      const taken = await redeem(await newCode(bob), "1003");
      assert.deepEqual([taken.status, taken.json.code], [409, "IDENTITY_TAKEN"]);
      assert.deepEqual((await bob.get(OWN)).json, { links: [] });
      const foreign = (await ann.get(OWN)).json.links[0].id;
      const removed = await bob.send(`${OWN}/${foreign}`, { method: "DELETE" });
      assert.deepEqual([removed.status, removed.json.code], [404, "IDENTITY_LINK_NOT_FOUND"]);
    });

    test("a service's token names the user and the service, and brings neither cookie nor refresh", async () => {
      await redeem(await newCode(ann), "1004");
      const answer = await signIn("1004");
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(Object.keys(answer.json).sort(), ["expiresAt", "expiresIn", "token", "tokenType", "user"]);
      assert.deepEqual(answer.setCookies, []);
      assert.ok(!("set-auth-token" in answer.headers));
      const { token, tokenType, expiresIn, user } = answer.json;
      assert.equal(tokenType, "Bearer");
      assert.ok(expiresIn > 290 && expiresIn <= 300, String(expiresIn));
      const keySet = createRemoteJWKSet(new URL(server().url + JWKS));
      const { payload } = await jwtVerify(token, keySet, { issuer: server().origin, typ: "at+jwt" });
      assert.deepEqual([payload.sub, payload["act"], payload["amr"]], [user.id, { sub: "service:bot" }, ["service"]]);
      const me = await as(token);
      assert.deepEqual([me.status, me.json.user.email], [200, ANN.email]);
      const check = await as(token, "/api/check", { json: { checks: [{ permission: "pin:reveal", scope: "state:ca" }] } });
      assert.equal(check.status, 200, check.text);
      // What it got is no session token, and no session token can be had for it.
      assert.deepEqual((await as(token, TOKEN)).outcome, UNAUTHORIZED);
    });

    test("what touches the account takes the user in person", async () => {
      const { token } = (await signIn("1004")).json;
      const change = { currentPassword: ANN.password, newPassword: "taken over by a bot" };
      for (const [path, wanted] of /** @type {[string, object][]} */ ([
        [`${OWN}/code`, { json: {} }],
        [`${OWN}/x`, { method: "DELETE" }],
        ["/api/v1/me/security-events", {}],
        ["/api/auth/change-password", { json: change }],
        ["/api/auth/change-email", { json: { newEmail: "bot@example.org" } }],
        ["/api/auth/revoke-sessions", { json: {} }],
      ])) {
        const { status, text } = await as(token, path, wanted);
        assert.ok(status === 403 || status === 401, `${path}: ${status} ${text}`);
      }
      const code = await as(token, `${OWN}/code`, { json: {} });
      assert.deepEqual([code.status, code.json.code], [403, "ACTOR_NOT_ALLOWED"]);
      await signedIn(server(), ANN);
    });

    test("an identity that nobody linked is told so", async () => {
      assert.deepEqual((await signIn("nobody")).outcome, NOT_LINKED);
    });

    test("with the link its token ends, and the identity is free again", async () => {
      const { json: link } = await redeem(await newCode(ann), "1005");
      const { token } = (await signIn("1005")).json;
      assert.equal((await as(token)).status, 200);
      const removed = await ann.send(`${OWN}/${link.id}`, { method: "DELETE" });
      assert.deepEqual([removed.status, removed.json.externalId], [200, "1005"]);
      await ends(token);
      assert.deepEqual((await signIn("1005")).outcome, NOT_LINKED);
      const bob = await signedIn(server(), BOB);
      assert.equal((await redeem(await newCode(bob), "1005")).status, 201);
    });

    test("a disabled user's service gets nothing, and what it had ends", async () => {
      await server().createUser(GUS);
      const gus = await signedIn(server(), GUS);
      await redeem(await newCode(gus), "gus");
      const { token } = (await signIn("gus")).json;
      const waiting = await newCode(gus);
      await server().disableUser(GUS.email);
      const refused = await signIn("gus");
      assert.deepEqual([refused.status, refused.json.code], [403, "ACCOUNT_DISABLED"]);
      assert.deepEqual((await redeem(waiting, "gus-2")).outcome, INVALID_CODE);
      await ends(token);
    });

    test("without a key, with a mistyped and with an unknown one nothing is done", async () => {
      const json = { network: "discord", externalId: "1004" };
      const known = keys["bot"] ?? "";
      const swapped = known.slice(0, 6) + known.slice(7, 8) + known.slice(6, 7) + known.slice(8);
      const { token } = (await signIn("1004")).json;
      for (const [authorization, code, message] of [
        [undefined, "SERVICE_KEY_REQUIRED", /Authorization: Bearer/],
        [`Basic ${known}`, "SERVICE_KEY_REQUIRED", /Authorization: Bearer/],
        [`Bearer ${token}`, "SERVICE_KEY_REQUIRED", /Authorization: Bearer/],
        [`Bearer ${swapped === known ? `${known}x` : swapped}`, "INVALID_SERVICE_KEY", /checksum/],
        [`Bearer ${known.slice(0, -1)}`, "INVALID_SERVICE_KEY", /checksum/],
        [`Bearer ${(await serviceKeys({ bot: "discord" })).keys["bot"]}`, "INVALID_SERVICE_KEY", /isn't known/],
      ]) {
        const headers = /** @type {Record<string, string>} */ (authorization === undefined ? {} : { authorization: String(authorization) });
        const answer = await send(server().url + SERVICE_SIGN_IN, { json, headers });
        assert.deepEqual([answer.status, answer.json.code], [401, code], String(message));
        assert.match(answer.json.message, /** @type {RegExp} */ (message));
      }
      // A key signs nobody in anywhere else.
      assert.deepEqual((await as(known)).outcome, UNAUTHORIZED);
    });

    test("a key is for its networks alone", async () => {
      const json = { network: "discord", externalId: "1004" };
      const answer = await service(SERVICE_SIGN_IN, json, keys["other"]);
      assert.deepEqual([answer.status, answer.json.code], [403, "NETWORK_NOT_ALLOWED"]);
      const code = await newCode(ann);
      const link = await service(LINKS, { ...json, externalId: "1006", code }, keys["other"]);
      assert.deepEqual([link.status, link.json.code], [403, "NETWORK_NOT_ALLOWED"]);
      const matrix = await service(LINKS, { network: "matrix", externalId: "@ann:example.org", code }, keys["other"]);
      assert.deepEqual([matrix.status, matrix.json.displayName], [201, null]);
    });

    test("identities that can't be are refused member by member", async () => {
      const answer = await service(LINKS, { code: 1, network: "discord" });
      assert.deepEqual(answer.outcome, [
        400,
        {
          code: "VALIDATION_ERROR",
          message:
            "[body.code] Invalid input: expected string, received number; " +
            "[body.externalId] Invalid input: expected string, received undefined",
        },
      ]);
      for (const json of [{ network: "Discord", externalId: "1" }, { network: "discord", externalId: "a b" }]) {
        const refused = await service(SERVICE_SIGN_IN, json);
        assert.deepEqual([refused.status, refused.json.code], [400, "VALIDATION_ERROR"]);
      }
    });

    test("the user sees the code, the link and each sign-in of the service among the events", async () => {
      const { json: link } = await redeem(await newCode(ann), "1007");
      await signIn("1007");
      const { events } = (await ann.get("/api/v1/me/security-events?limit=3")).json;
      const told = events.map((/** @type {any} */ { type, outcome }) => `${type} ${outcome}`);
      assert.deepEqual(told, ["auth.service ok", "identity.link ok", "identity.code ok"]);
      const [used, made] = events;
      const both = { act: "service:bot", network: "discord", externalId: "1007" };
      assert.deepEqual([used.metadata, made.metadata], [both, { ...both, link: link.id }]);
    });
  });
}
