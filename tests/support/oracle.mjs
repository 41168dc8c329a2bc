// @ts-check
// Decides straight from the policy language's page (crates/core/LANGUAGE.md), slowly, sharing no code
// with the core. Random cases are compared with it, so that all hosts agreeing on something wrong
// would be seen. A policy is the tables of its file, as a TOML reader gives them.

import { evaluate } from "./oracle/evaluate.mjs";
import { targetDenial } from "./oracle/manage.mjs";
import { model } from "./oracle/policy.mjs";
import { isSuperuser, rankOf, reachesAsSuperuser, tenantsWith, usableGrants } from "./oracle/principal.mjs";
import { readRequest, resourceOf } from "./oracle/request.mjs";
import { GLOBAL, covers, lookUp, recordScope } from "./oracle/scope.mjs";

/** @typedef {import("./oracle/policy.mjs").Model} Model */
/** @typedef {import("./oracle/policy.mjs").Rule} Rule */

/** The codes of verdicts that allow. */
export const ALLOWING = ["role_granted", "superuser", "tenant_granted", "rule_allowed", "tier_sufficient"];

const models = new WeakMap();

/**
 * The code of the verdict on a request.
 *
 * @param {object} tables
 * @param {any} principal
 * @param {unknown} raw the request
 * @param {string[] | undefined} directory full paths of the known scopes; undefined: an open directory
 * @param {number} nowSecs
 * @returns {string}
 */
export function oracle(tables, principal, raw, directory, nowSecs) {
  if (!models.has(tables)) models.set(tables, model(tables));
  const policy = /** @type {Model} */ (models.get(tables));
  const request = readRequest(policy, raw);
  if (request === undefined) return "malformed_request";
  const isExpired = principal.expiresSecs !== undefined && principal.expiresSecs !== null && nowSecs >= principal.expiresSecs;
  if (request.app !== undefined || request.tier !== undefined) return opened(policy, principal, request, isExpired);

  const permission = policy.permissions.get(request.permission);
  if (permission === undefined) return "unknown_permission";
  const scope = placeOf(policy, request, directory);
  if ("code" in scope) return scope.code;
  const fields = resourceOf(policy, request.permission)?.fields ?? {};
  if (request.fields?.some((/** @type {string} */ name) => !Object.hasOwn(fields, name))) return "unknown_field";
  if (isExpired) return "principal_expired";

  const truths = ruleTruths(policy, principal, request, scope, nowSecs);
  const denial = truths.find(({ rule, truth }) => rule.effect === "deny" && rule.fields === undefined && truth !== false);
  if (denial !== undefined) return denial.truth === true ? "denied_by_rule" : "evaluation_failed";
  const tooLow = permission.tier === undefined ? undefined : tierDenial(policy, principal, permission.tier);
  if (tooLow !== undefined) return tooLow;

  const grants = usableGrants(policy, principal);
  const allowed = allowance(policy, principal, request.permission, permission.roles, scope, truths);
  if (!ALLOWING.includes(allowed)) return allowed;
  if (!fieldsAllowed(request.fields ?? [], allowed, truths)) return "field_denied";
  return (request.target && targetDenial(policy, grants, request.target.grants, directory)) ?? allowed;
}

/** @param {Model} policy @param {any} principal @param {any} request @param {boolean} isExpired */
function opened(policy, principal, request, isExpired) {
  const tier = request.app === undefined ? request.tier : policy.apps.get(request.app);
  if (tier === undefined) return "unknown_app";
  if (!policy.tiers.includes(tier)) return "unknown_tier";
  if (isExpired) return "principal_expired";
  return tierDenial(policy, principal, tier) ?? "tier_sufficient";
}

/** @param {Model} policy @param {any} principal @param {string} needed */
function tierDenial(policy, principal, needed) {
  const rank = rankOf(policy, principal);
  if (rank < 0) return "principal_tier_unknown";
  return rank < policy.tiers.indexOf(needed) ? "tier_too_low" : undefined;
}

/** @param {Model} policy @param {any} request @param {string[] | undefined} directory */
function placeOf(policy, request, directory) {
  if (request.tenant !== undefined) {
    if (policy.tenants === undefined) return { code: "unknown_tenant" };
    return lookUp(policy, { [policy.tenants.level]: request.tenant }, directory);
  }
  if (request.scope !== undefined) return lookUp(policy, request.scope, directory);
  const resource = resourceOf(policy, request.permission);
  return resource && request.record ? recordScope(policy, resource, request.record) : GLOBAL;
}

/**
 * The rules that apply, in the order of the file, each with what its condition comes to.
 *
 * @param {Model} policy
 * @param {any} principal
 * @param {any} request
 * @param {import("./oracle/scope.mjs").Scope} scope
 * @param {number} nowSecs
 */
function ruleTruths(policy, principal, request, scope, nowSecs) {
  const grants = usableGrants(policy, principal);
  const rank = rankOf(policy, principal);
  const world = {
    auth: { ...principal.attributes, id: principal.id },
    record: request.record,
    request: { ...request.context, time: nowSecs },
  };
  const holds = (/** @type {string} */ name) => grants.some(({ role, place }) => role.all.has(name) && covers(place, scope));
  const applies = (/** @type {Rule} */ rule) =>
    rule.permissions.includes(request.permission) &&
    (rule.roles === undefined || rule.roles.some(holds)) &&
    (rule.tier === undefined || (rank < 0 ? rule.effect === "deny" : rank >= policy.tiers.indexOf(rule.tier)));
  return policy.rules.filter(applies).map((rule) => ({
    rule,
    truth: rule.when === undefined ? true : evaluate(rule.when, world),
  }));
}

/** @typedef {ReturnType<typeof ruleTruths>} Truths */

/**
 * What allows, or why nothing does.
 *
 * @param {Model} policy
 * @param {any} principal
 * @param {string} name
 * @param {string[]} roles
 * @param {import("./oracle/scope.mjs").Scope} scope
 * @param {Truths} truths
 */
function allowance(policy, principal, name, roles, scope, truths) {
  const grants = usableGrants(policy, principal);
  const carriers = grants.filter(({ role }) => roles.some((one) => role.all.has(one)));
  if (carriers.some(({ place }) => covers(place, scope))) return "role_granted";
  if (grants.some((grant) => reachesAsSuperuser(policy, grant, scope))) return "superuser";
  const tenants = tenantsWith(policy, principal, name);
  if (tenants.some((place) => covers(place, scope))) return "tenant_granted";
  const allows = truths.filter(({ rule }) => rule.effect === "allow");
  if (allows.some(({ truth }) => truth === true)) return "rule_allowed";
  if (allows.some(({ truth }) => truth === "error")) return "evaluation_failed";
  const elsewhere = carriers.length > 0 || tenants.length > 0 || grants.some((grant) => isSuperuser(policy, grant));
  if (elsewhere) return "out_of_scope";
  return allows.length > 0 ? "condition_unmet" : "no_role";
}

/** @param {string[]} names @param {string} allowed @param {Truths} truths */
function fieldsAllowed(names, allowed, truths) {
  const opening = truths.filter(({ rule, truth }) => rule.effect === "allow" && truth === true);
  const closing = truths.filter(({ rule, truth }) => rule.effect === "deny" && rule.fields !== undefined && truth !== false);
  return names.every((name) => {
    const isOpen = allowed !== "rule_allowed" || opening.some(({ rule }) => rule.fields?.includes(name) ?? true);
    return isOpen && !closing.some(({ rule }) => rule.fields?.includes(name));
  });
}
