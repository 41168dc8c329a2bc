// @ts-check
// A warm server: it has just read what is new and its signing keys, and for a while asks for neither.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send, signedIn } from "../../support/http.mjs";
import { eventually, inTime } from "../../support/pace.mjs";
import { ANN, BOB, CHECK, GET_SESSION, TOKEN } from "./shared.mjs";

/** The longest bound there is: what is new is asked for when three quarters of it are over, the keys once a minute. */
export const WARM = { PORTCULLIS_REVOCATION_BOUND_MS: "60000" };
/** Less than that, from the first request on. */
const WARM_MS = 40_000;
const TIMES = 20;
const STILL_MS = 500;
const QUESTION = { permission: "device:manage", scope: "state:ca" };

/** @param {import("../../support/http.mjs").Answer} answer */
const statements = ({ headers }) => headers["x-portcullis-statements"];

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {Record<string, string>} env counts statements, and no rates: permits are counted in the database too
 */
export function warm(server, env) {
  /** Signs somebody in, and gives the server time to do what follows a start and a sign-in. */
  async function warmed() {
    await server().restart({ ...env, ...WARM });
    const page = await signedIn(server(), ANN);
    const other = await signedIn(server(), BOB);
    await other.get(TOKEN);
    // The known scopes are kept as well.
    await other.post(CHECK, QUESTION);
    let since = performance.now();
    const isStill = async () => {
      if (statements(await other.get(GET_SESSION)) !== "0") since = performance.now();
      return performance.now() - since > STILL_MS;
    };
    await eventually(isStill, `nothing is asked for ${STILL_MS} ms`);
    return page;
  }

  describe("statements of a warm server", () => {
    test("get-session takes exactly one at first, then none", async () => {
      await inTime(async (within) => {
        await within(WARM_MS, async () => {
          const page = await warmed();
          const counts = [];
          for (let time = 0; time <= TIMES; time += 1) {
            const answer = await page.get(GET_SESSION);
            assert.equal(answer.json.user.email, ANN.email);
            counts.push(statements(answer));
          }
          assert.deepEqual(counts, ["1", ...Array(TIMES).fill("0")]);
        });
      });
    });

    test("a guarded route with an access token takes exactly none, from the first request with it on", async () => {
      await inTime(async (within) => {
        await within(WARM_MS, async () => {
          const page = await warmed();
          const headers = { authorization: `Bearer ${(await page.get(TOKEN)).json.token}` };
          const counts = [];
          for (let time = 0; time < TIMES; time += 1) {
            const answer = await send(server().url + CHECK, { json: QUESTION, headers });
            assert.equal(answer.json.allow, true);
            counts.push(statements(answer));
          }
          assert.deepEqual(counts, Array(TIMES).fill("0"));
        });
      });
    });
  });
}
