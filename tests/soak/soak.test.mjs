// @ts-check
// A long mixed load on both hosts, with kills, pauses and cut connections: afterwards no effect is lost or doubled,
// and the memory is flat. PORTCULLIS_SOAK_MINUTES says how long (`serve=30,workerd=10`; a number sets both).

import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { OFTEN, linesOf, portcullis } from "../support/program.mjs";
import { Dice } from "../support/random/dice.mjs";
import { startNative } from "../support/server.mjs";
import { median } from "../support/times.mjs";
import { startWorkerd } from "../support/workerd.mjs";
import { Asking, ID_HEADER } from "./asking.mjs";
import { compareEffects, modelOf, recordsOf, thirds } from "./compare.mjs";
import { Faults } from "./faults.mjs";
import { Ledger } from "./ledger.mjs";
import { ADMINISTRATOR_OF, OWNER_OF, POLICY_TEXT, VISITORS, minutesOf } from "./plan.mjs";
import { differences } from "./state.mjs";
import { Visitor } from "./visitors.mjs";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */

/** `wrangler dev` isn't among them: what its debugger keeps of every request would hide whether the worker grows. */
const HOSTS = /** @type {const} */ ([
  { name: "native", start: startNative },
  { name: "workerd", start: startWorkerd },
]);
const SEED = Number(process.env["PORTCULLIS_SEED"] ?? Date.now() % 1_000_000);
const ENV = { ...OFTEN, PORTCULLIS_REQUEST_ID_HEADER: ID_HEADER };
/** The last third's memory beside the second's. */
const MEMORY_RATIO = 1.15;
const MEMORY_MIB = 8;
/** Linear memory of wasm never shrinks, and only the worker's own code takes it. */
const WASM_MIB = 1;
const SLOWER = 2;
const SHOWN = 20;

for (const host of HOSTS) {
  const { name } = host;
  const minutes = minutesOf(name);
  describe(`${name}, soaked for ${minutes} minutes`, { skip: minutes === 0 && "no minutes" }, () => {
    /** @type {Server} */
    let server;
    /** @type {Faults} */
    let faults;
    const ledger = new Ledger(`${name}-${SEED}`);
    let effects = compareEffects(ledger, []);
    let verified = /** @type {unknown} */ (undefined);
    let state = { failures: ["nothing was compared"], checked: /** @type {object} */ ({}) };

    before(async () => {
      const numbers = Array.from({ length: VISITORS[name] }, (_, number) => number);
      const users = numbers.flatMap((number) => [ADMINISTRATOR_OF(number), OWNER_OF(number)]);
      server = await host.start({ policyText: POLICY_TEXT, users, env: ENV });
      faults = new Faults(server, ENV, new Dice(SEED), minutes * 60_000);
      await load(server, numbers, ledger, faults);
      // What was cut last may still be at work; it isn't after this.
      await server.restart(ENV);
      const place = await server.auditPlace();
      const log = await recordsOf(linesOf(["audit", "export", "--format", "jsonl", ...place]));
      effects = compareEffects(ledger, log);
      state = await differences(server, modelOf(effects.happened), effects.uses);
      verified = await portcullis(["audit", "verify", ...place]).then(() => "whole", (error) => error.message);
      await tell(name, minutes, log.length);
    });
    after(() => server?.stop());

    test("every request was answered as it has to be, or its connection was lost", () => none(ledger.failures));
    test("no effect that was answered is missing in the audit log", () => {
      assert.ok(ledger.outcomes.done > 0 && faults.kills > 0, "there was load, and there were faults");
      none(effects.lost);
    });
    test("no effect is there twice, or without having been asked for", () => none(effects.doubled));
    test("accounts, keys, roles and tenants are what ledger and log say", () => none(state.failures));
    test("the audit log is whole", () => assert.equal(verified, "whole"));
    test("memory is flat", () => {
      const [, second, last] = thirds(faults.resident, ({ mib }) => mib);
      assert.ok(second > 0, "it was looked at");
      assert.ok(last <= second * MEMORY_RATIO + MEMORY_MIB, `${second.toFixed(1)} MiB, then ${last.toFixed(1)} MiB`);
    });
    test("the worker's own memory doesn't grow", { skip: name === "native" && "there is no wasm" }, () => {
      const [, second, last] = thirds(faults.resident, ({ wasmMib }) => wasmMib);
      assert.ok(second > 0, "it was found");
      assert.ok(last <= second + WASM_MIB, `${second.toFixed(1)} MiB, then ${last.toFixed(1)} MiB`);
    });
    test("answers don't become slow", () => {
      const [first, , last] = thirds(ledger.answers, ({ tookMs }) => tookMs);
      assert.ok(last < first * SLOWER, `half of the answers took ${first.toFixed(1)} ms, then ${last.toFixed(1)} ms`);
    });

    /** @param {string} host @param {number} minutes @param {number} records */
    async function tell(host, minutes, records) {
      const figures = (/** @type {readonly number[]} */ three, /** @type {string} */ unit) => `${three.map((one) => one.toFixed(1)).join(", ")} ${unit}`;
      const { done, unknown, never } = ledger.outcomes;
      const lines = [
        `${host}, ${minutes} minutes, seed ${SEED}: ${ledger.answers.length} requests answered, ${faults.kills} kills, ${faults.pauses} pauses`,
        `${done} effects answered, ${unknown} unknown (${effects.unknownDone} of them happened), ${never} cut before they were whole; ${records} audit records`,
        `compared at the end: ${JSON.stringify(state.checked)}`,
        `resident memory of the last process by thirds after its warm-up: ${figures(thirds(faults.resident, ({ mib }) => mib), "MiB")}; of wasm ${figures(thirds(faults.resident, ({ wasmMib }) => wasmMib), "MiB")}`,
        `half of the answers by thirds: ${figures(thirds(ledger.answers, ({ tookMs }) => tookMs), "ms")}; all: ${median(ledger.answers.map(({ tookMs }) => tookMs)).toFixed(1)} ms`,
      ];
      for (const line of lines) console.log(`soak: ${line}`);
      const file = process.env["PORTCULLIS_SOAK_FIGURES"];
      if (file !== undefined) await appendFile(file, `${lines.join("\n")}\n`);
    }
  });
}

/** @param {Server} server @param {number[]} numbers @param {Ledger} ledger @param {Faults} faults */
async function load(server, numbers, ledger, faults) {
  const ending = new AbortController();
  const visitors = numbers.map((number) => new Visitor(new Asking(server, ledger, new Dice(SEED + 1 + number)), number));
  let isOver = false;
  const visits = visitors.map((visitor) => visitor.run(() => isOver));
  // A visitor that breaks ends the soak at once, not in half an hour.
  const broken = Promise.all(visits).finally(() => ending.abort());
  broken.catch(() => {});
  await faults.run(ending.signal);
  isOver = true;
  await broken;
}

/** @param {readonly string[]} failures */
function none(failures) {
  assert.ok(failures.length === 0, `${failures.length} in all:\n${failures.slice(0, SHOWN).join("\n")}`);
}
