// @ts-check
import { standsStill } from "./clock.js";
import { DecisionCore, FIRST_DENIAL } from "./core.js";
import { Endings } from "./endings.js";
import { PortcullisError } from "./errors.js";
import { deepFreeze } from "./freeze.js";
import { unref } from "./timer.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./core.js").Parts} Parts */
/** @typedef {import("./index.js").Gate} GateInterface */
/** @typedef {import("./index.js").GateStatus} GateStatus */
/** @typedef {import("./index.js").GateSnapshot} GateSnapshot */

/** @type {ReadonlySet<unknown>} */
const NOTHING = new Set();
const RESOLVED = Promise.resolve();
const DEFAULT_BEFORE_SECS = 60;
/** Longest wait that `setTimeout` understands. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Replaces what a gate decides by; for those who made it, who alone say that nobody is signed in.
 *
 * @type {(gate: Gate, change: GateChange) => void}
 */
export let applyTo;

/**
 * Has a gate look again when it ends; for those who renew it, who alone know whether they can.
 *
 * @type {(gate: Gate) => void}
 */
export let lookAgain;

/**
 * @typedef {object} GateChange
 * @property {Partial<Parts>} [parts]
 * @property {GateStatus} [status] "ready" unless given
 * @property {import("./index.js").User | null} [user]
 * @property {SessionEnd | null} [session] as it was unless given
 * @property {boolean} [isRenewal] nothing but the principal's expiry has moved, which is no news
 */

/**
 * @typedef {object} SessionEnd
 * @property {number} expiresSecs unless it is used
 * @property {number} absoluteExpiresSecs whatever happens
 */

const CLOSED = Object.freeze({ allow: false, code: "gate_closed" });

/**
 * Decides in the page, synchronously, by the same code as the server.
 *
 * @implements {GateInterface}
 */
export class Gate {
  #engine;
  #now;
  /** @type {DecisionCore | undefined} */
  #core;
  /** @type {GateStatus} */
  #status = "ready";
  /** @type {import("./index.js").User | null} */
  #user = null;
  /** @type {SessionEnd | null} */
  #session = null;
  #endings;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {GateSnapshot} */
  #snapshot;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;
  /** @type {GateHooks} */
  #hooks;
  /**
   * The core, in a task in which it was seen that the principal hasn't expired.
   *
   * @type {DecisionCore | undefined}
   */
  #current;
  /** What is allowed globally, in such a task; nothing in others. */
  #allowed = NOTHING;
  /** Whether, in such a task, everything else is denied globally. */
  #isAll = false;

  static {
    applyTo = (gate, change) => gate.#apply(change);
    lookAgain = (gate) => gate.#endings.changed();
  }

  /**
   * @typedef {object} GateHooks
   * @property {() => Promise<void>} refresh
   * @property {(token: string) => import("./index.js").Principal} verify the principal of a verified token
   * @property {(snapshot: string) => void} take puts a snapshot in force
   * @property {() => void} replaced is told that parts were replaced in another way
   * @property {() => void} close
   * @property {() => boolean} [isRenewed] whether what is in force is replaced in time
   */

  /**
   * @param {Engine} engine
   * @param {() => number} now milliseconds since the epoch
   * @param {Parts} parts
   * @param {GateHooks} hooks what a gate asks of whoever made it
   * @param {{ status?: GateStatus, user?: import("./index.js").User | null, session?: SessionEnd | null }} [state] to
   *   begin with
   */
  constructor(engine, now, parts, hooks, { status = "ready", user = null, session = null } = {}) {
    this.#engine = engine;
    this.#now = now;
    this.#hooks = hooks;
    this.#core = new DecisionCore(engine, parts, now);
    this.#status = status;
    this.#user = user;
    this.#session = session;
    this.#endings = new Endings(now, () => this.#end());
    this.#snapshot = this.#takeSnapshot(0);
    this.#watchExpiry();
  }

  /**
   * @param {unknown} permission the name of one, or a request
   * @param {unknown} [scope] goes with a name
   * @returns {boolean}
   */
  can(permission, scope) {
    // The most frequent question costs one look-up.
    if (scope === undefined) {
      if (this.#allowed.has(permission)) return true;
      if (this.#isAll && typeof permission === "string") return false;
    }
    return this.#decide(permission, scope);
  }

  /**
   * @param {unknown} request a request, or the name of a permission
   * @param {unknown} [scope] goes with a name
   * @returns {import("./index.js").Verdict}
   */
  check(request, scope) {
    const core = this.#core;
    if (core === undefined) return CLOSED;
    const number = core.check(request, scope);
    return { allow: number < FIRST_DENIAL, code: core.codes.get(number) ?? "malformed_request" };
  }

  /**
   * @param {unknown} request a request, or the name of a permission
   * @param {unknown} [scope] goes with a name
   * @returns {import("./index.js").Explanation}
   */
  explain(request, scope) {
    const core = this.#core;
    if (core === undefined) return { ...CLOSED, message: "the gate is closed", missing: [] };
    return core.explain(request, scope);
  }

  /** @param {string} tier */
  hasTier(tier) {
    const core = this.#core;
    const rank = core?.tierRanks.get(tier);
    return core !== undefined && rank !== undefined && core.wasm.hasTier(rank, this.#now()) < FIRST_DENIAL;
  }

  /** @param {string} app */
  canOpen(app) {
    const core = this.#core;
    const id = core?.appIds.get(app);
    return core !== undefined && id !== undefined && core.wasm.canOpen(id, this.#now()) < FIRST_DENIAL;
  }

  accessibleApps() {
    return this.apps.filter(({ name }) => this.canOpen(name));
  }

  get permissions() {
    return this.#core?.description.permissions ?? [];
  }

  get roles() {
    return this.#core?.description.roles ?? [];
  }

  get tiers() {
    return this.#core?.description.tiers ?? [];
  }

  get apps() {
    return this.#core?.description.apps ?? [];
  }

  get levels() {
    return this.#core?.description.levels ?? [];
  }

  get tier() {
    const rank = this.#core?.description.tier;
    return rank === undefined ? null : (this.tiers[rank]?.name ?? null);
  }

  get scopes() {
    return this.#core?.parts.scopes;
  }

  get policy() {
    return this.getSnapshot().policy;
  }

  get principal() {
    return this.getSnapshot().principal;
  }

  get user() {
    return this.getSnapshot().user;
  }

  get status() {
    return this.getSnapshot().status;
  }

  getSnapshot() {
    // Between the second of the expiry and the timer that tells of it, the verdicts are denials already.
    if (this.#snapshot.status !== this.#currentStatus()) {
      this.#snapshot = this.#takeSnapshot(this.#snapshot.revision + 1);
    }
    return this.#snapshot;
  }

  /**
   * @param {() => void} listener
   * @returns {() => void}
   */
  subscribe(listener) {
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  get expiresMs() {
    return this.#end()?.expiresMs ?? null;
  }

  get remainingMs() {
    const end = this.#end();
    return end === undefined ? null : Math.max(0, end.expiresMs - this.#now());
  }

  /**
   * @param {(expiring: import("./index.js").Expiring) => void} listener
   * @param {{ beforeSecs?: number }} [options]
   * @returns {() => void}
   */
  onExpiring(listener, { beforeSecs = DEFAULT_BEFORE_SECS } = {}) {
    if (!(beforeSecs > 0)) throw new PortcullisError("malformed_options", "`beforeSecs` is above 0");
    return this.#core === undefined ? () => {} : this.#endings.add(listener, beforeSecs * 1000);
  }

  /** @param {import("./index.js").GateUpdate} changes */
  update(changes) {
    if (this.#core === undefined) return;
    if (changes.snapshot !== undefined) {
      if (Object.keys(changes).length > 1) throw new PortcullisError("malformed_options", "`snapshot` replaces everything");
      this.#hooks.take(changes.snapshot);
      return;
    }
    /** @type {Partial<Parts>} */
    const parts = {};
    if (changes.policy !== undefined) parts.policy = policyJson(changes.policy);
    if (changes.principal !== undefined) parts.principal = changes.principal;
    if (changes.token !== undefined) parts.principal = this.#hooks.verify(changes.token);
    if (changes.scopes !== undefined) parts.scopes = changes.scopes ?? undefined;
    this.#apply({ parts });
    this.#hooks.replaced();
  }

  refresh() {
    return this.#hooks.refresh();
  }

  close() {
    if (this.#core === undefined) return;
    this.#hooks.close();
    this.#forget();
    this.#core.wasm.free();
    this.#core = undefined;
    this.#become("closed");
    this.#listeners.clear();
    this.#endings.close();
  }

  /**
   * @param {unknown} permission the name of one, or a request
   * @param {unknown} scope goes with a name
   */
  #decide(permission, scope) {
    try {
      const core = this.#current ?? this.#look();
      if (core === undefined) return false;
      return typeof permission === "string" ? core.can(permission, scope) : core.canRequest(permission);
    } catch {
      // A scope with a getter that throws, or a module that failed: what can't be decided is denied.
      return false;
    }
  }

  /** Reads the clock; the core, unless it is closed or its principal has expired. */
  #look() {
    const core = this.#core;
    if (core === undefined || core.isExpired(this.#now())) return undefined;
    if (standsStill(this.#now)) {
      this.#current = core;
      if (core.global !== undefined) {
        this.#allowed = core.global.answers.allowed;
        this.#isAll = core.global.answers.open.size === 0;
      }
      RESOLVED.then(() => this.#forget());
    }
    return core;
  }

  /** From here on the clock is read again before anything is allowed. */
  #forget() {
    this.#current = undefined;
    this.#allowed = NOTHING;
    this.#isAll = false;
  }

  /** @param {GateChange} change */
  #apply({ parts = {}, status = "ready", user = this.#user, session = this.#session, isRenewal = false }) {
    if (this.#core === undefined) return;
    // The digest that a server told is that of its policy alone.
    const { digest, ...kept } = this.#core.parts;
    const merged = "policy" in parts ? { ...kept, ...parts } : { ...kept, digest, ...parts };
    const core = new DecisionCore(this.#engine, merged, this.#now);
    this.#forget();
    this.#core.wasm.free();
    this.#core = core;
    this.#user = user;
    this.#session = session;
    if (isRenewal) {
      this.#snapshot = this.#takeSnapshot(this.#snapshot.revision);
      this.#watchExpiry();
    } else {
      this.#become(status);
    }
  }

  /** @param {GateStatus} status */
  #become(status) {
    this.#status = status;
    this.#snapshot = this.#takeSnapshot(this.#snapshot.revision + 1);
    this.#watchExpiry();
    this.#announce();
  }

  #announce() {
    for (const listener of [...this.#listeners]) {
      // One listener that throws must not keep the news from the others.
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** @returns {GateStatus} */
  #currentStatus() {
    const expiresSecs = this.#core?.parts.principal.expiresSecs;
    const isExpired = expiresSecs !== undefined && this.#now() >= expiresSecs * 1000;
    return this.#status === "ready" && isExpired ? "expired" : this.#status;
  }

  /** When nothing more will be allowed, as far as it is known: with the session, or with what isn't renewed. */
  #end() {
    if (this.#core === undefined || this.#currentStatus() !== "ready") return undefined;
    const { expiresSecs: sessionSecs = Infinity, absoluteExpiresSecs = Infinity } = this.#session ?? {};
    const partsSecs = this.#hooks.isRenewed?.() ? Infinity : (this.#core.parts.principal.expiresSecs ?? Infinity);
    const expiresSecs = Math.min(sessionSecs, partsSecs);
    if (expiresSecs === Infinity) return undefined;
    return { expiresMs: expiresSecs * 1000, isFinal: absoluteExpiresSecs <= expiresSecs };
  }

  /** @param {number} revision */
  #takeSnapshot(revision) {
    const core = this.#core;
    const { name = "", version = "" } = core?.description ?? {};
    return deepFreeze({
      revision,
      status: this.#currentStatus(),
      principal: core?.parts.principal ?? { id: "", grants: [] },
      user: structuredClone(this.#user),
      policy: identity(name, version, core),
    });
  }

  #watchExpiry() {
    clearTimeout(this.#expiry);
    this.#endings.changed();
    const expiresSecs = this.#core?.parts.principal.expiresSecs;
    if (this.#status !== "ready" || expiresSecs === undefined) return;
    const remainingMs = expiresSecs * 1000 - this.#now();
    if (remainingMs <= 0) return;
    this.#expiry = setTimeout(() => this.#onExpiryDue(), Math.min(remainingMs, MAX_TIMEOUT_MS));
    unref(this.#expiry);
  }

  #onExpiryDue() {
    if (this.getSnapshot().status === "expired") this.#announce();
    else this.#watchExpiry();
  }
}

/**
 * @param {string} name
 * @param {string} version
 * @param {DecisionCore | undefined} core whose digest is worked out when somebody asks for it
 * @returns {import("./index.js").PolicyIdentity}
 */
function identity(name, version, core) {
  return Object.freeze({
    name,
    version,
    get digest() {
      return core?.digest ?? "";
    },
  });
}

/**
 * @param {unknown} policy a document, or its JSON text
 * @returns {string}
 */
export function policyJson(policy) {
  return typeof policy === "string" ? policy : JSON.stringify(policy ?? null);
}
