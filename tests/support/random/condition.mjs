// @ts-check
// Conditions of the right types, with every operator.

import { SCALARS, literal } from "./values.mjs";

/** @typedef {import("./dice.mjs").Dice} Dice */
/** @typedef {[path: string, type: string]} Name */

/**
 * A condition over names with their types.
 *
 * @param {Dice} dice
 * @param {Name[]} names
 */
export function randomCondition(dice, names) {
  return new Writer(dice, names).or(0);
}

/**
 * The names that a rule's condition may use.
 *
 * @param {any} policy
 * @param {Record<string, any>} fields
 * @returns {Name[]}
 */
export function namesOf(policy, fields) {
  const under = (/** @type {string} */ root, /** @type {Record<string, any>} */ table) =>
    Object.entries(table).map(([name, one]) => /** @type {Name} */ ([`${root}.${name}`, one.type ?? one]));
  const own = /** @type {Name[]} */ ([["auth.id", "string"], ["request.time", "int"]]);
  return [...own, ...under("auth", policy.auth ?? {}), ...under("request", policy.context ?? {}), ...under("record", fields)];
}

class Writer {
  /** @param {Dice} dice @param {Name[]} names */
  constructor(dice, names) {
    this.dice = dice;
    this.names = names;
  }

  /** @param {number} depth */
  or(depth) {
    return this.#joined("||", depth, () => this.and(depth));
  }

  /** @param {number} depth */
  and(depth) {
    return this.#joined("&&", depth, () => this.unary(depth));
  }

  /** @param {string} sign @param {number} depth @param {() => string} side */
  #joined(sign, depth, side) {
    const count = depth > 2 || this.dice.chance(0.6) ? 1 : 2 + this.dice.below(2);
    return this.dice.times(count, side).join(this.dice.pick([sign, ` ${sign} `, `\n${sign}\t`]));
  }

  /** @param {number} depth @returns {string} */
  unary(depth) {
    if (!this.dice.chance(0.2)) return this.comparison(depth);
    // As in CEL, `!` binds tighter than a comparison.
    const [tight, inner] = [this.dice.chance(0.5), this.dice.chance(0.2)];
    return `!${tight ? "" : " "}${inner ? "!" : ""}${this.negatable(depth)}`;
  }

  /** @param {number} depth */
  comparison(depth) {
    const kind = this.dice.next();
    if (kind < 0.42) return this.negatable(depth);
    if (kind < 0.55) return this.#member();
    if (kind < 0.62) return this.#nullTest();
    const type = this.dice.pick(kind < 0.8 ? SCALARS : ["int", "float", "string"]);
    const op = this.dice.pick(kind < 0.8 ? ["==", "!="] : ["<", "<=", ">", ">="]);
    const sides = [this.#variable(type), this.operand(type)];
    if (this.dice.chance(0.3)) sides.reverse();
    return sides.join(this.dice.pick([op, ` ${op} `]));
  }

  /** What may stand behind `!`. @param {number} depth */
  negatable(depth) {
    const kind = this.dice.next();
    if (depth < 3 && kind < 0.45) return `(${this.or(depth + 1)})`;
    if (kind < 0.65) return `has(${this.dice.pick(this.names)[0]})`;
    if (kind < 0.82) return `${this.operand("string")}.startsWith(${this.operand("string")})`;
    return this.operand("bool");
  }

  #member() {
    const type = this.dice.pick(SCALARS);
    const lists = this.names.filter(([, one]) => one === `list<${type}>`);
    const isWritten = lists.length === 0 || this.dice.chance(0.5);
    const literals = () => `[${this.dice.times(1 + this.dice.below(4), () => literal(this.dice, type)).join(", ")}]`;
    return `${this.operand(type)} in ${isWritten ? literals() : this.dice.pick(lists)[0]}`;
  }

  #nullTest() {
    const scalars = this.names.filter(([, type]) => SCALARS.includes(type));
    const sides = [this.dice.pick(scalars)[0], "null"];
    if (this.dice.chance(0.3)) sides.reverse();
    return sides.join(this.dice.pick([" == ", " != "]));
  }

  /** A path or a size, if there's one of the type. @param {string} type */
  #variable(type) {
    const paths = this.names.filter(([, one]) => one === type);
    if (type === "int" && this.dice.chance(0.25)) {
      const sized = this.names.filter(([, one]) => one === "string" || one.startsWith("list<"));
      return `size(${this.dice.pick(sized)[0]})`;
    }
    return paths.length === 0 ? literal(this.dice, type) : this.dice.pick(paths)[0];
  }

  /** @param {string} type */
  operand(type) {
    return this.dice.chance(0.55) ? this.#variable(type) : literal(this.dice, type);
  }
}
