// @ts-check
// What holds for every request: paths, request ids, the log.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { ANN, CHECK, JWKS, SIGN_IN, SIGN_OUT, TIME_FORM, TOKEN, TOKEN_FORM, UNAUTHORIZED, typed } from "./shared.mjs";

/** @param {() => import("./shared.mjs").Server} server */
export function transport(server) {
  describe("transport", () => {
    test("ok says that the server is there", async () => {
      assert.deepEqual((await send(`${server().url}/api/auth/ok`)).outcome, [200, { ok: true }]);
    });

    for (const [method, path] of [
      ["GET", "/api/auth/nothing"],
      ["GET", "/api/auth"],
      ["GET", "/api/nothing"],
      ["GET", "/api/auth/ok/"],
      ["GET", "/api/auth//ok"],
      ["POST", "/api/auth/ok"],
      ["GET", SIGN_IN],
      ["PUT", SIGN_IN],
      ["OPTIONS", SIGN_IN],
      ["GET", SIGN_OUT],
      ["POST", JWKS],
      ["DELETE", "/api/policy"],
      ["GET", CHECK],
    ]) {
      test(`${method} ${path} is 404 without a body`, async () => {
        const answer = await send(server().url + path, { method });
        assert.deepEqual([answer.status, answer.text, answer.headers["content-type"]], [404, "", undefined]);
      });
    }

    test("every answer has a request id of its own, a refusal as well", async () => {
      const ids = new Set();
      for (const path of ["/api/auth/ok", "/api/auth/me", "/api/auth/nothing"]) {
        const answer = await send(server().url + path);
        assert.match(answer.requestId, TOKEN_FORM);
        assert.equal(answer.headers["x-content-type-options"], "nosniff");
        ids.add(answer.headers["x-request-id"]);
      }
      assert.equal(ids.size, 3);
    });

    test("a request id of the trusted header is taken over, and one that could break a line isn't", async () => {
      const id = "proxy-7.a_b:c/d+e=";
      const taken = await send(`${server().url}/api/auth/ok`, { headers: { "x-proxy-id": id } });
      assert.equal(taken.headers["x-request-id"], id);
      for (const bad of ["a b", 'a"b', "a\tb", "", "x".repeat(129)]) {
        const answer = await send(`${server().url}/api/auth/ok`, { headers: { "x-proxy-id": bad } });
        assert.match(answer.requestId, TOKEN_FORM, JSON.stringify(bad));
      }
    });

    test("a value outside ASCII isn't taken for what is left of it without that", async () => {
      // Node writes a byte for each character: é by Latin-1, and by UTF-8 é, 中 and a face of four bytes.
      const strange = ["\xe9", ...["é", "中", "😀"].map((text) => Buffer.from(text).toString("latin1"))];
      const page = await signedIn(server(), ANN);
      const { token } = (await page.get(TOKEN)).json;
      for (const bytes of strange) {
        const headers = { "x-proxy-id": `proxy-${bytes}7`, "user-agent": `browser ${bytes}`, authorization: `Bearer ${token}${bytes}` };
        const answer = await send(`${server().url}/api/auth/me`, { headers });
        assert.deepEqual(answer.outcome, UNAUTHORIZED, bytes);
        assert.match(answer.requestId, TOKEN_FORM, bytes);
        const signIn = await send(server().url + SIGN_IN, { json: typed(ANN), headers: { "user-agent": `browser ${bytes}` } });
        assert.equal(signIn.status, 200, signIn.text);
        const sessions = await send(`${server().url}/api/auth/get-session`, { headers: { authorization: `Bearer ${signIn.json.token}` } });
        assert.equal(sessions.json?.session.userAgent, "", bytes);
      }
    });

    test("a header with a control character in it makes no request", async () => {
      for (const path of ["/api/auth/ok", "/api/auth/me"]) {
        assert.equal(await statusOf(server().url + path, "before\x01after"), 400, path);
        assert.equal(await statusOf(server().url + path, "before\x7fafter"), 400, path);
        assert.notEqual(await statusOf(server().url + path, "before\tafter"), 400, path);
      }
    });

    test("a request id of any other header counts for nothing", async () => {
      const answer = await send(`${server().url}/api/auth/ok`, { headers: { "x-request-id": "mine" } });
      assert.match(answer.requestId, TOKEN_FORM);
    });

    test("a request is one JSON line of the log, with id, status, latency and whose it was", async () => {
      const page = await signedIn(server(), ANN);
      const answer = await page.get("/api/auth/me?q=not+for+the+log");
      const id = answer.headers["x-request-id"];
      const [line, ...more] = await server().running.logged((one) => one.requestId === id);
      assert.deepEqual(more, []);
      const { ts, latencyMs, traceId, spanId, ...rest } = line;
      assert.match(`${traceId}-${spanId}`, /^[0-9a-f]{32}-[0-9a-f]{16}$/);
      assert.match(ts, TIME_FORM);
      assert.ok(Number.isInteger(latencyMs) && latencyMs >= 0);
      assert.deepEqual(rest, {
        level: "info",
        msg: "request",
        requestId: id,
        method: "GET",
        path: "/api/auth/me",
        status: 200,
        userId: answer.json.user.id,
      });
    });

    test("the log holds no password, no token, no cookie and no query", async () => {
      const page = await signedIn(server(), ANN);
      const secret = "a secret that is sent in every place";
      const query = `?token=${encodeURIComponent(secret)}`;
      await send(server().url + SIGN_IN + query, { json: { ...typed(ANN), password: secret } });
      await send(server().url + SIGN_IN, { body: `{"password":"${secret}"`, headers: { "content-type": "application/json" } });
      await page.send(`/api/auth/me${query}`, { headers: { "x-anything": secret } });
      const jwt = (await page.get(TOKEN)).json.token;
      const last = await send(`${server().url}/api/auth/me`, { headers: { authorization: `Bearer ${jwt}` } });
      await server().running.logged((one) => one.requestId === last.headers["x-request-id"]);
      const session = page.jar.get("better-auth.session_token") ?? assert.fail("no cookie");
      const text = server().running.lines.join("\n") + server().running.errors;
      const parts = [secret, encodeURIComponent(secret), ANN.password, session, session.split(".")[0], jwt];
      for (const part of parts) assert.ok(!text.includes(part ?? ""), "a secret is in the log");
      assert.ok(server().running.log.length > 10);
    });
  });
}

/**
 * The status that a GET gets whose header holds this: Node's own client wouldn't send it.
 *
 * @param {string} url @param {string} value one byte for each character
 * @returns {Promise<number>}
 */
function statusOf(url, value) {
  const { hostname, port, pathname, host } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nx-some: ${value}\r\nconnection: close\r\n\r\n`, "latin1");
    });
    socket.on("data", (data) => (text += data.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(text.split(" ")[1])));
  });
}
