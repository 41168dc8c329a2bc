// @ts-check
// What the suites of the Authorization API have in common: paths, callers, questions.

import { send, signedIn } from "../../../support/http.mjs";
import { ME, TOKEN } from "../shared.mjs";

export const EVALUATION = "/access/v1/evaluation";
export const EVALUATIONS = "/access/v1/evaluations";
export const SUBJECTS = "/access/v1/search/subject";
export const RESOURCES = "/access/v1/search/resource";
export const ACTIONS = "/access/v1/search/action";
export const ENDPOINTS = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS];
export const MAY_NOT_ASK = [403, { code: "MAY_NOT_ASK", message: "You may ask about nobody but yourself" }];

/** @typedef {import("../shared.mjs").Server} Server */
/** @typedef {Awaited<ReturnType<typeof bearer>>} Caller */

/**
 * A caller with an access token.
 *
 * @param {Server} server
 * @param {{ email: string, password: string }} user
 */
export async function bearer(server, user) {
  const page = await signedIn(server, user);
  const { token } = (await page.get(TOKEN)).json;
  const me = (await page.get(ME)).json;
  const headers = { authorization: `Bearer ${token}` };
  return {
    id: /** @type {string} */ (me.user.id),
    session: /** @type {string} */ (page.jar.get("better-auth.session_token") ?? ""),
    headers,
    /** @param {string} path @param {unknown} json @param {Record<string, string>} [more] */
    post: (path, json, more = {}) => send(server.url + path, { json, headers: { ...headers, ...more } }),
    /** @param {string} method @param {string} path @param {unknown} [json] */
    send: (method, path, json) => send(server.url + path, { method, headers, ...(json === undefined ? {} : { json }) }),
  };
}

/**
 * Registers records by command, as an operator does.
 *
 * @param {Server} server
 * @param {string} lines
 */
export async function importRecords(server, lines) {
  await server.operate(["record", "import", "-", "--policy", server.policyFile], lines);
}

export const answers = {
  /** @param {string} id @param {string} action @param {string} type @param {string} resource */
  question: (id, action, type, resource) => ({
    subject: { type: "user", id },
    action: { name: action },
    resource: { type, id: resource },
  }),
};

/** @param {{ results: { id?: string, name?: string }[] }} found */
export const named = (found) => found.results.map((one) => one.id ?? one.name);
