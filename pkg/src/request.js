// @ts-check
import { scopeMembers } from "./places.js";
import { plainMembers } from "./record.js";

/** No scope: whatever is asked there is malformed. */
const NO_SCOPE = 0;

/**
 * The JSON of a request, or of something that the module answers as malformed. Never throws.
 *
 * @param {unknown} request a request, or the name of a permission
 * @param {unknown} scope goes with a name
 * @param {{ typeOf(permission: unknown): import("./core.js").RecordType | undefined, context: readonly string[] }} policy
 * @returns {string}
 */
export function requestJson(request, scope, policy) {
  try {
    /** @type {any} */
    const members = typeof request === "string" ? { permission: request, scope } : { .../** @type {object} */ (request) };
    const { permission = `${members.resource}:${members.action}`, record, context } = members;
    members.scope = plainScope(members.scope);
    if (record !== undefined) members.record = plainMembers(record, policy.typeOf(permission)?.fields ?? []);
    if (context !== undefined) members.context = plainMembers(context, policy.context);
    return JSON.stringify(members, keepUndefined);
  } catch {
    return "null";
  }
}

/** @param {unknown} scope */
function plainScope(scope) {
  if (scope === undefined || scope === null || typeof scope === "string") return scope;
  return typeof scope === "object" && !Array.isArray(scope) ? (scopeMembers(scope) ?? NO_SCOPE) : NO_SCOPE;
}

/**
 * `undefined` would vanish in JSON, and what is about nothing would be about everything.
 *
 * @param {string} _key
 * @param {unknown} value
 */
function keepUndefined(_key, value) {
  return value === undefined ? null : value;
}
