// A gate that is supplied by a server: here a `fetch` that answers as the server does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { createGate } from "../../pkg/src/index.node.js";
import { CLINIC, codeOf, makeSigner } from "./_fixtures.mjs";

const BASE = "https://auth.example";
const HERE = { ward: "w1" };

/** A server with one session, whose answers a test may change. */
async function makeServer({ ttlSecs = 300 } = {}) {
  let signer = await makeSigner();
  const server = {
    grants: ["NURSE@ward:w1"],
    isSignedIn: true,
    isDown: false,
    policy: CLINIC,
    digest: "1",
    asked: [],
    rotate: async () => (signer = await makeSigner("k2")),
    fetch: async (url) => {
      const path = url.slice(BASE.length);
      server.asked.push(path);
      if (server.isDown) throw new TypeError("fetch failed");
      return answer(await server.answers(path));
    },
    answers: async (path) => {
      if (path === "/api/auth/jwks") return signer.jwks;
      if (!server.isSignedIn) return undefined;
      if (path === "/api/policy") return server.policy;
      if (path === "/api/auth/me") {
        return { user: { id: "u1", name: "Ada" }, scopes: ["region:north/ward:w1"], policy: { digest: server.digest } };
      }
      const iat = Math.floor(Date.now() / 1000);
      return { token: await signer.sign({ iss: BASE, aud: BASE, iat, exp: iat + ttlSecs, grants: server.grants }) };
    },
  };
  return server;
}

const answer = (body) => ({ ok: body !== undefined, status: body === undefined ? 401 : 200, json: async () => body });
const open = (server, options = {}) => createGate({ baseUrl: BASE, fetch: server.fetch, ...options });

test("it fetches a token, keys, policy and scopes, and decides by the verified token", async () => {
  const server = await makeServer();
  const gate = await open(server);
  assert.equal(gate.status, "ready");
  assert.equal(gate.can("record:read", HERE), true);
  assert.equal(gate.user.name, "Ada");
  assert.deepEqual(gate.scopes, ["region:north/ward:w1"]);
  assert.deepEqual(server.asked.sort(), ["/api/auth/jwks", "/api/auth/me", "/api/auth/token", "/api/policy"]);
  gate.close();
});

test("signed out, everything is denied, and signing in is a refresh away", async () => {
  const server = await makeServer();
  server.isSignedIn = false;
  const gate = await open(server);
  assert.equal(gate.status, "signed-out");
  assert.equal(gate.can("record:read", HERE), false);
  server.isSignedIn = true;
  await gate.refresh();
  assert.equal(gate.status, "ready");
  assert.equal(gate.can("record:read", HERE), true);
  server.isSignedIn = false;
  await gate.refresh();
  assert.equal(gate.status, "signed-out");
  assert.equal(gate.can("record:read", HERE), false);
  assert.equal(gate.check("record:read", HERE).code, "principal_expired");
  gate.close();
});

test("a refresh brings new grants, fetches the policy only when it has changed, and the keys when they have", async () => {
  const server = await makeServer();
  const gate = await open(server);
  server.digest = gate.policy.digest;
  server.grants = [];
  server.asked = [];
  await gate.refresh();
  assert.equal(gate.can("record:read", HERE), false);
  assert.deepEqual(server.asked.sort(), ["/api/auth/me", "/api/auth/token"]);
  server.grants = ["NURSE@ward:w1"];
  server.digest = "2";
  server.policy = { ...CLINIC, version: "2.0.0" };
  await server.rotate();
  await gate.refresh();
  assert.equal(gate.policy.version, "2.0.0");
  assert.equal(gate.can("record:read", HERE), true);
  gate.close();
});

test("a failed refresh keeps the old token until it expires", async () => {
  const server = await makeServer({ ttlSecs: 2 });
  const gate = await open(server, { refresh: false });
  server.isDown = true;
  assert.equal(await codeOf(() => gate.refresh()), "network_error");
  assert.equal(gate.can("record:read", HERE), true);
  await sleep(2_100);
  assert.equal(gate.can("record:read", HERE), false);
  assert.equal(gate.status, "expired");
  gate.close();
});

test("the token is renewed in the background before it expires, and after failures as soon as it can be", async () => {
  const server = await makeServer({ ttlSecs: 3 });
  const gate = await open(server);
  server.isDown = true;
  await sleep(2_700);
  assert.ok(server.asked.length > 4, "it was asked for");
  server.isDown = false;
  await sleep(2_500);
  assert.equal(gate.status, "ready");
  assert.equal(gate.can("record:read", HERE), true);
  gate.close();
});

test("several who ask for a refresh at once wait for the same one", async () => {
  const server = await makeServer();
  const gate = await open(server);
  server.digest = gate.policy.digest;
  server.asked = [];
  await Promise.all([gate.refresh(), gate.refresh(), gate.refresh()]);
  assert.equal(server.asked.length, 2);
  gate.close();
});

test("a token of another issuer, or a server in trouble, makes no gate", async () => {
  const server = await makeServer();
  assert.equal(await codeOf(() => open(server, { issuer: "https://other.example" })), "issuer_mismatch");
  server.isDown = true;
  assert.equal(await codeOf(() => open(server)), "network_error");
  const broken = async () => ({ ok: false, status: 500, json: async () => ({}) });
  assert.equal(await codeOf(() => createGate({ baseUrl: BASE, fetch: broken })), "http_error");
  assert.equal(await codeOf(() => createGate({ baseUrl: "" })), "malformed_options");
});
