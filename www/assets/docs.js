// @ts-check
// The page about the API: what openapi.json says, for people.

import { byId, el, fill } from "./dom.js";
import { codesOf, limitsText, schemaText } from "./schema-text.js";

/** @typedef {import("./schema-text.js").Schema} Schema */
/** @typedef {{ method: string, path: string, said: Schema, element: HTMLDetailsElement, text: string }} Operation */

const METHODS = ["get", "post", "put", "patch", "delete"];

const chapters = byId("chapters", HTMLElement);
const filter = byId("filter", HTMLInputElement);
const count = byId("count", HTMLElement);

/** Text with `code` in it. @param {string} text */
function words(text) {
  const parts = text.split("`");
  return parts.map((part, index) => (index % 2 === 1 ? el("code", {}, part) : part));
}

/** Paragraphs. @param {string} text */
const paragraphs = (text) => text.split("\n\n").map((one) => el("p", {}, ...words(one)));

/** @param {[string, (Node | string)[]][]} rows */
function list(rows) {
  return el("dl", { class: "rows" }, ...rows.map(([name, what]) => el("div", {}, el("dt", {}, name), el("dd", {}, ...what))));
}

/**
 * @param {string} title
 * @param {...(Node | null)} children
 */
const part = (title, ...children) => el("section", {}, el("h3", {}, title), ...children);

/** @param {Schema} parameter @returns {[string, (Node | string)[]]} */
function parameterRow(parameter) {
  const { name, in: place, required, description = "", schema } = parameter;
  const limits = limitsText(schema);
  const type = schemaText(schema) + (limits === "" ? "" : ` (${limits})`);
  const need = required ? `${place}, required` : place;
  return [name, [el("code", {}, type), ` · ${need}${description === "" ? "" : " · "}`, ...words(description)]];
}

/** Answers that many endpoints have in common stand in one place. @param {Schema} given @param {Schema} document @returns {Schema} */
function resolved(given, document) {
  const name = given["$ref"]?.split("/").at(-1);
  return name === undefined ? given : document["components"]["responses"][name];
}

/** @param {[string, Schema]} entry @returns {[string, (Node | string)[]]} */
function answerRow([status, { description, content }]) {
  const said = words(description);
  const [media, body] = Object.entries(content ?? {})[0] ?? [];
  if (body === undefined) return [status, said];
  const codes = codesOf(body["schema"]);
  if (codes.length > 0) said.push(" ", ...codes.flatMap((code, index) => [index > 0 ? ", " : "", el("code", {}, code)]));
  if (Number(status) < 300) said.push(el("pre", { tabindex: "0" }, el("code", {}, schemaText(body["schema"]))));
  if (media !== "application/json") said.push(el("p", { class: "quiet" }, media ?? ""));
  return [status, said];
}

/** @param {Schema} said */
function inside(said) {
  const parameters = said["parameters"] ?? [];
  const body = said["requestBody"];
  const [media, taken] = Object.entries(body?.["content"] ?? {})[0] ?? [];
  const need = body?.["required"] ? "" : ", may be absent";
  return el(
    "div",
    { class: "operation-inside" },
    el("div", {}, ...paragraphs(said["description"])),
    parameters.length > 0 ? part("Parameters", list(parameters.map(parameterRow))) : null,
    taken === undefined
      ? null
      : part(`Body (${media}${need})`, el("pre", { tabindex: "0" }, el("code", {}, schemaText(taken["schema"])))),
    part("Answers", list(Object.entries(said["responses"]).map(answerRow))),
  );
}

/** @param {string} method @param {string} path @param {Schema} given @param {Schema} document @returns {Operation} */
function operation(method, path, given, document) {
  const responses = Object.entries(given["responses"]).map(([status, one]) => [status, resolved(one, document)]);
  /** @type {Schema} */
  const said = { ...given, responses: Object.fromEntries(responses) };
  const summary = el(
    "summary",
    {},
    el("span", { class: "method" }, method),
    el("code", { class: "path" }, path),
    el("span", { class: "what" }, ...words(said["summary"])),
  );
  const element = el("details", { class: "operation", id: said["operationId"] }, summary);
  // What nobody opens isn't made.
  element.addEventListener("toggle", () => element.childElementCount === 1 && element.append(inside(said)), { once: true });
  const codes = Object.values(said["responses"]).flatMap((one) =>
    Object.values(one.content ?? {}).flatMap((/** @type {any} */ content) => codesOf(content.schema)),
  );
  const text = [method, path, said["operationId"], said["summary"], said["description"], ...codes].join(" ").toLowerCase();
  return { method, path, said, element, text };
}

/** @param {Schema} document */
function show(document) {
  fill(byId("about", HTMLElement), ...paragraphs(document["info"]["description"]));
  const operations = Object.entries(document["paths"]).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => operation(method, path, methods[method], document)),
  );
  const sections = document["tags"].map((/** @type {Schema} */ { name, description }) => {
    const own = operations.filter(({ said }) => said["tags"].includes(name));
    const element = el("section", { class: "chapter" }, el("h2", {}, name), description === undefined ? null : el("p", {}, description));
    element.append(el("div", { class: "operations" }, ...own.map((one) => one.element)));
    return { element, own };
  });
  const schemas = Object.entries(document["components"]["schemas"]).map(([name, schema]) =>
    el(
      "details",
      { class: "operation", id: `schema-${name}` },
      el("summary", {}, el("span", { class: "method" }, "type"), el("code", { class: "path" }, name)),
      el(
        "div",
        { class: "operation-inside" },
        ...paragraphs(schema["description"] ?? ""),
        el("pre", { tabindex: "0" }, el("code", {}, schemaText(schema))),
      ),
    ),
  );
  const types = el("section", { class: "chapter" }, el("h2", {}, "Types"), el("div", { class: "operations" }, ...schemas));
  fill(chapters, ...sections.map((/** @type {{ element: Element }} */ { element }) => element), types);
  chapters.removeAttribute("aria-busy");

  const narrow = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/u).filter(Boolean);
    let shown = 0;
    for (const { element, own } of sections) {
      const found = own.filter((/** @type {Operation} */ one) => {
        one.element.hidden = !wanted.every((word) => one.text.includes(word));
        return !one.element.hidden;
      });
      element.hidden = found.length === 0;
      shown += found.length;
    }
    types.hidden = wanted.length > 0;
    count.textContent = `${shown} of ${operations.length} endpoints`;
  };
  filter.addEventListener("input", narrow);
  narrow();
}

/** Opens what the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView();
}

try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  show(await answer.json());
  openNamed();
  addEventListener("hashchange", openNamed);
} catch (error) {
  const what = error instanceof Error ? error.message : String(error);
  fill(chapters, el("p", { class: "notice deny", role: "alert" }, `The description couldn't be loaded: ${what}`));
  chapters.removeAttribute("aria-busy");
}
