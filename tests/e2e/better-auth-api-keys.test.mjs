// @ts-check
// The published API key plugin of the Better Auth client, unchanged, against every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { apiKeyClient } from "@better-auth/api-key/client";
import { createAuthClient } from "better-auth/client";

import { browserFetch } from "../support/browser-fetch.mjs";
import { send } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { GET_SESSION } from "./suites/shared.mjs";

const ANN = { email: "ann@example.org", password: "correct horse battery" };
const BOB = { email: "bob@example.org", password: "staple and paper" };

/** A client with a cookie jar and the page's origin. @param {import("./suites/shared.mjs").Server} server */
function clientOf(server) {
  const fetchOptions = { customFetchImpl: browserFetch(server) };
  return createAuthClient({ baseURL: server.url, plugins: [apiKeyClient()], fetchOptions });
}

/** What a call gave, which must be no refusal. @param {Promise<any>} call */
async function data(call) {
  const { data, error } = await call;
  assert.equal(error, null);
  return data;
}

/** `[status, code]` of a refusal. @param {Promise<any>} call */
async function refusal(call) {
  const { data, error } = await call;
  assert.equal(data, null);
  return [error.status, error.code];
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    /** @type {any} The plugin of the server, whose types these are, isn't here. */
    let client;
    before(async () => {
      server = await host.start({ users: [ANN, BOB], env: { PORTCULLIS_API_KEY_SESSIONS: "on" } });
      client = clientOf(server);
      await data(client.signIn.email(ANN));
    });
    after(() => server?.stop());

    test("a key is made as the client expects it", async () => {
      const key = await data(client.apiKey.create({ name: "k", expiresIn: 604800, prefix: "pk_", metadata: { a: 1 } }));
      assert.ok(key.key.startsWith("pk_"));
      assert.equal(key.key.length, 67);
      assert.match(key.start, /^pk_[0-9A-Za-z]{3}$/);
      assert.equal(key.rateLimitMax, 10);
      for (const at of [key.expiresAt, key.createdAt, key.updatedAt]) assert.ok(at instanceof Date);
      assert.deepEqual([key.name, key.metadata, key.enabled, key.remaining], ["k", { a: 1 }, true, null]);
    });

    test("what only the server sets is refused", async () => {
      assert.deepEqual(await refusal(client.apiKey.create({ remaining: 5 })), [400, "SERVER_ONLY_PROPERTY"]);
    });

    test("a key is listed, read, changed and deleted, and then it is gone", async () => {
      const { id } = await data(client.apiKey.create({ name: "k1" }));
      const { apiKeys, total } = await data(client.apiKey.list());
      assert.equal(total, apiKeys.length);
      const listed = apiKeys.find((/** @type {any} */ one) => one.id === id);
      assert.ok(listed.createdAt instanceof Date && !("key" in listed));
      assert.deepEqual(await data(client.apiKey.get({ query: { id } })), listed);
      const page = await data(client.apiKey.list({ query: { limit: 1, offset: 0, sortBy: "createdAt", sortDirection: "desc" } }));
      assert.deepEqual([page.apiKeys.length, page.limit, page.offset], [1, 1, 0]);
      const changed = await data(client.apiKey.update({ keyId: id, name: "k2", enabled: false }));
      assert.deepEqual([changed.name, changed.enabled, "key" in changed], ["k2", false, false]);
      assert.deepEqual(await data(client.apiKey.delete({ keyId: id })), { success: true });
      assert.deepEqual(await refusal(client.apiKey.delete({ keyId: id })), [404, "KEY_NOT_FOUND"]);
    });

    test("a key is its owner's alone", async () => {
      const { id } = await data(client.apiKey.create({ name: "mine" }));
      const other = /** @type {any} */ (clientOf(server));
      assert.deepEqual(await refusal(other.apiKey.list()), [401, "UNAUTHORIZED"]);
      await data(other.signIn.email(BOB));
      assert.deepEqual(await refusal(other.apiKey.get({ query: { id } })), [404, "KEY_NOT_FOUND"]);
      assert.deepEqual(await refusal(other.apiKey.update({ keyId: id, name: "x" })), [404, "KEY_NOT_FOUND"]);
      assert.deepEqual(await refusal(other.apiKey.delete({ keyId: id })), [404, "KEY_NOT_FOUND"]);
    });

    test("a key gives a session where the operator wants that, ten times a day by default", async () => {
      const { key, id } = await data(client.apiKey.create({ name: "session" }));
      const ask = () => send(server.url + GET_SESSION, { headers: { "x-api-key": key } });
      const { json } = await ask();
      assert.deepEqual([json.session.id, json.session.userId, json.user.email], [id, json.user.id, ANN.email]);
      assert.notEqual(json.session.token, key, "the key is told once, when it is made");
      for (let turn = 2; turn <= 10; turn += 1) assert.equal((await ask()).status, 200);
      const eleventh = await ask();
      assert.deepEqual([eleventh.status, eleventh.json.code], [429, "RATE_LIMITED"]);
      assert.ok(eleventh.json.details.tryAgainIn > 0);
      const bad = await send(server.url + GET_SESSION, { headers: { "x-api-key": "x".repeat(70) } });
      assert.deepEqual([bad.status, bad.json.code], [401, "INVALID_API_KEY"]);
      const short = await send(server.url + GET_SESSION, { headers: { "x-api-key": "x" } });
      assert.deepEqual([short.status, short.json.code], [403, "INVALID_API_KEY"]);
    });
  });
}
