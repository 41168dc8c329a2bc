// @ts-check
// One visitor's requests: sent once, never again by themselves, and cut off now and then.

import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { Answer, CookieJar } from "../support/http.mjs";

/** @typedef {import("./ledger.mjs").Effect} Effect */
/** @typedef {import("./ledger.mjs").Outcome} Outcome */

/** The header that names a request in the audit log; the server is told so. */
export const ID_HEADER = "x-soak-id";

const GIVE_UP_MS = 60_000;
const DOWN_MS = 100;
const MAX_DOWN_MS = 120_000;
/** Shares of the requests that are cut while they are sent, and after that. */
const HALF_SHARE = 0.008;
const LATE_SHARE = 0.012;
/** Up to so long after it is sent: some are done by then, some aren't begun. */
const LATE_MS = 25;

/** A request whose end isn't known, or that was answered otherwise: its subjects are asked no more. */
export class Lost extends Error {
  /** @param {Who} who @param {string} text */
  constructor(who, text) {
    super(text);
    this.who = who;
  }
}

/** Who asks: a browser with cookies, or a program with a header. */
export class Who {
  jar = new CookieJar();

  /** @param {Record<string, string>} headers */
  constructor(headers = {}) {
    this.headers = headers;
  }
}

/**
 * @typedef {object} Asked
 * @property {unknown} [json]
 * @property {string} [method]
 * @property {readonly Effect[]} [effects]
 * @property {string} [uses]
 * @property {number} [status] that is right; effects follow from 200 alone
 */

export class Asking {
  /**
   * @param {{ url: string, origin: string }} server
   * @param {import("./ledger.mjs").Ledger} ledger
   * @param {import("../support/random/dice.mjs").Dice} dice
   */
  constructor(server, ledger, dice) {
    this.server = server;
    this.ledger = ledger;
    this.dice = dice;
    this.agent = new Agent({ keepAlive: true });
    this.cuts = true;
  }

  stop() {
    this.agent.destroy();
  }

  /**
   * Asks until the request went out whole, then once.
   *
   * @param {Who} who
   * @param {string} path
   * @param {Asked} [asked]
   * @returns {Promise<any>} the body
   */
  async ask(who, path, asked = {}) {
    const { json, effects = [], uses, status = 200 } = asked;
    const method = asked.method ?? (json === undefined ? "GET" : "POST");
    const until = performance.now() + MAX_DOWN_MS;
    for (;;) {
      const id = this.ledger.nextId();
      const note = (/** @type {Outcome} */ outcome) =>
        this.ledger.note({ id, what: `${method} ${path}`, effects, outcome, ...(uses === undefined ? {} : { uses }) });
      const began = performance.now();
      const came = await this.#exchange(id, who, path, method, json);
      if (came === "down") {
        if (performance.now() > until) {
          this.ledger.fail(id, `no server for ${MAX_DOWN_MS} ms`);
          throw new Lost(who, "no server");
        }
        await sleep(DOWN_MS);
        continue;
      }
      if (came === "half") {
        note("never");
        // A key is used by the head of a request, whether its body comes or not.
        if (uses !== undefined) throw new Lost(who, id);
        continue;
      }
      if (came === "lost" || came.status >= 500) {
        note("unknown");
        if (came !== "lost") {
          this.ledger.fail(id, `${method} ${path}: ${came.status} ${came.text.slice(0, 200)}`);
        }
        throw new Lost(who, id);
      }
      this.ledger.answered(performance.now() - began);
      who.jar.take(came.setCookies);
      if (came.status === status) {
        note(status === 200 ? "done" : "refused");
        return came.text === "" ? null : came.json;
      }
      note(came.status === 200 ? "done" : "refused");
      this.ledger.fail(id, `${method} ${path}: ${came.status} instead of ${status}: ${came.text.slice(0, 200)}`);
      throw new Lost(who, id);
    }
  }

  /**
   * @param {string} id
   * @param {Who} who
   * @param {string} path
   * @param {string} method
   * @param {unknown} json
   * @returns {Promise<Answer | "down" | "half" | "lost">}
   */
  #exchange(id, who, path, method, json) {
    const payload = json === undefined ? undefined : JSON.stringify(json);
    const headers = /** @type {Record<string, string>} */ ({ [ID_HEADER]: id, ...who.headers });
    if (who.jar.header !== "") headers["cookie"] = who.jar.header;
    if (Object.keys(who.headers).length === 0) headers["origin"] = this.server.origin;
    if (payload !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = String(Buffer.byteLength(payload));
    }
    const half = this.cuts && payload !== undefined && this.dice.chance(HALF_SHARE);
    const late = this.cuts && !half && this.dice.chance(LATE_SHARE) ? this.dice.below(LATE_MS) : undefined;
    return new Promise((resolve) => {
      const options = { method, headers, agent: this.agent, timeout: GIVE_UP_MS };
      const outgoing = request(this.server.url + path, options, (message) => {
        const chunks = /** @type {Buffer[]} */ ([]);
        message.on("data", (chunk) => chunks.push(chunk));
        message.on("error", () => resolve("lost"));
        message.on("close", () => resolve("lost"));
        message.on("end", () => {
          if (message.complete) resolve(new Answer(message, Buffer.concat(chunks).toString("utf8")));
        });
      });
      outgoing.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
        if (half) resolve("half");
        else resolve(error.code === "ECONNREFUSED" ? "down" : "lost");
      });
      outgoing.on("timeout", () => {
        this.ledger.fail(id, `${method} ${path}: no answer for ${GIVE_UP_MS} ms`);
        outgoing.destroy(new Error("no answer"));
      });
      if (half && payload !== undefined) {
        outgoing.write(payload.slice(0, payload.length >> 1), () => outgoing.destroy(new Error("cut")));
        return;
      }
      outgoing.end(payload);
      if (late === undefined) return;
      const timer = setTimeout(() => outgoing.destroy(new Error("cut")), late);
      outgoing.on("close", () => clearTimeout(timer));
    });
  }
}
