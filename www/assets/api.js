// @ts-check
// The API of this origin, as pages call it.

const TIMEOUT_MS = 20_000;
/** The API takes a thousand checks in one call; half of that stays well below its limit of bytes. */
const CHECKS_PER_CALL = 500;

/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("/pkg/src/index.js").Request} Request */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body the JSON, or `null` when there is none
 * @property {number | undefined} retryAfterSecs
 */

/** The API gave no answer, or one that a page can do nothing with. The message is for people. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} [status] 0 when there was no answer
   */
  constructor(message, status = 0) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/**
 * @param {string} path
 * @returns {Promise<Answer>}
 */
export function get(path) {
  return send(path, { method: "GET" });
}

/**
 * @param {string} path
 * @param {unknown} json
 * @returns {Promise<Answer>}
 */
export function post(path, json) {
  const headers = { "content-type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(json) });
}

/**
 * What the API decides about many requests, in their order.
 *
 * @param {readonly Request[]} requests
 * @returns {Promise<Explanation[]>}
 */
export async function checkAll(requests) {
  const results = [];
  for (let start = 0; start < requests.length; start += CHECKS_PER_CALL) {
    const checks = requests.slice(start, start + CHECKS_PER_CALL);
    const { status, body } = await post("/api/check", { checks });
    if (status !== 200) throw new ApiError(body?.message ?? `The API answered ${status}.`, status);
    results.push(...body.results);
  }
  return results;
}

/**
 * The JSON of a 200.
 *
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function getJson(path) {
  const { status, body } = await get(path);
  if (status !== 200) throw new ApiError(body?.message ?? `The API answered ${status}.`, status);
  return body;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Answer>}
 */
async function send(path, init) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(path, { ...init, cache: "no-store", credentials: "same-origin", signal });
    const text = await response.text();
    const retryAfter = Number(response.headers.get("x-retry-after") ?? response.headers.get("retry-after") ?? NaN);
    const retryAfterSecs = Number.isFinite(retryAfter) ? retryAfter : undefined;
    return { status: response.status, body: parse(text), retryAfterSecs };
  } catch {
    throw new ApiError("The server can’t be reached. Check the connection and try again.");
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
