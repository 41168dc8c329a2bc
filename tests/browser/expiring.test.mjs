// @ts-check
// A page is told by `gate.onExpiring` that its session ends: in Chromium, by the clock, on every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { HOSTS } from "../support/worker.mjs";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */
/** @typedef {{ remainingMs: number, isFinal: boolean, atMs: number }} Told */

const SAM = { email: "sam@portcullis.test", password: "a state to look after", roles: ["STATE_ADMIN@state:ca"] };
/** The shortest that a session which isn't remembered may last; use doesn't move its end. */
const SESSION_SECS = 60;
const ENV = { PORTCULLIS_SESSION_SHORT_SECS: String(SESSION_SECS) };
/** The page is told so long after it signed in. */
const TOLD_AFTER_MS = 8_000;
const BEFORE_SECS = SESSION_SECS - TOLD_AFTER_MS / 1000;
/** So late a page may be told, besides what the machine kept its timers waiting. */
const LATE_MS = 3_000;

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => (browser = await launchChromium()));
after(() => browser?.close());

/**
 * Runs in the page: signs in, opens a gate, and says when it was told of the session's end and what there was then.
 * After `againMs` it signs in once more, which begins a session that lasts longer, and lets the gate take note. It
 * looks for `forMs`, or longer if nobody has told it anything by then.
 *
 * @param {{ email: string, password: string, beforeSecs: number, forMs: number, againMs: number }} asked
 */
async function watch({ email, password, beforeSecs, forMs, againMs }) {
  const signIn = async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ email, password, rememberMe: false });
    const answer = await fetch("/api/auth/sign-in/email", { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
  };
  const session = async () => (await (await fetch("/api/auth/get-session")).json())?.session;
  const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const module = "/pkg/src/index.browser.js";
  const { createGate } = await import(module);

  // What the machine keeps timers waiting: the longest pause of one that comes every 20 ms.
  let [stalledMs, last] = [0, performance.now()];
  const pulse = setInterval(() => {
    stalledMs = Math.max(stalledMs, performance.now() - last - 20);
    last = performance.now();
  }, 20);

  const asked = Date.now();
  await signIn();
  const began = Date.now();
  const gate = await createGate({ baseUrl: "" });
  const told = /** @type {Told[]} */ ([]);
  gate.onExpiring((/** @type {Told} */ { remainingMs, isFinal }) => told.push({ remainingMs, isFinal, atMs: Date.now() - began }), { beforeSecs });
  const openedMs = Date.now() - began;
  const firstEndMs = /** @type {number} */ (gate.expiresMs);
  if (againMs > 0) {
    await sleep(againMs);
    await signIn();
    await gate.refresh();
  }
  await sleep(began + forMs - Date.now());
  while (told.length === 0 && Date.now() < gate.expiresMs - 5_000) await sleep(50);
  clearInterval(pulse);
  const ends = { firstEndMs, endMs: gate.expiresMs, sessionEndMs: Date.parse((await session()).expiresAt) };
  const found = { told, asked, began, openedMs, stalledMs, status: gate.status, ...ends };
  gate.close();
  return found;
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {Server} */
    let server;
    before(async () => {
      server = await host.start({ users: [SAM], env: ENV, scopes: ["state:ca"] });
    });
    after(() => server?.stop());

    /** @param {{ forMs: number, againMs: number }} times */
    async function watched({ forMs, againMs }) {
      const { page, close } = await openPage(browser);
      await page.goto(`${server.url}/login/`);
      const { email, password } = SAM;
      const found = await page.evaluate(watch, { email, password, beforeSecs: BEFORE_SECS, forMs, againMs });
      await close();
      return found;
    }

    test("a page is told once, while the session still holds and not long before it was asked to be", async () => {
      const { told, sessionEndMs, endMs, asked, began, openedMs, stalledMs, status } = await watched({ forMs: TOLD_AFTER_MS + 2 * LATE_MS, againMs: 0 });
      assert.equal(status, "ready");
      // A snapshot's claims are whole seconds.
      assert.ok(Math.abs((endMs ?? 0) - sessionEndMs) <= 1_000, `${endMs}, and the server says ${sessionEndMs}`);
      const madeMs = sessionEndMs - SESSION_SECS * 1000;
      assert.ok(madeMs >= asked && madeMs <= began, `it is a short session, made at ${madeMs}, asked for at ${asked} and there at ${began}`);
      assert.equal(told.length, 1, JSON.stringify(told));
      const [{ remainingMs, isFinal, atMs } = assert.fail("nobody was told")] = told;
      const lateMs = LATE_MS + stalledMs + Math.max(openedMs - TOLD_AFTER_MS, 0);
      const figures = `${remainingMs} ms are left after ${atMs} ms; timers waited for ${stalledMs} ms`;
      assert.ok(remainingMs <= BEFORE_SECS * 1000 && remainingMs > BEFORE_SECS * 1000 - lateMs, figures);
      assert.ok(atMs > TOLD_AFTER_MS - LATE_MS && atMs < TOLD_AFTER_MS + lateMs, figures);
      assert.equal(isFinal, true, "use doesn't move the end of such a session");
    });

    test("a page that has signed in again in time isn't told of the end that was, but of the new one", async () => {
      const againMs = TOLD_AFTER_MS / 2;
      const { told, firstEndMs, endMs, sessionEndMs } = await watched({ forMs: againMs + TOLD_AFTER_MS + 2 * LATE_MS, againMs });
      assert.ok((endMs ?? 0) - firstEndMs >= againMs - 1_000, `${firstEndMs}, then ${endMs}`);
      assert.ok(Math.abs((endMs ?? 0) - sessionEndMs) <= 1_000, `${endMs}, and the server says ${sessionEndMs}`);
      assert.equal(told.length, 1, JSON.stringify(told));
      const [{ atMs, remainingMs } = assert.fail("nobody was told")] = told;
      assert.ok(atMs >= againMs + TOLD_AFTER_MS - 1_000, `after ${atMs} ms, of an end that was moved away`);
      assert.ok(remainingMs > 0 && remainingMs <= BEFORE_SECS * 1000, `${remainingMs} ms`);
    });
  });
}
