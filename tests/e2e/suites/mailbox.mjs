// @ts-check
// A receiver of mail, as an operator would put behind `PORTCULLIS_MAIL_WEBHOOK_URL`.

import assert from "node:assert/strict";

import { eventually } from "../../support/pace.mjs";
import { WebhookReceiver } from "../../support/webhooks.mjs";

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
  #receiver = new WebhookReceiver();
  /** What it answers with. */
  status = 204;

  constructor() {
    this.#receiver.answer = () => this.status;
  }

  /** @returns {Promise<Record<string, string>>} what sends mail here */
  async listen() {
    return {
      PORTCULLIS_MAIL: "webhook",
      PORTCULLIS_MAIL_WEBHOOK_URL: await this.#receiver.listen("/mail"),
      PORTCULLIS_MAIL_WEBHOOK_SECRET: this.#receiver.secret,
    };
  }

  /** @returns {Mail[]} */
  get mails() {
    return this.#receiver.got.map(({ json }) => json);
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
    const newest = () => {
      const found = this.to(to, kind);
      return found.length >= count && found.at(-1);
    };
    return /** @type {any} */ (await eventually(newest, `${count} mails ${kind} to ${to}`));
  }

  /** @param {string} to @param {string} [kind] */
  to(to, kind) {
    return this.mails.filter((mail) => mail.to === to && (kind === undefined || mail.kind === kind));
  }

  /** Every request is signed as the Standard Webhooks specification says. */
  checkSignatures() {
    assert.notEqual(this.#receiver.got.length, 0);
    for (const delivery of this.#receiver.got) {
      this.#receiver.checkSigned(delivery);
      assert.equal(delivery.json.id, delivery.headers["webhook-id"]);
    }
  }

  stop() {
    return this.#receiver.stop();
  }
}
