// @ts-check
// A change of privilege by an administrator: whoever is signed in gets another cookie, and the one before ends.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { send, signedIn } from "../../support/http.mjs";
import { inTime } from "../../support/pace.mjs";
import { CHANGES, CHIEF, MEMBER, changed } from "./feed-changes.mjs";
import { BOB, CHECK, GET_SESSION } from "./shared.mjs";

const GRACE_MS = 2_000;
/** How long a token that was replaced still holds: for tabs and answers that were lost. */
export const GRACE = { PORTCULLIS_SESSION_GRACE_SECS: String(GRACE_MS / 1000) };
const COOKIE = "better-auth.session_token";

/** The session cookie that an answer sets. @param {import("../../support/http.mjs").Answer} answer */
const given = ({ setCookies }) => setCookies.map((line) => new RegExp(`^${COOKIE}=([^;]+);`).exec(line)?.[1]).find((value) => value !== undefined);

/** @param {() => import("./shared.mjs").Server} server with {@link GRACE} */
export function privilege(server) {
  /** @param {string} cookie */
  const by = (cookie) => send(server().url + GET_SESSION, { headers: { cookie: `${COOKIE}=${cookie}`, origin: server().origin } });

  describe("a change of privilege", () => {
    for (const [name, change, question, before, after] of CHANGES) {
      // Who is banned has no session any more.
      if (after === null) continue;
      test(`${name}: the next request gets another cookie, and the one before ends after its grace`, async () => {
        const chief = await signedIn(server(), CHIEF);
        const bystander = await signedIn(server(), BOB);
        await inTime(async (within) => {
          const page = await signedIn(server(), MEMBER);
          const { user, session } = (await page.get(GET_SESSION)).json;
          // As it was before: also when the machine was too slow, and this begins again.
          const undo = CHANGES.find((one) => one[2] === question && one[4] === before);
          if ((await page.post(CHECK, question)).json.allow !== before && undo) await changed(chief, undo[1](user.id));
          await page.get(GET_SESSION);
          const old = String(page.jar.get(COOKIE));
          assert.equal(given(await page.get(GET_SESSION)), undefined, "nothing has changed yet");
          await changed(chief, change(user.id));

          const next = await within(GRACE_MS, async () => {
            const answer = await page.get(GET_SESSION);
            const cookie = String(given(answer));
            assert.ok(cookie !== "undefined" && cookie !== old, "another cookie");
            assert.equal(answer.json.session.id, session.id, "of the same session");
            const late = await by(old);
            assert.deepEqual([late.json?.session.id, given(late)], [session.id, cookie], "another tab gets the same one");
            return cookie;
          });
          assert.equal((await page.post(CHECK, question)).json.allow, after);
          assert.equal(given(await page.get(GET_SESSION)), undefined, "once");

          await sleep(GRACE_MS + 100);
          assert.equal((await by(old)).json, null, "the old one is over");
          assert.equal((await by(next)).json.session.id, session.id);
        });
        assert.equal(given(await bystander.get(GET_SESSION)), undefined, "nobody else's changes");
      });
    }
  });
}
