// @ts-check
// What a principal has: grants, memberships, a tier.

import { covers, isId, parseScope } from "./scope.mjs";

/** @typedef {import("./policy.mjs").Model} Model */
/** @typedef {import("./policy.mjs").Role} Role */
/** @typedef {import("./scope.mjs").Scope} Scope */
/** @typedef {{ role: Role, place: Scope }} Grant */

/**
 * `ROLE@scope` or `ROLE`, or undefined for what the policy doesn't know.
 *
 * @param {Model} policy
 * @param {string} text
 * @returns {Grant | undefined}
 */
export function parseGrant(policy, text) {
  const at = text.indexOf("@");
  const role = policy.roles.get(at < 0 ? text : text.slice(0, at));
  const place = parseScope(policy, at < 0 ? "" : text.slice(at + 1));
  return role === undefined || "code" in place ? undefined : { role, place };
}

/** The grants that confer something: known, and where the role may be granted. @param {Model} policy @param {any} principal @returns {Grant[]} */
export function usableGrants(policy, principal) {
  return principal.grants.flatMap((/** @type {string} */ text) => {
    const grant = parseGrant(policy, text);
    if (grant === undefined) return [];
    const level = grant.place.depth === 0 ? "global" : String(policy.levels[grant.place.depth - 1]);
    return grant.role.grantAt === undefined || grant.role.grantAt.includes(level) ? [grant] : [];
  });
}

/** The depth from which a role is a superuser's; Infinity for none. @param {Model} policy @param {Role} role */
function superuserDepth(policy, role) {
  if (role.superuserAt === undefined) return Infinity;
  return role.superuserAt === "global" ? 0 : policy.levels.indexOf(role.superuserAt) + 1;
}

/** @param {Model} policy @param {Grant} grant */
export function isSuperuser(policy, grant) {
  return grant.place.depth <= superuserDepth(policy, grant.role) && grant.role.superuserAt !== undefined;
}

/** @param {Model} policy @param {Grant} grant @param {Scope} scope */
export function reachesAsSuperuser(policy, grant, scope) {
  return isSuperuser(policy, grant) && covers(grant.place, scope) && scope.depth >= superuserDepth(policy, grant.role);
}

/**
 * The tenants that give the principal a permission, as scopes.
 *
 * @param {Model} policy
 * @param {any} principal
 * @param {string} permission
 * @returns {Scope[]}
 */
export function tenantsWith(policy, principal, permission) {
  const { tenants } = policy;
  if (tenants === undefined) return [];
  const depth = policy.levels.indexOf(tenants.level) + 1;
  const entries = /** @type {any[]} */ (principal.tenants ?? []);
  return entries.flatMap(({ id, owner, roles }, n) => {
    if (!isId(id) || entries.findIndex((one) => one.id === id) !== n) return [];
    const inherent = owner === true ? [...tenants.owner, ...tenants.member] : tenants.member;
    const made = (roles ?? []).flatMap((/** @type {any} */ role) => role.permissions ?? []);
    if (!inherent.includes(permission) && !made.includes(permission)) return [];
    const place = /** @type {Scope} */ ({ ids: [], depth });
    place.ids[depth] = id;
    return [place];
  });
}

/** The place of the principal's tier among the policy's; negative if it's none of them. @param {Model} policy @param {any} principal */
export function rankOf(policy, principal) {
  const name = principal.tier ?? policy.defaultTier;
  return name === undefined ? 0 : policy.tiers.indexOf(name);
}
