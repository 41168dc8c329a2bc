// @ts-check
import { PortcullisError } from "./errors.js";
import { applyTo, Gate, unref } from "./gate.js";
import { principalOf } from "./principal.js";
import { createVerifierWith } from "./verifier.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./core.js").Parts} Parts */

/** A token is renewed when a fifth of its time is left, but at most this long before its end. */
const MAX_LEAD_MS = 60_000;
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 2 ** 31 - 1;
const MAX_BACKOFF_MS = 60_000;

/** In force when nobody is signed in and the server shows its policy only to those who are. */
const EMPTY_POLICY = JSON.stringify({ format: "portcullis-policy/1", name: "none" });
/** Everything is denied to it as expired; signing in is what renews it. */
const NOBODY = Object.freeze({ id: "", grants: [], expiresSecs: 0 });

/** Keeps a gate supplied from a server. */
export class Connection {
  #engine;
  #remote;
  #rules;
  #now;
  #autoRefresh;
  /** @type {import("./verifier.js").Verifier | undefined} */
  #verifier;
  /** @type {Gate | undefined} */
  #gate;
  /** @type {Promise<void> | undefined} */
  #refreshing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failures = 0;
  #isClosed = false;

  /**
   * @param {Engine} engine
   * @param {import("./remote.js").Remote} remote
   * @param {{ issuer: string | string[], audience: string | string[], now: () => number, refresh: boolean }} settings
   */
  constructor(engine, remote, { issuer, audience, now, refresh }) {
    this.#engine = engine;
    this.#remote = remote;
    this.#rules = { issuer, audience, typ: "at+jwt", now };
    this.#now = now;
    this.#autoRefresh = refresh;
  }

  /** @returns {Promise<Gate>} */
  async open() {
    const { parts, status, user } = await this.#fetchState(undefined);
    const gate = new Gate(this.#engine, this.#now, parts, {
      refresh: () => this.refresh(),
      verify: (token) => this.#verify(token),
      close: () => this.#close(),
    });
    applyTo(gate, { status, user });
    this.#gate = gate;
    this.#schedule();
    return gate;
  }

  /** One refresh at a time: those who ask meanwhile wait for the same. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh() {
    const gate = this.#gate;
    if (gate === undefined || this.#isClosed) return;
    clearTimeout(this.#timer);
    try {
      const state = await this.#fetchState(gate.policy.digest);
      if (!this.#isClosed) applyTo(gate, state);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      throw error;
    } finally {
      this.#schedule();
    }
  }

  /**
   * @param {string | undefined} digest of the policy in force, which is then fetched only when it has changed
   * @returns {Promise<{ parts: Parts, status: "ready" | "signed-out", user: import("./index.js").User | null }>}
   */
  async #fetchState(digest) {
    const [token, me, policy] = await Promise.all([
      this.#remote.token(),
      this.#remote.me(),
      digest === undefined ? this.#remote.policy() : undefined,
      this.#verifier === undefined ? this.#renewKeys() : undefined,
    ]);
    if (token === undefined || me === undefined) {
      const parts = { principal: NOBODY, scopes: [], ...policyPart(policy, digest) };
      return { parts: /** @type {Parts} */ (parts), status: "signed-out", user: null };
    }
    const isChanged = digest !== undefined && me.policy?.digest !== digest;
    const current = isChanged ? await this.#remote.policy() : policy;
    const principal = await this.#verifyWithFreshKeys(token);
    const parts = { principal, scopes: me.scopes, ...policyPart(current, isChanged ? undefined : digest) };
    return { parts: /** @type {Parts} */ (parts), status: "ready", user: me.user ?? null };
  }

  /** @param {string} token */
  async #verifyWithFreshKeys(token) {
    try {
      return this.#verify(token);
    } catch (error) {
      // The server signs with a key that was published after the last look.
      if (!(error instanceof PortcullisError && error.code === "unknown_key")) throw error;
      await this.#renewKeys();
      return this.#verify(token);
    }
  }

  /** @param {string} token */
  #verify(token) {
    if (this.#verifier === undefined) throw new PortcullisError("no_keys", "there are no keys to verify a token with");
    return principalOf(this.#verifier.verify(token).claims);
  }

  async #renewKeys() {
    const jwks = await this.#remote.keys();
    const verifier = createVerifierWith(this.#engine, { jwks, ...this.#rules });
    this.#verifier?.close();
    this.#verifier = verifier;
  }

  #schedule() {
    clearTimeout(this.#timer);
    const expiresSecs = this.#gate?.principal.expiresSecs;
    const isWanted = this.#autoRefresh && !this.#isClosed && this.#gate?.status !== "signed-out";
    if (!isWanted || expiresSecs === undefined) return;
    this.#timer = setTimeout(() => this.#onDue(), this.#delayMs(expiresSecs * 1000 - this.#now()));
    unref(this.#timer);
  }

  #onDue() {
    // A failure is retried by the next timer; until the token expires, the old one stays in force.
    this.refresh().catch(() => {});
  }

  /** @param {number} remainingMs until the token expires */
  #delayMs(remainingMs) {
    if (this.#failures > 0) {
      const backoffMs = Math.min(MIN_DELAY_MS * 2 ** (this.#failures - 1), MAX_BACKOFF_MS);
      // Spread out, so that the pages of a server that comes back don't all ask it at once.
      return backoffMs * (0.75 + Math.random() / 2);
    }
    const leadMs = Math.min(remainingMs / 5, MAX_LEAD_MS);
    return Math.min(Math.max(remainingMs - leadMs, MIN_DELAY_MS), MAX_DELAY_MS);
  }

  #close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#verifier?.close();
    this.#verifier = undefined;
  }
}

/**
 * @param {string | undefined} fetched
 * @param {string | undefined} digest of the policy in force, which stays when none was fetched
 * @returns {{ policy?: string }}
 */
function policyPart(fetched, digest) {
  if (fetched !== undefined) return { policy: fetched };
  return digest === undefined ? { policy: EMPTY_POLICY } : {};
}
