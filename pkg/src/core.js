// @ts-check
import { fromProblem } from "./errors.js";
import { deepFreeze } from "./freeze.js";
import { Places } from "./places.js";
import { UNKNOWN, own, readerOf } from "./record.js";
import { requestJson } from "./request.js";
import { compileResidual } from "./residual.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./index.js").Named} Named */
/** @typedef {import("./places.js").Place} Place */

/**
 * @typedef {object} Parts what a gate decides by
 * @property {string} policy a policy document as JSON text
 * @property {import("./index.js").Principal} principal
 * @property {readonly string[] | undefined} scopes full scope paths, whose word then replaces the caller's
 * @property {string} [digest] of the whole policy, as its server told it; worked out unless given
 */

/**
 * @typedef {object} Description what a core says of its policy, names at their numbers
 * @property {string} name
 * @property {string} version
 * @property {string[]} levels
 * @property {Named[]} roles
 * @property {Named[]} permissions
 * @property {Named[]} tiers
 * @property {Named[]} apps
 * @property {[number, string][]} codes
 * @property {string[]} context names of the attributes of requests
 * @property {(Omit<RecordType, "permissions"> & { permissions: number[] })[]} resources
 * @property {number} [expiresSecs] from this second on everything is denied
 * @property {number} [tier]
 * @property {import("./index.js").IgnoredGrant[]} ignoredGrants
 */

/**
 * @typedef {object} RecordType a resource of the policy
 * @property {string} name
 * @property {string[]} permissions
 * @property {string[]} fields
 * @property {string[]} scope fields that say where a record is, widest level first
 */

/**
 * @typedef {object} Entry what is known of a permission
 * @property {RecordType | undefined} type of record that it is about
 * @property {boolean | import("./residual.js").Rules | undefined} global what is answered globally; rules once they
 *   were asked for
 */

/** Codes below this number allow. */
export const FIRST_DENIAL = 16;

const hasOwn = Object.prototype.hasOwnProperty;
const readId = /** @type {(value: unknown) => unknown} */ (readerOf("string"));

/**
 * A core made from its parts, and what it handed over to be decided by without it.
 *
 * What it handed over holds until the principal expires: whoever asks looks at that first.
 */
export class DecisionCore {
  #engine;
  #now;
  /** @type {string | undefined} */
  #digest;
  /** @type {Map<unknown, Entry>} by permission */
  #entries = new Map();
  #places;
  /** @type {Map<string, import("./residual.js").Rules>} by their text: many places have the same */
  #rules = new Map();

  /**
   * @param {Engine} engine
   * @param {Parts} parts
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(engine, parts, now) {
    const scopes = parts.scopes === undefined ? undefined : JSON.stringify(parts.scopes);
    const wasm = engine.GateCore.create(parts.policy, JSON.stringify(parts.principal), scopes);
    const problem = wasm.problem();
    if (problem !== undefined) {
      wasm.free();
      throw fromProblem(problem);
    }
    this.wasm = wasm;
    this.#engine = engine;
    this.#now = now;
    this.#digest = parts.digest;
    // A copy, so that the caller's own objects stay as they are.
    this.parts = deepFreeze(structuredClone(parts));
    /** @type {Description} */
    this.description = deepFreeze(JSON.parse(wasm.describe()));
    const { permissions, apps, tiers, codes, resources, context } = this.description;
    this.appIds = numbered(apps);
    this.tierRanks = numbered(tiers);
    this.codes = new Map(codes);
    this.context = context;
    const names = permissions.map(({ name }) => interned(name));
    /** @type {Map<string, RecordType>} */
    const types = new Map();
    for (const resource of resources) {
      const [fields, scope] = [resource.fields.map(interned), resource.scope.map(interned)];
      const type = { name: resource.name, fields, scope, permissions: resource.permissions.map((id) => names[id] ?? "") };
      for (const permission of type.permissions) types.set(permission, type);
    }
    this.#places = new Places((json) => wasm.answers(json), names);
    /** Where a request is that names no place. */
    this.global = this.#places.global();
    for (const name of names) {
      const isOpen = this.global?.answers.open.has(name);
      this.#entries.set(name, { type: types.get(name), global: isOpen ? undefined : this.global?.answers.allowed.has(name) });
    }
  }

  /** The policy's digest. Old snapshots ask for it, too, when the module's part of this was freed long ago. */
  get digest() {
    if (this.#digest === undefined) {
      const wasm = this.#engine.GateCore.create(this.parts.policy, '{"id":"","grants":[]}', undefined);
      this.#digest = wasm.digest();
      wasm.free();
    }
    return this.#digest;
  }

  /** @param {number} nowMs */
  isExpired(nowMs) {
    const { expiresSecs } = this.description;
    // Not `>=`: what is no time at all is past every time.
    return expiresSecs !== undefined && !(nowMs >= 0 && nowMs < expiresSecs * 1000);
  }

  /**
   * The type of record that a permission is about.
   *
   * @param {unknown} permission
   */
  typeOf(permission) {
    return this.#entries.get(permission)?.type;
  }

  /**
   * @param {string} permission
   * @param {unknown} scope
   * @returns {boolean} as {@link check}, the principal's expiry aside
   */
  can(permission, scope) {
    const place = scope === undefined || scope === null ? this.global : this.#places.find(scope);
    if (place === undefined) return false;
    const { allowed, open } = place.answers;
    if (allowed.has(permission)) return true;
    if (open.size === 0 || !open.has(permission)) return false;
    return this.#rulesOf(place, permission)(undefined, undefined) ?? this.#ask(permission, scope);
  }

  /**
   * As {@link can}, of a request that may have a record.
   *
   * @param {any} request
   * @returns {boolean}
   */
  canRequest(request) {
    let permission, record, context, scope, tenant;
    for (const member in request) {
      if (!hasOwn.call(request, member)) continue;
      if (member === "permission") permission = request.permission;
      else if (member === "record") record = request.record;
      else if (member === "scope") scope = request.scope;
      else if (member === "tenant") tenant = request.tenant;
      else if (member === "context") context = request.context;
      // Fields, the account that it is about, an app; or a mistake.
      else return this.#ask(request);
    }
    if (!(isSimple(record) && isSimple(context))) return this.#ask(request);
    const entry = this.#entries.get(permission);
    if (entry === undefined) return false;
    const { type } = entry;
    if (isNothing(scope) && isNothing(tenant) && type !== undefined && type.scope.length === 0) {
      const answer = entry.global ?? this.#rulesOf(this.global, permission, entry);
      return typeof answer === "boolean" ? answer : (answer(record ?? undefined, context ?? undefined) ?? this.#ask(request));
    }
    const place = this.#placeOf(type, record ?? undefined, scope ?? undefined, tenant ?? undefined);
    if (place === UNKNOWN) return this.#ask(request);
    if (place === undefined) return false;
    const { allowed, open } = place.answers;
    if (allowed.has(permission)) return true;
    if (!open.has(permission)) return false;
    return this.#rulesOf(place, permission)(record ?? undefined, context ?? undefined) ?? this.#ask(request);
  }

  /**
   * The verdict by number.
   *
   * @param {unknown} request a request, or the name of a permission
   * @param {unknown} scope goes with a name
   */
  check(request, scope) {
    return this.wasm.check(requestJson(request, scope, this), this.#now());
  }

  /**
   * @param {unknown} request
   * @param {unknown} scope
   * @returns {import("./index.js").Explanation}
   */
  explain(request, scope) {
    return JSON.parse(this.wasm.explain(requestJson(request, scope, this), this.#now()));
  }

  /**
   * @param {unknown} request
   * @param {unknown} [scope]
   */
  #ask(request, scope) {
    return this.check(request, scope) < FIRST_DENIAL;
  }

  /**
   * @param {RecordType | undefined} type
   * @param {any} record
   * @param {unknown} scope
   * @param {unknown} tenant
   * @returns {Place | typeof UNKNOWN | undefined} `undefined`: there everything is denied
   */
  #placeOf(type, record, scope, tenant) {
    if (record !== undefined) {
      if (type === undefined) return undefined;
      if (type.scope.length > 0) {
        return scope === undefined && tenant === undefined ? this.#placeOfRecord(type, record) : undefined;
      }
    }
    if (tenant !== undefined) {
      return scope === undefined && typeof tenant === "string" ? this.#places.ofTenant(tenant) : undefined;
    }
    return scope === undefined ? this.global : this.#places.find(scope);
  }

  /**
   * @param {RecordType} type
   * @param {any} record
   */
  #placeOfRecord(type, record) {
    const ids = [];
    for (const field of type.scope) {
      const value = own(record, field) ?? null;
      const id = readId(value);
      // A number, say, is no id, and neither is it nothing.
      if (id === UNKNOWN || (id === null && value !== null)) return UNKNOWN;
      ids.push(/** @type {string | null} */ (id));
    }
    return this.#places.ofRecord(type, ids);
  }

  /**
   * @param {any} place
   * @param {any} permission
   * @param {Entry} [entry] the permission's, when the place is global
   * @returns {import("./residual.js").Rules}
   */
  #rulesOf(place, permission, entry) {
    let rules = place.rules.get(permission);
    if (rules === undefined) {
      const json = this.wasm.residual(JSON.stringify(place.request(permission)));
      rules = this.#rules.get(json) ?? compileResidual(json);
      this.#rules.set(json, rules);
      place.rules.set(permission, rules);
    }
    if (entry !== undefined) entry.global = rules;
    return rules;
  }
}

/**
 * The same text as the engine keeps it for property names and literals, which it then compares by their address.
 *
 * @param {string} text
 * @returns {string}
 */
function interned(text) {
  return Object.keys({ [text]: 0 })[0] ?? text;
}

/** @param {unknown} value */
function isNothing(value) {
  return value === undefined || value === null;
}

/**
 * Whether members of something can be read one by one, as JSON would have them: it is an object without its own idea
 * of its JSON, or nothing.
 *
 * @param {any} value
 */
function isSimple(value) {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && value.toJSON === undefined && !Array.isArray(value);
}

/**
 * @param {Named[]} names
 * @returns {Map<unknown, number>}
 */
function numbered(names) {
  return new Map(names.map(({ name }, number) => [name, number]));
}
