// @ts-check
import { el, fill } from "../dom.js";
import { counted, grantParts, labelOf, place } from "./words.js";

/** @typedef {import("./source.js").Source} Source */

/**
 * Shows who is signed in and what they hold.
 *
 * @param {HTMLElement} section
 * @param {Source} source
 */
export function showIdentity(section, source) {
  const { user, principal, policy } = source;
  const name = user?.name || user?.email || principal.id;
  const facts = el(
    "dl",
    { class: "facts" },
    fact("Roles", roleChips(source)),
    source.tiers.length > 0 && fact("Tier", tierChip(source)),
    fact("Policy", el("span", {}, `${policy.name} `, el("span", { class: "quiet" }, policy.version))),
    source.levels.length > 1 && fact("Reach", counted(source.scopes.length, "known scope", "known scopes")),
  );
  const person = el(
    "div",
    { class: "person" },
    el("span", { class: "avatar", "aria-hidden": "true" }, initials(name)),
    el(
      "div",
      { class: "person-text" },
      el("p", { class: "person-name" }, name),
      user?.email !== undefined && el("p", { class: "quiet" }, user.email),
    ),
  );
  fill(section, person, facts);
}

/**
 * @param {string} term
 * @param {Node | string} value
 */
function fact(term, value) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, value));
}

/** @param {Source} source */
function roleChips(source) {
  const grants = source.principal.grants.map(grantParts);
  if (grants.length === 0) return el("span", { class: "quiet" }, "none");
  const chips = grants.map(({ role, scope }) => {
    const label = labelOf(source.roles, role);
    return el("li", { class: "chip" }, el("strong", {}, label), ` ${place(scope)}`);
  });
  return el("ul", { class: "chips", role: "list" }, ...chips);
}

/** @param {Source} source */
function tierChip({ tier, tiers }) {
  if (tier === null) return el("span", { class: "quiet" }, "not one of the policy’s");
  return el("span", { class: "chip" }, el("strong", {}, labelOf(tiers, tier)));
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/[\s@.]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}
