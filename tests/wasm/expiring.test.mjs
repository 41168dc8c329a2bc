// A page is told before its session ends.

import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";

import { createGate } from "../../pkg/src/index.node.js";
import { CLINIC, NURSE, codeOf } from "./_fixtures.mjs";
import { BASE, makeIssuer } from "./_snapshots.mjs";

const START_MS = 1_795_308_739_000;
const START_SECS = START_MS / 1000;
/** Time goes on in steps, as timers set in one are to ring in another. */
const STEP_MS = 500;

/** How many requests there are that wait for their answers. */
let underway = 0;

/**
 * Runs with timers and a clock that only `pass` moves.
 *
 * @param {(pass: (ms: number) => Promise<void>) => Promise<void>} run
 */
async function withClock(run) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: START_MS });
  try {
    await run(async (ms) => {
      for (let left = ms; left > 0; left -= STEP_MS) {
        mock.timers.tick(Math.min(left, STEP_MS));
        // What a timer began ends before time goes on: requests, whose snapshots take a moment to sign, and what follows.
        do {
          for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
        } while (underway > 0);
      }
    });
  } finally {
    mock.timers.reset();
  }
}

/** What a gate tells, in seconds before the end. */
function heard(gate, beforeSecs) {
  const told = [];
  const stop = gate.onExpiring(({ remainingMs, isFinal }) => told.push(isFinal ? "final" : remainingMs / 1000), { beforeSecs });
  return { told, stop };
}

const local = (secs) => createGate({ policy: CLINIC, principal: { ...NURSE, expiresSecs: START_SECS + secs } });
const moveTo = (gate, secs) => gate.update({ principal: { ...NURSE, expiresSecs: START_SECS + secs } });

describe("an end that is known", () => {
  test("is told once, when it comes nearer than was asked for, and not a moment before", () =>
    withClock(async (pass) => {
      const gate = await local(100);
      const { told } = heard(gate, 60);
      assert.deepEqual([gate.expiresMs, gate.remainingMs], [START_MS + 100_000, 100_000]);
      await pass(39_500);
      assert.deepEqual(told, []);
      await pass(499);
      assert.deepEqual(told, []);
      await pass(1);
      assert.deepEqual(told, [60]);
      assert.equal(gate.remainingMs, 60_000);
      await pass(59_999);
      assert.deepEqual(told, [60]);
      await pass(10_000);
      assert.deepEqual([told, gate.status, gate.expiresMs, gate.remainingMs], [[60], "expired", null, null]);
      gate.close();
    }));

  test("is told to each by its own time, and a minute before unless another was asked for", () =>
    withClock(async (pass) => {
      const gate = await local(200);
      const [late, early, usual] = [heard(gate, 10), heard(gate, 150), heard(gate)];
      await pass(190_000);
      assert.deepEqual([late.told, early.told, usual.told], [[10], [150], [60]]);
      gate.close();
    }));

  test("that is near already is told soon, but not before the call has returned", () =>
    withClock(async (pass) => {
      const gate = await local(30);
      const { told } = heard(gate, 60);
      assert.deepEqual(told, []);
      await pass(1);
      assert.deepEqual(told, [29.999]);
      gate.close();
    }));

  test("that is moved away in time is not told, and told anew when it comes near again", () =>
    withClock(async (pass) => {
      const gate = await local(100);
      const { told } = heard(gate, 60);
      await pass(30_000);
      moveTo(gate, 300);
      await pass(70_000);
      assert.deepEqual(told, []);
      await pass(140_000);
      assert.deepEqual(told, [60]);
      moveTo(gate, 310);
      await pass(1_000);
      assert.deepEqual(told, [60], "it has been near all the time");
      moveTo(gate, 1_000);
      await pass(760_000);
      assert.equal(told.length, 2);
      gate.close();
    }));

  test("is not told to those who no longer want it, nor by a gate that is closed", () =>
    withClock(async (pass) => {
      const gate = await local(100);
      const first = heard(gate, 60);
      first.stop();
      const second = heard(gate, 60);
      gate.close();
      const third = heard(gate, 60);
      await pass(100_000);
      assert.deepEqual([first.told, second.told, third.told], [[], [], []]);
    }));

  test("is told late by timers that were late, and not at all once it is past", () =>
    withClock(async (pass) => {
      let now = START_MS;
      const make = (secs) => createGate({ policy: CLINIC, principal: { ...NURSE, expiresSecs: START_SECS + secs }, now: () => now });
      const [slept, gone] = [await make(100), await make(100)];
      const one = heard(slept, 60);
      await pass(1);
      // The machine slept: its clock went on, timers didn't.
      now += 80_000;
      await pass(30_000);
      assert.deepEqual(one.told, [20]);
      const two = heard(gone, 60);
      now += 30_000;
      await pass(30_000);
      assert.deepEqual(two.told, []);
      slept.close();
      gone.close();
    }));

  test("a listener that throws keeps the news from nobody", () =>
    withClock(async (pass) => {
      const gate = await local(100);
      const thrown = [];
      const later = mock.method(globalThis, "queueMicrotask", (run) => {
        try {
          run();
        } catch (error) {
          thrown.push(error.message);
        }
      });
      gate.onExpiring(() => {
        throw new Error("mine");
      });
      const { told } = heard(gate);
      await pass(40_000);
      later.mock.restore();
      assert.deepEqual([told, thrown], [[60], ["mine"]]);
      gate.close();
    }));

  test("a time that is none is refused", async () => {
    const gate = await local(100);
    for (const beforeSecs of [0, -1, Number.NaN]) {
      assert.equal(await codeOf(() => gate.onExpiring(() => {}, { beforeSecs })), "malformed_options");
    }
    gate.close();
  });

  test("nothing is told where nothing ends", () =>
    withClock(async (pass) => {
      const gate = await createGate({ policy: CLINIC, principal: NURSE });
      const { told } = heard(gate, 60);
      assert.deepEqual([gate.expiresMs, gate.remainingMs], [null, null]);
      await pass(1_000_000);
      assert.deepEqual(told, []);
      gate.close();
    }));
});

describe("a session at a server", () => {
  /** A server whose session ends and can be extended. */
  async function makeServer() {
    const issuer = await makeIssuer();
    const server = {
      session: { expiresSecs: START_SECS + 1_000, absoluteExpiresSecs: START_SECS + 3_000 },
      isSignedIn: true,
      isDown: false,
      fetch: async (url, { headers }) => {
        if (server.isDown) throw new TypeError("fetch failed");
        if (url.endsWith("/jwks")) return answer(200, JSON.stringify(issuer.jwks));
        if (!server.isSignedIn) return answer(401, "{}");
        const tag = `"${JSON.stringify(server.session)} ${Math.floor(Date.now() / 150_000)}"`;
        if (headers["if-none-match"] === tag) return answer(304, "");
        const leftSecs = Math.floor(server.session.expiresSecs - Date.now() / 1000);
        const ends = [server.session.expiresSecs, server.session.absoluteExpiresSecs];
        underway += 1;
        const snapshot = issuer.issue(Date.now(), { ends, ttlSecs: Math.min(300, leftSecs) });
        return answer(200, await snapshot.finally(() => (underway -= 1)), tag);
      },
    };
    const answer = (status, body, etag) => ({
      status,
      ok: status === 200,
      headers: new Headers(etag === undefined ? {} : { etag }),
      json: async () => JSON.parse(body),
      text: async () => body,
    });
    return server;
  }

  const open = (server, options = {}) => createGate({ baseUrl: BASE, fetch: server.fetch, ...options });

  test("is told of by its own end, not by that of snapshots, which are renewed", () =>
    withClock(async (pass) => {
      const server = await makeServer();
      const gate = await open(server);
      const { told } = heard(gate, 290);
      assert.equal(gate.expiresMs, START_MS + 1_000_000);
      for (let n = 0; n < 70; n += 1) await pass(10_000);
      assert.deepEqual([told, gate.status], [[], "ready"]);
      await pass(10_000);
      assert.deepEqual(told, [290]);
      gate.close();
    }));

  test("that was extended is not told, and its last end is told as such", () =>
    withClock(async (pass) => {
      const server = await makeServer();
      const gate = await open(server);
      const { told } = heard(gate, 60);
      let news = 0;
      gate.subscribe(() => (news += 1));
      await pass(500_000);
      await gate.refresh();
      server.session = { ...server.session, expiresSecs: START_SECS + 2_000 };
      await gate.refresh();
      assert.equal(gate.expiresMs, START_MS + 2_000_000);
      for (let n = 0; n < 60; n += 1) await pass(10_000);
      assert.deepEqual([told, news], [[], 0], "an end that moved is no news");
      server.session = { expiresSecs: START_SECS + 3_000, absoluteExpiresSecs: START_SECS + 3_000 };
      await gate.refresh();
      while (told.length === 0 && gate.status === "ready") await pass(10_000);
      assert.deepEqual(told, ["final"]);
      gate.close();
    }));

  test("that was signed out of is not told", () =>
    withClock(async (pass) => {
      const server = await makeServer();
      const gate = await open(server);
      const { told } = heard(gate, 60);
      await pass(1_000);
      server.isSignedIn = false;
      await gate.refresh();
      assert.deepEqual([gate.status, gate.expiresMs], ["signed-out", null]);
      for (let n = 0; n < 110; n += 1) await pass(10_000);
      assert.deepEqual(told, []);
      gate.close();
    }));

  test("a snapshot's own end counts while the server can't be reached", () =>
    withClock(async (pass) => {
      const server = await makeServer();
      const gate = await open(server);
      const { told } = heard(gate, 60);
      server.isDown = true;
      for (let n = 0; n < 30 && told.length === 0; n += 1) await pass(10_000);
      assert.equal(told.length, 1);
      assert.ok(told[0] > 0 && told[0] <= 60, String(told));
      server.isDown = false;
      await gate.refresh();
      assert.equal(gate.expiresMs, START_MS + 1_000_000);
      gate.close();
    }));

  test("a session whose end isn't a number makes the snapshot a malformed one", async () => {
    const issuer = await makeIssuer();
    const snapshot = await issuer.issue(Date.now(), { ends: ["soon", 1] });
    const options = { snapshot, jwks: issuer.jwks, issuer: BASE, audience: BASE };
    assert.equal(await codeOf(() => createGate(options)), "malformed_snapshot");
  });
});
