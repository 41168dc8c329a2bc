// @ts-check
import { PortcullisError } from "./errors.js";

/** @typedef {Record<string, unknown>} Members */

/** Of a packed document that names none. */
const IMPLIED_FORMAT = "portcullis-policy/1";

/**
 * The policy document that a snapshot has packed: `r` and `p` are `roles` and `permissions` as lists of positions.
 *
 * @param {unknown} packed
 * @returns {Members} equal to the document that was packed
 */
export function unpack(packed) {
  if (!isObject(packed) || "roles" in packed || "permissions" in packed) throw malformed("it is no packed document");
  const { r = [], p = [], format = IMPLIED_FORMAT, ...document } = packed;
  const roles = entries(r, "r").map((entry) => {
    if (!Array.isArray(entry)) return entry;
    const [name, label = "", level = 0, grantAt] = positions(entry, ["string", "string", "number", "object"]);
    return { name, ...(label === "" ? {} : { label }), level, ...(grantAt === undefined ? {} : { grant_at: grantAt }) };
  });
  const permissions = entries(p, "p").map((entry) => {
    if (!Array.isArray(entry)) return entry;
    const [name, label = "", numbers = [], tier] = positions(entry, ["string", "string", "object", "string"]);
    const names = numbers.map((/** @type {number} */ number) => {
      const role = Number.isInteger(number) ? roles[number]?.["name"] : undefined;
      if (typeof role !== "string") throw malformed(`there is no role ${String(number).slice(0, 20)}`);
      return role;
    });
    return { name, ...(label === "" ? {} : { label }), roles: names, ...(tier === undefined ? {} : { tier }) };
  });
  return { format, ...document, ...(roles.length > 0 && { roles }), ...(permissions.length > 0 && { permissions }) };
}

/**
 * @param {unknown} list
 * @param {string} name
 * @returns {(Members | unknown[])[]}
 */
function entries(list, name) {
  if (Array.isArray(list) && list.every((entry) => Array.isArray(entry) || isObject(entry))) return list;
  throw malformed(`\`${name}\` is no list of entries`);
}

/**
 * @param {any[]} entry
 * @param {string[]} types of its members; an "object" is a list
 * @returns {any[]}
 */
function positions(entry, types) {
  const fits = (/** @type {unknown} */ value, /** @type {number} */ at) =>
    typeof value === types[at] && (types[at] !== "object" || Array.isArray(value));
  if (entry.length > 0 && entry.every(fits)) return entry;
  throw malformed("an entry has members that don't belong there");
}

/**
 * @param {unknown} value
 * @returns {value is Members}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {string} what */
function malformed(what) {
  return new PortcullisError("malformed_snapshot", `the policy of the snapshot can't be unpacked: ${what}`);
}
