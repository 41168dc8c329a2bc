// @ts-check
// What is left of a policy's rules once the principal and the scope are known, evaluated without crossing into wasm.
// The module makes it (`GateCore.residual`) and has the last word: whatever is doubtful here is asked there.
import { UNKNOWN, own, readerOf } from "./record.js";

/** How a test comes out: Kleene's three, and that the module has to be asked. */
const FALSE = 0;
const TRUE = 1;
const ERROR = 2;
const ASK = 3;

/** The record isn't there, which makes an error of every test that looks at it. */
const ABSENT = Symbol("absent");

/**
 * @typedef {object | undefined} Source
 * @typedef {(record: Source, context: Source) => 0 | 1 | 2 | 3} Test
 * @typedef {(record: Source, context: Source) => unknown} Term
 * @typedef {(record: Source, context: Source) => boolean | undefined} Rules `undefined`: ask the module
 */

/**
 * @param {string} json as `GateCore.residual` gives it
 * @returns {Rules}
 */
export function compileResidual(json) {
  const { deny, allow } = JSON.parse(json);
  const denials = any(deny.map(testOf));
  const allowances = allow === null ? undefined : any(allow.map(testOf));
  if (allowances === undefined) return (record, context) => decide(denials(record, context), TRUE);
  if (deny.length === 0) return (record, context) => decide(FALSE, allowances(record, context));
  return (record, context) => decide(denials(record, context), allowances(record, context));
}

/**
 * @param {0 | 1 | 2 | 3} denied
 * @param {0 | 1 | 2 | 3} allowed
 */
function decide(denied, allowed) {
  // A rule that denies does so, too, when it can't be evaluated; one that allows does not.
  if (denied === TRUE || denied === ERROR || allowed === FALSE || allowed === ERROR) return false;
  return denied === ASK || allowed === ASK ? undefined : true;
}

/**
 * @param {any} tree
 * @returns {Test}
 */
function testOf(tree) {
  if (!Array.isArray(tree)) {
    const constant = tree === null ? ERROR : tree === true ? TRUE : FALSE;
    return () => constant;
  }
  const [operator, ...operands] = tree;
  switch (operator) {
    case "&":
      return all(operands.map(testOf));
    case "|":
      return any(operands.map(testOf));
    case "!":
      return not(testOf(operands[0]));
    default:
      return fieldIsText(tree) ?? comparison(operator, operands.map(termOf));
  }
}

/**
 * @param {Test[]} tests
 * @returns {Test}
 */
function all(tests) {
  return (record, context) => {
    /** @type {0 | 1 | 2 | 3} */
    let outcome = TRUE;
    for (const test of tests) {
      const truth = test(record, context);
      if (truth === FALSE) return FALSE;
      // The doubtful one may be false, which would decide.
      if (truth > outcome) outcome = truth;
    }
    return outcome;
  };
}

/**
 * @param {Test[]} tests
 * @returns {Test}
 */
function any(tests) {
  if (tests.length === 1 && tests[0] !== undefined) return tests[0];
  return (record, context) => {
    /** @type {0 | 1 | 2 | 3} */
    let outcome = FALSE;
    for (const test of tests) {
      const truth = test(record, context);
      if (truth === TRUE) return TRUE;
      if (truth > outcome) outcome = truth;
    }
    return outcome;
  };
}

/**
 * @param {Test} test
 * @returns {Test}
 */
function not(test) {
  return (record, context) => {
    const truth = test(record, context);
    return truth === TRUE ? FALSE : truth === FALSE ? TRUE : truth;
  };
}

/**
 * The most frequent test, `record.owner_id == auth.id`, in one step.
 *
 * @param {any} tree
 * @returns {Test | undefined}
 */
function fieldIsText([operator, { record: field, type }, { value: text } = /** @type {any} */ ({})]) {
  if (!(operator === "==" && field !== undefined && type === "string" && typeof text === "string")) return undefined;
  return (record) => {
    if (record === undefined) return ERROR;
    const value = own(record, field);
    if (value === text) return TRUE;
    return typeof value === "object" && value !== null ? ASK : FALSE;
  };
}

/**
 * @param {any} tree
 * @returns {Term}
 */
function termOf(tree) {
  const { value, record: field, request: attribute, type, size } = tree;
  if (value !== undefined) return () => value;
  if (size !== undefined) return sizeOf(termOf(size));
  const read = type === undefined ? undefined : readerOf(type);
  if (read === undefined) return () => UNKNOWN;
  if (field !== undefined) return (record) => (record === undefined ? ABSENT : read(own(record, field)));
  return (_, context) => (context === undefined ? null : read(own(context, attribute)));
}

/**
 * @param {Term} term
 * @returns {Term}
 */
function sizeOf(term) {
  return (record, context) => {
    const value = term(record, context);
    if (typeof value === "string") return characters(value);
    if (Array.isArray(value)) return value.length;
    // Of nothing there is no size, which is an error as an absent record is.
    return value === UNKNOWN ? UNKNOWN : ABSENT;
  };
}

/**
 * @param {string} operator
 * @param {Term[]} terms
 * @returns {Test}
 */
function comparison(operator, [left, right = () => null]) {
  const holds = OPERATORS.get(operator);
  if (left === undefined || holds === undefined) return () => ASK;
  return (record, context) => {
    const a = left(record, context);
    const b = right(record, context);
    if (a === UNKNOWN || b === UNKNOWN) return ASK;
    if (a === ABSENT || b === ABSENT) return ERROR;
    return holds(a, b);
  };
}

/** @type {Map<string, (a: any, b: any) => 0 | 1 | 2>} */
const OPERATORS = new Map([
  ["==", (a, b) => (a === b ? TRUE : FALSE)],
  ["!=", (a, b) => (a === b ? FALSE : TRUE)],
  ["<", (a, b) => ordered(a, b, (order) => order < 0)],
  ["<=", (a, b) => ordered(a, b, (order) => order <= 0)],
  [">", (a, b) => ordered(a, b, (order) => order > 0)],
  [">=", (a, b) => ordered(a, b, (order) => order >= 0)],
  ["in", (a, b) => (b === null ? ERROR : a !== null && b.includes(a) ? TRUE : FALSE)],
  ["startsWith", (a, b) => (a === null || b === null ? ERROR : a.startsWith(b) ? TRUE : FALSE)],
  ["has", (a) => (a === null ? FALSE : TRUE)],
  ["is", (a) => (a === null ? ERROR : a ? TRUE : FALSE)],
]);

/**
 * @param {any} a
 * @param {any} b
 * @param {(order: number) => boolean} holds
 */
function ordered(a, b, holds) {
  if (a === null || b === null) return ERROR;
  const order = typeof a === "string" ? byCodePoint(a, b) : a - b;
  return holds(order) ? TRUE : FALSE;
}

/**
 * The order of UTF-8 bytes, which is that of code points. JavaScript's own puts what lies beyond U+FFFF, written as
 * two surrogates, before U+E000.
 *
 * @param {string} a
 * @param {string} b
 */
function byCodePoint(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** @param {number} unit */
function rank(unit) {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** @param {string} text */
function characters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
