// @ts-check
// A receiver of webhooks: it keeps what it is sent, and knows the signature of the Standard Webhooks specification.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

import { eventually } from "./pace.mjs";

/**
 * What came, and when: `json` is the body, where its type says that it is.
 *
 * @typedef {{ atMs: number, headers: import("node:http").IncomingHttpHeaders, body: string, json: any }} Delivery
 */

export class WebhookReceiver {
  /** What deliveries are signed with. */
  secret = `whsec_${Buffer.from("a receiver of the tests' own, 32+").toString("base64")}`;
  got = /** @type {Delivery[]} */ ([]);

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const { headers } = request;
        const json = headers["content-type"] === "application/json" ? JSON.parse(body) : undefined;
        const delivery = { atMs: Date.now(), headers, body, json };
        this.got.push(delivery);
        const status = this.answer(delivery);
        if (status === undefined) response.destroy();
        else response.writeHead(status).end();
      });
    });
  }

  /** The status that a delivery is answered with, or nothing, and the connection is cut. @type {(delivery: Delivery) => number | undefined} */
  answer = () => 204;

  /** @param {string} path @returns {Promise<string>} its URL */
  async listen(path) {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}${path}`;
  }

  /**
   * What a condition holds for, once there is so much of it.
   *
   * @param {(json: any) => boolean} condition
   * @param {number} count
   */
  told(condition, count) {
    const found = () => {
      const those = this.got.filter(({ json }) => condition(json));
      return those.length >= count && those;
    };
    return eventually(found, `${count} deliveries for which ${condition} holds`);
  }

  /** Asserts that a delivery was signed, a moment before it came. @param {Delivery} delivery */
  checkSigned({ atMs, headers, body }) {
    const [id, seconds] = [headers["webhook-id"], Number(headers["webhook-timestamp"])];
    assert.ok(Math.abs(atMs / 1000 - seconds) < 60, `signed at ${seconds}, and came at ${atMs}`);
    const key = Buffer.from(this.secret.slice("whsec_".length), "base64");
    const mac = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
    assert.equal(headers["webhook-signature"], `v1,${mac}`);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
