// @ts-check
// What the pages say about scopes, grants, verdicts and changes.

/** @typedef {import("/pkg/src/index.js").Change} Change */
/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("/pkg/src/index.js").Principal["grants"][number]} Grant */
/** @typedef {import("/pkg/src/index.js").Scope} Scope */
/** @typedef {import("./source.js").Source} Source */

/**
 * The label of a role, permission, tier or app; its name when the policy knows none.
 *
 * @param {readonly import("/pkg/src/index.js").Named[]} list
 * @param {string} name
 */
export function labelOf(list, name) {
  return list.find((entry) => entry.name === name)?.label ?? name;
}

/**
 * @param {string} scope a path; "" is the global scope
 * @returns {string} such as `at state:ca`, to go after what is granted
 */
export function place(scope) {
  return scope === "" ? "everywhere" : `at ${scope}`;
}

/**
 * A grant's role and scope, however it is written.
 *
 * @param {Grant} grant
 * @returns {{ role: string, scope: string }}
 */
export function grantParts(grant) {
  if (typeof grant !== "string") return { role: grant.role, scope: scopeText(grant.scope) };
  const [role = "", ...rest] = grant.split("@");
  return { role, scope: rest.join("@") };
}

/**
 * @param {Scope | undefined} scope
 * @returns {string}
 */
function scopeText(scope) {
  if (scope === undefined || typeof scope === "string") return scope ?? "";
  return Object.entries(scope)
    .map(([level, id]) => `${level}:${id}`)
    .join("/");
}

/**
 * A set of changes that would allow it, as half a sentence.
 *
 * @param {readonly Change[]} changes
 * @param {Source} source
 */
export function changesText(changes, source) {
  return changes.map((change) => changeText(change, source)).join(" and ");
}

/**
 * @param {Change} change
 * @param {Source} source
 */
function changeText(change, source) {
  switch (change.kind) {
    case "grant":
      return `the role ${labelOf(source.roles, change.role)} ${place(change.scope)}`;
    case "tier":
      return `the tier ${labelOf(source.tiers, change.tier)}`;
    case "renew":
      return "signing in again";
    default:
      return "a change this page doesn’t know";
  }
}

/**
 * @param {Explanation} explanation
 * @returns {string | undefined} where in the policy it was decided
 */
export function clauseText({ clause }) {
  if (clause === undefined) return undefined;
  return clause.line === undefined ? clause.path : `${clause.path}, line ${clause.line}`;
}

/** @param {string} text */
export function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
