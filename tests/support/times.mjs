// @ts-check
// Times of kinds of requests, compared so that whatever else the machine does falls on all of them.

/** @param {readonly number[]} list */
export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;

/**
 * How long each attempt takes, in milliseconds: all kinds in turn, each round beginning with another.
 *
 * @template T
 * @param {readonly T[]} kinds
 * @param {number} rounds
 * @param {(kind: T) => Promise<unknown>} attempt
 */
export async function timesOf(kinds, rounds, attempt) {
  const times = kinds.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round < rounds; round += 1) {
    for (let step = 0; step < kinds.length; step += 1) {
      const index = (round + step) % kinds.length;
      const kind = /** @type {T} */ (kinds[index]);
      const began = performance.now();
      await attempt(kind);
      times[index]?.push(performance.now() - began);
    }
  }
  return times;
}

/**
 * The share of pairs in which the second is greater: Mann and Whitney's U over the number of pairs. 0.5 when they don't
 * differ.
 *
 * @param {readonly number[]} first
 * @param {readonly number[]} second
 */
export function superiority(first, second) {
  let greater = 0;
  for (const one of first) for (const other of second) greater += other > one ? 1 : other === one ? 0.5 : 0;
  return greater / (first.length * second.length);
}
