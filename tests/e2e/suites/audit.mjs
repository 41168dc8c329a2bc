// @ts-check
// The audit log: what happened is in it, with the request's id, as RFC 5424 lines.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Page, send, signedIn } from "../../support/http.mjs";
import { ACT, ANN, DAN, SIGN_IN, SIGN_OUT, typed } from "./shared.mjs";

// RFC 5424 section 6, without what this product leaves out: <PRI>VERSION TIME HOST APP PROCID MSGID
// [ID PARAM="VALUE" …].
const VALUE = String.raw`(?:[^"\\\]\x00-\x1f]|\\["\\\]]|\\u\{[0-9a-f]+\})*`;
const NAME = String.raw`[!#-<>-\\^-~]{1,32}`;
const LINE = new RegExp(
  String.raw`^<(8[46])>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) portcullis - ([!-~]{1,32}) ` +
    String.raw`\[portcullis@32473((?: ${NAME}="${VALUE}")+)\]$`,
);

/** @param {string} line */
function parsed(line) {
  const [, priority, time, , action, params = ""] = LINE.exec(line) ?? assert.fail(`no RFC 5424 line: ${line}`);
  const pairs = [...params.matchAll(new RegExp(` (${NAME})="(${VALUE})"`, "g"))];
  return { priority, time, action, ...Object.fromEntries(pairs.map(([, name, value]) => [name, value])) };
}

/** @param {() => import("./shared.mjs").Server} server */
export function audit(server) {
  describe("audit", () => {
    /** @type {Record<string, any>[]} */
    let events = [];
    let lines = /** @type {string[]} */ ([]);
    const ids = /** @type {Record<string, string>} */ ({});
    let user = { id: "" };

    // Exporting costs seconds on D1, so everything happens first.
    before(async () => {
      const page = new Page(server());
      const begun = await page.signIn(ANN);
      user = begun.json.user;
      ids["ok"] = begun.requestId;
      ids["act"] = (await page.post(ACT, { permission: "pin:reveal", scope: "state:ca" })).requestId;
      ids["denied"] = (await page.post(ACT, { permission: "policy:ack", scope: { state: "ca" } })).requestId;
      ids["out"] = (await page.post(SIGN_OUT)).requestId;
      ids["again"] = (await page.post(SIGN_OUT)).requestId;
      const headers = { "user-agent": 'a "browser"] x="y' };
      const attempt = async (/** @type {object} */ json) => (await send(server().url + SIGN_IN, { json, headers })).requestId;
      ids["wrong"] = await attempt({ ...typed(ANN), password: "wrong" });
      ids["unknown"] = await attempt({ ...typed(ANN), email: 'a"]\\b@example.org' });
      ids["disabled"] = await attempt(typed(DAN));
      ids["malformed"] = await attempt({ ...typed(ANN), email: "ann" });
      ids["long"] = await attempt({ ...typed(ANN), password: "x".repeat(5000) });
      lines = (await server().exportAudit()).trimEnd().split("\n");
      events = lines.map(parsed);
    });
    after(() => (events = []));

    const of = (/** @type {string} */ name) => {
      const found = events.filter((event) => event["request"] === ids[name]);
      assert.equal(found.length, 1, `events of ${name}`);
      const { id: _id, time: _time, latency_ms: latency, request: _request, ip, agent: _agent, session: _session, trace: _trace, failures = "1", ...rest } = found[0] ?? {};
      assert.match(latency, /^\d+$/);
      assert.equal(ip, "127.0.0.1");
      assert.match(failures, /^[1-9]\d*$/);
      return rest;
    };

    test("every line is one of RFC 5424, numbered upwards", () => {
      assert.ok(lines.length >= 7);
      const numbers = events.map((event) => Number(event["id"]));
      assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
    });

    test("a login that succeeded is recorded with its user and its session", () => {
      assert.deepEqual(of("ok"), { priority: "86", action: "auth.login", status: "ok", user: user.id });
      assert.match(events.find((event) => event["request"] === ids["ok"])?.["session"], /^[A-Za-z0-9]{32}$/);
    });

    test("a login that failed is recorded with the reason that the caller doesn't hear", () => {
      const failed = { priority: "84", action: "auth.login", status: "fail" };
      assert.deepEqual(of("wrong"), { ...failed, user: user.id, reason: "wrong_password", email: ANN.email });
      const { user: disabled, ...rest } = of("disabled");
      assert.match(disabled, /^[A-Za-z0-9]{32}$/);
      assert.deepEqual(rest, { ...failed, reason: "account_disabled", email: DAN.email });
    });

    test("an attempt that can't be one at all is recorded too", () => {
      const failed = { priority: "84", action: "auth.login", status: "fail" };
      assert.deepEqual(of("malformed"), { ...failed, reason: "invalid_email" });
      assert.deepEqual(of("long"), { ...failed, reason: "password_too_long", email: ANN.email });
    });

    test("what an operator changes by command is recorded", () => {
      const by = events.filter((event) => event["by"] === "operator");
      assert.ok(by.some((event) => event["action"] === "user.create" && event["user"] === user.id));
      const dan = of("disabled")["user"];
      assert.equal(by.filter((event) => event["action"] === "user.disable" && event["user"] === dan).length, 1);
    });

    test("an address that would break out of the line is escaped, and has no user", () => {
      assert.deepEqual(of("unknown"), {
        ...{ priority: "84", action: "auth.login", status: "fail" },
        ...{ reason: "unknown_email", email: 'a\\"\\]\\\\b@example.org' },
      });
    });

    test("the client is recorded, and its name can't break out of the line either", () => {
      const agent = events.find((event) => event["request"] === ids["wrong"])?.["agent"];
      assert.equal(agent, 'a \\"browser\\"\\] x=\\"y');
      assert.equal(events.find((event) => event["request"] === ids["ok"])?.["agent"], undefined);
    });

    test("a logout is recorded once, under the user of its session", () => {
      assert.deepEqual(of("out"), { priority: "86", action: "auth.logout", status: "ok", user: user.id });
      assert.ok(!events.some((event) => event["request"] === ids["again"]));
    });

    test("a guarded action is recorded under its permission, allowed and denied", () => {
      assert.deepEqual(of("act"), {
        ...{ priority: "86", action: "pin.reveal", status: "ok", user: user.id, scope: "state:ca" },
        code: "role_granted",
      });
      const { code, ...denied } = of("denied");
      assert.deepEqual(denied, {
        ...{ priority: "84", action: "policy.ack", status: "fail", user: user.id, scope: "state:ca" },
      });
      assert.equal(code, "no_role");
    });

    test("nothing secret is in it", async () => {
      const page = await signedIn(server(), ANN);
      const text = lines.join("\n");
      const token = page.jar.get("better-auth.session_token")?.split(".")[0] ?? assert.fail("no cookie");
      for (const secret of [ANN.password, DAN.password, token, "$argon2id$"]) assert.ok(!text.includes(secret));
    });
  });
}
