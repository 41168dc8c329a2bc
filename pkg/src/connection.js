// @ts-check
import { PortcullisError } from "./errors.js";
import { applyTo, Gate, lookAgain } from "./gate.js";
import { principalOf } from "./principal.js";
import { Snapshots } from "./snapshot.js";
import { unref } from "./timer.js";
import { createVerifierWith } from "./verifier.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./snapshot.js").Reading} Reading */
/** @typedef {import("./index.js").KeySet} KeySet */

/** Before it expires, a snapshot is renewed when a fifth of its time is left, and at most this long before. */
const MAX_LEAD_MS = 60_000;
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 2 ** 31 - 1;
const MAX_BACKOFF_MS = 60_000;

/** In force when nobody is signed in: what there is to see is only for those who are. */
const EMPTY_POLICY = JSON.stringify({ format: "portcullis-policy/1", name: "none" });
/** Everything is denied to it as expired; signing in is what renews it. */
const NOBODY = Object.freeze({ id: "", grants: [], expiresSecs: 0 });

/**
 * @typedef {object} Settings
 * @property {string | string[]} issuer
 * @property {string | string[]} audience
 * @property {string | undefined} subject
 * @property {() => number} now milliseconds since the epoch
 * @property {boolean} refresh whether in the background, too
 * @property {number} refreshSecs
 */

/** Keeps a gate supplied with snapshots from a server. */
export class Connection {
  #engine;
  #remote;
  #settings;
  #snapshots;
  /** @type {KeySet | undefined} */
  #jwks;
  /** @type {import("./verifier.js").Verifier | undefined} made when a token is to be verified */
  #tokens;
  /** @type {string | undefined} of the snapshot in force */
  #etag;
  /** @type {Gate | undefined} */
  #gate;
  /** @type {Promise<void> | undefined} */
  #refreshing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failures = 0;
  #lastAskedMs = 0;
  #isClosed = false;
  #onWake = () => this.#wake();

  /**
   * @param {Engine} engine
   * @param {import("./remote.js").Remote} remote
   * @param {Settings} settings
   */
  constructor(engine, remote, settings) {
    this.#engine = engine;
    this.#remote = remote;
    this.#settings = settings;
    this.#snapshots = new Snapshots(engine, settings);
  }

  /**
   * @param {string | undefined} snapshot to begin with, so that nothing need be fetched
   * @param {KeySet | undefined} jwks the keys to verify it with
   * @returns {Promise<Gate>}
   */
  async open(snapshot, jwks) {
    if (jwks !== undefined) this.#setKeys(jwks);
    try {
      const first = (snapshot === undefined ? undefined : this.#begin(snapshot)) ?? (await this.#fetchFirst());
      const gate = this.#makeGate(first);
      this.#gate = gate;
      this.#watch();
      this.#schedule();
      return gate;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** One refresh at a time: those who ask meanwhile wait for the same. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * @param {string} snapshot
   * @returns {Reading | undefined} none when it has expired, as one in a page that was kept for long
   */
  #begin(snapshot) {
    try {
      return this.#snapshots.read(snapshot);
    } catch (error) {
      if (isCode(error, "expired")) return undefined;
      throw error;
    }
  }

  /** @returns {Promise<Reading | undefined>} none when nobody is signed in */
  async #fetchFirst() {
    // A server makes its first key for the first that it signs: a set that is read at the same time may have none yet.
    const keys = this.#snapshots.hasKeys ? undefined : this.#renewKeys().catch(unlessEmpty);
    const [answer] = await Promise.all([this.#ask(), keys]);
    if (answer.snapshot === undefined) return undefined;
    const reading = await this.#withFreshKeys(() => this.#snapshots.read(answer.snapshot ?? ""));
    this.#etag = answer.etag;
    return reading;
  }

  /** @param {Reading | undefined} first none when nobody is signed in */
  #makeGate(first) {
    const nobody = { parts: { policy: EMPTY_POLICY, principal: NOBODY, scopes: [] }, user: null, session: null };
    const { parts, user, session } = first ?? nobody;
    const status = first === undefined ? "signed-out" : "ready";
    const hooks = {
      refresh: () => this.refresh(),
      verify: (/** @type {string} */ token) => this.#verify(token),
      take: (/** @type {string} */ text) => this.#take(text),
      replaced: () => this.#forget(),
      close: () => this.#close(),
      isRenewed: () => this.#settings.refresh && this.#failures === 0 && !this.#isClosed,
    };
    const gate = new Gate(this.#engine, this.#settings.now, parts, hooks, { status, user, session });
    if (first !== undefined) this.#snapshots.accept(first);
    return gate;
  }

  async #refresh() {
    const gate = this.#gate;
    if (gate === undefined || this.#isClosed) return;
    clearTimeout(this.#timer);
    try {
      const answer = await this.#ask();
      if (!this.#isClosed) await this.#follow(gate, answer);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (!this.#isClosed) throw error;
    } finally {
      this.#schedule();
      lookAgain(gate);
    }
  }

  #ask() {
    this.#lastAskedMs = Date.now();
    // One that has expired by this clock is to be sent again, though the server may think it still good.
    return this.#remote.snapshot(this.#gate?.status === "ready" ? this.#etag : undefined);
  }

  /**
   * @param {Gate} gate
   * @param {import("./remote.js").SnapshotAnswer} answer
   */
  async #follow(gate, { isUnchanged, snapshot, etag }) {
    if (isUnchanged) return;
    if (snapshot === undefined) {
      this.#forget();
      if (gate.status === "signed-out") return;
      applyTo(gate, { parts: { principal: NOBODY, scopes: [] }, status: "signed-out", user: null, session: null });
      return;
    }
    await this.#withFreshKeys(() => {
      if (!this.#isClosed) this.#snapshots.put(gate, snapshot);
    });
    this.#etag = etag;
  }

  /** No snapshot is in force any more: the next one is wanted whole, and is news. */
  #forget() {
    this.#etag = undefined;
    this.#snapshots.forget();
  }

  /** @param {string} text a snapshot that came another way */
  #take(text) {
    if (this.#gate === undefined) return;
    this.#snapshots.put(this.#gate, text);
    this.#etag = undefined;
    this.#schedule();
  }

  /**
   * @template T
   * @param {() => T} run
   * @returns {Promise<T>}
   */
  async #withFreshKeys(run) {
    if (!this.#snapshots.hasKeys) await this.#renewKeys();
    try {
      return run();
    } catch (error) {
      // The server signs with a key that was published after the last look.
      if (!isCode(error, "unknown_key")) throw error;
      await this.#renewKeys();
      return run();
    }
  }

  async #renewKeys() {
    const jwks = await this.#remote.keys();
    if (!this.#isClosed) this.#setKeys(jwks);
  }

  /** @param {KeySet} jwks */
  #setKeys(jwks) {
    this.#snapshots.setKeys(jwks);
    this.#jwks = jwks;
    this.#tokens?.close();
    this.#tokens = undefined;
  }

  /** @param {string} token an access token */
  #verify(token) {
    if (this.#jwks === undefined) throw new PortcullisError("no_keys", "there are no keys to verify a token with");
    const { issuer, audience, now } = this.#settings;
    this.#tokens ??= createVerifierWith(this.#engine, { jwks: this.#jwks, issuer, audience, typ: "at+jwt", now });
    return principalOf(this.#tokens.verify(token).claims);
  }

  #schedule() {
    clearTimeout(this.#timer);
    const isWanted = this.#settings.refresh && !this.#isClosed && this.#gate?.status !== "signed-out";
    if (!isWanted) return;
    this.#timer = setTimeout(() => this.#onDue(), this.#delayMs());
    unref(this.#timer);
  }

  #onDue() {
    // A failure is retried by the next timer; until the snapshot expires, it stays in force.
    this.refresh().catch(() => {});
  }

  #delayMs() {
    if (this.#failures > 0) {
      const backoffMs = Math.min(MIN_DELAY_MS * 2 ** (this.#failures - 1), MAX_BACKOFF_MS);
      // Spread out, so that the pages of a server that comes back don't all ask it at once.
      return backoffMs * (0.75 + Math.random() / 2);
    }
    // Spread out as well, and never later than was promised.
    const intervalMs = this.#settings.refreshSecs * 1000 * (1 - Math.random() / 4);
    const expiresMs = (this.#gate?.principal.expiresSecs ?? Infinity) * 1000;
    const remainingMs = expiresMs - this.#settings.now();
    const latestMs = remainingMs - Math.min(remainingMs / 5, MAX_LEAD_MS);
    return Math.min(Math.max(Math.min(intervalMs, latestMs), MIN_DELAY_MS / 2), MAX_DELAY_MS);
  }

  /** Timers of a page that nobody looks at are late, and without a network they are in vain. */
  #watch() {
    if (!this.#settings.refresh) return;
    globalThis.document?.addEventListener("visibilitychange", this.#onWake);
    if (globalThis.document !== undefined) globalThis.addEventListener?.("online", this.#onWake);
  }

  #wake() {
    if (globalThis.document?.visibilityState === "hidden") return;
    const isRecent = Date.now() - this.#lastAskedMs < MIN_DELAY_MS;
    if (isRecent && this.#failures === 0) return;
    this.#onDue();
  }

  #close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    globalThis.document?.removeEventListener("visibilitychange", this.#onWake);
    if (globalThis.document !== undefined) globalThis.removeEventListener?.("online", this.#onWake);
    this.#snapshots.close();
    this.#tokens?.close();
    this.#tokens = undefined;
  }
}

/** @param {unknown} error */
function unlessEmpty(error) {
  if (!isCode(error, "no_usable_key")) throw error;
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof PortcullisError && error.code === code;
}
