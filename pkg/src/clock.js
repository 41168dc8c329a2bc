// @ts-check

/** Answers with one reading, at most. */
const CALLS_PER_READING = 64;
const RESOLVED = Promise.resolve();
/** @type {WeakSet<() => number>} */
const STANDING = new WeakSet();

/**
 * A clock for questions that come by the hundred: reading the system's costs as much as deciding.
 *
 * Time stands still while one piece of code runs without awaiting anything, as it does in Workers, and for 64
 * questions at most; a reading is never carried into the next task. A clock of the caller's own is always asked.
 *
 * @param {(() => number) | undefined} own the caller's clock, in milliseconds since the epoch
 * @returns {() => number}
 */
export function clock(own) {
  if (own !== undefined) return () => own();
  let reading = 0;
  let left = 0;
  const forget = () => {
    left = 0;
  };
  const now = () => {
    if (left === 0) {
      reading = Date.now();
      left = CALLS_PER_READING;
      RESOLVED.then(forget);
    }
    left -= 1;
    return reading;
  };
  STANDING.add(now);
  return now;
}

/**
 * Whether time stands still by a clock while one piece of code runs without awaiting anything.
 *
 * @param {() => number} now
 */
export const standsStill = (now) => STANDING.has(now);
