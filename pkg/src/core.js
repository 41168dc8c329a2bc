// @ts-check
import { fromProblem } from "./errors.js";
import { deepFreeze } from "./freeze.js";
import { ScopeHandles } from "./scope-handles.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./index.js").Named} Named */

/**
 * @typedef {object} Parts what a gate decides by
 * @property {string} policy a policy document as JSON text
 * @property {import("./index.js").Principal} principal
 * @property {readonly string[] | undefined} scopes full scope paths, whose word then replaces the caller's
 */

/**
 * @typedef {object} Description what a core says of its policy, names at their numbers
 * @property {string} name
 * @property {string} version
 * @property {string} digest
 * @property {string[]} levels
 * @property {Named[]} roles
 * @property {Named[]} permissions
 * @property {Named[]} tiers
 * @property {Named[]} apps
 * @property {[number, string][]} codes
 * @property {number} [tier]
 * @property {import("./index.js").IgnoredGrant[]} ignoredGrants
 */

/** A core made from its parts, with the names and handles that lead into it. */
export class DecisionCore {
  /**
   * @param {Engine} engine
   * @param {Parts} parts
   */
  constructor(engine, parts) {
    const scopes = parts.scopes === undefined ? undefined : JSON.stringify(parts.scopes);
    const wasm = engine.GateCore.create(parts.policy, JSON.stringify(parts.principal), scopes);
    const problem = wasm.problem();
    if (problem !== undefined) {
      wasm.free();
      throw fromProblem(problem);
    }
    this.wasm = wasm;
    // A copy, so that the caller's own objects stay as they are.
    this.parts = deepFreeze(structuredClone(parts));
    /** @type {Description} */
    this.description = deepFreeze(JSON.parse(wasm.describe()));
    this.permissionIds = numbered(this.description.permissions);
    this.appIds = numbered(this.description.apps);
    this.tierRanks = numbered(this.description.tiers);
    this.codes = new Map(this.description.codes);
    this.scopes = new ScopeHandles((scopeJson) => wasm.scope(scopeJson));
  }
}

/**
 * @param {Named[]} names
 * @returns {Map<unknown, number>}
 */
function numbered(names) {
  return new Map(names.map(({ name }, number) => [name, number]));
}
