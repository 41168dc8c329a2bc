// @ts-check
// What was asked, what was answered, and what nobody knows.

/**
 * A change that a request asks for, as the audit log would tell it.
 *
 * @typedef {object} Effect
 * @property {string} action of the audit record
 * @property {string} [about] the account that the record is about, where it is known beforehand
 * @property {string} [subject] what it changes: `user:…`, `key:…`, `role:…`, `tenant:…`
 * @property {Record<string, unknown>} [change] what the subject has afterwards
 */

/**
 * `done`: answered as asked. `refused`: answered otherwise, without an effect. `unknown`: sent, and the answer was
 * lost. `never`: cut before the request was whole.
 *
 * @typedef {"done" | "refused" | "unknown" | "never"} Outcome
 */

/**
 * @typedef {object} Entry
 * @property {string} id the request's id, which the audit log has too
 * @property {string} what method and path
 * @property {readonly Effect[]} effects
 * @property {string} [uses] the name of the API key that it uses once
 * @property {Outcome} outcome
 */

/** The soak's memory: one for all visitors, each of whom writes about subjects of its own. */
export class Ledger {
  entries = /** @type {Entry[]} */ ([]);
  /** When each answer came and how long it took. @type {{ atMs: number, tookMs: number }[]} */
  answers = [];
  failures = /** @type {string[]} */ ([]);
  #asked = 0;

  /** @param {string} run */
  constructor(run) {
    this.run = run;
  }

  /** An id that no other request has. */
  nextId() {
    return `soak-${this.run}-${(this.#asked += 1)}`;
  }

  /** @param {Entry} entry */
  note(entry) {
    // What only reads is kept as a number alone: half an hour of them is much.
    if (entry.effects.length > 0 || entry.uses !== undefined) this.entries.push(entry);
  }

  /** @param {number} tookMs */
  answered(tookMs) {
    this.answers.push({ atMs: performance.now(), tookMs });
  }

  /** @param {string} id @param {string} text */
  fail(id, text) {
    this.failures.push(`request ${id}: ${text}`);
  }

  /** How many entries ended how. */
  get outcomes() {
    const counts = { done: 0, refused: 0, unknown: 0, never: 0 };
    for (const { outcome } of this.entries) counts[outcome] += 1;
    return counts;
  }
}
