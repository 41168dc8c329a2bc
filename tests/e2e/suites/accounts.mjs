// @ts-check
// What people do with their own accounts, with mail that goes to a receiver.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addresses } from "./accounts/addresses.mjs";
import { deletion } from "./accounts/deletion.mjs";
import { passwords } from "./accounts/passwords.mjs";
import { profile } from "./accounts/profile.mjs";
import { OTHER_PASSWORD, PASSWORD, visitors } from "./accounts/shared.mjs";
import { signUp } from "./accounts/sign-up.mjs";
import { TOKEN_FORM } from "./shared.mjs";

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {import("./mailbox.mjs").Mailbox} mailbox
 */
export function accounts(server, mailbox) {
  const { get } = visitors(server);

  signUp(server, mailbox);
  profile(server);
  passwords(server, mailbox);
  addresses(server, mailbox);
  deletion(server, mailbox);

  test("the page of errors shows a code and nothing else that a link may say", async () => {
    const location = async (/** @type {string} */ query) => (await get(`/api/auth/error${query}`)).headers.location;
    assert.equal(await location("?error=INVALID_TOKEN"), "/?error=INVALID_TOKEN");
    assert.equal(await location("?error=%3Cscript%3E"), "/?error=UNKNOWN");
    assert.equal(await location(""), "/?error=UNKNOWN");
  });

  test("every mail is signed, says who it is about, and has a link exactly when it has a token", () => {
    mailbox.checkSignatures();
    for (const mail of mailbox.mails) {
      assert.equal(mail.url === null, mail.token === undefined, mail.kind);
      assert.match(mail.user.id, TOKEN_FORM);
      assert.ok(!mail.text.includes("Pat"), "nobody's words but ours");
    }
  });

  test("what happened is in the audit log, without a secret", async () => {
    const log = await server().exportAudit("jsonl");
    for (const action of [
      "account.create",
      "account.update",
      "account.password.change",
      "account.password.verify",
      "account.password.reset",
      "account.password.reset.ask",
      "account.email.verify",
      "account.email.change",
      "account.email.change.agree",
      "account.delete",
    ]) {
      assert.ok(log.includes(`"action":"${action}"`), action);
    }
    for (const secret of [PASSWORD, OTHER_PASSWORD, ...mailbox.mails.flatMap(({ token }) => token ?? [])]) {
      assert.ok(!log.includes(secret), secret);
    }
  });
}
