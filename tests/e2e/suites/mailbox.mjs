// @ts-check
// A receiver of mail, as an operator would put behind `PORTCULLIS_MAIL_WEBHOOK_URL`.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const SECRET = `whsec_${Buffer.from("a mailbox of this test's own, 32+").toString("base64")}`;
const ARRIVES_WITHIN_MS = 15_000;

/**
 * @typedef {object} Mail
 * @property {string} id
 * @property {string} kind
 * @property {string} to
 * @property {string} subject
 * @property {string} text
 * @property {string | null} url
 * @property {string} [token]
 * @property {{ id: string, name: string, email: string }} user
 */

/** Keeps every mail, and checks its signature. */
export class Mailbox {
  mails = /** @type {Mail[]} */ ([]);
  /** What it answers with. */
  status = 204;
  #requests = /** @type {{ headers: import("node:http").IncomingHttpHeaders, body: string }[]} */ ([]);

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        this.#requests.push({ headers: request.headers, body });
        this.mails.push(JSON.parse(body));
        response.writeHead(this.status).end();
      });
    });
  }

  /** @returns {Promise<Record<string, string>>} what sends mail here */
  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = this.server.address();
    const port = typeof address === "object" ? address?.port : 0;
    return {
      PORTCULLIS_MAIL: "webhook",
      PORTCULLIS_MAIL_WEBHOOK_URL: `http://127.0.0.1:${port}/mail`,
      PORTCULLIS_MAIL_WEBHOOK_SECRET: SECRET,
    };
  }

  /**
   * The newest mail of a kind to an address, once there are so many.
   *
   * @param {string} to
   * @param {string} kind
   * @param {number} [count]
   * @returns {Promise<Mail & { token: string, url: string }>}
   */
  async last(to, kind, count = 1) {
    const until = Date.now() + ARRIVES_WITHIN_MS;
    for (;;) {
      const found = this.to(to, kind);
      const newest = found.at(-1);
      if (newest !== undefined && found.length >= count) return /** @type {any} */ (newest);
      if (Date.now() > until) return assert.fail(`${found.length} mails ${kind} to ${to}`);
      await sleep(20);
    }
  }

  /** @param {string} to @param {string} [kind] */
  to(to, kind) {
    return this.mails.filter((mail) => mail.to === to && (kind === undefined || mail.kind === kind));
  }

  /** Every request is signed as the Standard Webhooks specification says. */
  checkSignatures() {
    assert.notEqual(this.#requests.length, 0);
    const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
    for (const { headers, body } of this.#requests) {
      const [id, time] = [headers["webhook-id"], headers["webhook-timestamp"]];
      const mac = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
      assert.equal(headers["webhook-signature"], `v1,${mac}`);
      assert.equal(JSON.parse(body).id, id);
    }
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
