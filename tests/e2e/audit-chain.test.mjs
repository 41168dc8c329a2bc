// @ts-check
// Two servers of one database write to its audit log at once: there is one chain, with every record in it once, also
// when one of them is killed in the middle.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { signedIn } from "../support/http.mjs";
import { PATIENCE_MS, eventually } from "../support/pace.mjs";
import { portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";
import { startWorkerd } from "../support/workerd.mjs";
import { ADA, POLICY_TEXT } from "./suites/operators.mjs";
import { ACT } from "./suites/shared.mjs";

/** How many records each server writes. */
const EACH = 200;
/** How many requests of one server are under way at the same time. */
const TOGETHER = 20;

// Without `wrangler dev`: its proxy asks again for what it lost, and that would be one more record.
const HOSTS = [
  { name: "native", start: startNative },
  { name: "workerd", start: startWorkerd },
];

/** Guarded actions at one server, and what became of them: each one that was allowed is one record. */
class Writer {
  /** Requests whose records have to be there. */
  answered = /** @type {string[]} */ ([]);
  /** Requests that say that nothing was done. Two workerd that lock one file out of each other's hands answer so. */
  refused = /** @type {string[]} */ ([]);
  /** How many went out and were never answered: each may have a record, or none. */
  unanswered = 0;

  /** @param {import("../support/http.mjs").Page} page */
  constructor(page) {
    this.page = page;
  }

  /** Whether there was an answer. */
  async act() {
    const answer = await this.page.post(ACT, { permission: "pin:reveal" }).catch(() => undefined);
    if (answer === undefined) {
      this.unanswered += 1;
      return false;
    }
    assert.ok(answer.status === 200 || answer.status === 500, answer.text);
    (answer.status === 200 ? this.answered : this.refused).push(answer.requestId);
    return true;
  }

  /**
   * Acts, many times at once, until a condition holds or nobody answers.
   *
   * @param {() => boolean} isEnough
   */
  async until(isEnough) {
    const end = performance.now() + PATIENCE_MS;
    const one = async () => {
      let isUp = true;
      while (isUp && !isEnough() && performance.now() < end) isUp = await this.act();
    };
    await Promise.all(Array.from({ length: TOGETHER }, one));
  }
}

for (const host of HOSTS) {
  describe(`${host.name}, two processes on one database`, () => {
    /** @type {Awaited<ReturnType<typeof host.start>>} */
    let server;
    /** @type {Awaited<ReturnType<typeof server.twin>> | undefined} */
    let other;
    before(async () => {
      server = await host.start({ policyText: POLICY_TEXT, users: [ADA] });
      other = await server.twin({});
    });
    after(async () => {
      await other?.kill("SIGTERM");
      await server?.stop();
    });
    const twin = () => /** @type {NonNullable<typeof other>} */ (other);
    const writers = async () => [new Writer(await signedIn(server, ADA)), new Writer(await signedIn(twin(), ADA))];

    /**
     * The chain is whole and has all that is in the log, and each answered request of these has one record.
     *
     * @param {Writer[]} those
     * @returns {Promise<string[]>} requests with a record that nobody was told of
     */
    async function checkChain(those) {
      const report = JSON.parse(await portcullis(["audit", "verify", "--json", ...(await server.auditPlace())]));
      assert.deepEqual([report.whole, report.findings], [true, []]);
      const records = await server.auditRecords();
      assert.deepEqual([report.records, report.lastId], [records.length, records.length]);
      const found = records.filter(({ action }) => action === "pin.reveal").map(({ requestId }) => requestId);
      assert.equal(new Set(found).size, found.length, "a request has two records");
      const answered = those.flatMap((writer) => writer.answered);
      assert.deepEqual(answered.filter((id) => !found.includes(id)), [], "a record is missing");
      const refused = those.flatMap((writer) => writer.refused);
      assert.deepEqual(refused.filter((id) => found.includes(id)), [], "what was refused was recorded");
      return found.filter((id) => !answered.includes(id));
    }

    const past = /** @type {Writer[]} */ ([]);

    test(`${EACH} records of each, ${TOGETHER} at a time, are one chain`, async (context) => {
      const both = await writers();
      await Promise.all(both.map((writer) => writer.until(() => writer.answered.length >= EACH)));
      past.push(...both);
      assert.deepEqual(both.map(({ unanswered }) => unanswered), [0, 0]);
      assert.ok(both.every(({ answered }) => answered.length >= EACH));
      assert.deepEqual(await checkChain(past), []);
      context.diagnostic(`answered ${both.map(({ answered }) => answered.length)}, refused ${both.map(({ refused }) => refused.length)}`);
    });

    test("one that is killed in the middle, and started again, neither forks the chain nor breaks it", async (context) => {
      const [one, killed] = /** @type {[Writer, Writer]} */ (await writers());
      let isBack = false;
      const goesOn = one.until(() => isBack && one.answered.length >= EACH);
      const isKilled = killed.until(() => false);
      await eventually(() => killed.answered.length >= EACH / 2, "it is in the middle");
      await twin().kill("SIGKILL");
      await isKilled;
      assert.ok(killed.unanswered > 0, "nothing was under way");
      const before = one.answered.length;
      await twin().start({ PORTCULLIS_ORIGIN: server.origin });
      const again = new Writer(killed.page);
      await again.until(() => again.answered.length >= EACH);
      isBack = true;
      await goesOn;
      assert.ok(one.answered.length > before, "the other one went on meanwhile");
      assert.equal(one.unanswered + again.unanswered, 0);
      assert.ok(one.answered.length >= EACH && again.answered.length >= EACH);
      past.push(one, killed, again);
      const untold = await checkChain(past);
      assert.ok(untold.length <= killed.unanswered, `${untold.length} records of ${killed.unanswered} requests`);
      context.diagnostic(`${killed.unanswered} without an answer, ${untold.length} of them recorded`);
    });
  });
}
