// @ts-check
import { DecisionCore } from "./core.js";
import { deepFreeze } from "./freeze.js";
import { requestJson } from "./request.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./core.js").Parts} Parts */
/** @typedef {import("./index.js").Gate} GateInterface */
/** @typedef {import("./index.js").GateStatus} GateStatus */
/** @typedef {import("./index.js").GateSnapshot} GateSnapshot */

/** Codes below this number allow. */
const FIRST_DENIAL = 16;
/** The core dropped the scope's handle. */
const STALE_HANDLE = 255;
/** Longest wait that `setTimeout` understands. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Replaces what a gate decides by; for those who made it, who alone say that nobody is signed in.
 *
 * @type {(gate: Gate, change: GateChange) => void}
 */
export let applyTo;

/**
 * @typedef {object} GateChange
 * @property {Partial<Parts>} [parts]
 * @property {GateStatus} [status] "ready" unless given
 * @property {import("./index.js").User | null} [user]
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
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {GateSnapshot} */
  #snapshot;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;
  /** @type {GateHooks} */
  #hooks;

  static {
    applyTo = (gate, change) => gate.#apply(change);
  }

  /**
   * @typedef {object} GateHooks
   * @property {() => Promise<void>} refresh
   * @property {(token: string) => import("./index.js").Principal} verify the principal of a verified token
   * @property {() => void} close
   */

  /**
   * @param {Engine} engine
   * @param {() => number} now milliseconds since the epoch
   * @param {Parts} parts
   * @param {GateHooks} hooks what a gate asks of whoever made it
   */
  constructor(engine, now, parts, hooks) {
    this.#engine = engine;
    this.#now = now;
    this.#hooks = hooks;
    this.#core = new DecisionCore(engine, parts);
    this.#snapshot = this.#takeSnapshot(0);
    this.#watchExpiry();
  }

  /**
   * @param {string} permission
   * @param {import("./index.js").Scope | null} [scope]
   * @returns {boolean}
   */
  can(permission, scope) {
    try {
      const core = this.#core;
      const id = core?.permissionIds.get(permission);
      if (core === undefined || id === undefined) return false;
      const handle = scope === undefined || scope === null ? 0 : core.scopes.find(scope);
      if (handle < 0) return false;
      const code = core.wasm.can(id, handle, this.#now());
      return code < FIRST_DENIAL || (code === STALE_HANDLE && this.#canAgain(core, id, scope));
    } catch {
      // A scope with a getter that throws, or a module that failed: what can't be decided is denied.
      return false;
    }
  }

  /**
   * @param {import("./index.js").Request | string} request
   * @param {import("./index.js").Scope | null} [scope]
   * @returns {import("./index.js").Verdict}
   */
  check(request, scope) {
    const core = this.#core;
    if (core === undefined) return CLOSED;
    const number = core.wasm.check(requestJson(request, scope), this.#now());
    return { allow: number < FIRST_DENIAL, code: core.codes.get(number) ?? "malformed_request" };
  }

  /**
   * @param {import("./index.js").Request | string} request
   * @param {import("./index.js").Scope | null} [scope]
   * @returns {import("./index.js").Explanation}
   */
  explain(request, scope) {
    const core = this.#core;
    if (core === undefined) return { ...CLOSED, message: "the gate is closed", missing: [] };
    return JSON.parse(core.wasm.explain(requestJson(request, scope), this.#now()));
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

  /** @param {import("./index.js").GateUpdate} changes */
  update(changes) {
    /** @type {Partial<Parts>} */
    const parts = {};
    if (changes.policy !== undefined) parts.policy = policyJson(changes.policy);
    if (changes.principal !== undefined) parts.principal = changes.principal;
    if (changes.token !== undefined) parts.principal = this.#hooks.verify(changes.token);
    if (changes.scopes !== undefined) parts.scopes = changes.scopes ?? undefined;
    this.#apply({ parts });
  }

  refresh() {
    return this.#hooks.refresh();
  }

  close() {
    if (this.#core === undefined) return;
    this.#hooks.close();
    this.#core.wasm.free();
    this.#core = undefined;
    this.#become("closed");
    this.#listeners.clear();
  }

  /**
   * @param {DecisionCore} core
   * @param {number} id
   * @param {unknown} scope
   */
  #canAgain(core, id, scope) {
    core.scopes.clear();
    return core.wasm.can(id, core.scopes.find(scope), this.#now()) < FIRST_DENIAL;
  }

  /** @param {GateChange} change */
  #apply({ parts = {}, status = "ready", user = this.#user }) {
    if (this.#core === undefined) return;
    const core = new DecisionCore(this.#engine, { ...this.#core.parts, ...parts });
    this.#core.wasm.free();
    this.#core = core;
    this.#user = user;
    this.#become(status);
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

  /** @param {number} revision */
  #takeSnapshot(revision) {
    const core = this.#core;
    const { name = "", version = "", digest = "" } = core?.description ?? {};
    return deepFreeze({
      revision,
      status: this.#currentStatus(),
      principal: core?.parts.principal ?? { id: "", grants: [] },
      user: structuredClone(this.#user),
      policy: { name, version, digest },
    });
  }

  #watchExpiry() {
    clearTimeout(this.#expiry);
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
 * @param {unknown} policy a document, or its JSON text
 * @returns {string}
 */
export function policyJson(policy) {
  return typeof policy === "string" ? policy : JSON.stringify(policy ?? null);
}

/**
 * Lets Node end although a timer runs; elsewhere timers are numbers.
 *
 * @param {unknown} timer
 */
export function unref(timer) {
  /** @type {any} */ (timer)?.unref?.();
}
