// @ts-check
import { PortcullisError } from "./errors.js";
import { applyTo } from "./gate.js";
import { unpack } from "./unpack.js";
import { createVerifierWith } from "./verifier.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./core.js").Parts} Parts */
/** @typedef {import("./gate.js").Gate} Gate */
/** @typedef {string | string[] | undefined} Names */

/**
 * @typedef {object} Reading what a snapshot says, once it was verified
 * @property {string} subject
 * @property {number} version of two snapshots of one subject the later one has the greater
 * @property {string} content everything but its times: equal for two that say the same
 * @property {Parts} parts
 * @property {import("./index.js").User} user
 * @property {import("./gate.js").SessionEnd | null} session when the session ends that it was made in, if it says so
 */

/** What keeps a token from passing for a snapshot. */
const TYP = "portcullis-snapshot+jws";
/** The server's own limit. */
export const MAX_SNAPSHOT_BYTES = 256 * 1024;
/** A page's clock may be this slow, in seconds: then snapshots seem to come from its future. */
const MAX_LAG_SECS = 60;
const DIGEST = /^[\w-]{43}$/;

/** Reads snapshots under one set of rules, and keeps those out that are older than one that was in force. */
export class Snapshots {
  #engine;
  #rules;
  #now;
  #subject;
  /** @type {import("./verifier.js").Verifier | undefined} */
  #verifier;
  /** @type {Map<string, number>} the newest version that was in force, by subject */
  #versions = new Map();
  #content = "";

  /**
   * @param {Engine} engine
   * @param {{ issuer: Names, audience: Names, subject: string | undefined, now: () => number }} rules
   */
  constructor(engine, { issuer, audience, subject, now }) {
    this.#engine = engine;
    this.#rules = { issuer, audience, typ: TYP, leewaySecs: MAX_LAG_SECS, now };
    this.#now = now;
    this.#subject = subject;
  }

  get hasKeys() {
    return this.#verifier !== undefined;
  }

  /** @param {import("./index.js").KeySet} jwks from now on snapshots are verified with these */
  setKeys(jwks) {
    // No snapshot is asked for twice, so that none but the last need be remembered.
    const limits = { maxBytes: MAX_SNAPSHOT_BYTES, maxKept: 1 };
    const verifier = createVerifierWith(this.#engine, { jwks, ...this.#rules }, limits);
    this.#verifier?.close();
    this.#verifier = verifier;
  }

  /**
   * @param {string} text a compact JWS
   * @returns {Reading} what has yet to be put in force
   */
  read(text) {
    if (this.#verifier === undefined) throw new PortcullisError("no_keys", "there are no keys to verify a snapshot with");
    const { claims } = this.#verifier.verify(text);
    const reading = readingOf(claims);
    const { subject, version, parts } = reading;
    const expiresSecs = parts.principal.expiresSecs ?? 0;
    // The leeway is for `iat` alone: a snapshot ends in the second of its `exp`.
    if (!(this.#now() < expiresSecs * 1000)) {
      throw new PortcullisError("expired", `snapshot expired at ${expiresSecs}`, { exp: expiresSecs });
    }
    // Otherwise one user's snapshot, left in a shared cache, would open another user's page.
    if (this.#subject !== undefined && subject !== this.#subject) {
      throw new PortcullisError("subject_mismatch", "the snapshot is another subject's", { subject });
    }
    // Played back, an older snapshot would bring back what was taken away since.
    const newest = this.#versions.get(subject);
    if (newest !== undefined && version < newest) {
      throw new PortcullisError("snapshot_rolled_back", `version ${version} is older than ${newest}, which was in force`);
    }
    return reading;
  }

  /** @param {Reading} reading which is in force now */
  accept({ subject, version, content }) {
    this.#versions.set(subject, version);
    this.#content = content;
  }

  /**
   * Puts a snapshot in force; throws and changes nothing when it is refused.
   *
   * @param {Gate} gate
   * @param {string} text a compact JWS
   */
  put(gate, text) {
    const reading = this.read(text);
    const { parts, user, session, content } = reading;
    const isRenewal = content === this.#content && gate.status === "ready";
    applyTo(gate, { parts, user, session, isRenewal });
    this.accept(reading);
  }

  /** Something else is in force: the next snapshot is news in any case. */
  forget() {
    this.#content = "";
  }

  close() {
    this.#verifier?.close();
    this.#verifier = undefined;
  }
}

/**
 * @param {Readonly<Record<string, any>>} claims that were verified
 * @returns {Reading}
 */
function readingOf(claims) {
  const { sub, iat, exp, ver, policy, policyDigest, principal, scopes, user, ends = null } = claims;
  const isWhole =
    typeof sub === "string" &&
    [iat, exp].every((time) => typeof time === "number") &&
    Number.isSafeInteger(ver) &&
    DIGEST.test(policyDigest) &&
    isObject(principal) &&
    Array.isArray(scopes) &&
    isObject(user) &&
    (ends === null || (Array.isArray(ends) && ends.length === 2 && ends.every((time) => typeof time === "number")));
  if (!isWhole) throw new PortcullisError("malformed_snapshot", "the snapshot lacks a claim, or has one of another type");
  return {
    subject: sub,
    version: ver,
    content: JSON.stringify({ ...claims, iat: 0, exp: 0, ver: 0, ends: 0 }),
    parts: {
      policy: JSON.stringify(unpack(policy)),
      digest: hexOf(policyDigest),
      principal: { ...principal, id: sub, expiresSecs: Math.floor(exp) },
      scopes,
    },
    user: { ...user, id: sub },
    session: ends === null ? null : { expiresSecs: ends[0], absoluteExpiresSecs: ends[1] },
  };
}

/** @param {string} text base64url @returns {string} hexadecimal, as the rest of the API writes digests */
function hexOf(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
