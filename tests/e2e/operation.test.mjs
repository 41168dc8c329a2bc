// @ts-check
// Operating a server: probes, metrics, traces, the audit log searched, exported and pushed, backups.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Page, send } from "../support/http.mjs";
import { freePort, portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";

const POLICY = `
name = "ops"
version = "1.0.0"
[roles.ADMIN]
level = 2
[roles.AUDITOR]
level = 1
[roles.READER]
level = 0
[permissions]
"audit:view" = ["ADMIN", "AUDITOR"]
"audit:export" = ["ADMIN"]
"metrics:view" = ["ADMIN"]
"pin:reveal" = ["ADMIN"]
`;
const ADA = { email: "ada@example.org", password: "the administrator's own", name: "Ada", roles: ["ADMIN"] };
const ABE = { email: "abe@example.org", password: "the auditor's very own", name: "=Abe", roles: ["AUDITOR"] };
const RAY = { email: "ray@example.org", password: "a reader and no more", name: "Ray", roles: ["READER"] };
const AUDIT = "/api/v1/admin/audit";
const EXPORT = `${AUDIT}/export`;
const TOKEN = randomBytes(24).toString("hex");
const SECRET = `whsec_${Buffer.from("a collector of this test's own, 32").toString("base64")}`;
const RECEIVER = fileURLToPath(new URL("../support/syslog-receiver.mjs", import.meta.url));

/** @param {string} line */
const numbers = (line) => line.trimEnd().split("\n").map(Number);

/** @param {() => boolean | Promise<boolean>} condition @param {string} what @param {number} [withinMs] */
async function until(condition, what, withinMs = 40_000) {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}

describe("native", () => {
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;
  /** @type {Page} */
  let ada;
  before(async () => {
    server = await startNative({ policyText: POLICY, users: [ADA, ABE, RAY], env: { PORTCULLIS_METRICS_TOKEN: TOKEN } });
    ada = new Page(server);
    await ada.signIn(ADA);
  });
  after(() => server?.stop());

  const signedIn = async (/** @type {typeof ADA} */ user) => {
    const page = new Page(server);
    await page.signIn(user);
    return page;
  };

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
      assert.equal((await (await signedIn(RAY)).get("/metrics")).status, 403);
      assert.equal((await (await signedIn(ABE)).get("/metrics")).status, 403);
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
      const request = String(answer.headers["x-request-id"]);
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
      const ray = await signedIn(RAY);
      assert.equal((await ray.get(AUDIT)).status, 403);
      assert.equal((await ray.get(EXPORT)).status, 403);
      const abe = await signedIn(ABE);
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
      const request = String(answer.headers["x-request-id"]);
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
      let stop = false;
      const writers = Array.from({ length: 4 }, async () => {
        while (!stop) await ada.post("/api/demo/act", { permission: "pin:reveal" });
      });
      await sleep(200);
      const before = (await ada.get(`${AUDIT}?limit=1`)).json.events[0].id;
      await portcullis(["backup", "--to", place, "--db", server.db]);
      const later = (await ada.get(`${AUDIT}?limit=1`)).json.events[0].id;
      stop = true;
      await Promise.all(writers);
      const lines = async (/** @type {string} */ db) => (await portcullis(["audit", "export", "--format", "jsonl", "--db", db])).trimEnd().split("\n");
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

/** A receiver in a process of its own. */
class Receiver {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /** @param {number} port @param {string} file @param {string[]} tls */
  constructor(port, file, tls) {
    this.port = port;
    this.file = file;
    this.tls = tls;
  }

  /** @param {number} slowMs */
  async start(slowMs) {
    const child = spawn(process.execPath, [RECEIVER, String(this.port), this.file, String(slowMs), ...this.tls], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    await new Promise((resolve) => child.stdout?.once("data", resolve));
  }

  async kill() {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  get ids() {
    return existsSync(this.file) ? numbers(readFileSync(this.file, "utf8")) : [];
  }
}

/** A certificate for 127.0.0.1, with the authority that vouches for it. @param {string} dir */
function certificate(dir) {
  const at = (/** @type {string} */ name) => join(dir, name);
  const openssl = (/** @type {string[]} */ args) => execFileSync("openssl", args, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(["req", "-x509", ...key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=test authority", "-days", "2"]);
  openssl(["req", ...key, "-keyout", at("leaf.key"), "-out", at("leaf.csr"), "-subj", "/CN=127.0.0.1"]);
  writeFileSync(at("leaf.ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
  openssl(["x509", "-req", "-in", at("leaf.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-out", at("leaf.pem"), "-extfile", at("leaf.ext"), "-days", "2"]);
  return { ca: at("ca.pem"), tls: [at("leaf.pem"), at("leaf.key")] };
}

describe("pushing the audit log", () => {
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;
  before(async () => {
    server = await startNative({ policyText: POLICY, users: [ADA] });
  });
  after(() => server?.stop());

  /** @param {number} count */
  async function write(count) {
    const ada = new Page(server);
    await ada.signIn(ADA);
    for (let left = count; left > 0; left -= 20) {
      await Promise.all(Array.from({ length: Math.min(left, 20) }, () => ada.post("/api/demo/act", { permission: "pin:reveal" })));
    }
  }
  /** The highest number: the search goes by time, and records of one moment may have theirs the other way round. */
  const newest = async () => {
    const text = await portcullis(["audit", "search", "--limit", "100", "--db", server.db]);
    return Math.max(...text.trimEnd().split("\n").map((line) => JSON.parse(line).id));
  };
  const status = async (/** @type {string} */ sink) => {
    const text = await portcullis(["audit", "push-status", "--json", "--db", server.db]);
    const all = text.trimEnd().split("\n").filter(Boolean).map((line) => JSON.parse(line));
    return all.find((one) => one.sink === sink);
  };

  /** Every record arrived, and in order. @param {number[]} ids @param {number} upto */
  function checkWhole(ids, upto) {
    const first = [...new Set(ids)];
    const all = Array.from({ length: upto }, (_, index) => index + 1);
    const missing = all.filter((id) => !first.includes(id));
    const misplaced = first.filter((id, index) => id !== all[index]);
    assert.deepEqual({ missing, misplaced }, { missing: [], misplaced: [] });
  }

  for (const scheme of ["tcp", "tls"]) {
    test(`syslog over ${scheme}: a receiver that is killed again and again misses nothing, in order`, async () => {
      const made = scheme === "tls" ? certificate(server.dir) : undefined;
      const receiver = new Receiver(await freePort(), join(server.dir, `${scheme}.ids`), made?.tls ?? []);
      const env = {
        PORTCULLIS_AUDIT_SYSLOG: `${scheme}://127.0.0.1:${receiver.port}`,
        ...(made === undefined ? {} : { PORTCULLIS_AUDIT_SYSLOG_CA: made.ca }),
      };
      const begin = (await status("syslog"))?.upto ?? 0;
      await server.restart(env);
      try {
        await write(700);
        for (let kills = 0; kills < 3; kills += 1) {
          const had = receiver.ids.length;
          // It has read a part of a batch and waits before it reads on: the rest lies in its socket.
          await receiver.start(2_000);
          await until(() => receiver.ids.length > had, "a part of a batch arrives");
          await receiver.kill();
        }
        await server.kill("SIGKILL");
        await server.start(env);
        await receiver.start(0);
        const upto = await newest();
        await until(() => receiver.ids.includes(upto), `record ${upto} arrives`, 60_000);
        // Some were told again: whoever was killed was in the middle of a batch.
        assert.ok(receiver.ids.length > new Set(receiver.ids).size, "no batch was broken off");
        checkWhole([...Array.from({ length: begin }, (_, index) => index + 1), ...receiver.ids], upto);
        await until(async () => (await status("syslog"))?.upto === upto, "the place is noted");
      } finally {
        await receiver.kill();
      }
    });
  }

  test("a receiver whose certificate nobody trusts is told nothing", async () => {
    const { tls } = certificate(server.dir);
    const receiver = new Receiver(await freePort(), join(server.dir, "untrusted.ids"), tls);
    await receiver.start(0);
    const before = (await status("syslog"))?.upto;
    await server.restart({ PORTCULLIS_AUDIT_SYSLOG: `tls://127.0.0.1:${receiver.port}` });
    try {
      await write(5);
      await until(async () => (await status("syslog"))?.failures > 0, "a failure is noted");
      assert.match((await status("syslog")).error, /certificate/);
      assert.equal((await status("syslog")).upto, before);
      assert.deepEqual(receiver.ids, []);
      const ready = await send(`${server.url}/ready`);
      assert.deepEqual([ready.status, ready.json.checks["audit-push"]], [200, "warn"]);
    } finally {
      await receiver.kill();
    }
  });

  test("a collector gets signed JSON lines, each batch until it has taken it", async () => {
    /** @type {number[]} */
    const ids = [];
    let refusals = 3;
    const collector = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const [id, time] = [request.headers["webhook-id"], request.headers["webhook-timestamp"]];
        const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
        const mac = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
        assert.equal(request.headers["webhook-signature"], `v1,${mac}`);
        assert.equal(request.headers["content-type"], "application/x-ndjson");
        if (refusals > 0 && ids.length > 0) {
          refusals -= 1;
          // Half of the answers get lost after the records were taken.
          if (refusals % 2 === 0) response.destroy();
          else response.writeHead(503).end();
          return;
        }
        ids.push(...body.trimEnd().split("\n").map((line) => JSON.parse(line).id));
        response.writeHead(204).end();
      });
    });
    await new Promise((resolve) => collector.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = collector.address();
    const port = typeof address === "object" ? address?.port : 0;
    const env = { PORTCULLIS_AUDIT_COLLECTOR_URL: `http://127.0.0.1:${port}/audit`, PORTCULLIS_AUDIT_COLLECTOR_SECRET: SECRET };
    await server.restart(env);
    try {
      await write(100);
      await server.kill("SIGKILL");
      await server.start(env);
      await write(40);
      const upto = await newest();
      await until(() => ids.includes(upto), `record ${upto} arrives`);
      checkWhole(ids, upto);
    } finally {
      collector.closeAllConnections();
      collector.close();
    }
  });
});
