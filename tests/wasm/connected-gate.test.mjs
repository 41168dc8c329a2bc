// A gate that is supplied by a server: here a `fetch` that answers as the server does.

import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { createGate } from "../../pkg/src/index.node.js";
import { eventually } from "../support/pace.mjs";
import { makeSigner, codeOf } from "./_fixtures.mjs";
import { BASE, HERE, PACKED, makeIssuer } from "./_snapshots.mjs";

const SNAPSHOT = "/api/auth/snapshot";
const JWKS = "/api/auth/jwks";

/** A server with one session, whose answers a test may change. */
async function makeServer({ ttlSecs = 300 } = {}) {
  let issuer = await makeIssuer();
  const server = {
    claims: {},
    ttlSecs,
    isSignedIn: true,
    isDown: false,
    /** It has signed nothing yet, and makes its key when it does. */
    isNew: false,
    /** Changes with every change of what a snapshot says. */
    tag: () => JSON.stringify(JSON.stringify(server.claims)),
    nowMs: () => Date.now(),
    asked: [],
    bodiesRead: 0,
    sign: (claims) => issuer.sign(claims),
    rotate: async () => (issuer = await makeIssuer("k2")),
    issue: (nowMs = server.nowMs()) => issuer.issue(nowMs, { ttlSecs: server.ttlSecs, ...server.claims }),
    fetch: async (url, { headers }) => {
      const path = url.slice(BASE.length);
      server.asked.push(path);
      if (server.isDown) throw new TypeError("fetch failed");
      if (path === JWKS) return answer(200, JSON.stringify(server.isNew ? { keys: [] } : issuer.jwks));
      assert.equal(path, SNAPSHOT);
      if (!server.isSignedIn) return answer(401, "{}");
      // After the keys were read that are asked for at the same time.
      await sleep(1);
      server.isNew = false;
      if (headers["if-none-match"] === server.tag()) return answer(304, "");
      return answer(200, await server.issue(), server.tag());
    },
  };
  const answer = (status, body, etag) => ({
    status,
    ok: status === 200,
    headers: new Headers(etag === undefined ? {} : { etag }),
    json: async () => JSON.parse(body),
    text: async () => {
      server.bodiesRead += 1;
      return body;
    },
  });
  return server;
}

const open = (server, options = {}) => createGate({ baseUrl: BASE, fetch: server.fetch, ...options });

/** A gate that refreshes only when it is told to, and how often its listeners were called. */
async function openQuiet(server, options = {}) {
  const gate = await open(server, { refresh: false, ...options });
  const told = { count: 0 };
  gate.subscribe(() => (told.count += 1));
  server.asked = [];
  return { gate, told };
}

test("it fetches a snapshot and the keys, and decides by what the snapshot says", async () => {
  const server = await makeServer();
  const gate = await open(server);
  assert.equal(gate.status, "ready");
  assert.equal(gate.can("record:read", HERE), true);
  assert.equal(gate.user.name, "Ada");
  assert.deepEqual(gate.scopes, ["region:north/ward:w1"]);
  assert.deepEqual(server.asked.sort(), [JWKS, SNAPSHOT]);
  gate.close();
});

test("the first page of a new server finds the key that was made for its snapshot", async () => {
  const server = await makeServer();
  server.isNew = true;
  const gate = await open(server);
  assert.equal(gate.can("record:read", HERE), true);
  assert.deepEqual(server.asked.sort(), [JWKS, JWKS, SNAPSHOT]);
  gate.close();
});

test("a page of a new server that nobody has signed in to is signed out, and follows a sign-in", async () => {
  const server = await makeServer();
  server.isNew = true;
  server.isSignedIn = false;
  const { gate } = await openQuiet(server);
  assert.equal(gate.status, "signed-out");
  server.isSignedIn = true;
  await gate.refresh();
  assert.equal(gate.can("record:read", HERE), true);
  gate.close();
});

test("signed out, everything is denied, and signing in is a refresh away", async () => {
  const server = await makeServer();
  server.isSignedIn = false;
  const { gate, told } = await openQuiet(server);
  assert.equal(gate.status, "signed-out");
  assert.equal(gate.can("record:read", HERE), false);
  await gate.refresh();
  assert.equal(told.count, 0);
  server.isSignedIn = true;
  await gate.refresh();
  assert.deepEqual([told.count, gate.status, gate.can("record:read", HERE)], [1, "ready", true]);
  server.isSignedIn = false;
  await gate.refresh();
  assert.deepEqual([told.count, gate.status, gate.can("record:read", HERE)], [2, "signed-out", false]);
  assert.equal(gate.check("record:read").code, "principal_expired");
  assert.deepEqual([gate.user, gate.scopes, gate.principal.id], [null, [], ""]);
  gate.close();
});

test("a refresh is one request, and brings what has changed", async () => {
  const server = await makeServer();
  const { gate, told } = await openQuiet(server);
  server.claims = { principal: { grants: [] } };
  await gate.refresh();
  assert.deepEqual([server.asked, told.count, gate.can("record:read", HERE)], [[SNAPSHOT], 1, false]);
  server.claims = { policy: { ...PACKED, version: "2.0.0" } };
  await gate.refresh();
  assert.deepEqual([gate.policy.version, gate.can("record:read", HERE)], ["2.0.0", true]);
  gate.close();
});

test("when nothing has changed the answer is 304: nothing is read, verified or told", async () => {
  const server = await makeServer();
  const { gate, told } = await openQuiet(server);
  const before = gate.getSnapshot();
  const read = server.bodiesRead;
  await gate.refresh();
  await gate.refresh();
  assert.deepEqual([server.asked, told.count, server.bodiesRead], [[SNAPSHOT, SNAPSHOT], 0, read]);
  assert.equal(gate.getSnapshot(), before);
  gate.close();
});

test("a snapshot that says the same prolongs the time, and nobody is told", async () => {
  const server = await makeServer();
  const { gate, told } = await openQuiet(server);
  const { expiresSecs } = gate.principal;
  server.tag = () => `"${Math.random()}"`;
  server.nowMs = () => Date.now() + 10_000;
  await gate.refresh();
  assert.deepEqual([told.count, gate.principal.expiresSecs - expiresSecs >= 9], [0, true]);
  gate.close();
});

test("what a program put in force itself is replaced by the next refresh", async () => {
  const server = await makeServer();
  const { gate, told } = await openQuiet(server);
  gate.update({ principal: { id: "u1", grants: [] } });
  assert.deepEqual([told.count, gate.can("record:read", HERE)], [1, false]);
  await gate.refresh();
  assert.deepEqual([told.count, gate.can("record:read", HERE)], [2, true]);
  gate.close();
});

test("an access token that a program has is verified with the server's keys", async () => {
  const server = await makeServer();
  const { gate } = await openQuiet(server);
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: BASE, aud: BASE, iat, exp: iat + 60, grants: [] };
  gate.update({ token: await server.sign(claims) });
  assert.equal(gate.can("record:read", HERE), false);
  const { sign } = await makeSigner();
  assert.equal(await codeOf(async () => gate.update({ token: await sign(claims) })), "signature_invalid");
  gate.close();
});

test("a key that was made since is fetched when it is met", async () => {
  const server = await makeServer();
  const { gate } = await openQuiet(server);
  await server.rotate();
  server.claims = { principal: { grants: [] } };
  await gate.refresh();
  assert.deepEqual(server.asked, [SNAPSHOT, JWKS]);
  assert.equal(gate.can("record:read", HERE), false);
  gate.close();
});

describe("a refresh that is refused changes nothing", () => {
  const cases = [
    ["snapshot_rolled_back", (server) => (server.nowMs = () => Date.now() - 5_000)],
    ["expired", (server) => (server.nowMs = () => Date.now() - 400_000)],
    ["issued_in_future", (server) => (server.nowMs = () => Date.now() + 100_000)],
    ["issuer_mismatch", (server) => (server.claims = { iss: "https://evil.example" })],
    ["audience_mismatch", (server) => (server.claims = { aud: "https://evil.example" })],
    ["typ_mismatch", (server) => (server.claims = { header: { typ: "at+jwt" } })],
    ["subject_mismatch", (server) => (server.claims = { sub: "u2" })],
    ["malformed_snapshot", (server) => (server.claims = { policy: {} , policyDigest: "" })],
    ["policy_syntax", (server) => (server.claims = { policy: { ...PACKED, unknown: 1 } })],
    ["token_too_large", (server) => (server.claims = { user: { name: "x".repeat(200_000) } })],
  ];
  for (const [code, spoil] of cases) {
    test(code, async () => {
      const server = await makeServer();
      const { gate, told } = await openQuiet(server, { subject: "u1" });
      const before = gate.getSnapshot();
      const tag = server.tag();
      spoil(server);
      server.tag = () => `${tag}2`;
      assert.equal(await codeOf(() => gate.refresh()), code);
      assert.equal(gate.getSnapshot(), before);
      assert.deepEqual([told.count, gate.can("record:read", HERE)], [0, true]);
      gate.close();
    });
  }

  test("token_too_large, by the length that was announced, without reading it", async () => {
    const server = await makeServer();
    const fetch = async (url, init) => {
      const response = await server.fetch(url, init);
      if (url.endsWith(SNAPSHOT)) response.headers.set("content-length", String(256 * 1024 + 1));
      return response;
    };
    assert.equal(await codeOf(() => createGate({ baseUrl: BASE, refresh: false, fetch })), "token_too_large");
    assert.equal(server.bodiesRead, 0);
  });
});

test("a failed refresh keeps the old snapshot until it expires", async () => {
  const server = await makeServer({ ttlSecs: 3 });
  const gate = await open(server, { refresh: false });
  server.isDown = true;
  assert.equal(await codeOf(() => gate.refresh()), "network_error");
  assert.equal(gate.can("record:read", HERE), true);
  await sleep(3_100);
  assert.equal(gate.can("record:read", HERE), false);
  assert.equal(gate.status, "expired");
  gate.close();
});

test("a change is seen in the background within the interval", async () => {
  const server = await makeServer();
  const gate = await open(server, { refreshSecs: 1 });
  let told = 0;
  gate.subscribe(() => (told += 1));
  await sleep(1_100);
  assert.equal(told, 0);
  // No timer of this process is more punctual than that.
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  server.claims = { principal: { grants: [] } };
  const changed = performance.now();
  await eventually(() => !gate.can("record:read", HERE), "it sees the change", { everyMs: 5 });
  const seenMs = performance.now() - changed;
  loop.disable();
  assert.ok(seenMs <= 1_100 + loop.max / 1e6, `after ${seenMs} ms; timers waited for ${loop.max / 1e6} ms`);
  assert.equal(told, 1);
  gate.close();
  const { length } = server.asked;
  await sleep(1_200);
  assert.equal(server.asked.length, length, "nothing is asked once it is closed");
});

test("a snapshot is renewed before it expires, and after failures as soon as it can be", async () => {
  const server = await makeServer({ ttlSecs: 3 });
  const gate = await open(server);
  server.tag = () => `"${Math.random()}"`;
  server.isDown = true;
  await sleep(2_700);
  assert.ok(server.asked.length > 2, "it was asked for");
  server.isDown = false;
  const { bodiesRead } = server;
  await eventually(() => server.bodiesRead > bodiesRead && gate.status === "ready", "there is a new one");
  assert.equal(gate.can("record:read", HERE), true);
  gate.close();
});

test("a page that is looked at again, or has its network back, asks at once", async () => {
  const page = new EventTarget();
  page.visibilityState = "hidden";
  const network = new EventTarget();
  globalThis.document = page;
  globalThis.addEventListener = (type, listener) => network.addEventListener(type, listener);
  globalThis.removeEventListener = (type, listener) => network.removeEventListener(type, listener);
  try {
    const server = await makeServer();
    const gate = await open(server);
    server.asked = [];
    await sleep(1_100);
    page.dispatchEvent(new Event("visibilitychange"));
    await sleep(20);
    assert.deepEqual(server.asked, [], "not while it is hidden");
    page.visibilityState = "visible";
    page.dispatchEvent(new Event("visibilitychange"));
    page.dispatchEvent(new Event("visibilitychange"));
    await sleep(20);
    assert.deepEqual(server.asked, [SNAPSHOT]);
    await sleep(1_100);
    network.dispatchEvent(new Event("online"));
    await sleep(20);
    assert.deepEqual(server.asked, [SNAPSHOT, SNAPSHOT]);
    gate.close();
    page.dispatchEvent(new Event("visibilitychange"));
    network.dispatchEvent(new Event("online"));
    await sleep(1_100);
    assert.equal(server.asked.length, 2);
  } finally {
    delete globalThis.document;
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test("several who ask for a refresh at once wait for the same one", async () => {
  const server = await makeServer();
  const { gate } = await openQuiet(server);
  await Promise.all([gate.refresh(), gate.refresh(), gate.refresh()]);
  assert.deepEqual(server.asked, [SNAPSHOT]);
  gate.close();
});

test("a snapshot of another issuer, or a server in trouble, makes no gate", async () => {
  const server = await makeServer();
  assert.equal(await codeOf(() => open(server, { issuer: "https://other.example" })), "issuer_mismatch");
  server.isDown = true;
  assert.equal(await codeOf(() => open(server)), "network_error");
  const broken = async () => ({ ok: false, status: 500, headers: new Headers(), json: async () => ({}), text: async () => "" });
  assert.equal(await codeOf(() => createGate({ baseUrl: BASE, fetch: broken })), "http_error");
  assert.equal(await codeOf(() => createGate({ baseUrl: "" })), "malformed_options");
  for (const refreshSecs of [0, 0.9, -1, NaN]) {
    assert.equal(await codeOf(() => open(server, { refreshSecs })), "malformed_options");
  }
});
