// @ts-check
import { PortcullisError } from "./errors.js";

const TIMEOUT_MS = 15_000;

/**
 * What only a page has: cookies and a cache. A Worker refuses to be asked for either.
 *
 * @type {{ credentials?: "include", cache?: "no-store" }}
 */
const PAGE_ONLY = globalThis.location === undefined ? {} : { credentials: "include", cache: "no-store" };

/** @typedef {import("./index.js").FetchLike} FetchLike */

/** The server's answers, by name. */
export class Remote {
  #base;
  #fetch;

  /**
   * @param {string} baseUrl where `/api` is; "" is the page's own origin
   * @param {FetchLike} fetchLike
   */
  constructor(baseUrl, fetchLike) {
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#fetch = fetchLike;
  }

  /** Who issues the tokens and for whom, unless the caller says otherwise. */
  get origin() {
    const page = globalThis.location?.href;
    try {
      return new URL(this.#base, page).origin;
    } catch (cause) {
      throw new PortcullisError("malformed_options", `\`${this.#base}\` isn't an absolute URL`, {}, cause);
    }
  }

  /** @returns {Promise<string | undefined>} an access token; none when nobody is signed in */
  async token() {
    const { token } = (await this.#get("/api/auth/token")) ?? {};
    return token === undefined ? undefined : String(token);
  }

  /** @returns {Promise<import("./index.js").KeySet>} a JWK Set */
  async keys() {
    return (await this.#get("/api/auth/jwks")) ?? { keys: [] };
  }

  /** @returns {Promise<string | undefined>} a policy document; none when one has to be signed in to see it */
  async policy() {
    const document = await this.#get("/api/policy");
    return document === undefined ? undefined : JSON.stringify(document);
  }

  /** @returns {Promise<Me | undefined>} who is signed in, if anyone */
  async me() {
    return this.#get("/api/auth/me");
  }

  /**
   * @typedef {object} Me
   * @property {import("./index.js").User} [user]
   * @property {string[]} [scopes]
   * @property {{ digest?: string }} [policy]
   */

  /**
   * @param {string} path
   * @returns {Promise<any>} the JSON of the answer; `undefined` for 401
   */
  async #get(path) {
    const response = await this.#send(path);
    if (response.status === 401) return undefined;
    const { status } = response;
    if (!response.ok) throw new PortcullisError("http_error", `GET ${path} answered ${status}`, { path, status });
    try {
      return await response.json();
    } catch (cause) {
      throw new PortcullisError("bad_response", `GET ${path} answered something that isn't JSON`, { path }, cause);
    }
  }

  /** @param {string} path */
  async #send(path) {
    try {
      return await this.#fetch(this.#base + path, {
        headers: { accept: "application/json" },
        ...PAGE_ONLY,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new PortcullisError("network_error", `GET ${path} got no answer`, { path }, cause);
    }
  }
}
