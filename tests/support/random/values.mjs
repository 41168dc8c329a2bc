// @ts-check
// Values of the language's types. There are few of each, so that two are often equal.

/** @typedef {import("./dice.mjs").Dice} Dice */

export const SCALARS = ["bool", "int", "float", "string"];
export const TYPES = [...SCALARS, ...SCALARS.map((type) => `list<${type}>`)];

const TEXTS = ["", "a", "ab", "abc", "b", "é", "日本", "🦀", "🦀x", "\uffee", "p0", "p1", "p2", "it's", 'q"q', "b\\c", "\n"];
const INTS = [-2, -1, 0, 1, 2, 3, 1000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const FLOATS = [-1.5, -1, 0, 0.5, 1, 2.5, 1e10];
const EDGES = ["9223372036854775807", "-9223372036854775808", "9007199254740993"];
/** Far from every time at which tests run. */
const TIMES = ["1500000000", "2100000000"];

/** A value as JSON. @param {Dice} dice @param {string} type @returns {any} */
export function valueOf(dice, type) {
  const member = /^list<(.*)>$/.exec(type)?.[1];
  if (member !== undefined) return dice.times(dice.below(4), () => valueOf(dice, member));
  if (type === "bool") return dice.chance(0.5);
  if (type === "int") return dice.pick(INTS);
  return type === "float" ? dice.pick(FLOATS) : dice.pick(TEXTS);
}

/** A value that may be null, of another type, or no number of 64 bits. @param {Dice} dice @param {string} type @returns {any} */
export function looseValue(dice, type) {
  const kind = dice.next();
  if (kind < 0.8) return valueOf(dice, type);
  if (kind < 0.88) return null;
  if (kind < 0.94) return valueOf(dice, dice.pick(TYPES));
  return dice.pick([0.5, 1e300, 2 ** 63, -(2 ** 64), {}, [null], ["a", null], [1, "a"], [1.5], [[1]], { a: 1 }]);
}

/** A literal in a condition. @param {Dice} dice @param {string} type @returns {string} */
export function literal(dice, type) {
  if (type === "bool") return dice.pick(["true", "false"]);
  if (type === "float") return dice.pick(FLOATS).toFixed(1);
  if (type === "int") return dice.chance(0.12) ? dice.pick([...EDGES, ...TIMES]) : String(dice.pick(INTS));
  const quote = dice.pick(["'", '"']);
  const escaped = dice.pick(TEXTS).replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll(quote, `\\${quote}`);
  return quote + escaped + quote;
}
