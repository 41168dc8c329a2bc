// @ts-check
// Signing in: what comes back, which cookies, and every refusal.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Page, send } from "../../support/http.mjs";
import { median, superiority, timesOf } from "../../support/times.mjs";
import { ANN, DAN, GET_SESSION, LOGIN, SIGN_IN, TIME_FORM, TOKEN_FORM, TRUSTED, WRONG, typed } from "./shared.mjs";

const DAY_MS = 86_400_000;
/** Samples of each kind in a comparison of times. */
const ROUNDS = 25;

/** @param {() => import("./shared.mjs").Server} server */
export function signIn(server) {
  /** @param {unknown} json */
  const attempt = (json) => send(server().url + SIGN_IN, { json });

  describe("sign-in", () => {
    for (const path of [SIGN_IN, LOGIN]) {
      test(`${path} answers with token and user, and sets the session cookie`, async () => {
        const answer = await send(server().url + path, { json: typed(ANN) });
        const { token, user, ...rest } = answer.json;
        assert.equal(answer.status, 200);
        assert.deepEqual(rest, { redirect: false });
        assert.match(token, TOKEN_FORM);
        assert.match(user.id, TOKEN_FORM);
        assert.match(user.createdAt, TIME_FORM);
        assert.match(user.updatedAt, TIME_FORM);
        const { id: _id, createdAt: _made, updatedAt: _changed, ...known } = user;
        assert.deepEqual(known, { email: ANN.email, emailVerified: false, image: null, name: ANN.name });
        assert.equal(answer.headers["content-type"], "application/json");
        assert.equal(answer.headers["cache-control"], "no-store");
      });
    }

    test("the session cookie is the signed token, for a week, for this site, hidden from scripts", async () => {
      const answer = await attempt(typed(ANN));
      const names = answer.setCookies.map((line) => line.slice(0, line.indexOf("=")));
      assert.deepEqual(names, ["better-auth.session_token", "better-auth.device", "better-auth.known_device"]);
      const form = /^better-auth\.session_token=([A-Za-z0-9]{32})\.([A-Za-z0-9]|%2B|%2F){43}%3D; (.*)$/;
      const [, token, , attributes] = form.exec(answer.setCookies[0] ?? "") ?? assert.fail(answer.setCookies[0]);
      assert.equal(token, answer.json.token);
      assert.equal(attributes, "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");
    });

    test("scripts that keep tokens themselves are told the signed one", async () => {
      const answer = await attempt(typed(ANN));
      const value = /session_token=([^;]*);/.exec(answer.setCookies[0] ?? "")?.[1] ?? "";
      assert.equal(answer.headers["set-auth-token"], decodeURIComponent(value));
      assert.equal(answer.headers["access-control-expose-headers"], "set-auth-token");
    });

    test("rememberMe: false gives cookies that end with the browser and a session of a day", async () => {
      const page = new Page(server());
      const answer = await page.post(SIGN_IN, { ...typed(ANN), rememberMe: false });
      const attributes = answer.setCookies.map((line) => line.replace(/=[^;]*/, ""));
      assert.deepEqual(attributes, [
        "better-auth.session_token; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.dont_remember; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.device; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.known_device; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax",
      ]);
      assert.match(answer.setCookies[1] ?? "", /^better-auth\.dont_remember=true\.[^;]{44,}; /);
      const { session } = (await page.get(GET_SESSION)).json;
      assert.equal(Date.parse(session.expiresAt) - Date.parse(session.createdAt), DAY_MS);
    });

    test("without rememberMe the session lasts seven days", async () => {
      const page = new Page(server());
      await page.signIn(ANN);
      const { session } = (await page.get(GET_SESSION)).json;
      assert.equal(Date.parse(session.expiresAt) - Date.parse(session.createdAt), 7 * DAY_MS);
    });

    test("the address counts in any case", async () => {
      const answer = await attempt({ ...typed(ANN), email: "ANN@Example.ORG" });
      assert.equal(answer.json.user?.email, ANN.email);
    });

    test("a form is taken as well as JSON", async () => {
      const answer = await send(server().url + SIGN_IN, { form: { ...typed(ANN), rememberMe: "false" } });
      assert.equal(answer.status, 200);
      assert.ok(answer.setCookies.some((line) => line.startsWith("better-auth.dont_remember=")));
    });

    test("a content type counts in any case and with parameters", async () => {
      const headers = { "content-type": "Application/JSON; charset=utf-8" };
      assert.equal((await send(server().url + SIGN_IN, { json: typed(ANN), headers })).status, 200);
    });

    for (const url of ["/dash", "/dash?next=//elsewhere", `${TRUSTED}/after`]) {
      test(`callbackURL ${url} is passed on`, async () => {
        const answer = await attempt({ ...typed(ANN), callbackURL: url });
        assert.equal(answer.status, 200);
        assert.deepEqual([answer.json.redirect, answer.json.url, answer.headers.location], [true, url, url]);
      });
    }

    for (const url of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/%2Fevil.example",
      "/%5cevil.example",
      "/\tevil",
      "javascript:alert(1)",
      `${TRUSTED}@evil.example/`,
      "dash",
    ]) {
      test(`callbackURL ${JSON.stringify(url)} is refused, and nobody is signed in`, async () => {
        const answer = await attempt({ ...typed(ANN), callbackURL: url });
        assert.deepEqual(answer.outcome, [403, { code: "INVALID_CALLBACK_URL", message: "Invalid callbackURL" }]);
        assert.deepEqual([answer.setCookies, answer.headers.location], [[], undefined]);
      });
    }

    test("wrong password, unknown address, disabled account and an empty password get the same answer, and no cookie", async () => {
      for (const json of [
        { ...typed(ANN), password: "wrong" },
        { ...typed(ANN), email: "nobody@example.org" },
        { ...typed(ANN), password: "" },
        { ...typed(DAN), password: "wrong" },
        typed(DAN),
      ]) {
        const answer = await attempt(json);
        assert.deepEqual(answer.outcome, WRONG);
        assert.deepEqual(answer.setCookies, []);
        assert.equal(answer.headers["set-device-token"], undefined);
      }
    });

    test("the time of a refusal doesn't tell an unknown address, a wrong password and a disabled account apart", async (t) => {
      const kinds = {
        "wrong password": { ...typed(ANN), password: "wrong" },
        "unknown address": { email: "nobody@example.org", password: "wrong" },
        "disabled, wrong password": { ...typed(DAN), password: "wrong" },
        "disabled, right password": typed(DAN),
      };
      const times = await timesOf(Object.values(kinds), ROUNDS, attempt);
      const [known = [], ...others] = times;
      for (const [index, other] of others.entries()) {
        const name = Object.keys(kinds)[index + 1];
        const [mine, theirs, share] = [median(known), median(other), superiority(known, other)];
        const figures = `${mine.toFixed(1)} ms for a wrong password, ${theirs.toFixed(1)} ms for ${name}; slower in ${(100 * share).toFixed(0)} of 100 pairs`;
        t.diagnostic(figures);
        // A hash that is left out makes it a tenth of the time, and 0 or 100 of 100 pairs.
        assert.ok(Math.abs(theirs - mine) < mine / 3, figures);
        assert.ok(share > 0.1 && share < 0.9, figures);
      }
    });

    const validation = (/** @type {string} */ message) => [400, { code: "VALIDATION_ERROR", message }];
    /** @type {[string, unknown, unknown[]][]} */
    const malformed = [
      ["an address that isn't one", { ...typed(ANN), email: "ann" }, [400, { code: "INVALID_EMAIL", message: "Invalid email" }]],
      ["a password beyond any that could be right", { ...typed(ANN), password: "x".repeat(5000) }, [400, { code: "PASSWORD_TOO_LONG", message: "Password too long" }]],
      ["nothing in it", {}, validation("[body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined")],
      ["members of other types", { email: 1, password: null }, validation("[body.email] Invalid input: expected string, received number; [body.password] Invalid input: expected string, received null")],
      ["a rememberMe that is no flag", { ...typed(ANN), rememberMe: "perhaps" }, validation("[body.rememberMe] Invalid input: expected boolean, received string")],
      ["a list", [], validation("[body] Invalid input: expected object, received array")],
    ];
    for (const [what, json, outcome] of malformed) {
      test(`a body with ${what} is refused`, async () => {
        assert.deepEqual((await attempt(json)).outcome, outcome);
      });
    }

    const badJson = [400, { code: "BAD_REQUEST", message: "Invalid JSON in request body" }];
    const unsupported = (/** @type {string} */ what) => [
      415,
      {
        code: "UNSUPPORTED_MEDIA_TYPE",
        message: `Content-Type ${what}. Allowed types: application/x-www-form-urlencoded, application/json`,
      },
    ];
    const twice = `{"email":"x@example.org","email":"${ANN.email}","password":"${ANN.password}"}`;
    /** @type {[string, { body: string, headers?: Record<string, string> }, unknown[]][]} */
    const bodies = [
      ["that is broken off", { body: "{", headers: { "content-type": "application/json" } }, badJson],
      ["with a member twice", { body: twice, headers: { "content-type": "application/json" } }, badJson],
      ["as text", { body: "{}", headers: { "content-type": "text/plain" } }, unsupported('"text/plain" is not allowed')],
      ["of no type", { body: "{}" }, unsupported("is required")],
      ["that is empty", { body: "", headers: { "content-type": "application/json" } }, validation("[body] Invalid input: expected object, received undefined")],
    ];
    for (const [what, wanted, outcome] of bodies) {
      test(`a body ${what} is refused`, async () => {
        const answer = await send(server().url + SIGN_IN, { method: "POST", ...wanted });
        assert.deepEqual(answer.outcome, outcome);
      });
    }

    test("a body of 256 KiB is read and one byte more is refused", async () => {
      const of = (/** @type {number} */ bytes) => {
        const head = JSON.stringify({ ...typed(ANN), padding: "" });
        return { body: head.replace('""', `"${"x".repeat(bytes - head.length)}"`), headers: { "content-type": "application/json" } };
      };
      assert.equal((await send(server().url + SIGN_IN, of(262_144))).status, 200);
      const answer = await send(server().url + SIGN_IN, of(262_145));
      assert.deepEqual(answer.outcome, [413, { code: "PAYLOAD_TOO_LARGE", message: "Request body is larger than 262144 bytes" }]);
    });

    test("signing in again ends the session that one came with", async () => {
      const page = new Page(server());
      await page.signIn(ANN);
      const old = page.jar.header;
      await page.signIn(ANN);
      assert.equal((await send(server().url + GET_SESSION, { headers: { cookie: old } })).json, null);
      assert.equal((await page.get(GET_SESSION)).json.user.email, ANN.email);
    });
  });
}
