// @ts-check
// Pushing the audit log to a collector of syslog or of JSON lines: whatever is killed, nothing is missing.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { send } from "../support/http.mjs";
import { eventually } from "../support/pace.mjs";
import { freePort, portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";
import { HOSTS } from "../support/worker.mjs";
import { checkWhole, collector, write } from "./suites/collector.mjs";
import { ADA, POLICY_TEXT } from "./suites/operators.mjs";

const RECEIVER = fileURLToPath(new URL("../support/syslog-receiver.mjs", import.meta.url));

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
    const listens = new Promise((resolve) => child.stdout.once("data", () => resolve("listens")));
    const ended = new Promise((resolve) => child.once("exit", () => resolve("ended")));
    assert.equal(await Promise.race([listens, ended]), "listens");
  }

  async kill() {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  get ids() {
    return existsSync(this.file) ? readFileSync(this.file, "utf8").trimEnd().split("\n").map(Number) : [];
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
    server = await startNative({ policyText: POLICY_TEXT, users: [ADA] });
  });
  after(() => server?.stop());

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
        await write(server, 700);
        for (let kills = 0; kills < 3; kills += 1) {
          const had = receiver.ids.length;
          // It has read a part of a batch and waits before it reads on: the rest lies in its socket.
          await receiver.start(2_000);
          await eventually(() => receiver.ids.length > had, "a part of a batch arrives");
          await receiver.kill();
        }
        await server.kill("SIGKILL");
        await server.start(env);
        await receiver.start(0);
        const upto = await newest();
        await eventually(() => receiver.ids.includes(upto), `record ${upto} arrives`);
        // Some were told again: whoever was killed was in the middle of a batch.
        assert.ok(receiver.ids.length > new Set(receiver.ids).size, "no batch was broken off");
        checkWhole([...Array.from({ length: begin }, (_, index) => index + 1), ...receiver.ids], upto);
        await eventually(async () => (await status("syslog"))?.upto >= upto, "the place is noted");
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
      await write(server, 5);
      await eventually(async () => (await status("syslog"))?.failures > 0, "a failure is noted");
      assert.match((await status("syslog")).error, /certificate/);
      assert.equal((await status("syslog")).upto, before);
      assert.deepEqual(receiver.ids, []);
      const ready = await send(`${server.url}/ready`);
      assert.deepEqual([ready.status, ready.json.checks["audit-push"]], [200, "warn"]);
    } finally {
      await receiver.kill();
    }
  });
});

const SCHEDULES = {
  native: { args: {}, due: async () => {} },
  // What the platform does every minute.
  workerd: {
    args: { wranglerArgs: ["--test-scheduled"] },
    due: async (/** @type {string} */ url) => assert.equal((await send(`${url}/__scheduled`)).status, 200),
  },
};

for (const host of HOSTS) {
  const { args, due } = SCHEDULES[/** @type {keyof typeof SCHEDULES} */ (host.name)];
  describe(`pushing the audit log from ${host.name}`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => (server = await host.start({ policyText: POLICY_TEXT, users: [ADA], ...args })));
    after(() => server?.stop());
    collector(() => server, () => due(server.url));
  });
}
