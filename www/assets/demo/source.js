// @ts-check
// Where the page's verdicts come from: the gate in the page, or the API where the module isn't there.

import { ApiError, checkAll, getJson } from "../api.js";

/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("/pkg/src/index.js").Gate} Gate */
/** @typedef {import("/pkg/src/index.js").Named} Named */
/** @typedef {import("/pkg/src/index.js").Principal} Principal */
/** @typedef {import("/pkg/src/index.js").User} User */
/** @typedef {{ permission: string, scope: string }} PermissionRequest */
/** @typedef {PermissionRequest | { app: string }} Question */

/**
 * @typedef {object} Source
 * @property {"gate" | "api"} kind
 * @property {User | null} user
 * @property {Readonly<Principal>} principal
 * @property {string | null} tier
 * @property {{ readonly name: string, readonly version: string }} policy
 * @property {readonly Named[]} permissions
 * @property {readonly Named[]} roles
 * @property {readonly Named[]} tiers lowest first
 * @property {readonly Named[]} apps
 * @property {readonly string[]} levels `global` first
 * @property {readonly string[]} scopes
 * @property {(questions: readonly Question[]) => Promise<Explanation[]>} decide
 * @property {(questions: readonly Question[], decided: readonly Explanation[]) => Promise<Explanation[]>} complete
 *   what was decided, with all that would change a denial
 * @property {(listener: () => void) => void} subscribe
 * @property {() => boolean} isSignedOut
 */

/**
 * Opens the gate; the API takes its place when the module can't be loaded.
 *
 * @returns {Promise<Source>}
 */
export async function openSource() {
  const gate = await openGate();
  return gate === undefined ? ApiSource.open() : new GateSource(gate);
}

/** @returns {Promise<Gate | undefined>} none when there is no module */
async function openGate() {
  // Not a static import: a server without the module has no glue code either, and this page must still open.
  const loaded = await import("/pkg/src/index.browser.js").catch(() => undefined);
  try {
    return await loaded?.createGate({ baseUrl: "" });
  } catch (error) {
    const isPackageError = loaded !== undefined && error instanceof loaded.PortcullisError;
    if (isPackageError && error.code === "load_failed") return undefined;
    throw error;
  }
}

/** @implements {Source} */
class GateSource {
  kind = /** @type {const} */ ("gate");
  #gate;

  /** @param {Gate} gate */
  constructor(gate) {
    this.#gate = gate;
  }

  get user() {
    return this.#gate.user;
  }

  get principal() {
    return this.#gate.principal;
  }

  get tier() {
    return this.#gate.tier;
  }

  get policy() {
    return this.#gate.policy;
  }

  get permissions() {
    return this.#gate.permissions;
  }

  get roles() {
    return this.#gate.roles;
  }

  get tiers() {
    return this.#gate.tiers;
  }

  get apps() {
    return this.#gate.apps;
  }

  get levels() {
    return this.#gate.levels;
  }

  get scopes() {
    return this.#gate.scopes ?? [];
  }

  /**
   * Yes or no is `can` and `canOpen`, which is what pages ask; the words are `explain`'s.
   *
   * @param {readonly Question[]} questions
   */
  async decide(questions) {
    const gate = this.#gate;
    return questions.map((question) => {
      const allow = "app" in question ? gate.canOpen(question.app) : gate.can(question.permission, question.scope);
      return { ...gate.explain(question), allow };
    });
  }

  /**
   * A page's snapshot says nothing of roles that its user doesn't hold, nor of scopes beyond their reach. What would turn
   * a denial, and whether a scope that the page wasn't told of is there, the API knows. Who may do what stays the gate's.
   *
   * @param {readonly Question[]} questions
   * @param {readonly Explanation[]} decided
   */
  async complete(questions, decided) {
    const isOpen = (/** @type {Explanation | undefined} */ one) => one?.complete === false || one?.code === "unknown_scope";
    const open = questions.filter((_, at) => isOpen(decided[at]));
    const said = open.length === 0 ? [] : await checkAll(open);
    return decided.map((one) => {
      const known = isOpen(one) ? said.shift() : undefined;
      if (known === undefined || known.allow) return one;
      return one.code === "unknown_scope" ? known : { ...one, missing: known.missing };
    });
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.#gate.subscribe(listener);
  }

  isSignedOut() {
    return this.#gate.status === "signed-out";
  }
}

/** @implements {Source} */
class ApiSource {
  kind = /** @type {const} */ ("api");

  /**
   * @param {any} me the answer of `GET /api/auth/me`
   * @param {any} document the answer of `GET /api/policy`
   */
  constructor(me, document) {
    this.user = /** @type {User} */ (me.user);
    this.principal = /** @type {Principal} */ (me.principal);
    this.policy = me.policy;
    this.scopes = /** @type {string[]} */ (me.scopes);
    this.permissions = named(document.permissions);
    this.roles = named(document.roles);
    this.tiers = named(document.tiers);
    this.apps = named(document.apps);
    this.levels = ["global", ...named(document.scopes).map(({ name }) => name)];
    this.tier = /** @type {string | null} */ (me.principal.tier ?? document.default_tier ?? null);
  }

  static async open() {
    const [me, document] = await Promise.all([getJson("/api/auth/me"), getJson("/api/policy")]);
    return new ApiSource(me, document);
  }

  /** @param {readonly Question[]} questions */
  decide(questions) {
    return checkAll(questions);
  }

  /**
   * @param {readonly Question[]} _questions
   * @param {readonly Explanation[]} decided
   */
  async complete(_questions, decided) {
    return [...decided];
  }

  /** Nothing here changes by itself. */
  subscribe() {}

  isSignedOut() {
    return false;
  }
}

/**
 * @param {unknown} list of the policy document; members that a policy doesn't use are absent
 * @returns {Named[]}
 */
function named(list) {
  if (!Array.isArray(list)) return [];
  return list.map(({ name, label, tier }) => ({ name, label: label ?? name, tier }));
}

/** @param {unknown} error */
export function isSignedOutError(error) {
  return error instanceof ApiError && error.status === 401;
}
