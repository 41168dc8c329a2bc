// @ts-check
// An administrator acts as somebody else: the published Better Auth client with its admin plugin, by cookie
// and by bearer, against every host; and what the server refuses meanwhile.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { adminClient, jwtClient } from "better-auth/client/plugins";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";

import { browserFetch } from "../support/browser-fetch.mjs";
import { CookieJar, send, signedIn } from "../support/http.mjs";
import { portcullis } from "../support/program.mjs";
import { HOSTS } from "../support/worker.mjs";
import { ALLOWED, OTHERWISE, REFUSED } from "./suites/impersonation.mjs";
import { CLERK, HEAD, PEER, POLICY_TEXT } from "./suites/office.mjs";
import { ACT, GET_SESSION, JWKS, TOKEN } from "./suites/shared.mjs";

const BEGIN = "/api/auth/admin/impersonate-user";
const HOUR_MS = 3_600_000;

/** @typedef {import("./suites/shared.mjs").Server} Server */

/** A browser with the published client in it. @param {Server} server */
function browserOf(server) {
  const jar = new CookieJar();
  const fetchOptions = { customFetchImpl: browserFetch(server, jar) };
  return { client: createAuthClient({ baseURL: server.url, plugins: [adminClient(), jwtClient()], fetchOptions }), jar };
}

/** The published client of somebody who keeps tokens itself. @param {Server} server @param {() => string} token */
function bearerOf(server, token) {
  let handed = "";
  const client = createAuthClient({
    baseURL: server.url,
    plugins: [adminClient(), jwtClient()],
    fetchOptions: {
      auth: { type: "Bearer", token },
      onSuccess: ({ response }) => {
        handed = response.headers.get("set-auth-token") ?? handed;
      },
    },
  });
  return { client, handed: () => handed };
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {Server} */
    let server;
    /** @type {Record<string, string>} */
    const ids = {};
    before(async () => {
      const env = { PORTCULLIS_DELETE_USER: "on" };
      server = await host.start({ policyText: POLICY_TEXT, users: [HEAD, PEER, CLERK], env });
      for (const user of [HEAD, PEER, CLERK]) {
        const page = await signedIn(server, user);
        ids[user.email] = (await page.get(GET_SESSION)).json.user.id;
      }
    });
    after(() => server?.stop());

    const clerk = () => String(ids[CLERK.email]);
    const head = () => String(ids[HEAD.email]);
    const record = async (/** @type {string} */ action) =>
      (await server.auditRecords()).findLast((one) => one.action === action);

    test("by cookie: impersonateUser(), getSession(), stopImpersonating()", async () => {
      const { client, jar } = browserOf(server);
      await client.signIn.email({ email: HEAD.email, password: HEAD.password });
      const before = jar.names.filter((name) => name.includes("session"));
      const begun = await client.admin.impersonateUser({ userId: clerk() });
      assert.equal(begun.error, null);
      assert.equal(begun.data?.user.email, CLERK.email);
      assert.ok(jar.names.includes("better-auth.admin_session"));
      const now = await client.getSession();
      assert.equal(/** @type {any} */ (now.data?.session).impersonatedBy, head());
      assert.equal(now.data?.user.id, clerk());
      const lasts = (now.data?.session.expiresAt.getTime() ?? 0) - Date.now();
      assert.ok(lasts > HOUR_MS - 60_000 && lasts <= HOUR_MS, `${lasts} ms`);
      const stopped = await client.admin.stopImpersonating();
      assert.equal(stopped.error, null);
      assert.equal(/** @type {any} */ (stopped.data)?.user.email, HEAD.email);
      const back = await client.getSession();
      assert.equal(back.data?.user.id, head());
      assert.equal(/** @type {any} */ (back.data?.session).impersonatedBy, undefined);
      assert.deepEqual(jar.names.filter((name) => name.includes("session")), before);
      const again = await client.admin.stopImpersonating();
      assert.deepEqual([again.error?.status, again.error?.message], [400, "You are not impersonating anyone"]);
    });

    test("by bearer: the other token is handed over, and one's own stays what it was", async () => {
      const signIn = await send(`${server.url}/api/auth/sign-in/email`, { json: { email: HEAD.email, password: HEAD.password } });
      const own = String(signIn.json.token);
      const mine = bearerOf(server, () => own);
      const begun = await mine.client.admin.impersonateUser({ userId: clerk() });
      assert.equal(begun.error, null);
      const token = String(begun.data?.session.token);
      assert.equal(mine.handed().split(".")[0], token);
      const other = bearerOf(server, () => token);
      assert.equal((await other.client.getSession()).data?.user.id, clerk());
      assert.equal((await mine.client.getSession()).data?.user.id, head());
      const stopped = await other.client.admin.stopImpersonating();
      assert.equal(/** @type {any} */ (stopped.data)?.user.id, head());
      assert.equal((await other.client.getSession()).data, null);
      assert.equal((await mine.client.getSession()).data?.user.id, head());
    });

    test("tokens and records name both", async () => {
      const page = await signedIn(server, HEAD);
      assert.equal((await page.post(BEGIN, { userId: clerk() })).status, 200);
      const { token } = (await page.get(TOKEN)).json;
      const keys = createRemoteJWKSet(new URL(JWKS, server.url));
      const { payload } = await jwtVerify(token, keys, { issuer: server.origin, audience: server.origin });
      assert.equal(payload.sub, clerk());
      assert.equal(/** @type {any} */ (payload["act"]).sub, head());
      assert.equal((await page.post(ACT, { permission: "doc:read" })).status, 200);
      const told = await record("doc.read");
      assert.deepEqual([told.user ?? told.userId ?? told.user_id, told.fields.act], [clerk(), head()]);
      const begun = await record("user.impersonate");
      assert.equal(begun.fields.by, head());
    });

    test("never upwards or sideways, never as oneself, never from within, and only who may", async () => {
      const page = await signedIn(server, HEAD);
      const code = async (/** @type {string} */ id) => (await page.post(BEGIN, { userId: id })).json.code;
      assert.equal(await code(String(ids[PEER.email])), "YOU_CANNOT_IMPERSONATE_ADMINS");
      assert.equal(await code(head()), "YOU_CANNOT_IMPERSONATE_YOURSELF");
      assert.equal(await code("nobody"), "USER_NOT_FOUND");
      const low = await signedIn(server, CLERK);
      const refused = await low.post(BEGIN, { userId: head() });
      assert.deepEqual([refused.status, refused.json.code], [403, "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS"]);
      assert.equal((await page.post(BEGIN, { userId: clerk() })).status, 200);
      assert.equal(await code(clerk()), "ACTOR_NOT_ALLOWED");
      const nobody = await send(server.url + BEGIN, { json: { userId: clerk() } });
      assert.deepEqual([nobody.status, nobody.text], [401, ""]);
    });

    test("it ends with the administrator's own session", async () => {
      const page = await signedIn(server, HEAD);
      assert.equal((await page.post(BEGIN, { userId: clerk() })).status, 200);
      const { token } = (await page.get(TOKEN)).json;
      const { sid } = /** @type {any} */ (decodeJwt(token)["act"]);
      const other = await signedIn(server, HEAD);
      assert.equal((await other.post("/api/auth/revoke-session", { token: sid })).status, 200);
      assert.equal((await page.get(GET_SESSION)).json, null);
    });

    test("every sensitive call refuses it", async () => {
      const page = await signedIn(server, HEAD);
      const begun = await page.post(BEGIN, { userId: clerk() });
      assert.equal(begun.status, 200);
      const failed = [];
      for (const [method, path, json] of REFUSED) {
        const named = path.replaceAll(/\{\w+\}/g, "x");
        const kind = path.endsWith("/import") ? { body: "email\n", headers: { "content-type": "text/csv" } } : { json };
        const answer = await page.send(named, method === "GET" ? { method } : { method, ...kind });
        if (answer.status !== 403) failed.push(`${method} ${path}: ${answer.status} ${answer.text}`);
      }
      assert.deepEqual(failed, []);
      assert.equal((await page.get(GET_SESSION)).json.user.id, clerk());
    });
  });
}

test("every endpoint that changes something is either refused or allowed to one who acts as somebody else", async () => {
  const { paths } = JSON.parse(await portcullis(["openapi"]));
  const changing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(/** @type {object} */ (methods))
      .filter((method) => ["post", "put", "patch", "delete"].includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.ok(changing.length > 60, `${changing.length}`);
  const refused = REFUSED.map(([method, path]) => `${method} ${path.split("?")[0]}`);
  const unknown = changing.filter(
    (one) => !refused.includes(one) && !ALLOWED.includes(one) && !OTHERWISE.some((form) => form.test(one)),
  );
  assert.deepEqual(unknown, []);
  const gone = [...refused, ...ALLOWED].filter((one) => !one.startsWith("GET") && !changing.includes(one));
  assert.deepEqual(gone, []);
});
