// @ts-check
// Decisions over HTTP: what a caller may do, why not, and what its page is told to decide with.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send, signedIn } from "../support/http.mjs";
import { portcullis } from "../support/server.mjs";
import { HOSTS, shippedPolicy } from "../support/worker.mjs";
import { ACT, ANN, BOB, CHECK, GET_SESSION, ME, POLICY } from "./suites/shared.mjs";

const EVE = { email: "eve@example.org", password: "national interest", roles: ["NATIONAL_ADMIN"] };
const NOA = { email: "noa@example.org", password: "holds no role at all" };
const SCOPES = ["state:ca/team:t7", "state:ca/team:t8", "state:nv/team:t9"];

for (const host of HOSTS) {
  describe(`${host.name} with scopes`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => (server = await host.start({ users: [ANN, BOB, EVE, NOA], scopes: SCOPES })));
    after(() => server?.stop());

    test("one check is answered with its explanation", async () => {
      const ann = await signedIn(server, ANN);
      const answer = await ann.post(CHECK, { permission: "pin:reveal", scope: { team: "t7" } });
      const { message, clause, ...rest } = answer.json;
      assert.equal(answer.status, 200);
      assert.deepEqual(rest, { allow: true, code: "role_granted", grantedBy: "STATE_ADMIN@state:ca", missing: [] });
      assert.equal(clause.path, "permissions.pin:reveal");
      assert.equal(typeof message, "string");
    });

    test("a denial is an answer too, and says what is missing", async () => {
      const bob = await signedIn(server, BOB);
      const answer = await bob.post(CHECK, { permission: "pin:reveal", scope: "state:ca/team:t7" });
      assert.deepEqual([answer.status, answer.json.allow, answer.json.code], [200, false, "no_role"]);
      const grants = answer.json.missing.filter((/** @type {unknown[]} */ set) => set.length === 1).flat();
      const narrow = grants.filter((/** @type {{ scope: string }} */ grant) => grant.scope === "state:ca/team:t7");
      assert.deepEqual(narrow.map((/** @type {{ role: string }} */ grant) => grant.role).sort(), ["NATIONAL_ADMIN", "STATE_ADMIN"]);
    });

    test("many checks are answered in their order, and each like one alone", async () => {
      const ann = await signedIn(server, ANN);
      const checks = [
        { permission: "pin:reveal", scope: "state:ca/team:t8" },
        { permission: "pin:reveal", scope: "state:nv/team:t9" },
        { permission: "policy:ack", scope: "team:t7" },
        { permission: "pin:reveal", scope: "team:t9" },
        { permission: "pin:reveal" },
        { permission: "no:such" },
        { permission: "pin:reveal", scope: "planet:mars" },
        {},
        "nonsense",
      ];
      const { results } = (await ann.post(CHECK, { checks })).json;
      assert.deepEqual(
        results.map((/** @type {{ code: string }} */ one) => one.code),
        [
          ...["role_granted", "out_of_scope", "no_role", "out_of_scope", "out_of_scope"],
          ...["unknown_permission", "unknown_scope_level", "malformed_request", "malformed_request"],
        ],
      );
      for (const [index, check] of checks.slice(0, 7).entries()) {
        assert.deepEqual((await ann.post(CHECK, check)).json, results[index]);
      }
    });

    test("a team's state is what the server knows of it, not what the caller says", async () => {
      const ann = await signedIn(server, ANN);
      const lie = { permission: "pin:reveal", scope: "state:ca/team:t9" };
      assert.equal((await ann.post(CHECK, lie)).json.allow, false);
    });

    test("may-do-everything isn't implied by the highest role: the table says no to policy:ack", async () => {
      const eve = await signedIn(server, EVE);
      for (const permission of ["policy:ack", "telemetry:write"]) {
        assert.equal((await eve.post(CHECK, { permission, scope: "team:t7" })).json.code, "no_role");
      }
      assert.equal((await eve.post(CHECK, { permission: "pin:reveal", scope: "team:t7" })).json.allow, true);
    });

    test("a thousand checks are answered at once, and one more is refused", async () => {
      const ann = await signedIn(server, ANN);
      const checks = Array.from({ length: 1000 }, () => ({ permission: "pin:reveal", scope: "team:t7" }));
      const { results } = (await ann.post(CHECK, { checks })).json;
      assert.equal(results.filter((/** @type {{ allow: boolean }} */ one) => one.allow).length, 1000);
      const answer = await ann.post(CHECK, { checks: [...checks, {}] });
      const message = "[body.checks] Too big: expected array to have <=1000 items";
      assert.deepEqual(answer.outcome, [400, { code: "VALIDATION_ERROR", message }]);
    });

    test("checks that are no list are refused", async () => {
      const ann = await signedIn(server, ANN);
      const message = "[body.checks] Invalid input: expected array, received string";
      assert.deepEqual((await ann.post(CHECK, { checks: "all" })).outcome, [400, { code: "VALIDATION_ERROR", message }]);
    });

    test("a guarded endpoint does what the check said: 200, or 403 with the explanation", async () => {
      const ann = await signedIn(server, ANN);
      const allowed = await ann.post(ACT, { permission: "pin:reveal", scope: "team:t7" });
      assert.deepEqual(allowed.outcome, [200, { allow: true, code: "role_granted" }]);
      const request = { permission: "pin:reveal", scope: "team:t9" };
      const explanation = (await ann.post(CHECK, request)).json;
      const { code, message } = explanation;
      assert.deepEqual((await ann.post(ACT, request)).outcome, [403, { code, message, explanation }]);
    });

    test("a guarded endpoint refuses a body that makes no sense", async () => {
      const ann = await signedIn(server, ANN);
      const message =
        "[body.permission] Invalid input: expected string, received undefined; " +
        "[body.scope] Invalid input: expected string or object";
      assert.deepEqual((await ann.post(ACT, { scope: 7 })).outcome, [400, { code: "VALIDATION_ERROR", message }]);
    });

    test("me tells what the caller holds, which scopes that reaches, and by which policy", async () => {
      const document = JSON.parse(await portcullis(["policy", "json", "field-ops"]));
      /** @type {[typeof NOA & { roles?: string[] }, string[]][]} */
      const expected = [
        [ANN, ["state:ca", "state:ca/team:t7", "state:ca/team:t8"]],
        [BOB, ["state:ca/team:t7"]],
        // A team is registered with the state that it lies in.
        [EVE, ["state:ca", "state:ca/team:t7", "state:ca/team:t8", "state:nv", "state:nv/team:t9"]],
        [NOA, []],
      ];
      for (const [user, scopes] of expected) {
        const page = await signedIn(server, user);
        const { session, user: shown } = (await page.get(GET_SESSION)).json;
        const me = (await page.get(ME)).json;
        assert.deepEqual([me.user, me.session, me.scopes], [shown, session, scopes]);
        const expiresSecs = Math.floor(Date.parse(session.expiresAt) / 1000);
        assert.deepEqual(me.principal, { id: shown.id, grants: user.roles ?? [], expiresSecs });
        assert.deepEqual([me.policy.name, me.policy.version], [document.name, document.version]);
      }
    });

    test("the policy is the document that the program prints, and isn't sent twice", async () => {
      const ann = await signedIn(server, ANN);
      const first = await ann.get(POLICY);
      assert.deepEqual(first.json, JSON.parse(await portcullis(["policy", "json", "field-ops"])));
      const tag = String(first.headers["etag"]);
      assert.equal(tag, `"${(await ann.get(ME)).json.policy.digest}"`);
      assert.equal(first.headers["cache-control"], "private, no-cache");
      const second = await ann.send(POLICY, { headers: { "if-none-match": tag } });
      assert.deepEqual([second.status, second.text, second.headers["etag"]], [304, "", tag]);
      const other = await ann.send(POLICY, { headers: { "if-none-match": '"another"' } });
      assert.equal(other.status, 200);
    });
  });

  describe(`${host.name} with tiers`, () => {
    const bea = { email: "bea@example.org", password: "sees things early", tier: "beta", roles: ["member"] };
    const pat = { email: "pat@example.org", password: "sees what all see", roles: ["member"] };
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    // As text, the way that a policy of one's own is given to the worker.
    before(async () => {
      const policyText = await shippedPolicy("release-tiers");
      server = await host.start({ users: [bea, pat], policyText });
    });
    after(() => server?.stop());

    test("apps and tiers are decided by the user's tier, which is the policy's default if none is set", async () => {
      const checks = [{ app: "calendar" }, { app: "whiteboard" }, { app: "lab" }, { tier: "beta" }, { app: "none" }];
      /** @type {[typeof pat, string[]][]} */
      const expected = [
        [bea, ["tier_sufficient", "tier_sufficient", "tier_too_low", "tier_sufficient", "unknown_app"]],
        [pat, ["tier_sufficient", "tier_too_low", "tier_too_low", "tier_too_low", "unknown_app"]],
      ];
      for (const [user, codes] of expected) {
        const page = await signedIn(server, user);
        const { results } = (await page.post(CHECK, { checks })).json;
        assert.deepEqual(results.map((/** @type {{ code: string }} */ one) => one.code), codes);
      }
    });

    test("a permission may need a tier as well, and the explanation names the one", async () => {
      const page = await signedIn(server, pat);
      const { json } = await page.post(CHECK, { permission: "feedback:send" });
      assert.deepEqual([json.allow, json.code, json.missing], [false, "tier_too_low", [[{ kind: "tier", tier: "beta" }]]]);
      const other = await signedIn(server, bea);
      assert.equal((await other.post(CHECK, { permission: "feedback:send" })).json.allow, true);
    });

    test("the tier is a claim of the access token, also when it is the default", async () => {
      for (const [user, tier] of /** @type {const} */ ([[bea, "beta"], [pat, "public"]])) {
        const page = await signedIn(server, user);
        const { token } = (await page.get("/api/auth/token")).json;
        const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
        assert.equal(claims.tier, tier);
      }
    });

    test("without a session there is no policy and no check", async () => {
      assert.equal((await send(server.url + POLICY)).status, 401);
      assert.equal((await send(server.url + CHECK, { json: { app: "welcome" } })).status, 401);
    });
  });
}
