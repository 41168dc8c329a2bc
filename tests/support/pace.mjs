// @ts-check
// Time in tests: nothing is taken for done because a while has passed, and no claim depends on how fast the machine is.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** So long a busy machine may take for what takes a moment: nobody waits for it unless something is wrong. */
export const PATIENCE_MS = 60_000;

/** How often a scenario is begun again for which the machine was too slow. */
const MAX_TURNS = 8;

/**
 * Asks until there is an answer: anything but `undefined` and `false`.
 *
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {string} what is waited for
 * @param {{ withinMs?: number, everyMs?: number }} [options]
 * @returns {Promise<Exclude<T, undefined | false>>}
 */
export async function eventually(ask, what, { withinMs = PATIENCE_MS, everyMs = 20 } = {}) {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return /** @type {any} */ (answer);
    if (performance.now() > until) return assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(everyMs);
  }
}

/**
 * Looks until what was changed is seen. Whoever looks later than the bound has to see it; a look that was begun before
 * may end after it.
 *
 * @param {number} boundMs since now
 * @param {() => Promise<void>} look throws while it isn't seen
 */
export async function seenWithin(boundMs, look) {
  const changed = performance.now();
  for (;;) {
    const looked = performance.now();
    try {
      return await look();
    } catch (error) {
      if (looked - changed > boundMs) throw error;
      await sleep(50);
    }
  }
}

/**
 * Runs a scenario whose claims hold for steps that follow each other quickly: "the fourth within a second is refused".
 * Where a step took longer than its claim is about, a failure says nothing, and the scenario begins again.
 *
 * @template T
 * @param {(within: <S>(ms: number, step: () => Promise<S>) => Promise<S>) => Promise<T>} scenario takes new accounts
 *   and addresses each time
 * @returns {Promise<T>}
 */
export async function inTime(scenario) {
  for (let turn = 1; ; turn += 1) {
    let isLate = false;
    try {
      return await scenario(async (ms, step) => {
        const began = performance.now();
        try {
          return await step();
        } finally {
          isLate ||= performance.now() - began > ms;
        }
      });
    } catch (error) {
      if (!isLate || turn === MAX_TURNS) throw error;
    }
  }
}
