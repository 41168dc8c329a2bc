// @ts-check
// A policy's tables, as a TOML reader gives them, with everything that is implied made explicit.

import { parseCondition } from "./condition.mjs";

/** @typedef {import("./condition.mjs").Condition} Condition */

/**
 * @typedef {object} Role
 * @property {string} name
 * @property {number} level
 * @property {"none" | "below" | "equal" | "any"} manages
 * @property {string[] | undefined} grantAt
 * @property {string | undefined} superuserAt
 * @property {Set<string>} all its own name, and those of every role that it inherits
 */

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {"allow" | "deny"} effect
 * @property {string[]} permissions
 * @property {Condition | undefined} when
 * @property {string[] | undefined} fields
 * @property {string[] | undefined} roles
 * @property {string | undefined} tier
 */

/**
 * @typedef {object} Resource
 * @property {[string, string][]} scope level and field
 * @property {Record<string, string>} fields type by name
 */

/**
 * @typedef {object} Model
 * @property {string[]} levels widest first, without global
 * @property {Map<string, Role>} roles
 * @property {Map<string, { roles: string[], tier: string | undefined }>} permissions
 * @property {string[]} tiers lowest first
 * @property {string | undefined} defaultTier
 * @property {Map<string, string>} apps
 * @property {{ level: string, owner: string[], member: string[] } | undefined} tenants
 * @property {Record<string, string>} auth
 * @property {Record<string, string>} context
 * @property {Map<string, Resource>} resources
 * @property {Rule[]} rules
 */

const DEFAULT_ACTIONS = ["read", "create", "update", "delete"];

/**
 * @param {any} tables
 * @returns {Model}
 */
export function model(tables) {
  const resources = new Map(Object.entries(tables.resources ?? {}).map(([name, one]) => [name, resource(one)]));
  return {
    levels: tables.scopes ?? [],
    roles: roles(tables.roles ?? {}),
    permissions: permissions(tables),
    tiers: (tables.tiers ?? []).map((/** @type {any} */ tier) => tier.name),
    defaultTier: tables.default_tier,
    apps: new Map(Object.entries(tables.apps ?? {}).map(([name, app]) => [name, app.tier ?? app])),
    tenants: tables.tenants && { owner: [], member: [], ...tables.tenants },
    auth: tables.auth ?? {},
    context: tables.context ?? {},
    resources,
    rules: (tables.rules ?? []).map((/** @type {any} */ one) => rule(one, tables, resources)),
  };
}

/** @param {Record<string, any>} tables */
function roles(tables) {
  const reach = (/** @type {string} */ name, /** @type {Set<string>} */ seen) => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const one of tables[name].inherits ?? []) reach(one, seen);
    return seen;
  };
  return new Map(
    Object.entries(tables).map(([name, one]) => [
      name,
      {
        name,
        level: one.level ?? 0,
        manages: one.manages ?? "below",
        grantAt: one.grant_at,
        superuserAt: one.superuser_at,
        all: reach(name, new Set()),
      },
    ]),
  );
}

/** Those that are listed, then those of resources. @param {any} tables */
function permissions(tables) {
  const all = new Map();
  for (const [name, one] of Object.entries(tables.permissions ?? {})) {
    all.set(name, Array.isArray(one) ? { roles: one, tier: undefined } : { roles: one.roles ?? [], tier: one.tier });
  }
  for (const [noun, one] of Object.entries(tables.resources ?? {})) {
    for (const verb of one.actions ?? DEFAULT_ACTIONS) {
      const name = `${noun}:${verb}`;
      if (!all.has(name)) all.set(name, { roles: [], tier: undefined });
    }
  }
  return all;
}

/** @param {any} one */
function resource(one) {
  const fields = Object.entries(one.fields ?? {}).map(([name, field]) => [name, field.type ?? field]);
  return { scope: Object.entries(one.scope ?? {}), fields: Object.fromEntries(fields) };
}

/**
 * @param {any} one
 * @param {any} tables
 * @param {Map<string, Resource>} resources
 * @returns {Rule}
 */
function rule(one, tables, resources) {
  const actions = one.actions ?? tables.resources[one.resource].actions ?? DEFAULT_ACTIONS;
  const types = {
    auth: { id: "string", ...tables.auth },
    record: resources.get(one.resource)?.fields ?? {},
    request: { time: "int", ...tables.context },
  };
  return {
    name: one.name,
    effect: one.effect,
    permissions: actions.map((/** @type {string} */ action) => `${one.resource}:${action}`),
    when: one.when === undefined ? undefined : parseCondition(one.when, types),
    fields: one.fields,
    roles: one.roles,
    tier: one.tier,
  };
}
