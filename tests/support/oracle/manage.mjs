// @ts-check
// Who may manage whom: section 6 of the policy language.

import { parseGrant } from "./principal.mjs";
import { covers, lookUp } from "./scope.mjs";

/** @typedef {import("./policy.mjs").Model} Model */
/** @typedef {import("./policy.mjs").Role} Role */
/** @typedef {import("./principal.mjs").Grant} Grant */

/** @type {Record<Role["manages"], (mine: number, theirs: number) => boolean>} */
const MANAGES = {
  none: () => false,
  below: (mine, theirs) => mine > theirs,
  equal: (mine, theirs) => mine >= theirs,
  any: () => true,
};

/**
 * The code of the first of the target's grants that is out of reach, if one is.
 *
 * @param {Model} policy
 * @param {Grant[]} grants the principal's
 * @param {string[]} targets
 * @param {string[] | undefined} directory
 */
export function targetDenial(policy, grants, targets, directory) {
  for (const text of targets) {
    const target = parseGrant(policy, text);
    if (target === undefined) return "unknown_role";
    const at = text.indexOf("@");
    const place = lookUp(policy, at < 0 ? "" : text.slice(at + 1), directory);
    if ("code" in place) return "unknown_role";
    const manages = (/** @type {Grant} */ { role, place: mine }) => covers(mine, place) && MANAGES[role.manages](role.level, target.role.level);
    if (!grants.some(manages)) return "level_too_low";
  }
  return undefined;
}
