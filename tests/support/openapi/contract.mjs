// @ts-check
// What openapi.json promises, held against answers.

import Ajv2020 from "ajv/dist/2020.js";

/** @typedef {{ [member: string]: any }} Schema */
/**
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} method upper case
 * @property {string} path with parameters in braces
 * @property {string} access
 * @property {Schema} said
 */

const METHODS = ["get", "post", "put", "patch", "delete"];
/** What is asked every few seconds, and isn't logged. */
const UNLOGGED = new Set(["health", "ready"]);
const FORMATS = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uri: (/** @type {string} */ text) => URL.canParse(text),
};

/** A document with its schemas ready to judge answers. */
export class Contract {
  /** @param {Schema} document */
  constructor(document) {
    this.document = document;
    // Members of OpenAPI that aren't JSON Schema's, such as `x-…`, mean nothing here.
    this.ajv = new Ajv2020.default({ strict: false, allErrors: false, formats: FORMATS });
    this.ajv.addSchema(document, "openapi");
    this.operations = Object.entries(document["paths"]).flatMap(([path, methods]) =>
      METHODS.filter((method) => methods[method] !== undefined).map((method) => operation(method, path, methods[method])),
    );
  }

  /** A schema, with what it refers to. @param {Schema} schema @returns {Schema} */
  resolve(schema) {
    let found = schema;
    while (typeof found["$ref"] === "string") {
      const parts = found["$ref"].slice(2).split("/");
      found = parts.reduce((/** @type {any} */ at, part) => at[part], this.document);
    }
    return found;
  }

  /**
   * What is wrong with an answer; `undefined` when nothing is.
   *
   * @param {Operation} operation
   * @param {import("../http.mjs").Answer} answer
   * @returns {string | undefined}
   */
  problem({ id, method, path, said }, { status, headers, text }) {
    if (status >= 500) return `status ${status}: ${text}`;
    const given = said["responses"][status];
    const response = given === undefined ? undefined : this.resolve(given);
    if (response === undefined) return `status ${status} isn't documented: ${text.slice(0, 300)}`;
    if (typeof headers["x-request-id"] !== "string" && !UNLOGGED.has(id)) return "it has no x-request-id";
    const type = (headers["content-type"] ?? "").split(";")[0];
    const types = Object.keys(response.content ?? {});
    const media = types.find((one) => one === type) ?? types[0];
    if (text === "") {
      return media !== "application/json" || response["x-may-be-empty"] === true ? undefined : `${status} without a body`;
    }
    if (media === undefined) return `${status} with a body: ${text.slice(0, 300)}`;
    if (type !== media) return `${status} as ${type} rather than ${media}`;
    if (media !== "application/json") return undefined;
    const own = ["paths", path, method.toLowerCase(), "responses", String(status)].map(pointer).join("/");
    const place = given["$ref"] === undefined ? own : given["$ref"].slice(2);
    const validate = this.ajv.getSchema(`openapi#/${place}/content/${pointer(media)}/schema`);
    if (validate === undefined) return `no schema of ${status}`;
    if (validate(JSON.parse(text))) return undefined;
    return `${status} outside of its schema: ${this.ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`;
  }
}

/** @param {string} part */
const pointer = (part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));

/** @param {string} method @param {string} path @param {Schema} said @returns {Operation} */
function operation(method, path, said) {
  return { id: said["operationId"], method: method.toUpperCase(), path, access: said["x-portcullis-access"], said };
}
