// @ts-check
// Conditions: tree to true, false or an error.

/** @typedef {import("./condition.mjs").Condition} Condition */
/** @typedef {import("./condition.mjs").Operand} Operand */
/** @typedef {import("./condition.mjs").Path} Path */
/** @typedef {true | false | "error"} Truth */

/**
 * @typedef {object} World
 * @property {Record<string, unknown>} auth
 * @property {Record<string, unknown> | undefined} record undefined in a request without one
 * @property {Record<string, unknown>} request
 */

const INT_MAX = 2n ** 63n - 1n;
const ERROR = Symbol("an error in place of a value");

/** What has the declared type, and null for everything else. Whole numbers become `BigInt`s. @param {string} type @param {unknown} value @returns {unknown} */
export function typed(type, value) {
  const list = /^list<(.*)>$/.exec(type);
  if (list !== null) {
    if (!Array.isArray(value)) return null;
    const members = value.map((one) => typed(String(list[1]), one));
    return members.includes(null) ? null : members;
  }
  if (type === "int") {
    if (typeof value === "bigint") return value;
    if (typeof value !== "number" || !Number.isInteger(value)) return null;
    const whole = BigInt(value);
    return whole <= INT_MAX && whole >= -INT_MAX - 1n ? whole : null;
  }
  const native = type === "bool" ? "boolean" : type === "float" ? "number" : "string";
  return typeof value === native ? value : null;
}

/**
 * @param {Condition} condition
 * @param {World} world
 * @returns {Truth}
 */
export function evaluate(condition, world) {
  switch (condition.kind) {
    case "or":
    case "and": {
      const decisive = condition.kind === "or";
      const sides = condition.sides.map((side) => evaluate(side, world));
      if (sides.includes(decisive)) return decisive;
      return sides.includes("error") ? "error" : !decisive;
    }
    case "not": {
      const side = evaluate(condition.side, world);
      return side === "error" ? "error" : !side;
    }
    case "has": {
      const value = valueOf(condition.path, world);
      return value === ERROR ? "error" : value !== null;
    }
    case "startsWith": {
      const [text, start] = [valueOf(condition.text, world), valueOf(condition.start, world)];
      if (typeof text !== "string" || typeof start !== "string") return "error";
      return text.startsWith(start);
    }
    case "compare":
      return compare(condition.op, valueOf(condition.left, world), valueOf(condition.right, world));
    case "alone": {
      const value = valueOf(condition.operand, world);
      return typeof value === "boolean" ? value : "error";
    }
  }
}

/**
 * @param {string} op
 * @param {any} left
 * @param {any} right
 * @returns {Truth}
 */
function compare(op, left, right) {
  if (left === ERROR || right === ERROR) return "error";
  if (op === "==") return left === right;
  if (op === "!=") return left !== right;
  if (op === "in") return right === null ? "error" : left !== null && right.includes(left);
  if (left === null || right === null) return "error";
  const order = typeof left === "string" ? Buffer.compare(Buffer.from(left), Buffer.from(right)) : sign(left, right);
  if (op === "<") return order < 0;
  if (op === "<=") return order <= 0;
  return op === ">" ? order > 0 : order >= 0;
}

/** @param {any} left @param {any} right */
function sign(left, right) {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** @param {Operand} operand @param {World} world @returns {unknown} */
function valueOf(operand, world) {
  if (operand.kind === "literal") return operand.value;
  if (operand.kind === "path") {
    const values = world[operand.from];
    return values === undefined ? ERROR : typed(operand.type, Object.hasOwn(values, operand.name) ? values[operand.name] : null);
  }
  const value = valueOf(operand.of, world);
  if (value === ERROR || value === null) return ERROR;
  return BigInt(typeof value === "string" ? [...value].length : /** @type {unknown[]} */ (value).length);
}
