// @ts-check
// What an administrator changes at one server, as another server of the database sees it: a role, a tier, a grant at a
// scope, a ban, each by session cookie and by an access token of before.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Page, send, signedIn } from "../../support/http.mjs";
import { eventually } from "../../support/pace.mjs";
import { BOUND_MS, TOLERANCE_MS, at, unaware } from "./feed.mjs";
import { ANN, BOB, CHECK, GET_SESSION, TOKEN } from "./shared.mjs";

/** A chief hands out everything; one permission by role, one at a scope, one by tier. */
export const POLICY_TEXT = `
name = "feed"
version = "1"
scopes = ["state", "team"]
default_tier = "public"
[[tiers]]
name = "public"
label = "Public"
[[tiers]]
name = "beta"
label = "Beta tester"
[roles.CHIEF]
level = 4
manages = "any"
[roles.STATE_ADMIN]
level = 3
[roles.SUPERVISOR]
level = 2
[roles.TEAM_MEMBER]
level = 1
[permissions]
"device:manage" = ["CHIEF", "STATE_ADMIN"]
"telemetry:write" = ["CHIEF", "SUPERVISOR"]
"feedback:send" = { label = "Send feedback", roles = ["CHIEF", "TEAM_MEMBER"], tier = "beta" }
"user:list" = ["CHIEF"]
"user:update" = ["CHIEF"]
"session:manage" = ["CHIEF"]
`;

export const CHIEF = { email: "chief@example.org", password: "changes what others may", roles: ["CHIEF"], tier: "beta" };
/** As many at the same time. */
const PEOPLE = [1, 2, 3, 4].map((number) => ({ email: `member-${number}@example.org`, password: "is changed by the chief", roles: ["TEAM_MEMBER"] }));
/** Who gets and loses what, where nothing is measured. */
export const MEMBER = { email: "member@example.org", password: "is changed by the chief", roles: ["TEAM_MEMBER"] };
export const USERS = [CHIEF, ANN, BOB, MEMBER, ...PEOPLE];

/** How often each change is measured with each of {@link PEOPLE}. */
const ROUNDS = 3;

/** @typedef {{ method?: string, path: string, json?: object }} Asked */
/** @typedef {[string, (id: string) => Asked, { permission: string, scope?: string }, boolean | null, boolean | null]} Change */

/** @param {string} id */
const tierOf = (id) => `/api/v1/admin/users/${id}/tier`;
/** @param {string} id */
const grantsOf = (id) => `/api/v1/admin/users/${id}/grants`;
/** @param {string} role @returns {(userId: string) => Asked} */
const setRole = (role) => (userId) => ({ path: "/api/auth/admin/set-role", json: { userId, role } });
/** @param {string | null} tier @returns {(id: string) => Asked} */
const setTier = (tier) => (id) => ({ method: "PUT", path: tierOf(id), json: { tier } });

const OF_ROLE = { permission: "telemetry:write" };
const OF_TIER = { permission: "feedback:send" };
const OF_GRANT = { permission: "device:manage", scope: "state:ca" };

/** Each change, what is asked about it, and the answers before and after: null is nobody who is signed in. @type {Change[]} */
export const CHANGES = [
  ["a role given", setRole("SUPERVISOR"), OF_ROLE, false, true],
  ["a role taken", setRole("TEAM_MEMBER"), OF_ROLE, true, false],
  ["a tier raised", setTier("beta"), OF_TIER, false, true],
  ["a tier lowered", setTier("public"), OF_TIER, true, false],
  ["a grant at a scope", (id) => ({ path: grantsOf(id), json: { role: "STATE_ADMIN", scope: "state:ca" } }), OF_GRANT, false, true],
  ["the grant taken", (id) => ({ method: "DELETE", path: `${grantsOf(id)}?role=STATE_ADMIN&scope=state:ca` }), OF_GRANT, true, false],
  ["a ban", (userId) => ({ path: "/api/auth/admin/ban-user", json: { userId } }), OF_GRANT, false, null],
];

/** Changes somebody, which must succeed. @param {Page} chief @param {Asked} asked */
export async function changed(chief, { path, ...wanted }) {
  for (;;) {
    const answer = await chief.send(path, wanted);
    // Two workerd that lock one file out of each other's hands answer 500 now and then: nothing was changed.
    if (answer.status === 500) continue;
    assert.ok(answer.status === 200 || answer.status === 201, answer.text);
    return;
  }
}

/** What an answer of the check says: yes, no, or that nobody is signed in; nothing where the server failed. @param {import("../../support/http.mjs").Answer} answer */
function said(answer) {
  if (answer.status === 500) return undefined;
  if (answer.status === 401) return null;
  assert.equal(answer.status, 200, answer.text);
  return /** @type {boolean} */ (answer.json.allow);
}

/**
 * @param {() => import("./feed.mjs").At} one
 * @param {() => import("./feed.mjs").At} other
 */
export function feedChanges(one, other) {
  describe("changes by an administrator", () => {
    test(`another server sees each within ${BOUND_MS} ms, by cookie and by access token, measured ${2 * ROUNDS * PEOPLE.length} times`, async (context) => {
      const chief = await signedIn(one(), CHIEF);
      const late = /** @type {Record<string, number[]>} */ ({});
      let measured = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(PEOPLE.map((person, number) => allOf(person, (number * BOUND_MS) / 5)));
      }

      /** Every change of one account after the other. @param {typeof MEMBER} person @param {number} afterMs */
      async function allOf(person, afterMs) {
        const page = await signedIn(one(), person);
        const { token } = (await page.get(TOKEN)).json;
        const { id } = (await page.get(GET_SESSION)).json.user;
        const elsewhere = at(page, other());
        for (const [name, change, question, before, after] of CHANGES) {
          const ask = {
            cookie: async () => said(await elsewhere.post(CHECK, question)),
            token: async () => said(await send(other().url + CHECK, { json: question, headers: { authorization: `Bearer ${token}` } })),
          };
          for (const [how, asked] of Object.entries(ask)) {
            await eventually(async () => (await asked()) === before, `${name}, ${how}: ${before} before`);
          }
          await sleep(afterMs);
          await changed(chief, change(id));
          const since = performance.now();
          await Promise.all(Object.entries(ask).map(([how, asked]) => seen(`${name}, by ${how}`, since, asked, after)));
        }
        await changed(chief, { path: "/api/auth/admin/unban-user", json: { userId: id } });
      }

      /** @param {string} what @param {number} since @param {() => Promise<boolean | null | undefined>} ask @param {boolean | null} after */
      async function seen(what, since, ask, after) {
        const asked = await unaware(since, async () => {
          const answer = await ask();
          return answer === undefined ? undefined : answer === after;
        });
        (late[what] ??= []).push(...asked);
        measured += 1;
      }

      assert.equal(measured, 2 * ROUNDS * PEOPLE.length * CHANGES.length);
      for (const [what, asked] of Object.entries(late)) {
        const latest = Math.max(0, ...asked);
        context.diagnostic(`${what}: last answered as before ${Math.round(latest)} ms after it`);
        assert.ok(latest < BOUND_MS + TOLERANCE_MS, `${what}: ${latest} ms`);
      }
      // Answers that don't know yet are what shows that two servers were asked, and not one.
      assert.ok(Object.values(late).flat().length > 0, "nothing was measured");
    });
  });
}
