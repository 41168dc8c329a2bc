// @ts-check
// Where things are: ids by the depth of their level (1 is the widest, 0 is global).

/** @typedef {import("./policy.mjs").Model} Model */
/** @typedef {{ ids: (string | undefined)[], depth: number }} Scope */
/** @typedef {{ code: string }} Problem */

const ID = /^[A-Za-z0-9_.@-]{1,128}$/;

/** @param {string} text */
export const isId = (text) => ID.test(text);

/** @type {Scope} */
export const GLOBAL = { ids: [], depth: 0 };

/**
 * A scope as it is written.
 *
 * @param {Model} policy
 * @param {string | Record<string, string>} raw
 * @returns {Scope | Problem}
 */
export function parseScope(policy, raw) {
  if (raw === "" || raw === "global") return GLOBAL;
  const pairs = typeof raw === "string" ? raw.split("/").map(pairOf) : Object.entries(raw);
  const found = /** @type {[number, string][]} */ ([]);
  for (const pair of pairs) {
    if (pair === undefined || pair[0] === "global") return { code: "malformed_scope" };
    const depth = policy.levels.indexOf(pair[0]) + 1;
    if (depth === 0) return { code: "unknown_scope_level" };
    found.push([depth, pair[1]]);
  }
  if (typeof raw !== "string") found.sort((a, b) => a[0] - b[0]);
  const scope = /** @type {Scope} */ ({ ids: [], depth: 0 });
  for (const [depth, id] of found) {
    if (depth <= scope.depth || !ID.test(id)) return { code: "malformed_scope" };
    scope.ids[depth] = id;
    scope.depth = depth;
  }
  return scope;
}

/** @param {string} part @returns {[string, string] | undefined} */
function pairOf(part) {
  const colon = part.indexOf(":");
  return colon < 0 ? undefined : [part.slice(0, colon), part.slice(colon + 1)];
}

/**
 * A scope as the directory has it. What lies above it is never the caller's word.
 *
 * @param {Model} policy
 * @param {string | Record<string, string>} raw
 * @param {string[] | undefined} directory full paths; undefined: an open directory
 * @returns {Scope | Problem}
 */
export function lookUp(policy, raw, directory) {
  const scope = parseScope(policy, raw);
  if ("code" in scope || scope.depth === 0 || directory === undefined) return scope;
  const places = directory.flatMap((path) => {
    const place = parseScope(policy, path);
    const isIt = !("code" in place) && place.depth === scope.depth && place.ids[place.depth] === scope.ids[scope.depth];
    return isIt ? [place] : [];
  });
  const [first] = places;
  // Under two parents: nothing says which of them is meant.
  if (first && new Set(places.map((place) => JSON.stringify(place))).size === 1) return first;
  const level = policy.levels[scope.depth - 1];
  return { code: level === policy.tenants?.level ? "unknown_tenant" : "unknown_scope" };
}

/**
 * Where a record is: its own fields say it, and no directory is asked.
 *
 * @param {Model} policy
 * @param {import("./policy.mjs").Resource} resource
 * @param {Record<string, unknown>} record
 * @returns {Scope | Problem}
 */
export function recordScope(policy, resource, record) {
  const scope = /** @type {Scope} */ ({ ids: [], depth: 0 });
  for (const [level, field] of resource.scope) {
    const id = Object.hasOwn(record, field) ? (record[field] ?? null) : null;
    if (id === null) continue;
    if (typeof id !== "string") return { code: "malformed_scope" };
    const depth = policy.levels.indexOf(level) + 1;
    scope.ids[depth] = id;
    scope.depth = Math.max(scope.depth, depth);
  }
  return scope;
}

/**
 * Whether what is granted at `place` holds at `scope`.
 *
 * @param {Scope} place
 * @param {Scope} scope
 */
export function covers(place, scope) {
  if (place.depth === 0) return true;
  if (scope.ids[place.depth] === undefined || scope.ids[place.depth] !== place.ids[place.depth]) return false;
  for (let depth = 1; depth < place.depth; depth += 1) {
    const [mine, theirs] = [place.ids[depth], scope.ids[depth]];
    if (mine !== undefined && theirs !== undefined && mine !== theirs) return false;
  }
  return true;
}
