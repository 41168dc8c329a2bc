// @ts-check
import { unref } from "./timer.js";

/**
 * The clock is looked at this often at least: a timer stands still while a machine sleeps, and is late in a page that
 * nobody looks at.
 */
const MAX_WAIT_MS = 30_000;

/** @typedef {import("./index.js").Expiring} Expiring */

/**
 * @typedef {object} Entry
 * @property {(expiring: Expiring) => void} listener
 * @property {number} beforeMs
 * @property {boolean} isTold since the end was last further away than that
 */

/** Tells those who asked for it that an end comes near, once for each time that it does. */
export class Endings {
  #now;
  #end;
  /** @type {Set<Entry>} */
  #entries = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #onWake = () => this.changed();

  /**
   * @param {() => number} now milliseconds since the epoch
   * @param {() => { expiresMs: number, isFinal: boolean } | undefined} end the end as it is known now, if there is one
   */
  constructor(now, end) {
    this.#now = now;
    this.#end = end;
  }

  /**
   * @param {(expiring: Expiring) => void} listener
   * @param {number} beforeMs
   * @returns {() => void} what ends it
   */
  add(listener, beforeMs) {
    /** @type {Entry} */
    const entry = { listener, beforeMs, isTold: false };
    if (this.#entries.size === 0) this.#watch();
    this.#entries.add(entry);
    // Nobody is told before `add` has returned.
    this.#wait(0);
    return () => {
      this.#entries.delete(entry);
      if (this.#entries.size === 0) this.close();
    };
  }

  /** The end may have moved, or the clock was not looked at for long. */
  changed() {
    if (this.#entries.size === 0) return;
    clearTimeout(this.#timer);
    const end = this.#end();
    if (end === undefined) {
      for (const entry of this.#entries) entry.isTold = false;
      return;
    }
    const remainingMs = end.expiresMs - this.#now();
    let waitMs = MAX_WAIT_MS;
    for (const entry of [...this.#entries]) {
      if (remainingMs > entry.beforeMs) {
        entry.isTold = false;
        waitMs = Math.min(waitMs, remainingMs - entry.beforeMs);
      } else if (!entry.isTold && remainingMs > 0) {
        entry.isTold = true;
        tell(entry.listener, { remainingMs, ...end });
      }
    }
    // A listener may have ended it all.
    if (remainingMs > 0 && this.#entries.size > 0) this.#wait(waitMs);
  }

  close() {
    this.#entries.clear();
    clearTimeout(this.#timer);
    globalThis.document?.removeEventListener("visibilitychange", this.#onWake);
    if (globalThis.document !== undefined) globalThis.removeEventListener?.("pageshow", this.#onWake);
  }

  #watch() {
    globalThis.document?.addEventListener("visibilitychange", this.#onWake);
    if (globalThis.document !== undefined) globalThis.addEventListener?.("pageshow", this.#onWake);
  }

  /** @param {number} waitMs */
  #wait(waitMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onWake, waitMs);
    unref(this.#timer);
  }
}

/**
 * @param {(expiring: Expiring) => void} listener
 * @param {Expiring} expiring
 */
function tell(listener, expiring) {
  try {
    listener(Object.freeze(expiring));
  } catch (error) {
    // One listener that throws must not keep the news from the others.
    queueMicrotask(() => {
      throw error;
    });
  }
}
