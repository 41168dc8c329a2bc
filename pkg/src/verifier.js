// @ts-check
import { PortcullisError, fromProblem } from "./errors.js";
import { deepFreeze } from "./freeze.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./index.js").Verifier} VerifierInterface */
/** @typedef {import("./index.js").VerifiedToken} VerifiedToken */

/** As many as the core keeps under handles, unless told otherwise. */
const MAX_KEPT = 256;
/** The core's own limit, held here so that what is longer is never copied into wasm memory. */
const MAX_TOKEN_BYTES = 16 * 1024;

/**
 * Verifies tokens synchronously against one key set under one set of rules.
 *
 * @implements {VerifierInterface}
 */
export class Verifier {
  #core;
  #now;
  #maxBytes;
  #maxKept;
  /** @type {Map<string, { handle: number, token: VerifiedToken }>} oldest first */
  #seen = new Map();

  /**
   * @param {import("../dist/portcullis.js").VerifierCore} core
   * @param {() => number} now milliseconds since the epoch
   * @param {Limits} limits
   */
  constructor(core, now, { maxBytes = MAX_TOKEN_BYTES, maxKept = MAX_KEPT }) {
    this.#core = core;
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#maxKept = maxKept;
  }

  /**
   * @param {string} token
   * @returns {VerifiedToken}
   */
  verify(token) {
    const seen = this.#seen.get(token);
    if (seen !== undefined) {
      if (this.#core.stillValid(seen.handle, this.#now())) return seen.token;
      this.#seen.delete(token);
    }
    return this.#verifyAnew(token);
  }

  close() {
    this.#seen.clear();
    this.#core.free();
  }

  /** @param {string} token */
  #verifyAnew(token) {
    if (typeof token !== "string") {
      throw new PortcullisError("malformed_token", "a token is text");
    }
    if (token.length > this.#maxBytes) {
      const message = `token has ${token.length} characters where ${this.#maxBytes} are allowed`;
      throw new PortcullisError("token_too_large", message);
    }
    const { ok, code, message, handle, ...parts } = JSON.parse(this.#core.verify(token, this.#now()));
    if (!ok) throw new PortcullisError(code, message);
    this.#remember(token, handle, deepFreeze(parts));
    return parts;
  }

  /**
   * @param {string} text
   * @param {number} handle
   * @param {VerifiedToken} token
   */
  #remember(text, handle, token) {
    if (this.#seen.size >= this.#maxKept) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.set(text, { handle, token });
  }
}

/**
 * @typedef {object} Limits
 * @property {number} [maxBytes] the longest token that is read
 * @property {number} [maxKept] how many verified tokens are remembered
 */

/**
 * @param {Engine} engine
 * @param {import("./index.js").VerifierOptions} options
 * @param {Limits} [limits]
 * @returns {Verifier}
 */
export function createVerifierWith(engine, options, limits = {}) {
  const { jwks, algorithms, issuer, audience, typ, leewaySecs, requireExp = true, now = Date.now } = options;
  const rules = { algorithms, issuer, audience, typ, leewaySecs, allowMissingExp: !requireExp, ...limits };
  const core = engine.VerifierCore.create(keySetJson(jwks), JSON.stringify(rules));
  const problem = core.problem();
  if (problem !== undefined) {
    core.free();
    throw fromProblem(problem);
  }
  return new Verifier(core, now, limits);
}

/**
 * @param {unknown} keys a JWK Set, a single JWK, or the JSON text of either
 * @returns {string}
 */
function keySetJson(keys) {
  const value = typeof keys === "string" ? parseKeys(keys) : keys;
  const isKey = typeof value === "object" && value !== null && "kty" in value;
  return JSON.stringify(isKey ? { keys: [value] } : (value ?? null));
}

/** @param {string} text */
function parseKeys(text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PortcullisError("malformed_keys", "the key set isn't JSON", {}, cause);
  }
}
