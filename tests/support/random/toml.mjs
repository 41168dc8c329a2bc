// @ts-check
// A policy's tables as a TOML file.

const BARE = /^[A-Za-z0-9_-]+$/;

const isTable = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
const key = (/** @type {string} */ name) => (BARE.test(name) ? name : JSON.stringify(name));

/** @param {any} value @returns {string} */
function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const members = present(value).map(([name, one]) => `${key(name)} = ${inline(one)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** @param {object} table */
function present(table) {
  return Object.entries(table).filter(([, value]) => value !== undefined);
}

/** @param {object} table */
function lines(table) {
  return present(table).map(([name, value]) => `${key(name)} = ${inline(value)}`);
}

/** Tables whose members are tables of their own. */
const NESTED = ["roles", "resources"];

/** @param {object} tables */
export function policyText(tables) {
  const text = [];
  for (const [name, value] of present(tables)) {
    if (!isTable(value) && !(Array.isArray(value) && isTable(value[0]))) text.push(`${name} = ${inline(value)}`);
  }
  for (const [name, value] of present(tables)) {
    if (Array.isArray(value) && isTable(value[0])) {
      for (const one of value) text.push(`[[${name}]]`, ...lines(one));
    } else if (NESTED.includes(name)) {
      for (const [member, one] of present(value)) text.push(`[${name}.${key(member)}]`, ...lines(one));
    } else if (isTable(value)) {
      text.push(`[${name}]`, ...lines(value));
    }
  }
  return `${text.join("\n")}\n`;
}
