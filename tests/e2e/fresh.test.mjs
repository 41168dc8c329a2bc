// @ts-check
// A server that nobody has used yet, and what only its database can bring about.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";

import { send, signedIn } from "../support/http.mjs";
import { portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";
import { startWorker } from "../support/worker.mjs";
import { ANN, BOB, GET_SESSION, JWKS, SIGN_IN, TOKEN, typed } from "./suites/shared.mjs";

const AT_ONCE = 20;
const DAY_MS = 86_400_000;

/**
 * Signs in and fetches a token this many times at once, and verifies each with the keys published
 * after that.
 *
 * @param {import("./suites/shared.mjs").Server} server
 */
async function manyAtOnce(server) {
  const one = async (/** @type {number} */ index) => {
    const page = await signedIn(server, index % 2 === 0 ? ANN : BOB);
    const [token, session] = await Promise.all([page.get(TOKEN), page.get(GET_SESSION)]);
    return [token.json.token, session.json.user.email, index % 2 === 0 ? ANN.email : BOB.email];
  };
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(index)));
  const keys = createLocalJWKSet((await send(server.url + JWKS)).json);
  for (const [token, email, expected] of answers) {
    assert.equal(email, expected);
    const { payload } = await jwtVerify(token, keys, { issuer: server.origin, typ: "at+jwt" });
    assert.equal(payload["email"], expected);
  }
  return new Set(answers.map(([token]) => token.split(".")[0]));
}

describe("native", () => {
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;
  before(async () => (server = await startNative({ users: [ANN, BOB] })));
  after(() => server?.stop());

  test(`${AT_ONCE} first requests at once don't break each other and sign with one key`, async () => {
    assert.equal((await manyAtOnce(server)).size, 1);
  });
});

describe("workerd", () => {
  /** @type {Awaited<ReturnType<typeof startWorker>>} */
  let server;
  before(async () => (server = await startWorker({ users: [ANN, BOB], wranglerArgs: ["--test-scheduled"] })));
  after(() => server?.stop());

  test("before there is a key none is published, that isn't to be kept, and asking makes none", async () => {
    for (let round = 0; round < 2; round += 1) {
      const answer = await send(server.url + JWKS);
      assert.deepEqual([answer.outcome, answer.headers["cache-control"]], [[200, { keys: [] }], "no-store"]);
    }
    assert.deepEqual(await server.sql("SELECT count(*) AS keys FROM signing_key"), [{ keys: 0 }]);
  });

  test("the scheduled event makes the first keys, and they are published at once", async () => {
    assert.equal((await send(`${server.url}/__scheduled`)).status, 200);
    const states = await server.sql("SELECT state FROM signing_key ORDER BY state");
    assert.deepEqual(states[0], { state: "active" });
    assert.equal((await send(server.url + JWKS)).json.keys.length, states.length);
  });

  test(`${AT_ONCE} requests at once on a worker without keys agree on one`, async () => {
    await server.kill("SIGTERM");
    await server.sql("DELETE FROM signing_key");
    await server.start({});
    assert.equal((await manyAtOnce(server)).size, 1);
    const active = await server.sql("SELECT count(*) AS active FROM signing_key WHERE state = 'active'");
    assert.deepEqual(active, [{ active: 1 }]);
  });

  test("keys that the platform made sign in their turn, rotated by the schedule and by command", async () => {
    const key = async (/** @type {string} */ state) =>
      (await server.sql(`SELECT kid FROM signing_key WHERE state = '${state}'`))[0]?.["kid"];
    const signs = async () => {
      const token = (await (await signedIn(server, ANN)).get(TOKEN)).json.token;
      const keys = createLocalJWKSet((await send(server.url + JWKS)).json);
      return (await jwtVerify(token, keys, { issuer: server.origin, typ: "at+jwt" })).protectedHeader.kid;
    };
    const followed = async (/** @type {string} */ sql) => {
      // A worker keeps the ring for a minute.
      await server.kill("SIGTERM");
      await server.sql(sql);
      await server.start({});
      assert.equal((await send(`${server.url}/__scheduled`)).status, 200);
    };
    const before = [await key("active"), await key("next")];
    assert.equal(await signs(), before[0]);

    await followed("UPDATE signing_key SET since_secs = since_secs - 31 * 86400, created_secs = created_secs - 31 * 86400");
    const scheduled = [await key("active"), await key("next")];
    assert.deepEqual([await key("retired"), scheduled[0]], before);
    assert.ok(!before.includes(scheduled[1]), "another one is next");
    assert.equal(await signs(), scheduled[0]);

    await followed(await portcullis(["keys", "rotate", "--now", "--sql"]));
    assert.equal(await signs(), scheduled[1]);
    assert.ok(![...before, ...scheduled].includes(await key("next")));
  });

  test("times after 2038 are kept in D1 and shown", async () => {
    const token = "T".repeat(32);
    const hash = createHash("sha256").update(token).digest("base64url");
    const year2100 = Date.UTC(2100, 2, 1);
    await server.sql(
      "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) " +
        `VALUES ('u2100', 'future@example.org', 'Future', ${year2100}, ${year2100 + 1}); ` +
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, expires_at_ms, remember_me) " +
        `VALUES ('s2100', '${hash}', 'u2100', ${year2100}, ${year2100 + 1}, ${year2100 + 2}, 1);`,
    );
    const headers = { authorization: `Bearer ${token}` };
    const { session, user } = (await send(server.url + GET_SESSION, { headers })).json;
    const times = [user.createdAt, user.updatedAt, session.createdAt, session.updatedAt, session.expiresAt];
    assert.deepEqual(
      times.map((time) => Date.parse(time) - year2100),
      [0, 1, 0, 1, 2],
    );
    assert.equal(session.expiresAt, "2100-03-01T00:00:00.002Z");
    const { principal } = (await send(`${server.url}/api/auth/me`, { headers })).json;
    assert.equal(principal.expiresSecs, year2100 / 1000);
  });

  test("use extends a remembered session a day after its last extension, and no other", async () => {
    const pages = {
      young: await signedIn(server, ANN),
      old: await signedIn(server, ANN),
      unwilling: await signedIn(server, ANN),
      over: await signedIn(server, ANN),
    };
    const short = (await send(server.url + SIGN_IN, { json: { ...typed(ANN), rememberMe: false } })).json.token;
    const hashOf = (/** @type {string} */ token) => createHash("sha256").update(token).digest("base64url");
    const token = (/** @type {import("../support/http.mjs").Page} */ page) =>
      page.jar.get("better-auth.session_token")?.split(".")[0] ?? assert.fail("no cookie");
    const end = (/** @type {string} */ value, /** @type {number} */ fromNowMs) =>
      `UPDATE session SET expires_at_ms = ${Date.now() + fromNowMs} WHERE token_hash = '${hashOf(value)}';`;
    await server.sql(
      [
        end(token(pages.young), 6 * DAY_MS + 3_600_000),
        end(token(pages.old), 6 * DAY_MS - 1),
        end(token(pages.unwilling), 6 * DAY_MS - 1),
        end(token(pages.over), -1),
        end(short, 3_600_000),
      ].join("\n"),
    );
    const remainingMs = (/** @type {import("../support/http.mjs").Answer} */ answer) =>
      Date.parse(answer.json.session.expiresAt) - Date.now();

    const young = await pages.young.get(GET_SESSION);
    assert.ok(remainingMs(young) < 7 * DAY_MS - 3_600_000);
    assert.deepEqual(young.setCookies, []);

    const unwilling = await pages.unwilling.get(`${GET_SESSION}?disableRefresh=true`);
    assert.ok(remainingMs(unwilling) < 6 * DAY_MS);
    assert.deepEqual(unwilling.setCookies, []);

    const old = await pages.old.get(GET_SESSION);
    assert.ok(Math.abs(remainingMs(old) - 7 * DAY_MS) < 60_000);
    assert.match(old.setCookies[0] ?? "", /^better-auth\.session_token=.*; Max-Age=604800; /);
    assert.deepEqual((await pages.old.get(GET_SESSION)).setCookies, [], "once is enough");

    const shortAnswer = await send(server.url + GET_SESSION, { headers: { authorization: `Bearer ${short}` } });
    assert.ok(remainingMs(shortAnswer) < 3_600_000);

    const over = await pages.over.get(GET_SESSION);
    assert.equal(over.json, null);
    assert.equal(over.setCookies.length, 3, "its cookies are taken back");
  });

  test("an audit record can be neither changed nor deleted in D1", async () => {
    await assert.rejects(server.sql("UPDATE audit SET status = 'ok'"), /audit records are never changed/);
    await assert.rejects(server.sql("DELETE FROM audit"), /audit records are never deleted/);
  });
});
