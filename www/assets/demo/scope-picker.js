// @ts-check
import { el } from "../dom.js";
import { grantParts } from "./words.js";

/** @typedef {import("./source.js").Source} Source */

const OTHER = "\u0000other";

/**
 * A choice of scope: global, the known ones, or one that is typed in.
 *
 * @param {Source} source
 * @param {(scope: string) => void} onChange
 * @returns {{ element: HTMLElement, scope: () => string }}
 */
export function scopePicker(source, onChange) {
  const select = el("select", { id: "scope" });
  const input = el("input", {
    id: "other-scope",
    type: "text",
    placeholder: example(source),
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const other = el("div", { class: "field inline", hidden: true }, el("label", { for: "other-scope" }, "Path"), input);
  select.append(new Option("Everywhere (global)", ""));
  for (const path of source.scopes) select.append(new Option(path, path));
  select.append(new Option("Another scope…", OTHER));
  select.value = firstScope(source);
  const scope = () => (select.value === OTHER ? input.value.trim() : select.value);
  select.addEventListener("change", () => {
    other.hidden = select.value !== OTHER;
    if (!other.hidden) input.focus();
    onChange(scope());
  });
  input.addEventListener("input", () => onChange(scope()));
  const label = el("label", { for: "scope" }, "At the scope");
  const element = el("div", { class: "picker" }, el("div", { class: "field inline" }, label, select), other);
  // A policy without levels has one scope; there is nothing to choose.
  element.hidden = source.levels.length < 2;
  return { element, scope };
}

/**
 * Where the person holds something, so that the page doesn't open on a wall of denials.
 *
 * @param {Source} source
 */
function firstScope({ principal, scopes }) {
  const held = principal.grants.map((grant) => grantParts(grant).scope);
  if (held.includes("")) return "";
  return scopes.find((path) => held.includes(path)) ?? scopes[0] ?? "";
}

/** @param {Source} source */
function example({ levels }) {
  return levels
    .slice(1)
    .map((level) => `${level}:…`)
    .join("/");
}
