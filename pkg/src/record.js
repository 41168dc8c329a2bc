// @ts-check
// How values of records and requests are read: one way, whether JavaScript or the module looks at them.

/** Texts up to this length are looked at here. */
const MAX_TEXT = 10_000;
/** A list longer than this is of no type. */
const MAX_LIST = 65_536;

/** Something that is of no type that policies know, and isn't nothing either. */
const OTHER = Object.freeze({});

/** Not for this side to say: the module is asked. */
export const UNKNOWN = Symbol("unknown");

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * A member that the object itself has; what it inherits is none, and neither is what can't be read.
 *
 * @param {any} source
 * @param {string} name
 * @returns {unknown}
 */
export function own(source, name) {
  try {
    const value = source[name];
    return value !== undefined && hasOwn.call(source, name) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A record, or the attributes of a request, as the module gets them: the members that the policy declares, as JSON
 * has them. What else is in there, a whole component perhaps, is never looked at.
 *
 * @param {unknown} source
 * @param {readonly string[]} names
 * @returns {unknown}
 */
export function plainMembers(source, names) {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return source ?? null;
  const made = "toJSON" in source && typeof source.toJSON === "function" ? source.toJSON() : source;
  if (typeof made !== "object" || made === null || Array.isArray(made)) return 0;
  /** @type {Record<string, unknown>} */
  const members = {};
  for (const name of names) {
    const value = own(made, name);
    if (value !== undefined) members[name] = readable(value);
  }
  return members;
}

/** @param {unknown} value */
function readable(value) {
  try {
    return plain(value);
  } catch {
    return OTHER;
  }
}

/**
 * The value as JSON has it. What JSON doesn't have is of no type: functions, symbols, `BigInt`s, `NaN`, text that
 * isn't Unicode; nor are objects of interest.
 *
 * @param {any} value
 * @returns {unknown}
 */
function plain(value) {
  if (typeof value !== "object" || value === null) return plainScalar(value);
  const made = typeof value.toJSON === "function" ? value.toJSON() : value;
  if (!Array.isArray(made)) return plainScalar(made);
  if (made.length > MAX_LIST) return OTHER;
  const list = [];
  for (let i = 0; i < made.length; i += 1) {
    const member = made[i];
    list.push(plainScalar(typeof member?.toJSON === "function" ? member.toJSON() : member));
  }
  return list;
}

/** @param {unknown} value */
function plainScalar(value) {
  if (value === undefined || value === null || typeof value === "boolean") return value ?? null;
  if (typeof value === "string" && isWellFormed(value)) return value;
  return Number.isFinite(value) ? value : OTHER;
}

/**
 * What reads a value of a declared type, `null` when it is of another; the same as the module makes of its JSON.
 *
 * @param {string} type `bool`, `int`, `float`, `string`, or `list<…>` of one
 * @returns {((value: any) => unknown) | undefined}
 */
export function readerOf(type) {
  if (!type.startsWith("list<")) return SCALARS.get(type);
  const read = SCALARS.get(type.slice("list<".length, -1));
  return read && ((value) => readList(value, read));
}

/** @type {ReadonlyMap<string, (value: any) => unknown>} */
const SCALARS = new Map(
  /** @type {[string, (value: any) => unknown][]} */ ([
    ["bool", (value) => (typeof value === "boolean" ? value : other(value))],
    ["int", readInt],
    ["float", readFloat],
    ["string", readText],
  ]),
);

/** @param {any} value */
function readInt(value) {
  if (typeof value !== "number") return other(value);
  if (Number.isSafeInteger(value)) return value;
  // Beyond 2^53 what is written as JSON isn't the number that JavaScript reckons with.
  return Number.isInteger(value) ? UNKNOWN : null;
}

/** @param {any} value */
function readFloat(value) {
  if (typeof value !== "number") return other(value);
  if (!Number.isFinite(value)) return null;
  // Up to 15 digits are read the same by everyone.
  return Number.isSafeInteger(value) || /^-?\d+\.\d+$/.test(short(value)) ? value : UNKNOWN;
}

/** @param {number} value */
function short(value) {
  const text = String(value);
  return text.length <= 16 ? text : "";
}

/** @param {any} value */
function readText(value) {
  if (typeof value !== "string") return other(value);
  if (value.length > MAX_TEXT) return UNKNOWN;
  return isWellFormed(value) ? value : null;
}

/**
 * @param {any} value
 * @param {(value: any) => unknown} read
 */
function readList(value, read) {
  if (!Array.isArray(value)) return other(value);
  if (value.length > MAX_LIST || /** @type {any} */ (value).toJSON !== undefined) return UNKNOWN;
  const list = [];
  let isWhole = true;
  for (let i = 0; i < value.length; i += 1) {
    const member = read(value[i]);
    if (member === UNKNOWN) return UNKNOWN;
    if (member === null) isWhole = false;
    list.push(member);
  }
  return isWhole ? list : null;
}

/** @param {unknown} value */
function other(value) {
  return typeof value === "object" && value !== null ? UNKNOWN : null;
}

/** @type {(text: string) => boolean} */
const isWellFormed =
  // @ts-ignore newer than the types
  typeof String.prototype.isWellFormed === "function"
    ? // @ts-ignore
      (text) => text.isWellFormed()
    : (text) => !/\p{Surrogate}/u.test(text);
