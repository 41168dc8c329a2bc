// @ts-check
// How often: rates by address, guesses by account, and who can't be kept out. Addresses are those of the header that the
// server was told to trust.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send } from "../../support/http.mjs";
import { inTime } from "../../support/pace.mjs";
import { GET_SESSION, SIGN_IN, WRONG, typed } from "./shared.mjs";

/** The header that the server trusts with the client's address. */
export const ADDRESS = "x-client-address";
/** Accounts of their own, so that no test uses up what another one counts on. */
export const USERS = Array.from({ length: 24 }, (_, index) => ({
  email: `user${index}@example.org`,
  password: `the password of user ${index}`,
}));

const TOO_MANY = { message: "Too many requests. Please try again later." };
const SPOOFED = ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip"];

/** One more sign-in from an address is taken every so often. */
const SIGN_IN_EVERY_MS = 10_000 / 3;
/** How long guesses have to wait after the third wrong one. */
const FIRST_DELAY_MS = 1_000;

/** @typedef {{ email: string, password: string }} Typed */
/** @typedef {Awaited<ReturnType<typeof send>>} Answer */

let drawn = 0;

/** An address that no test has used. */
const address = () => {
  drawn += 1;
  return `198.51.${100 + Math.floor(drawn / 250)}.${drawn % 250}`;
};

/** Another account each time; the last two are for others to use. */
const userOf = (/** @type {number} */ index) => (index < USERS.length - 2 ? USERS[index] : undefined) ?? assert.fail();
const nobody = () => ({ email: `nobody${(drawn += 1)}@example.org`, password: "wrong" });

/** @param {Answer} answer */
function secondsToWait(answer) {
  assert.equal(answer.status, 429, answer.text);
  assert.deepEqual(answer.json, TOO_MANY);
  assert.equal(answer.headers["retry-after"], answer.headers["x-retry-after"]);
  const seconds = Number(answer.headers["retry-after"]);
  assert.ok(Number.isInteger(seconds) && seconds >= 1, String(seconds));
  return seconds;
}

/** Three are taken and the fourth is refused, which comes back. @param {(index: number) => Promise<Answer>} make */
async function fourth(make) {
  for (let index = 0; index < 3; index += 1) assert.deepEqual((await make(index)).outcome, WRONG);
  const refused = await make(3);
  secondsToWait(refused);
  return refused;
}

/** @param {readonly Answer[]} answers */
const tally = (answers) => {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/**
 * Requests, some at once.
 *
 * @param {number} count
 * @param {(index: number) => Promise<Answer>} make
 */
async function many(count, make) {
  const answers = /** @type {Answer[]} */ ([]);
  while (answers.length < count) {
    const start = answers.length;
    answers.push(...(await Promise.all(Array.from({ length: 40 }, (_, index) => make(start + index)))));
  }
  return answers;
}

/** @param {() => import("./shared.mjs").Server} server */
export function throttle(server) {
  let taken = 0;
  const user = () => userOf(taken++);
  /**
   * @param {Typed} json
   * @param {Record<string, string | string[]>} [headers]
   */
  const attempt = (json, headers = {}) => {
    const all = /** @type {Record<string, string>} */ ({ [ADDRESS]: address(), ...headers });
    return send(server().url + SIGN_IN, { json: typed(json), headers: all });
  };
  const wrong = (/** @type {Typed} */ { email }) => ({ email, password: "wrong" });

  describe("rates", () => {
    test("three sign-ins from an address are taken, and the fourth is as soon as it was told", async () => {
      await inTime(async (within) => {
        const headers = { [ADDRESS]: address() };
        const refused = await within(SIGN_IN_EVERY_MS, () => fourth(() => attempt(nobody(), headers)));
        const seconds = secondsToWait(refused);
        assert.ok(seconds <= 4, String(seconds));
        assert.deepEqual([refused.headers["cache-control"], refused.setCookies], ["no-store", []]);
        await sleep(seconds * 1000);
        await within(SIGN_IN_EVERY_MS, async () => {
          assert.deepEqual((await attempt(nobody(), headers)).outcome, WRONG);
          secondsToWait(await attempt(nobody(), headers));
        });
      });
    });

    test("other headers that could name an address change nothing", async () => {
      await inTime(async (within) => {
        const own = address();
        const spoofed = () => Object.fromEntries(SPOOFED.map((name) => [name, address()]));
        await within(SIGN_IN_EVERY_MS, () => fourth(() => attempt(nobody(), { [ADDRESS]: own, ...spoofed() })));
      });
    });

    test("what isn't one address counts as none, and all of those together", async () => {
      let turns = 0;
      await inTime(async (within) => {
        // They have one count, which is as new after this.
        if ((turns += 1) > 1) await sleep(3 * SIGN_IN_EVERY_MS);
        // Twice; a list; no address; none.
        const headers = [{ [ADDRESS]: [address(), address()] }, { [ADDRESS]: `${address()}, ${address()}` }, { [ADDRESS]: "me" }, { [ADDRESS]: "unknown" }];
        await within(SIGN_IN_EVERY_MS, () => fourth((index) => attempt(nobody(), headers[index])));
        assert.deepEqual((await attempt(nobody())).outcome, WRONG, "an address is counted by itself");
      });
    });

    test("an IPv6 subscriber has one count, whatever address of the network is used", async () => {
      await inTime(async (within) => {
        const network = `2001:db8:0:${(drawn += 1).toString(16)}`;
        const ends = [":1", ":ffff", "a:b:c:d", ":2"];
        await within(SIGN_IN_EVERY_MS, () => fourth((index) => attempt(nobody(), { [ADDRESS]: `${network}:${ends[index]}` })));
        const next = `2001:db8:0:${(drawn += 1).toString(16)}::2`;
        assert.deepEqual((await attempt(nobody(), { [ADDRESS]: next })).outcome, WRONG);
      });
    });

    test("every other endpoint has a rate as well, which doesn't count for the next one", async () => {
      const headers = { [ADDRESS]: address() };
      const began = performance.now();
      const answers = await many(240, () => send(server().url + GET_SESSION, { headers }));
      const seconds = (performance.now() - began) / 1000;
      const { 200: allowed = 0, 429: refused = 0, ...rest } = tally(answers);
      assert.deepEqual(rest, {});
      // A hundred at once and ten more each second.
      assert.ok(allowed >= 100 && allowed <= 101 + 10 * seconds, `${allowed} in ${seconds} s`);
      assert.ok(refused > 0);
      assert.equal((await send(`${server().url}/api/auth/ok`, { headers })).status, 200);
      const last = await send(server().url + GET_SESSION, { headers });
      if (last.status === 429) {
        await sleep(secondsToWait(last) * 1000);
        assert.equal((await send(server().url + GET_SESSION, { headers })).status, 200);
      }
    });

    test("paths that lead nowhere share one count", async () => {
      const headers = { [ADDRESS]: address() };
      const answers = await many(240, (index) => send(`${server().url}/api/nowhere/${index}`, { headers }));
      const { 404: unknown = 0, 429: refused = 0 } = tally(answers);
      assert.ok(refused > 0 && unknown + refused === 240, `${unknown} ${refused}`);
    });
  });

  describe("guesses", () => {
    for (const [kind, account] of /** @type {const} */ ([["an account", user], ["an address without one", nobody]])) {
      test(`however many addresses they come from, guesses at ${kind} have to wait after the third`, async () => {
        await inTime(async (within) => {
          const one = wrong(account());
          const refused = await within(FIRST_DELAY_MS, () => fourth(() => attempt(one)));
          assert.equal(secondsToWait(refused), 1);
          await sleep(FIRST_DELAY_MS);
          const seconds = await within(2 * FIRST_DELAY_MS, async () => {
            assert.deepEqual((await attempt(one)).outcome, WRONG);
            return secondsToWait(await attempt(one));
          });
          assert.ok(seconds <= 2, String(seconds));
          await sleep(seconds * 1000);
          await within(2 * FIRST_DELAY_MS, async () => {
            assert.deepEqual((await attempt(one)).outcome, WRONG);
            assert.ok(secondsToWait(await attempt(one)) >= 3);
          });
        });
      });
    }

    test("the right password has to wait as well, and tells nothing before its time", async () => {
      await inTime(async (within) => {
        const one = user();
        const refused = await within(FIRST_DELAY_MS, async () => {
          for (let index = 0; index < 3; index += 1) await attempt(wrong(one));
          return attempt(one);
        });
        assert.equal(secondsToWait(refused), 1);
        assert.deepEqual(refused.setCookies, []);
        await sleep(FIRST_DELAY_MS);
        assert.equal((await attempt(one)).status, 200);
      });
    });

    test("the right password forgets the wrong ones before it", async () => {
      const one = user();
      for (let round = 0; round < 4; round += 1) {
        for (let index = 0; index < 2; index += 1) assert.deepEqual((await attempt(wrong(one))).outcome, WRONG);
        assert.equal((await attempt(one)).status, 200);
      }
    });

    test("a stranger's guesses don't keep the owner out of a device that was used before", async () => {
      await inTime(async (within) => {
        const one = user();
        const page = new Page(server());
        const from = () => ({ headers: { [ADDRESS]: address() }, json: typed(one) });
        assert.equal((await page.send(SIGN_IN, from())).status, 200);
        assert.equal((await page.send("/api/auth/sign-out", { json: {}, headers: { [ADDRESS]: address() } })).status, 200);
        assert.deepEqual(page.jar.names.filter((name) => name.endsWith("known_device")), ["better-auth.known_device"]);
        const strangers = async () => {
          for (const { status } of await Promise.all(Array.from({ length: 5 }, () => attempt(wrong(one))))) {
            if (status === 429) return;
          }
          await strangers();
        };
        await within(FIRST_DELAY_MS, async () => {
          await strangers();
          await strangers();
          secondsToWait(await attempt(one));
          assert.equal((await page.send(SIGN_IN, from())).status, 200, "the owner's browser");
          secondsToWait(await attempt(one));
        });
      });
    });

    test("a client without cookies shows its device by header, and nobody else's helps", async () => {
      await inTime(async (within) => {
        const [one, other] = [user(), user()];
        const token = String((await attempt(one)).headers["set-device-token"]);
        const foreign = String((await attempt(other)).headers["set-device-token"]);
        assert.match(token, /^device!/);
        await within(FIRST_DELAY_MS, async () => {
          for (let index = 0; index < 3; index += 1) await attempt(wrong(one));
          secondsToWait(await attempt(one));
          secondsToWait(await attempt(one, { "x-device-token": foreign }));
          secondsToWait(await attempt(one, { "x-device-token": token.replace("!", "!x") }));
          assert.equal((await attempt(one, { "x-device-token": token })).status, 200);
        });
      });
    });

    test("a device has a budget of its own, which is no larger", async () => {
      await inTime(async (within) => {
        const one = user();
        const headers = { "x-device-token": String((await attempt(one)).headers["set-device-token"]) };
        await within(FIRST_DELAY_MS, async () => {
          for (let index = 0; index < 3; index += 1) assert.deepEqual((await attempt(wrong(one), headers)).outcome, WRONG);
          assert.equal(secondsToWait(await attempt(one, headers)), 1);
        });
        assert.equal((await attempt(one)).status, 200, "others aren't kept out by it either");
      });
    });
  });
}
