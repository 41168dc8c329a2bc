// @ts-check
// Conditions: text to tree, by the grammar of the policy language.

/**
 * @typedef {{ kind: "or" | "and", sides: Condition[] }
 *   | { kind: "not", side: Condition }
 *   | { kind: "has", path: Path }
 *   | { kind: "startsWith", text: Operand, start: Operand }
 *   | { kind: "compare", op: string, left: Operand, right: Operand }
 *   | { kind: "alone", operand: Operand }} Condition
 * @typedef {{ kind: "path", from: "auth" | "record" | "request", name: string, type: string }} Path
 * @typedef {Path
 *   | { kind: "literal", value: unknown }
 *   | { kind: "size", of: Operand }} Operand
 * @typedef {Record<"auth" | "record" | "request", Record<string, string>>} Types
 */

const TOKEN =
  /\s*(?:(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<float>-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))|(?<int>-?\d+)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>\|\||&&|==|!=|<=|>=|[<>!().,[\]]))/y;
const ESCAPES = /** @type {Record<string, string>} */ ({ n: "\n", r: "\r", t: "\t" });
const OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "in"];

/** @param {string} source */
function tokens(source) {
  const found = [];
  TOKEN.lastIndex = 0;
  const end = source.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`no condition at ${at}: ${source}`);
    const [kind, text] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? ["", ""];
    found.push({ kind, text: String(text) });
  }
  return found;
}

/**
 * @param {string} source
 * @param {Types} types
 * @returns {Condition}
 */
export function parseCondition(source, types) {
  const parser = new Parser(tokens(source), types);
  const condition = parser.or();
  parser.end();
  return condition;
}

class Parser {
  #next = 0;

  /**
   * @param {{ kind: string, text: string }[]} list
   * @param {Types} types
   */
  constructor(list, types) {
    this.list = list;
    this.types = types;
  }

  /** @param {number} [ahead] */
  peek(ahead = 0) {
    return this.list[this.#next + ahead] ?? { kind: "end", text: "" };
  }

  /** @param {string} text */
  take(text) {
    const token = this.peek();
    const isIt = token.kind !== "text" && token.text === text && token.kind !== "end";
    if (isIt) this.#next += 1;
    return isIt;
  }

  /** @param {string} text */
  need(text) {
    if (!this.take(text)) throw new Error(`\`${text}\` expected, not \`${this.peek().text}\``);
  }

  end() {
    if (this.peek().kind !== "end") throw new Error(`more follows: \`${this.peek().text}\``);
  }

  /** @returns {Condition} */
  or() {
    const sides = [this.and()];
    while (this.take("||")) sides.push(this.and());
    return sides.length === 1 && sides[0] ? sides[0] : { kind: "or", sides };
  }

  /** @returns {Condition} */
  and() {
    const sides = [this.unary()];
    while (this.take("&&")) sides.push(this.unary());
    return sides.length === 1 && sides[0] ? sides[0] : { kind: "and", sides };
  }

  /** @returns {Condition} */
  unary() {
    return this.take("!") ? { kind: "not", side: this.unary() } : this.comparison();
  }

  /** @returns {Condition} */
  comparison() {
    if (this.take("(")) {
      const inner = this.or();
      this.need(")");
      return inner;
    }
    if (this.peek().kind === "word" && this.peek().text === "has" && this.peek(1).text === "(") {
      this.take("has");
      this.need("(");
      const path = this.path();
      this.need(")");
      return { kind: "has", path };
    }
    const left = this.operand();
    if (this.take(".")) {
      this.need("startsWith");
      this.need("(");
      const start = this.operand();
      this.need(")");
      return { kind: "startsWith", text: left, start };
    }
    const op = OPERATORS.find((one) => this.take(one));
    return op === undefined
      ? { kind: "alone", operand: left }
      : { kind: "compare", op, left, right: this.operand() };
  }

  /** @returns {Operand} */
  operand() {
    const { kind, text } = this.peek();
    if (kind !== "word" || ["true", "false", "null"].includes(text)) return { kind: "literal", value: this.literal() };
    if (text !== "size") return this.path();
    this.take("size");
    this.need("(");
    const of = this.operand();
    this.need(")");
    return { kind: "size", of };
  }

  /** @returns {Path} */
  path() {
    const from = this.#word();
    if (from !== "auth" && from !== "record" && from !== "request") throw new Error(`no path: \`${from}\``);
    this.need(".");
    const name = this.#word();
    const type = this.types[from][name];
    if (type === undefined) throw new Error(`no such name: \`${from}.${name}\``);
    return { kind: "path", from, name, type };
  }

  #word() {
    const { kind, text } = this.peek();
    if (kind !== "word") throw new Error(`a name expected, not \`${text}\``);
    this.#next += 1;
    return text;
  }

  /** Whole numbers are `BigInt`s, so that the 64 bits are whole. @returns {unknown} */
  literal() {
    const { kind, text } = this.peek();
    if (this.take("[")) {
      const members = [];
      while (!this.take("]")) {
        if (members.length > 0) this.need(",");
        members.push(this.literal());
      }
      return members;
    }
    this.#next += 1;
    if (kind === "text") return text.slice(1, -1).replaceAll(/\\(.)/g, (_, char) => ESCAPES[char] ?? char);
    if (kind === "int") return BigInt(text);
    if (kind === "float") return Number(text);
    if (kind === "word" && text === "null") return null;
    if (kind === "word" && (text === "true" || text === "false")) return text === "true";
    throw new Error(`a value expected, not \`${text}\``);
  }
}
