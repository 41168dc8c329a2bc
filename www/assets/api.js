// @ts-check

/** An answer of the API, whatever its status. */
export class Answer {
  /**
   * @param {Response} response
   * @param {any} body its JSON; `{}` where there is none
   */
  constructor(response, body) {
    this.status = response.status;
    this.ok = response.ok;
    this.headers = response.headers;
    this.body = body;
  }
}

/**
 * Asks the API of this origin.
 *
 * @param {string} path
 * @param {unknown} [body] sent as JSON by POST; absent, GET
 * @returns {Promise<Answer>} rejects only when there is no answer
 */
export async function ask(path, body) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(path, { ...init, credentials: "same-origin", cache: "no-store" });
  return new Answer(response, await response.json().catch(() => ({})));
}

/**
 * An element of the page that is there by construction.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no \`#${id}\` of this kind`);
  return found;
}

/**
 * Makes an element. Text is set as text: what comes from a server is never read as HTML.
 *
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
