// @ts-check
// What a denial says is missing, held against the oracle: section 7 of the policy language.

import { ALLOWING, oracle } from "../oracle.mjs";

/**
 * @typedef {{ kind: "grant", role: string, scope?: string } | { kind: "tier", tier: string } | { kind: "renew" }
 *   | { kind: "tenant", tenant: string, as: "owner" | "member" | "role" } | { kind: "fact", fact: string, is: boolean }} Change
 * @typedef {{ tables: object, principal: any, request: any, scopes: string[] | undefined, nowSecs: number }} Question
 */

/**
 * Whether a request is allowed after changes to its principal.
 *
 * @param {Question} question
 * @param {Change[]} changes without facts
 */
function isAllowedAfter({ tables, principal, request, scopes, nowSecs }, changes) {
  const changed = structuredClone(principal);
  for (const change of changes) apply(change, changed, request);
  return ALLOWING.includes(oracle(tables, changed, request, scopes, nowSecs));
}

/** @param {Change} change @param {any} principal @param {any} request */
function apply(change, principal, request) {
  if (change.kind === "grant") principal.grants.push(change.scope ? `${change.role}@${change.scope}` : change.role);
  if (change.kind === "tier") principal.tier = change.tier;
  if (change.kind === "renew") delete principal.expiresSecs;
  if (change.kind !== "tenant") return;
  principal.tenants ??= [];
  let entry = principal.tenants.find((/** @type {any} */ one) => one.id === change.tenant);
  if (entry === undefined) principal.tenants.push((entry = { id: change.tenant }));
  if (change.as === "owner") entry.owner = true;
  const permission = request.permission ?? `${request.resource}:${request.action}`;
  if (change.as === "role") entry.roles = [...(entry.roles ?? []), { name: "made", permissions: [permission] }];
}

/**
 * What is wrong with the sets of a denial, as sentences. Sets with facts can't be tried: the oracle
 * doesn't take comparisons for given.
 *
 * @param {Question} question
 * @param {Change[][]} sets
 * @returns {string[]}
 */
export function wrongSets(question, sets) {
  return sets.flatMap((set) => {
    if (set.length === 0) return ["a set is empty"];
    if (set.some(({ kind }) => kind === "fact")) return [];
    if (!isAllowedAfter(question, set)) return [`isn't enough: ${JSON.stringify(set)}`];
    const spare = set.filter((change) => isAllowedAfter(question, set.filter((one) => one !== change)));
    return spare.map((change) => `not needed: ${JSON.stringify(change)} of ${JSON.stringify(set)}`);
  });
}

/** Pairs of sets of which one contains the other. @param {Change[][]} sets */
export function nestedSets(sets) {
  const texts = sets.map((set) => set.map((change) => JSON.stringify(change)));
  const isWithin = (/** @type {string[]} */ small, /** @type {string[]} */ big) => small.every((one) => big.includes(one));
  return texts.filter((set, n) => texts.some((other, k) => n !== k && isWithin(other, set)));
}
