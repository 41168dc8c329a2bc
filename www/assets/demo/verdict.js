// @ts-check
import { el } from "../dom.js";
import { changesText, clauseText, sentence } from "./words.js";

/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("./source.js").Source} Source */

/**
 * Yes or no with its code. The word carries the meaning; the colour only repeats it.
 *
 * @param {{ allow: boolean, code: string }} verdict
 */
export function badge({ allow, code }) {
  return el(
    "span",
    { class: "verdict" },
    el("span", { class: `badge ${allow ? "allow" : "deny"}` }, allow ? "Allowed" : "Denied"),
    " ",
    el("code", { class: "code" }, code),
  );
}

/**
 * Why it came out so, and on a denial what would turn it.
 *
 * @param {Explanation} explanation
 * @param {Source} source
 * @returns {HTMLElement[]}
 */
export function reasons(explanation, source) {
  const { allow, message, missing } = explanation;
  const clause = clauseText(explanation);
  const [smallest, ...others] = missing;
  /** @type {HTMLElement[]} */
  const parts = [el("p", { class: "why" }, sentence(message))];
  if (!allow && smallest !== undefined) {
    const text = changesText(smallest, source);
    parts.push(el("p", { class: "change" }, el("span", { class: "change-lead" }, "Smallest change: "), `${text}.`));
  }
  if (!allow && (others.length > 0 || clause !== undefined)) parts.push(details(others, clause, source));
  return parts;
}

/**
 * @param {Explanation["missing"]} others
 * @param {string | undefined} clause
 * @param {Source} source
 */
function details(others, clause, source) {
  const items = others.map((changes) => el("li", {}, changesText(changes, source)));
  return el(
    "details",
    {},
    el("summary", {}, others.length > 0 ? `Other ways (${others.length}) and the clause` : "The clause"),
    items.length > 0 && el("ul", { class: "ways" }, ...items),
    clause !== undefined && el("p", {}, "Decided by ", el("code", {}, clause)),
  );
}

/**
 * What the API said, and whether that is what the page said.
 *
 * @param {{ allow: boolean, code: string }} said
 * @param {{ allow: boolean, code: string }} shown
 */
export function apiAnswer(said, shown) {
  const agrees = agree(said, shown);
  const mark = el("span", { class: agrees ? "mark agrees" : "mark differs" }, agrees ? "✓ agrees" : "✗ differs");
  return [badge(said), " ", mark];
}

/**
 * Whether two verdicts say the same for the same reason.
 *
 * @param {{ allow: boolean, code: string }} a
 * @param {{ allow: boolean, code: string }} b
 */
export function agree(a, b) {
  return a.allow === b.allow && a.code === b.code;
}
