// @ts-check
// Scopes, and the principals who hold something in them.

import { Dice } from "./dice.mjs";
import { permissionNames } from "./policy.mjs";
import { looseValue } from "./values.mjs";

/** Further from the cases' time than the time at which they run. */
const SOME_YEARS_SECS = 100_000_000;

/** Full paths of known scopes: two of each level in each of the one above. @param {any} policy @returns {string[]} */
export function randomScopes(policy) {
  let above = [""];
  const all = /** @type {string[]} */ ([]);
  for (const level of policy.scopes) {
    const here = above.flatMap((path, n) =>
      [0, 1].map((k) => `${path}${path ? "/" : ""}${level}:${level[0]}${n * 2 + k}`),
    );
    all.push(...here);
    above = here;
  }
  return all;
}

/** A role at a scope, at times one that isn't known. @param {Dice} dice @param {any} policy @param {string[]} known */
export function randomGrant(dice, policy, known) {
  const name = dice.chance(0.04) ? "GHOST" : dice.pick(Object.keys(policy.roles));
  const leaves = known.map((path) => String(path.split("/").at(-1)));
  const at = dice.chance(0.03) ? "planet:x" : dice.pick(["", "", ...known, ...leaves]);
  return at === "" ? name : `${name}@${at}`;
}

/** Values by name for declared types, some of them absent or wrong. @param {Dice} dice @param {Record<string, any>} types */
export function looseValues(dice, types) {
  const given = dice.some(Object.entries(types), 0.85);
  const values = given.map(([name, one]) => [name, looseValue(dice, one.type ?? one)]);
  if (dice.chance(0.1)) values.push(["undeclared", 1]);
  return Object.fromEntries(values);
}

/** The ids of a level. @param {string[]} known @param {string} level */
export function idsOf(known, level) {
  const leaves = known.map((path) => String(path.split("/").at(-1)));
  return leaves.filter((leaf) => leaf.startsWith(`${level}:`)).map((leaf) => leaf.slice(level.length + 1));
}

/** @param {Dice} dice @param {any} policy @param {string[]} known */
function memberships(dice, policy, known) {
  const ids = idsOf(known, policy.tenants?.level ?? policy.scopes[0] ?? "region");
  const names = [...permissionNames(policy), "ghost:haunt"];
  const chosen = dice.some([...new Set([...ids, "elsewhere", "no id"])], 0.35);
  if (chosen.length > 0 && dice.chance(0.1)) chosen.push(dice.pick(chosen));
  return chosen.map((id) => ({
    id,
    owner: dice.chance(0.5) ? dice.chance(0.4) : undefined,
    roles: dice.chance(0.6)
      ? dice.times(dice.below(3), (n) => ({ name: `made ${n}`, permissions: dice.some(names, 0.15) }))
      : undefined,
  }));
}

/**
 * Principals by name, each with its name as its id.
 *
 * @param {number} seed
 * @param {any} policy
 * @param {string[]} known
 * @param {{ count: number, nowSecs: number }} options
 * @returns {Record<string, any>}
 */
export function randomPrincipals(seed, policy, known, { count, nowSecs }) {
  const dice = new Dice(seed);
  const make = () => {
    const grants = dice.times(dice.below(5), () => randomGrant(dice, policy, known));
    const principal = /** @type {any} */ ({ grants: [...new Set(grants)] });
    if (dice.chance(0.5)) {
      principal.tier = dice.pick([...(policy.tiers ?? []).map((/** @type {any} */ tier) => tier.name), "emperor"]);
    }
    if (dice.chance(0.06)) principal.expiresSecs = nowSecs + dice.pick([-1, 1]) * SOME_YEARS_SECS;
    if (dice.chance(0.85)) principal.attributes = looseValues(dice, policy.auth);
    if (dice.chance(0.6)) principal.tenants = memberships(dice, policy, known);
    return principal;
  };
  return Object.fromEntries(dice.times(count, (n) => [`p${n}`, make()]).map(([name, one]) => [name, clean(one)]));
}

/** Without members that are undefined: what JSON keeps. @param {any} value */
export function clean(value) {
  return JSON.parse(JSON.stringify(value));
}
