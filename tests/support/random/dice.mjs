// @ts-check
// Chance from a seed.

/** A small generator of numbers in [0, 1), the same everywhere for a seed (mulberry32). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Dice {
  /** @param {number} seed */
  constructor(seed) {
    this.next = randomNumbers(seed);
  }

  /** @param {number} count */
  below(count) {
    return Math.floor(this.next() * count);
  }

  /** @param {number} share */
  chance(share) {
    return this.next() < share;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return /** @type {T} */ (list[this.below(list.length)]);
  }

  /** @template T @param {readonly T[]} list @param {number} share */
  some(list, share) {
    return list.filter(() => this.chance(share));
  }

  /** One at least. @template T @param {readonly T[]} list @param {number} share */
  oneOrMore(list, share) {
    const some = this.some(list, share);
    return some.length > 0 ? some : [this.pick(list)];
  }

  /** @template T @param {number} count @param {(n: number) => T} make */
  times(count, make) {
    return Array.from({ length: count }, (_, n) => make(n));
  }
}
