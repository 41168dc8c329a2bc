// @ts-check
// JSON schemas as people read types: `{ id: string, image: string | null }`.

/** @typedef {{ [member: string]: any }} Schema */

const STEP = "  ";
/** Up to here an object stands on one line. */
const ONE_LINE = 72;

/**
 * A schema as text.
 *
 * @param {Schema | undefined} schema
 * @param {string} [indent]
 * @returns {string}
 */
export function schemaText(schema, indent = "") {
  if (schema === undefined || schema === null) return "nothing";
  if (typeof schema["$ref"] === "string") return schema["$ref"].split("/").at(-1) ?? "";
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) {
    if (schema["properties"] !== undefined) return objectText(schema, indent);
    return choices.map((one) => schemaText(one, indent)).join(" | ");
  }
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  const types = [schema["type"] ?? "any"].flat();
  return types.map((type) => typeText(type, schema, indent)).join(" | ");
}

/**
 * @param {string} type
 * @param {Schema} schema
 * @param {string} indent
 */
function typeText(type, schema, indent) {
  if (type === "object") return objectText(schema, indent);
  if (type === "array") {
    const items = schemaText(schema["items"], indent);
    return items.includes(" | ") ? `(${items})[]` : `${items}[]`;
  }
  const format = type === "string" ? schema["format"] : undefined;
  return format === undefined ? type : `${type} (${format})`;
}

/**
 * @param {Schema} schema
 * @param {string} indent
 */
function objectText(schema, indent) {
  const members = Object.entries(schema["properties"] ?? {});
  if (members.length === 0) return "object";
  const required = new Set(schema["required"] ?? []);
  const inner = indent + STEP;
  const texts = members.map(([name, member]) => `${name}${required.has(name) ? "" : "?"}: ${schemaText(member, inner)}`);
  const line = `{ ${texts.join(", ")} }`;
  if (line.length + indent.length <= ONE_LINE && !line.includes("\n")) return line;
  return `{\n${texts.map((text) => inner + text).join(",\n")}\n${indent}}`;
}

/**
 * What a schema says of its values besides their type.
 *
 * @param {Schema} schema
 * @returns {string} empty when it says nothing
 */
export function limitsText(schema) {
  const { minimum, maximum, minLength, maxLength, pattern } = schema;
  const said = [];
  if (minimum !== undefined && maximum !== undefined) said.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined) said.push(`at least ${minimum}`);
  if (maxLength !== undefined) said.push(`${minLength ?? 0} to ${maxLength} characters`);
  if (pattern !== undefined) said.push(pattern);
  return said.join(", ");
}

/**
 * The codes that an answer may have.
 *
 * @param {Schema | undefined} schema
 * @returns {string[]}
 */
export function codesOf(schema) {
  if (schema === undefined) return [];
  const own = schema["properties"]?.["code"]?.["enum"] ?? [];
  return [...own, ...(schema["anyOf"] ?? []).flatMap((/** @type {Schema} */ one) => codesOf(one))];
}
