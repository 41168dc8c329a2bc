// @ts-check

/** The code of a malformed scope, as `GateCore.scope` returns it: negated. */
const MALFORMED_SCOPE = -36;
/** Handles of one generation share the bits from here up; see `GateCore.scope`. */
const INDEX_BITS = 12;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * @typedef {object} Node a place in the tree of members seen, in the order in which objects have them
 * @property {number | undefined} handle
 * @property {Map<string, Map<unknown, Node>>} next by level, then by id
 */

/** @returns {Node} */
const newNode = () => ({ handle: undefined, next: new Map() });

/**
 * Handles of scopes asked about before, found without building a string or crossing into wasm.
 *
 * Bounded by the core: when it drops its scopes, a handle of a new generation says so, and all are forgotten here.
 */
export class ScopeHandles {
  /** @type {(scopeJson: string) => number} */
  #resolve;
  /** @type {Map<string, number>} */
  #texts = new Map();
  #root = newNode();
  #generation = 0;

  /** @param {(scopeJson: string) => number} resolve `GateCore.scope` */
  constructor(resolve) {
    this.#resolve = resolve;
  }

  /**
   * @param {unknown} scope text such as `"state:ca/team:t7"`, or an object of ids by level
   * @returns {number} the handle, or below 0 the code of a denial negated
   */
  find(scope) {
    if (typeof scope === "string") {
      return this.#texts.get(scope) ?? this.#addText(scope);
    }
    if (typeof scope !== "object" || scope === null) {
      return MALFORMED_SCOPE;
    }
    let node = this.#root;
    for (const level in scope) {
      if (!hasOwn.call(scope, level)) continue;
      // @ts-expect-error any object may be asked for any member
      const next = node.next.get(level)?.get(scope[level]);
      if (next === undefined) return this.#addMembers(scope);
      node = next;
    }
    if (node === this.#root) {
      return isPlain(scope) ? 0 : MALFORMED_SCOPE;
    }
    return node.handle ?? this.#addMembers(scope);
  }

  /** Forgets all handles. */
  clear() {
    this.#texts.clear();
    this.#root = newNode();
  }

  /** @param {string} text */
  #addText(text) {
    const handle = this.#ask(text);
    if (handle >= 0) this.#texts.set(text, handle);
    return handle;
  }

  /** @param {object} scope */
  #addMembers(scope) {
    const members = Object.entries(scope);
    // A member that is undefined would vanish in JSON, and `{team: undefined}` would ask about the global scope.
    if (members.length === 0 || members.some(([, id]) => typeof id !== "string")) {
      return MALFORMED_SCOPE;
    }
    const handle = this.#ask(Object.fromEntries(members));
    if (handle < 0) return handle;
    let node = this.#root;
    for (const [level, id] of members) {
      const ids = getOrAdd(node.next, level, () => new Map());
      node = getOrAdd(ids, id, newNode);
    }
    node.handle = handle;
    return handle;
  }

  /** @param {unknown} scope */
  #ask(scope) {
    const handle = this.#resolve(JSON.stringify(scope));
    const generation = handle >> INDEX_BITS;
    if (handle > 0 && generation !== this.#generation) {
      this.clear();
      this.#generation = generation;
    }
    return handle;
  }
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

/**
 * Whether an object without members means the global scope; a `Date` or a `Map` means a mistake.
 *
 * @param {object} value
 */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
