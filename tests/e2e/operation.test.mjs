// @ts-check
// Operating a server: probes, metrics, traces, the audit log searched and exported, backups.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { send, signedIn } from "../support/http.mjs";
import { eventually } from "../support/pace.mjs";
import { portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";
import { ABE, ADA, POLICY_TEXT, RAY } from "./suites/operators.mjs";

const AUDIT = "/api/v1/admin/audit";
const EXPORT = `${AUDIT}/export`;
const TOKEN = randomBytes(24).toString("hex");

describe("native", () => {
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;
  /** @type {import("../support/http.mjs").Page} */
  let ada;
  before(async () => {
    server = await startNative({ policyText: POLICY_TEXT, users: [ADA, ABE, RAY], env: { PORTCULLIS_METRICS_TOKEN: TOKEN } });
    ada = await signedIn(server, ADA);
  });
  after(() => server?.stop());

  describe("probes", () => {
    test("a server that answers is healthy, and ready with all that it needs", async () => {
      assert.deepEqual((await send(`${server.url}/health`)).outcome, [200, { status: "ok" }]);
      const ready = await send(`${server.url}/ready`);
      assert.deepEqual(ready.outcome, [200, { status: "ready", checks: { database: "ok", migrations: "ok", keys: "ok" } }]);
      assert.equal(ready.headers["cache-control"], "no-store");
    });
  });

  describe("metrics", () => {
    const scrape = (/** @type {string} */ token) => send(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });

    test("nobody reads them without the token or the permission", async () => {
      assert.equal((await send(`${server.url}/metrics`)).status, 401);
      assert.equal((await scrape(`${TOKEN}x`)).status, 401);
      assert.equal((await scrape(TOKEN.slice(1))).status, 401);
      assert.equal((await (await signedIn(server, RAY)).get("/metrics")).status, 403);
      assert.equal((await (await signedIn(server, ABE)).get("/metrics")).status, 403);
      assert.equal((await ada.get("/metrics")).status, 200);
    });

    test("they count requests by route and status, and sign-ins by outcome", async () => {
      const value = async (/** @type {string} */ name) => {
        const answer = await scrape(TOKEN);
        assert.equal(answer.status, 200);
        assert.match(String(answer.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
        for (const line of answer.text.trimEnd().split("\n")) {
          assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? -?[0-9.]+)$/);
        }
        const line = answer.text.split("\n").find((one) => one.startsWith(`${name} `));
        return Number(line?.split(" ").at(-1) ?? 0);
      };
      const refused = 'portcullis_requests_total{route="/api/auth/sign-in/email",method="POST",status="401"}';
      const before = [await value(refused), await value('portcullis_sign_ins_total{outcome="refused"}')];
      for (const _ of [1, 2, 3]) await send(`${server.url}/api/auth/sign-in/email`, { json: { email: RAY.email, password: "wrong" } });
      const now = [await value(refused), await value('portcullis_sign_ins_total{outcome="refused"}')];
      assert.deepEqual(now, before.map((count) => count + 3));
      assert.ok((await value("portcullis_feed_age_seconds")) < 60);
      assert.equal(await value('portcullis_mail{state="dead"}'), 0);
    });
  });

  describe("traces", () => {
    const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    const parent = `00-${ID}-00f067aa0ba902b7-01`;

    test("the caller's trace goes on in the answer, the log and the audit record", async () => {
      const answer = await send(`${server.url}/api/auth/sign-in/email`, { json: { email: RAY.email, password: "wrong" }, headers: { traceparent: parent } });
      const [, id, span] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(answer.headers["traceresponse"])) ?? [];
      assert.equal(id, ID);
      assert.notEqual(span, "00f067aa0ba902b7");
      const request = answer.requestId;
      const [line] = await server.running.logged((one) => one.requestId === request && one.msg === "request");
      assert.deepEqual([line.traceId, line.spanId], [ID, span]);
      const found = await ada.get(`${AUDIT}?requestId=${request}`);
      assert.deepEqual(found.json.events.map((/** @type {any} */ event) => event.fields.trace), [ID]);
    });

    test("a trace that isn't one is replaced by a new one", async () => {
      for (const traceparent of ["00-0-0-0", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `${parent}-x`, parent.toUpperCase()]) {
        const answer = await send(`${server.url}/health`.replace("health", "api/auth/ok"), { headers: { traceparent } });
        assert.match(String(answer.headers["traceresponse"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
        assert.ok(!String(answer.headers["traceresponse"]).includes(ID), traceparent);
      }
    });
  });

  describe("searching the audit log", () => {
    /** @param {string} query */
    const found = async (query) => {
      const answer = await ada.get(`${AUDIT}?${query}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.json.events;
    };

    test("only who may view it finds anything, and only who may export it takes it away", async () => {
      assert.equal((await send(`${server.url}${AUDIT}`)).status, 401);
      const ray = await signedIn(server, RAY);
      assert.equal((await ray.get(AUDIT)).status, 403);
      assert.equal((await ray.get(EXPORT)).status, 403);
      const abe = await signedIn(server, ABE);
      assert.equal((await abe.get(AUDIT)).status, 200);
      assert.equal((await abe.get(EXPORT)).status, 403);
      assert.equal((await ada.get(EXPORT)).status, 200);
    });

    test("by actor, subject, action, outcome and time", async () => {
      const [login] = await found("action=auth.login&status=ok&limit=1");
      assert.equal(login.action, "auth.login");
      const mine = await found(`subject=${login.userId}&action=auth.&status=ok`);
      assert.ok(mine.length > 0 && mine.every((/** @type {any} */ one) => one.userId === login.userId && one.action.startsWith("auth.")));
      const made = await found("actor=operator&action=user.create");
      assert.equal(made.length, 4);
      assert.ok(made.every((/** @type {any} */ one) => one.fields.by === "operator"));
      assert.deepEqual(await found(`to=2026-01-01`), []);
      const from = encodeURIComponent(login.at);
      assert.ok((await found(`from=${from}`)).some((/** @type {any} */ one) => one.id === login.id));
      assert.ok(!(await found(`to=${from}`)).some((/** @type {any} */ one) => one.id === login.id));
    });

    test("pages follow each other without gap or overlap", async () => {
      /** @type {number[]} */
      const seen = [];
      let cursor = "";
      do {
        const { json } = await ada.get(`${AUDIT}?action=user.create&limit=1${cursor}`);
        seen.push(...json.events.map((/** @type {any} */ one) => one.id));
        cursor = json.next === null ? "" : `&cursor=${json.next}`;
      } while (cursor !== "");
      assert.equal(seen.length, 4);
      assert.deepEqual(seen, [...seen].sort((a, b) => b - a));
    });

    test("a filter that was mistyped is refused rather than left out", async () => {
      for (const query of ["acton=auth.", "status=maybe", "limit=0", "limit=201", "cursor=x", "from=yesterday", "actor=", "action=a&action=b", "after=1", "subject=%00"]) {
        const answer = await ada.get(`${AUDIT}?${query}`);
        assert.deepEqual([answer.status, answer.json.code], [400, "VALIDATION_ERROR"], query);
      }
    });

    test("the command finds the same", async () => {
      const text = await portcullis(["audit", "search", "--action", "user.", "--actor", "operator", "--db", server.db]);
      const ids = text.trimEnd().split("\n").map((line) => JSON.parse(line).id);
      assert.deepEqual(ids, (await found("action=user.&actor=operator")).map((/** @type {any} */ one) => one.id));
    });
  });

  describe("exporting the audit log", () => {
    test("every record comes once, oldest first, page by page", async () => {
      /** @type {number[]} */
      const ids = [];
      let after = "0";
      for (let pages = 0; pages < 100; pages += 1) {
        const answer = await ada.get(`${EXPORT}?format=jsonl&limit=7&after=${after}`);
        assert.equal(answer.headers["content-type"], "application/x-ndjson");
        ids.push(...answer.text.trimEnd().split("\n").filter(Boolean).map((line) => JSON.parse(line).id));
        const next = answer.headers["x-portcullis-next"];
        if (next === undefined) break;
        after = String(next);
      }
      assert.deepEqual(ids, Array.from({ length: ids.length }, (_, index) => index + 1));
    });

    test("a cell that a spreadsheet would compute is text, and no value begins a line", async () => {
      const agent = '=HYPERLINK("https://evil.example";"x")';
      const answer = await send(`${server.url}/api/auth/sign-in/email`, { json: { email: "nobody@example.org", password: "wrong" }, headers: { "user-agent": agent } });
      const request = answer.requestId;
      const csv = (await ada.get(`${EXPORT}?format=csv&requestId=${request}`)).text;
      const [head, line, end] = csv.split("\r\n");
      assert.equal(head, "id,at,action,status,userId,scope,requestId,latencyMs,ipAddress,userAgent,fields");
      assert.ok(line?.includes(`,"'=HYPERLINK(""https://evil.example"";""x"")",`), line);
      assert.equal(end, "");
      const syslog = (await ada.get(`${EXPORT}?format=rfc5424&requestId=${request}`)).text;
      assert.match(syslog, /^<84>1 \S+ 127\.0\.0\.1:\d+ portcullis - auth\.login \[portcullis@32473 [^\n]*\]\n$/);
    });

    test("taking it away is recorded", async () => {
      const answer = await ada.get(EXPORT);
      const events = (await ada.get(`${AUDIT}?requestId=${answer.headers["x-request-id"]}`)).json.events;
      assert.deepEqual(events.map((/** @type {any} */ one) => [one.action, one.status]), [["audit.export", "ok"]]);
    });
  });

  describe("backups", () => {
    test("a backup that is made while the server writes is whole, and restores to the same", async () => {
      const place = join(server.dir, "backup.sqlite");
      const lines = async (/** @type {string} */ db) => (await portcullis(["audit", "export", "--format", "jsonl", "--db", db])).trimEnd().split("\n");
      let [written, isOver] = [0, false];
      const writers = Array.from({ length: 4 }, async () => {
        while (!isOver) {
          await ada.post("/api/demo/act", { permission: "pin:reveal" });
          written += 1;
        }
      });
      /** @type {number} */
      let before;
      /** @type {number} */
      let later;
      try {
        await eventually(() => written > 20, "all of them write");
        // Numbered without a gap. What a search finds first is the latest by time, which needn't be the highest of them.
        before = (await lines(server.db)).length;
        await portcullis(["backup", "--to", place, "--db", server.db]);
        later = (await lines(server.db)).length;
      } finally {
        isOver = true;
        await Promise.all(writers);
      }
      const kept = await lines(place);
      assert.ok(kept.length >= before && kept.length <= later, `${before} <= ${kept.length} <= ${later}`);
      assert.deepEqual(kept, (await lines(server.db)).slice(0, kept.length));
      await assert.rejects(portcullis(["backup", "--to", place, "--db", server.db]), /nothing is ever written over/);
      const restored = join(server.dir, "restored.sqlite");
      await portcullis(["restore", "--from", place, "--db", restored]);
      assert.deepEqual(await lines(restored), kept);
      await assert.rejects(portcullis(["restore", "--from", place, "--db", restored]), /nothing is ever written over/);
      assert.equal(existsSync(`${restored}.partial`), false);
    });

    test("what isn't a backup of this product restores to nothing", async () => {
      const [bad, to] = [join(server.dir, "bad.sql"), join(server.dir, "from-bad.sqlite")];
      for (const text of ["CREATE TABLE t (a);", "this is no SQL", ""]) {
        writeFileSync(bad, text);
        await assert.rejects(portcullis(["restore", "--from", bad, "--db", to]));
        assert.equal(existsSync(to), false, text);
      }
    });
  });

  describe("unlocking", () => {
    test("an account whose owner must wait may sign in at once after an operator's command", async () => {
      await server.restart({ PORTCULLIS_GUESSES: "free=1,delay=600", PORTCULLIS_METRICS_TOKEN: TOKEN });
      const attempt = (/** @type {string} */ password) => send(`${server.url}/api/auth/sign-in/email`, { json: { email: RAY.email, password } });
      await attempt("wrong");
      assert.equal((await attempt(RAY.password)).status, 429);
      await portcullis(["user", "unlock", RAY.email, "--db", server.db]);
      assert.equal((await attempt(RAY.password)).status, 200);
      await assert.rejects(portcullis(["user", "unlock", "nobody@example.org", "--db", server.db]), /there is no account/);
    });
  });
});

