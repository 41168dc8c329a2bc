// @ts-check
// Access tokens: what is in them, and that others verify them with the published keys.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

import { send, signedIn } from "../../support/http.mjs";
import { ANN, GET_SESSION, JWKS, ME, TOKEN, TOKEN_FORM, UNAUTHORIZED } from "./shared.mjs";

/** @param {() => import("./shared.mjs").Server} server */
export function token(server) {
  /** @param {string} jwt */
  const verified = (jwt, options = {}) =>
    jwtVerify(jwt, createRemoteJWKSet(new URL(server().url + JWKS)), {
      algorithms: ["ES256"],
      issuer: server().origin,
      audience: server().origin,
      typ: "at+jwt",
      ...options,
    });

  describe("access token", () => {
    test("npm jose verifies it with the published keys, issuer, audience and type", async () => {
      const page = await signedIn(server(), ANN);
      const { session, user } = (await page.get(GET_SESSION)).json;
      const answer = await page.get(TOKEN);
      assert.deepEqual([answer.status, Object.keys(answer.json)], [200, ["token"]]);
      const { payload, protectedHeader } = await verified(answer.json.token);
      const { iat = 0, exp = 0, jti, kid, rev, session_exp, ...rest } = { ...payload, kid: protectedHeader.kid };
      assert.deepEqual(Object.keys(protectedHeader).sort(), ["alg", "kid", "typ"]);
      assert.match(String(jti), TOKEN_FORM);
      assert.equal(String(kid).length, 43, "the key's thumbprint");
      assert.equal(exp - iat, 300);
      assert.ok(Math.abs(iat - Date.now() / 1000) < 10);
      assert.deepEqual(rest, {
        iss: server().origin,
        aud: server().origin,
        sub: user.id,
        id: user.id,
        sid: session.id,
        auth_time: Math.floor(Date.parse(session.createdAt) / 1000),
        amr: ["pwd"],
        epoch: 0,
        grants: ANN.roles,
        name: ANN.name,
        email: ANN.email,
        emailVerified: false,
        image: null,
        createdAt: user.createdAt,
        updatedAt: user.updatedAt,
      });
      assert.ok(Number.isSafeInteger(rev), "the newest access change that the claims take into account");
      assert.equal(session_exp, Math.floor(Date.parse(session.expiresAt) / 1000));
    });

    test("it doesn't verify for another issuer, another audience, another type or with a changed payload", async () => {
      const page = await signedIn(server(), ANN);
      const jwt = (await page.get(TOKEN)).json.token;
      await assert.rejects(verified(jwt, { issuer: "https://evil.example" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
      await assert.rejects(verified(jwt, { audience: "https://evil.example" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
      await assert.rejects(verified(jwt, { typ: "JWT" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
      const [header, payload = "", signature] = jwt.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      claims.grants = ["NATIONAL_ADMIN"];
      const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
      await assert.rejects(verified(forged), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
      const answer = await send(server().url + ME, { headers: { authorization: `Bearer ${forged}` } });
      assert.deepEqual(answer.outcome, UNAUTHORIZED);
    });

    test("get-session carries one, which is made once a minute at most", async () => {
      const page = await signedIn(server(), ANN);
      const answer = await page.get(GET_SESSION);
      const jwt = String(answer.headers["set-auth-jwt"]);
      const { payload } = await verified(jwt);
      assert.equal(payload.sub, answer.json.user.id);
      assert.match(String(answer.headers["access-control-expose-headers"]), /\bset-auth-jwt\b/);
      assert.equal((await page.get(GET_SESSION)).headers["set-auth-jwt"], jwt);
      assert.equal((await send(server().url + GET_SESSION)).headers["set-auth-jwt"], undefined);
    });

    test("two tokens of one session differ", async () => {
      const page = await signedIn(server(), ANN);
      const [one, other] = [await page.get(TOKEN), await page.get(TOKEN)];
      assert.notEqual(one.json.token, other.json.token);
    });

    test("an access token is a caller's credential, but gets no new one and is no session token", async () => {
      const page = await signedIn(server(), ANN);
      const jwt = (await page.get(TOKEN)).json.token;
      const headers = { authorization: `Bearer ${jwt}` };
      const me = await send(server().url + ME, { headers });
      assert.deepEqual([me.status, me.json.user.email], [200, ANN.email]);
      const { id, token: handle } = me.json.session;
      assert.equal(handle, id, "a handle that signs nobody in");
      assert.deepEqual((await send(server().url + TOKEN, { headers })).outcome, UNAUTHORIZED);
      assert.deepEqual((await send(server().url + GET_SESSION, { headers })).outcome, [200, null]);
    });

    test("the published keys are public parts alone, and may be kept for five minutes", async () => {
      const page = await signedIn(server(), ANN);
      const { kid } = decodeProtectedHeader((await page.get(TOKEN)).json.token);
      const answer = await send(server().url + JWKS);
      assert.equal(answer.headers["cache-control"], "public, max-age=300");
      assert.ok(answer.json.keys.some((/** @type {{ kid: string }} */ key) => key.kid === kid));
      for (const key of answer.json.keys) {
        const { kid: _kid, x: _x, y: _y, ...rest } = key;
        assert.deepEqual(rest, { alg: "ES256", crv: "P-256", kty: "EC", use: "sig" });
      }
    });
  });
}
