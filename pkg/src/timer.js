// @ts-check

/**
 * Lets Node end although a timer runs; elsewhere timers are numbers.
 *
 * @param {unknown} timer
 */
export function unref(timer) {
  /** @type {any} */ (timer)?.unref?.();
}
