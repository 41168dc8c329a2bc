// @ts-check
// The shape of a request.

/** @typedef {import("./policy.mjs").Model} Model */

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isText);

/** @type {Record<string, (value: any) => boolean>} */
const MEMBERS = {
  permission: isText,
  action: isText,
  resource: isText,
  app: isText,
  tier: isText,
  scope: (value) => isText(value) || (isObject(value) && Object.values(value).every(isText)),
  tenant: isText,
  record: isObject,
  fields: isTexts,
  context: isObject,
  target: (value) => isObject(value) && isTexts(value.grants) && Object.keys(value).length === 1,
};

/**
 * What is asked, or undefined for what is malformed.
 *
 * @param {Model} policy
 * @param {any} raw
 * @returns {any}
 */
export function readRequest(policy, raw) {
  if (!isObject(raw)) return undefined;
  const given = Object.entries(raw).filter(([, value]) => value !== null && value !== undefined);
  if (!Object.keys(raw).every((name) => Object.hasOwn(MEMBERS, name))) return undefined;
  if (!given.every(([name, value]) => MEMBERS[name]?.(value))) return undefined;
  const request = Object.fromEntries(given);
  const kinds = [
    request.permission !== undefined,
    request.action !== undefined || request.resource !== undefined,
    request.app !== undefined,
    request.tier !== undefined,
  ];
  if (kinds.filter(Boolean).length !== 1) return undefined;
  if (kinds[2] || kinds[3]) return given.length === 1 ? request : undefined;
  if (kinds[1]) {
    if (request.action === undefined || request.resource === undefined) return undefined;
    request.permission = `${request.resource}:${request.action}`;
  }
  return isOfOneMind(policy, request) ? request : undefined;
}

/** @param {Model} policy @param {any} request */
function isOfOneMind(policy, request) {
  const hasPlace = request.scope !== undefined || request.tenant !== undefined;
  if (request.scope !== undefined && request.tenant !== undefined) return false;
  if (request.record === undefined && request.fields === undefined) return true;
  const resource = resourceOf(policy, request.permission);
  if (resource === undefined) return false;
  return !(hasPlace && request.record !== undefined && resource.scope.length > 0);
}

/** @param {Model} policy @param {string} permission */
export function resourceOf(policy, permission) {
  return policy.resources.get(String(permission.split(":")[0]));
}
