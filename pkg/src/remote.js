// @ts-check
import { PortcullisError } from "./errors.js";
import { MAX_SNAPSHOT_BYTES } from "./snapshot.js";

const TIMEOUT_MS = 15_000;

/**
 * What only a page has: cookies and a cache. A Worker refuses to be asked for either.
 *
 * @type {{ credentials?: "include", cache?: "no-store" }}
 */
const PAGE_ONLY = globalThis.location === undefined ? {} : { credentials: "include", cache: "no-store" };

/** @typedef {import("./index.js").FetchLike} FetchLike */

/**
 * @typedef {object} SnapshotAnswer
 * @property {boolean} isUnchanged the one that the tag belongs to is still right
 * @property {string} [snapshot] a compact JWS; none when nobody is signed in
 * @property {string} [etag] its tag, when the server told one
 */

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

  /** @returns {Promise<import("./index.js").KeySet>} a JWK Set */
  async keys() {
    const path = "/api/auth/jwks";
    const response = await this.#send(path, { accept: "application/json" });
    if (!response.ok) throw httpError(path, response.status);
    return /** @type {import("./index.js").KeySet} */ (await received(path, () => response.json()));
  }

  /**
   * @param {string | undefined} etag of the snapshot that the caller has
   * @returns {Promise<SnapshotAnswer>}
   */
  async snapshot(etag) {
    const path = "/api/auth/snapshot";
    const headers = { accept: "application/jose", ...(etag === undefined ? {} : { "if-none-match": etag }) };
    const response = await this.#send(path, headers);
    const { status } = response;
    if (status === 401) return { isUnchanged: false };
    if (status === 304 && etag !== undefined) return { isUnchanged: true };
    if (!response.ok) throw httpError(path, status);
    const length = Number(response.headers.get("content-length") ?? 0);
    if (length > MAX_SNAPSHOT_BYTES) {
      throw new PortcullisError("token_too_large", `snapshot of ${length} bytes where ${MAX_SNAPSHOT_BYTES} are allowed`);
    }
    const snapshot = await received(path, () => response.text());
    return { isUnchanged: false, snapshot, etag: response.headers.get("etag") ?? undefined };
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} headers
   */
  async #send(path, headers) {
    try {
      return await this.#fetch(this.#base + path, {
        headers,
        ...PAGE_ONLY,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new PortcullisError("network_error", `GET ${path} got no answer`, { path }, cause);
    }
  }
}

/**
 * @param {string} path
 * @param {number} status
 */
function httpError(path, status) {
  return new PortcullisError("http_error", `GET ${path} answered ${status}`, { path, status });
}

/**
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} read
 */
async function received(path, read) {
  try {
    return await read();
  } catch (cause) {
    throw new PortcullisError("bad_response", `GET ${path} answered something that can't be read`, { path }, cause);
  }
}
