// @ts-check
// Policies with all that the language has.

import { namesOf, randomCondition } from "./condition.mjs";
import { Dice } from "./dice.mjs";
import { TYPES } from "./values.mjs";

const LEVELS = ["region", "site", "room"];
const TIERS = ["guest", "base", "plus", "pro"];
const NOUNS = ["note", "task", "file"];
const VERBS = ["read", "update", "archive"];

/** A policy as the tables of its file. @param {number} seed @returns {any} */
export function randomPolicy(seed) {
  const dice = new Dice(seed);
  const scopes = LEVELS.slice(0, dice.below(LEVELS.length + 1));
  const tiers = TIERS.slice(0, dice.below(5)).map((name) => ({ name }));
  const policy = /** @type {any} */ ({ name: `random-${seed}`, scopes });
  if (tiers.length > 0) {
    policy.tiers = tiers;
    policy.default_tier = dice.pick(tiers).name;
    policy.apps = Object.fromEntries(dice.times(1 + dice.below(3), (n) => [`app${n}`, dice.pick(tiers).name]));
  }
  policy.roles = randomRoles(dice, ["global", ...scopes]);
  policy.auth = attributes(dice, "a");
  policy.context = attributes(dice, "c");
  policy.resources = randomResources(dice, scopes);
  policy.permissions = randomPermissions(dice, policy);
  if (scopes.length > 0 && dice.chance(0.65)) policy.tenants = randomTenants(dice, policy);
  const count = Object.keys(policy.resources).length === 0 ? 0 : dice.below(12);
  if (count > 0) policy.rules = dice.times(count, (n) => randomRule(dice, policy, n));
  return JSON.parse(JSON.stringify(policy));
}

/** The names of all permissions of a policy. @param {any} policy */
export function permissionNames(policy) {
  const implied = Object.entries(policy.resources).flatMap(([noun, one]) => actionsOf(one).map((verb) => `${noun}:${verb}`));
  return [...new Set([...Object.keys(policy.permissions ?? {}), ...implied])];
}

/** @param {any} resource @returns {string[]} */
export function actionsOf(resource) {
  return resource.actions ?? ["read", "create", "update", "delete"];
}

/** @param {Dice} dice @param {string[]} places */
function randomRoles(dice, places) {
  const names = dice.times(1 + dice.below(6), (n) => `ROLE_${n}`);
  return Object.fromEntries(
    names.map((name, n) => [
      name,
      {
        level: dice.chance(0.7) ? dice.below(5) : undefined,
        manages: dice.chance(0.4) ? dice.pick(["none", "below", "equal", "any"]) : undefined,
        inherits: n > 0 && dice.chance(0.4) ? dice.oneOrMore(names.slice(0, n), 0.3) : undefined,
        superuser_at: dice.chance(0.12) ? dice.pick(places) : undefined,
        grant_at: dice.chance(0.25) ? dice.oneOrMore(places, 0.6) : undefined,
      },
    ]),
  );
}

/** @param {Dice} dice @param {string} prefix */
function attributes(dice, prefix) {
  return Object.fromEntries(dice.some(TYPES, 0.6).map((type) => [`${prefix}_${type.replaceAll(/\W/g, "")}`, type]));
}

/** @param {Dice} dice @param {string[]} scopes */
function randomResources(dice, scopes) {
  const names = dice.chance(0.1) ? [] : NOUNS.slice(0, 1 + dice.below(NOUNS.length));
  return Object.fromEntries(
    names.map((name) => {
      const mapped = dice.chance(0.5) ? dice.some(scopes, 0.7) : [];
      const typed = dice.some(TYPES, 0.6).map((type) => [`f_${type.replaceAll(/\W/g, "")}`, type]);
      const fields = {
        id: "string",
        owner_id: dice.chance(0.5) ? { type: "string", default: "auth.id" } : "string",
        ...Object.fromEntries(typed),
        ...Object.fromEntries(mapped.map((level) => [`${level}_id`, "string"])),
      };
      const scope = Object.fromEntries(mapped.map((level) => [level, `${level}_id`]));
      const actions = dice.chance(0.5) ? dice.oneOrMore(VERBS, 0.6) : undefined;
      return [name, { actions, scope: mapped.length > 0 ? scope : undefined, fields }];
    }),
  );
}

/** @param {Dice} dice @param {any} policy */
function randomPermissions(dice, policy) {
  const roles = Object.keys(policy.roles);
  const tiers = (policy.tiers ?? []).map((/** @type {any} */ tier) => tier.name);
  const implied = permissionNames({ ...policy, permissions: {} });
  const listed = [...dice.times(1 + dice.below(8), (n) => `thing${n}:do`), ...dice.some(implied, 0.5)];
  return Object.fromEntries(
    listed.map((name) => {
      const carriers = dice.some(roles, 0.35);
      if (dice.chance(0.3)) return [name, carriers];
      return [name, { roles: carriers, tier: tiers.length > 0 && dice.chance(0.25) ? dice.pick(tiers) : undefined }];
    }),
  );
}

/** @param {Dice} dice @param {any} policy */
function randomTenants(dice, policy) {
  const names = permissionNames(policy);
  const list = (/** @type {number} */ share) => (dice.chance(0.8) ? dice.some(names, share) : undefined);
  return { level: dice.pick(policy.scopes), owner: list(0.3), member: list(0.15) };
}

/** @param {Dice} dice @param {any} policy @param {number} n */
function randomRule(dice, policy, n) {
  const resource = dice.pick(Object.keys(policy.resources));
  const { fields, ...rest } = policy.resources[resource];
  const tiers = (policy.tiers ?? []).map((/** @type {any} */ tier) => tier.name);
  const isDeny = dice.chance(0.35);
  return {
    name: `rule-${n}`,
    effect: isDeny ? "deny" : "allow",
    resource,
    actions: dice.chance(0.5) ? dice.oneOrMore(actionsOf(rest), 0.5) : undefined,
    when: dice.chance(isDeny ? 0.97 : 0.9) ? randomCondition(dice, namesOf(policy, fields)) : undefined,
    fields: dice.chance(isDeny ? 0.5 : 0.4) ? dice.oneOrMore(Object.keys(fields), 0.4) : undefined,
    roles: dice.chance(0.25) ? dice.oneOrMore(Object.keys(policy.roles), 0.3) : undefined,
    tier: tiers.length > 0 && dice.chance(0.2) ? dice.pick(tiers) : undefined,
    message: dice.chance(0.2) ? `Rule ${n} says so.` : undefined,
  };
}
