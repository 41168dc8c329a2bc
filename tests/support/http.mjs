// @ts-check
// Requests exactly as a test writes them. Node's `fetch` adds headers of its own (`sec-fetch-mode`,
// `user-agent`), which is what several tests are about.

import assert from "node:assert/strict";
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true });
// Connections that are kept must not keep a finished test alive.
agent.on("free", (socket) => socket.unref());

/**
 * @typedef {object} Wanted
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json] sent as JSON, with its content type
 * @property {Record<string, string>} [form] sent url-encoded, with its content type
 * @property {string | Buffer} [body] sent as it is, with no content type
 */

/** What came back. */
export class Answer {
  /**
   * @param {import("node:http").IncomingMessage} message
   * @param {string} text
   */
  constructor(message, text) {
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.text = text;
  }

  /** The body as JSON. */
  get json() {
    try {
      return JSON.parse(this.text);
    } catch {
      assert.fail(`status ${this.status}, and no JSON: ${JSON.stringify(this.text)}`);
    }
  }

  /** Every `Set-Cookie` line. */
  get setCookies() {
    return this.headers["set-cookie"] ?? [];
  }

  /** The id that the server gave the request. */
  get requestId() {
    return String(this.headers["x-request-id"]);
  }

  /** `[status, body]`, for one comparison of both. */
  get outcome() {
    return [this.status, this.json];
  }
}

/** How often a request that wrangler lost is sent again. */
const MAX_LOST = 5;

/** Requests that wrangler lost, by method and path. */
const lost = /** @type {Map<string, number>} */ (new Map());
process.on("exit", () => {
  for (const [what, times] of lost) console.error(`wrangler lost ${what} and it was sent again: ${times} times`);
});

/**
 * Whether `wrangler dev` itself answered, to say that it lost a request: its words, its `retry-after: 0`, and nothing of
 * what every answer of the router has. The same status from the router is the test's to judge.
 *
 * @param {Answer} answer
 */
const isLost = ({ status, text, headers }) =>
  status === 503 && headers["retry-after"] === "0" && headers["x-request-id"] === undefined && text.startsWith("Your worker restarted mid-request");

/**
 * @param {string} url
 * @param {Wanted} [wanted]
 * @returns {Promise<Answer>}
 */
export async function send(url, wanted = {}) {
  let first = await exchange(url, wanted);
  // `wrangler dev` passes requests on over connections that it may lose when many come at once, and asks for them again.
  for (let tries = 0; tries < MAX_LOST && first instanceof Answer && isLost(first); tries += 1) {
    const what = `${wanted.method ?? "POST"} ${new URL(url).pathname}`;
    lost.set(what, (lost.get(what) ?? 0) + 1);
    first = await exchange(url, wanted);
  }
  if (!(first instanceof Error)) return first;
  // The server closed a kept connection in the moment in which it was used again.
  const second = first.isOfKept ? await exchange(url, wanted) : first;
  if (second instanceof Error) throw second;
  return second;
}

/**
 * @param {string} url
 * @param {Wanted} wanted
 * @returns {Promise<Answer | (Error & { isOfKept?: boolean })>}
 */
function exchange(url, { method, headers = {}, json, form, body }) {
  let payload = body;
  const sent = { ...headers };
  if (json !== undefined) {
    payload = JSON.stringify(json);
    sent["content-type"] ??= "application/json";
  } else if (form !== undefined) {
    payload = new URLSearchParams(form).toString();
    sent["content-type"] ??= "application/x-www-form-urlencoded";
  }
  if (payload !== undefined) sent["content-length"] = String(Buffer.byteLength(payload));
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (payload === undefined ? "GET" : "POST"), headers: sent, agent };
    const outgoing = request(url, options, (message) => {
      const chunks = /** @type {Buffer[]} */ ([]);
      message.on("data", (chunk) => chunks.push(chunk));
      message.on("error", reject);
      message.on("end", () => resolve(new Answer(message, Buffer.concat(chunks).toString("utf8"))));
    });
    outgoing.on("error", (error) => resolve(Object.assign(error, { isOfKept: outgoing.reusedSocket })));
    outgoing.end(payload);
  });
}

/** The cookies of one browser. */
export class CookieJar {
  #cookies = /** @type {Map<string, string>} */ (new Map());

  /** @param {readonly string[]} lines `Set-Cookie` lines */
  take(lines) {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(name.length + 1));
    }
  }

  /** The names, sorted. */
  get names() {
    return [...this.#cookies.keys()].sort();
  }

  /** @param {string} name */
  get(name) {
    return this.#cookies.get(name);
  }

  /** The `Cookie` header. */
  get header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

/** A page of the server's own origin in a browser: it keeps cookies and says where it is. */
export class Page {
  jar = new CookieJar();

  /** @param {{ url: string, origin: string }} server */
  constructor(server) {
    this.server = server;
  }

  /**
   * @param {string} path
   * @param {Wanted} [wanted]
   */
  async send(path, wanted = {}) {
    const headers = /** @type {Record<string, string>} */ ({ origin: this.server.origin });
    if (this.jar.header !== "") headers["cookie"] = this.jar.header;
    const answer = await send(this.server.url + path, {
      ...wanted,
      headers: { ...headers, ...wanted.headers },
    });
    this.jar.take(answer.setCookies);
    return answer;
  }

  /** @param {string} path */
  get(path) {
    return this.send(path);
  }

  /**
   * @param {string} path
   * @param {unknown} [json]
   */
  post(path, json = {}) {
    return this.send(path, { json });
  }

  /**
   * Signs in, which must succeed.
   *
   * @param {{ email: string, password: string }} user
   */
  async signIn({ email, password }) {
    const answer = await this.post("/api/auth/sign-in/email", { email, password });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  }
}

/**
 * A page whose user is signed in.
 *
 * @param {{ url: string, origin: string }} server
 * @param {{ email: string, password: string }} user
 */
export async function signedIn(server, user) {
  const page = new Page(server);
  await page.signIn(user);
  return page;
}
