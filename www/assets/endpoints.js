// @ts-check
// Finding endpoints of the description by words.

/** @typedef {{ [member: string]: any }} Schema */
/** @typedef {{ id: string, text: string }} Endpoint */
/** Swagger UI's endpoints by chapter, as its immutable maps. @typedef {any} Tagged */

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The endpoints of a description. */
export class Endpoints {
  /** @param {Schema} description */
  constructor(description) {
    /** @type {Endpoint[]} */
    this.all = Object.entries(description["paths"]).flatMap(([path, methods]) =>
      METHODS.filter((method) => methods[method]).map((method) => endpoint(method, path, methods[method], description)),
    );
  }

  /**
   * The ids of those that have every word.
   *
   * @param {string} words
   */
  found(words) {
    const wanted = words.toLowerCase().split(/\s+/u).filter(Boolean);
    return this.all.filter(({ text }) => wanted.every((word) => text.includes(word))).map(({ id }) => id);
  }

  /**
   * Leaves those that have every word, and the chapters that they are in.
   *
   * @param {Tagged} tagged
   * @param {string} words
   * @returns {Tagged}
   */
  narrow(tagged, words) {
    const found = new Set(this.found(words));
    const isFound = (/** @type {Tagged} */ one) => found.has(one.getIn(["operation", "operationId"]));
    return tagged
      .map((/** @type {Tagged} */ chapter) => chapter.update("operations", (/** @type {Tagged} */ all) => all.filter(isFound)))
      .filter((/** @type {Tagged} */ chapter) => chapter.get("operations").size > 0);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Schema} said
 * @param {Schema} description
 * @returns {Endpoint}
 */
function endpoint(method, path, said, description) {
  const permissions = said["x-portcullis-permissions"] ?? [];
  const codes = Object.values(said["responses"]).flatMap((answer) => codesOfAnswer(answer, description));
  const { operationId: id, summary, description: text = "" } = said;
  return { id, text: [method, path, id, summary, text, ...permissions, ...codes].join(" ").toLowerCase() };
}

/**
 * Answers that many endpoints have in common stand in one place.
 *
 * @param {Schema} answer
 * @param {Schema} description
 * @returns {string[]}
 */
function codesOfAnswer(answer, description) {
  const name = answer["$ref"]?.split("/").at(-1);
  const { content = {} } = name === undefined ? answer : description["components"]["responses"][name];
  return Object.values(content).flatMap(({ schema }) => codesOf(schema));
}

/**
 * @param {Schema | undefined} schema
 * @returns {string[]}
 */
function codesOf(schema) {
  if (schema === undefined) return [];
  const own = schema["properties"]?.["code"]?.["enum"] ?? [];
  return [...own, ...(schema["anyOf"] ?? []).flatMap((/** @type {Schema} */ one) => codesOf(one))];
}
