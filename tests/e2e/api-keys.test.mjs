// @ts-check
// API keys over HTTP: one suite, every host. Then other settings on the same database, and the command line.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send, signedIn } from "../support/http.mjs";
import { seenWithin } from "../support/pace.mjs";
import { portcullis } from "../support/program.mjs";
import { HOSTS } from "../support/worker.mjs";
import { BOUND_MS, CHIEF, INVALID, MAX, POLICY_TEXT, RITA, USERS, apiKeys, fewest, made, read, withKey } from "./suites/api-keys.mjs";
import { othersKeys } from "./suites/api-keys-others.mjs";
import { GET_SESSION, KEYS } from "./suites/shared.mjs";

/** Another one who may ask whether keys hold. */
const SECOND = { email: "second@example.org", password: "asks for another service", roles: ["CHIEF"] };
const ALWAYS = { PORTCULLIS_PASSWORD_COST: "m=19456,t=2,p=1", PORTCULLIS_COUNT_STATEMENTS: "on" };
const OTHER = {
  PORTCULLIS_API_KEYS: "managers",
  PORTCULLIS_API_KEY_HEADER: "X-Acme-Key",
  PORTCULLIS_API_KEY_PREFIX: "acme_",
  PORTCULLIS_API_KEY_RATE: "off",
  PORTCULLIS_API_KEY_METADATA: "off",
  PORTCULLIS_API_KEY_SESSIONS: "on",
  PORTCULLIS_RATES: "all=6000000/60,api-key=3/60,verify-api-key=4/60",
};

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => {
      server = await host.start({ policyText: POLICY_TEXT, users: [...USERS, SECOND], env: ALWAYS });
    });
    after(() => server?.stop());

    apiKeys(() => server);
    othersKeys(() => server);

    if (host.name === "native") {
      test("an operator makes, lists, rotates and ends keys from a terminal", async () => {
        const { db, policyFile } = server;
        const run = (/** @type {string[]} */ ...args) => portcullis(["api-key", ...args, "--db", db]);
        const add = (/** @type {string[]} */ ...args) => run("add", "--user", RITA.email, "--policy", policyFile, ...args);
        const key = (await add("--name", "gate", "--scope", "doc:read", "--days", "30")).trim();
        assert.equal((await read(server, key)).status, 200);
        await assert.rejects(add("--scope", "doc:write"), /`rita@example.org` doesn't hold `doc:write`/);
        await assert.rejects(add("--scope", "doc:burn"), /has no permission `doc:burn`/);
        const [line = ""] = (await run("list", "--user", RITA.email)).split("\n").filter((one) => one.endsWith("\tgate"));
        const [id = "", start, state, scopes] = line.split("\t");
        assert.deepEqual([start, state, scopes], [key.slice(0, 6), "enabled", "scopes=doc:read"]);
        const next = (await run("rotate", id)).trim();
        for (const one of [key, next]) assert.equal((await read(server, one)).status, 200);
        await run("disable", id);
        const isRefused = (/** @type {string} */ code) =>
          seenWithin(BOUND_MS, async () => assert.equal((await read(server, next)).json.code, code));
        await isRefused("KEY_DISABLED");
        await run("delete", id);
        await isRefused("INVALID_API_KEY");
        await assert.rejects(run("delete", id), /there is no API key/);
      });
    }

    describe("with other settings", () => {
      let key = "";
      before(async () => {
        ({ key } = await made(await signedIn(server, MAX), { scopes: ["doc:read"], rateLimitEnabled: false }));
        await server.restart({ ...ALWAYS, ...OTHER });
      });

      test("only those who manage keys make them, without metadata, under the operator's prefix, uncounted", async () => {
        const refused = await (await signedIn(server, RITA)).post(`${KEYS}/create`, {});
        assert.deepEqual([refused.status, refused.json.code], [403, "API_KEYS_DISABLED"]);
        const page = await signedIn(server, MAX);
        const one = await made(page);
        assert.deepEqual([one.prefix, one.rateLimitEnabled], ["acme_", false]);
        const metadata = await page.post(`${KEYS}/create`, { metadata: {} });
        assert.deepEqual([metadata.status, metadata.json.code], [400, "METADATA_DISABLED"]);
      });

      test("get-session knows the user of a key, and the key is in no answer", async () => {
        const answer = await send(server.url + GET_SESSION, { headers: { "x-acme-key": key } });
        assert.deepEqual([answer.status, answer.json.user.email], [200, MAX.email]);
        assert.equal(answer.json.session.token, answer.json.session.id);
        assert.match(answer.json.session.expiresAt, /^9999-12-31T/);
        assert.ok(!answer.text.includes(key));
        assert.equal((await withKey(server, key, GET_SESSION)).json, null, "that header means nothing here");
        const wrong = await send(server.url + GET_SESSION, { headers: { "x-acme-key": `${key.slice(0, -1)}-` } });
        assert.deepEqual(wrong.outcome, INVALID);
      });

      test("an address that came with too many keys that nobody knows is refused before a look-up, kept keys aren't", async () => {
        const page = await signedIn(server, MAX);
        const gone = await made(page);
        await page.post(`${KEYS}/delete`, { keyId: gone.id });
        const ask = (/** @type {string} */ one) =>
          send(`${server.url}/api/check`, { json: { permission: "doc:read" }, headers: { "x-acme-key": one } });
        assert.equal((await ask(key)).status, 200);
        for (let turn = 0; turn < 3; turn += 1) assert.deepEqual((await ask(gone.key)).outcome, INVALID);
        assert.equal((await ask(gone.key)).status, 429);
        const closed = await ask(gone.key);
        assert.equal(closed.status, 429);
        assert.equal(closed.headers["x-portcullis-statements"], "0");
        assert.ok(Number(closed.headers["retry-after"]) > 0);
        assert.equal((await ask(key)).status, 200);
      });

      test("an account that asks whether too many keys hold that nobody knows is refused before a look-up", async () => {
        const manager = await signedIn(server, MAX);
        const gone = await made(manager, { scopes: ["doc:read"] });
        await manager.post(`${KEYS}/delete`, { keyId: gone.id });
        const service = await signedIn(server, CHIEF);
        const verify = (/** @type {string} */ one) => service.post(`${KEYS}/verify`, { key: one });
        const invalid = [200, { valid: false, error: INVALID[1], key: null }];
        assert.equal((await verify(key)).json.valid, true);
        const mistaken = `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;
        // A key with a mistake in it is seen by its checksum: it isn't looked up, and isn't counted.
        for (let turn = 0; turn < 8; turn += 1) assert.deepEqual((await verify(mistaken)).outcome, invalid);
        for (let turn = 0; turn < 4; turn += 1) assert.deepEqual((await verify(gone.key)).outcome, invalid);
        const first = await verify(gone.key);
        assert.deepEqual([first.status, first.json], [429, { message: "Too many requests. Please try again later." }]);
        const closed = await verify(gone.key);
        assert.equal(closed.status, 429);
        for (const name of ["retry-after", "x-retry-after"]) {
          assert.ok(Number(closed.headers[name]) > 0 && Number(closed.headers[name]) <= 15, String(closed.headers[name]));
        }
        assert.deepEqual(await fewest(() => verify(gone.key)), [0, 0]);
        assert.deepEqual((await verify(mistaken)).outcome, invalid, "what costs no look-up is answered on");
        assert.deepEqual(await fewest(() => verify(mistaken)), [0, 0]);
        assert.equal((await verify(key)).json.valid, true, "and so is a key that is kept");
        const other = await made(service, { scopes: ["apikey:verify"] });
        const byKey = await send(`${server.url}${KEYS}/verify`, { json: { key: gone.key }, headers: { "x-acme-key": other.key } });
        assert.equal(byKey.status, 429, "by its session or by its key, an account is one");
        const own = await signedIn(server, SECOND);
        assert.deepEqual((await own.post(`${KEYS}/verify`, { key: gone.key })).outcome, invalid, "others are asked on for");
      });
    });
  });
}
