// @ts-check

/** Answers for so many places are kept; then all are dropped, which costs less than keeping an order of use would. */
const MAX_PLACES = 4_096;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * @typedef {object} Answers what is answered somewhere, as long as the principal doesn't expire
 * @property {ReadonlySet<unknown>} allowed names of permissions
 * @property {ReadonlySet<unknown>} open names of permissions on which rules have a say; all others are denied
 *
 * @typedef {object} Place somewhere that was asked about
 * @property {Answers} answers shared by all places with the same
 * @property {Map<string, import("./residual.js").Rules>} rules what is left of the rules, by permission
 * @property {(permission: string) => object} request one about this place
 *
 * @typedef {object} Node a place in the tree of members seen, in the order in which objects have them
 * @property {Place | undefined} place
 * @property {Map<string, Map<unknown, Node>>} next by name, then by value
 *
 * @typedef {import("./core.js").RecordType} RecordType
 */

/** @returns {Node} */
const newNode = () => ({ place: undefined, next: new Map() });

/** Places asked about before, found without building a string or crossing into wasm. */
export class Places {
  #ask;
  #names;
  /** @type {Map<string, Place>} */
  #texts = new Map();
  /** @type {Map<string, Place>} */
  #tenants = new Map();
  #scopes = newNode();
  /** @type {Map<RecordType, Node>} */
  #records = new Map();
  /** @type {Map<string, Answers>} */
  #answers = new Map();
  #count = 0;

  /**
   * @param {(requestJson: string) => string} ask `GateCore.answers`
   * @param {string[]} names of the permissions, in its order
   */
  constructor(ask, names) {
    this.#ask = ask;
    this.#names = names;
  }

  /** @returns {Place | undefined} the global scope; `undefined` when the policy has no permissions */
  global() {
    return this.#add((permission) => ({ permission }), this.#names[0]);
  }

  /**
   * @param {unknown} scope text such as `"state:ca/team:t7"`, or an object of ids by level
   * @returns {Place | undefined} `undefined`: there everything is denied
   */
  find(scope) {
    if (typeof scope === "string") {
      return this.#texts.get(scope) ?? this.#addText(this.#texts, "scope", scope);
    }
    if (typeof scope !== "object" || scope === null) return undefined;
    let node = this.#scopes;
    for (const level in scope) {
      if (!hasOwn.call(scope, level)) continue;
      // @ts-expect-error any object may be asked for any member
      const next = node.next.get(level)?.get(scope[level]);
      if (next === undefined) return this.#addScope(scope);
      node = next;
    }
    // A list or a `Date` without members comes here, too, and is no scope.
    if (node === this.#scopes && !isPlain(scope)) return undefined;
    return node.place ?? this.#addScope(scope);
  }

  /**
   * @param {string} id
   * @returns {Place | undefined}
   */
  ofTenant(id) {
    return this.#tenants.get(id) ?? this.#addText(this.#tenants, "tenant", id);
  }

  /**
   * @param {RecordType} type
   * @param {(string | null)[]} ids of the scopes that it is in, one for each of the fields that say so
   * @returns {Place | undefined}
   */
  ofRecord(type, ids) {
    let node = getOrAdd(this.#records, type, newNode);
    type.scope.forEach((field, i) => (node = child(node, field, ids[i])));
    if (node.place !== undefined) return node.place;
    const record = Object.fromEntries(type.scope.map((field, i) => [field, ids[i]]));
    const place = this.#add((permission) => ({ permission, record }), type.permissions[0]);
    node.place = place;
    return place;
  }

  /**
   * @param {Map<string, Place>} places
   * @param {"scope" | "tenant"} member
   * @param {string} text
   */
  #addText(places, member, text) {
    const place = this.#add((permission) => ({ permission, [member]: text }), this.#names[0]);
    if (place !== undefined) places.set(text, place);
    return place;
  }

  /** @param {object} scope */
  #addScope(scope) {
    const ids = scopeMembers(scope);
    if (ids === undefined) return undefined;
    const place = this.#add((permission) => ({ permission, scope: ids }), this.#names[0]);
    if (place === undefined) return undefined;
    const node = Object.entries(ids).reduce((node, [level, id]) => child(node, level, id), this.#scopes);
    node.place = place;
    return place;
  }

  /**
   * @param {(permission: string) => object} request
   * @param {string | undefined} permission any one that can be asked for there
   * @returns {Place | undefined}
   */
  #add(request, permission) {
    if (permission === undefined) return undefined;
    const letters = this.#ask(JSON.stringify(request(permission)));
    if (letters === "") return undefined;
    if (this.#count >= MAX_PLACES) this.#clear();
    this.#count += 1;
    return { answers: getOrAdd(this.#answers, letters, () => this.#read(letters)), rules: new Map(), request };
  }

  /**
   * @param {string} letters one a permission: `1` allowed, `0` denied, `?` for rules to say
   * @returns {Answers}
   */
  #read(letters) {
    const named = (/** @type {string} */ letter) => new Set(this.#names.filter((_, i) => letters[i] === letter));
    return { allowed: named("1"), open: named("?") };
  }

  #clear() {
    this.#texts.clear();
    this.#tenants.clear();
    this.#scopes = newNode();
    this.#records.clear();
    this.#answers.clear();
    this.#count = 0;
  }
}

/**
 * The ids of a scope by level; `undefined` for what is no scope.
 *
 * @param {object} scope
 * @returns {Record<string, string> | undefined}
 */
export function scopeMembers(scope) {
  const members = Object.entries(scope);
  // A member that is undefined would vanish in JSON, and `{team: undefined}` would ask about the global scope.
  if (members.some(([, id]) => typeof id !== "string")) return undefined;
  if (members.length === 0 && !isPlain(scope)) return undefined;
  return Object.fromEntries(members);
}

/**
 * Whether an object without members means the global scope; a `Date` or a `Map` means a mistake.
 *
 * @param {object} value
 */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/**
 * @param {Node} node
 * @param {string} name
 * @param {unknown} value
 */
function child(node, name, value) {
  return getOrAdd(getOrAdd(node.next, name, () => new Map()), value, newNode);
}

/**
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @param {() => V} make
 * @returns {V}
 */
function getOrAdd(map, key, make) {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
