// @ts-check
// The ledger beside the audit log, and what both say there is beside what there is.

import { median } from "../support/times.mjs";

/** @typedef {import("./ledger.mjs").Ledger} Ledger */
/** @typedef {import("./ledger.mjs").Effect} Effect */
/** @typedef {{ id: number, action: string, status: string, userId: string | null, requestId: string }} Record_ */
/** @typedef {Map<string, any>} Model */

/** What a request leaves besides, which nobody asked for: sessions are exchanged after a change of role. */
const BESIDES = /^session\./;

/** Reads a log, of which no more is kept than is compared. @param {AsyncIterable<string>} lines JSON @returns {Promise<Record_[]>} */
export async function recordsOf(lines) {
  const records = /** @type {Record_[]} */ ([]);
  for await (const line of lines) {
    if (line === "") continue;
    const { id, action, status, userId, requestId } = JSON.parse(line);
    records.push({ id, action, status, userId, requestId });
  }
  return records;
}

/**
 * Each effect beside its records: answered, exactly one; unknown, at most one; otherwise none.
 *
 * @param {Ledger} ledger
 * @param {Record_[]} log
 */
export function compareEffects(ledger, log) {
  const left = new Map(/** @type {[string, Record_[]][]} */ ([]));
  for (const record of log) {
    if (record.status !== "ok" || !record.requestId.startsWith("soak-") || BESIDES.test(record.action)) continue;
    const others = left.get(record.requestId);
    if (others === undefined) left.set(record.requestId, [record]);
    else others.push(record);
  }
  const lost = /** @type {string[]} */ ([]);
  const doubled = /** @type {string[]} */ ([]);
  const happened = /** @type {{ effect: Effect, record: Record_ }[]} */ ([]);
  /** Uses of keys: answered; unknown or cut; unknown and in the log. @type {Map<string, [number, number, number]>} */
  const uses = new Map();
  let unknownDone = 0;
  for (const { id, what, effects, outcome, uses: name } of ledger.entries) {
    const records = left.get(id) ?? [];
    left.delete(id);
    const rest = new Set(records);
    for (const effect of effects) {
      const own = [...rest].filter(({ action, userId }) => action === effect.action && (effect.about ?? userId) === userId);
      for (const record of own) rest.delete(record);
      const most = outcome === "done" || outcome === "unknown" ? 1 : 0;
      if (own.length > most) doubled.push(`request ${id}: ${what}, ${outcome}: ${own.length} records of ${effect.action}`);
      if (outcome === "done" && own.length === 0) lost.push(`request ${id}: ${what} was answered, and ${effect.action} isn't in the log`);
      const [record] = own;
      if (record !== undefined) happened.push({ effect, record });
    }
    for (const { action } of rest) doubled.push(`request ${id}: ${what}: ${action}, which nobody asked for`);
    if (outcome === "unknown" && records.length > 0) unknownDone += 1;
    if (name === undefined) continue;
    const counts = uses.get(name) ?? [0, 0, 0];
    if (outcome === "done") counts[0] += 1;
    if (outcome === "unknown" || outcome === "never") counts[1] += 1;
    if (outcome === "unknown" && records.length > 0) counts[2] += 1;
    uses.set(name, counts);
  }
  for (const [id, records] of left) doubled.push(`request ${id}: ${records.map(({ action }) => action)}, of which the ledger has nothing`);
  return { lost, doubled, happened, uses, unknownDone };
}

/** What there has to be, by the changes in the order of the log. @param {{ effect: Effect, record: Record_ }[]} happened */
export function modelOf(happened) {
  const model = /** @type {Model} */ (new Map());
  for (const { effect, record } of happened.toSorted((a, b) => a.record.id - b.record.id)) {
    if (effect.subject === undefined) continue;
    model.set(effect.subject, { ...model.get(effect.subject), ...effect.change, request: record.requestId });
  }
  return model;
}

/** The subjects of one kind that are there, by name. @param {Model} model @param {string} kind */
export function ofKind(model, kind) {
  const prefix = `${kind}:`;
  return [...model]
    .filter(([subject, { gone }]) => subject.startsWith(prefix) && gone !== true)
    .map(([subject, state]) => /** @type {[string, any]} */ ([subject.slice(prefix.length), state]));
}

/**
 * Whether exactly these are there, and as they should be.
 *
 * @param {string} kind
 * @param {[string, any][]} expected
 * @param {Map<string, any>} actual
 * @param {(expected: any, actual: any) => string | undefined} differs
 */
export function compareState(kind, expected, actual, differs) {
  const failures = /** @type {string[]} */ ([]);
  const known = new Set();
  for (const [name, state] of expected) {
    known.add(name);
    const found = actual.get(name);
    const problem = found === undefined ? "isn't there" : differs(state, found);
    if (problem !== undefined) failures.push(`${kind} ${name} ${problem}; last changed by request ${state.request}`);
  }
  for (const name of actual.keys()) if (!known.has(name)) failures.push(`${kind} ${name} is there, and by the log it can't be`);
  return failures;
}

/** Whether a key has the uses left that it has to have. @param {Map<string, [number, number, number]>} uses */
export const keyDiffers = (uses) => (/** @type {any} */ expected, /** @type {any} */ actual) => {
  const [done, unknown, told] = uses.get(actual.name) ?? [0, 0, 0];
  const [least, most] = [expected.initial - done - unknown, expected.initial - done - told];
  if (actual.remaining >= least && actual.remaining <= most) return undefined;
  return `has ${actual.remaining} uses left; ${expected.initial} less ${done} answered, ${unknown} unknown (${told} in the log)`;
};

/** The values in three thirds of a time. @param {{ atMs: number }[]} samples @param {(sample: any) => number} value */
export function thirds(samples, value) {
  const first = samples[0]?.atMs ?? 0;
  const span = (samples.at(-1)?.atMs ?? 0) - first + 1;
  const parts = /** @type {number[][]} */ ([[], [], []]);
  for (const sample of samples) parts[Math.floor(((sample.atMs - first) * 3) / span)]?.push(value(sample));
  return /** @type {[number, number, number]} */ (parts.map(median));
}
