// @ts-check
// How often, with the rates that a server has when nobody chooses any: one suite, every host.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { SIGN_IN } from "./suites/shared.mjs";
import { ADDRESS, USERS, throttle } from "./suites/throttle.mjs";

const ENVIRONMENT = {
  PORTCULLIS_CLIENT_IP_HEADER: ADDRESS,
  // Named, or the tests' own would be taken; what isn't named is as ever.
  PORTCULLIS_RATES: "credit=10",
  PORTCULLIS_GUESSES: "free=3",
};

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;

    before(async () => {
      server = await host.start({ users: USERS, env: ENVIRONMENT });
    });
    after(() => server?.stop());

    throttle(() => server);

    // Last: from here on the server runs with other settings.
    describe("64 at once", () => {
      const settings = {
        ...ENVIRONMENT,
        PORTCULLIS_RATES: "sign-in=20/3600",
        PORTCULLIS_GUESSES: "free=3,delay=600",
      };
      /** @type {import("./suites/shared.mjs").Server} */
      let twin;

      before(async () => {
        await server.restart(settings);
        twin = await server.twin(settings);
      });
      after(() => twin?.kill("SIGTERM"));

      /**
       * How many of 64 sign-ins got which status.
       *
       * @param {readonly import("./suites/shared.mjs").Server[]} servers each gets as many
       * @param {(index: number) => { email: string, address: string }} of
       */
      const of64 = async (servers, of) => {
        const attempts = Array.from({ length: 64 }, (_, index) => {
          const { email, address } = of(index);
          const url = servers[index % servers.length]?.url + SIGN_IN;
          return send(url, { json: { email, password: "wrong" }, headers: { [ADDRESS]: address } });
        });
        const statuses = (await Promise.all(attempts)).map(({ status }) => status);
        const count = (/** @type {number} */ wanted) => statuses.filter((status) => status === wanted).length;
        return { taken: count(401), refused: count(429) };
      };
      const user = (/** @type {number} */ index) => USERS.at(index)?.email ?? assert.fail();

      test("of sign-ins from one address exactly as many are taken as may be", async () => {
        const of = (/** @type {number} */ index) => ({ email: `one${index}@example.org`, address: "203.0.113.1" });
        assert.deepEqual(await of64([server], of), { taken: 20, refused: 44 });
      });

      test("of guesses at one account, each from its own address, exactly three are taken", async () => {
        const of = (/** @type {number} */ index) => ({ email: user(-1), address: `198.18.0.${index}` });
        assert.deepEqual(await of64([server], of), { taken: 3, refused: 61 });
      });

      test("two processes on one database take no more together", async () => {
        const rate = await of64([server, twin], (index) => ({ email: `two${index}@example.org`, address: "203.0.113.2" }));
        const guesses = await of64([server, twin], (index) => ({ email: user(-2), address: `198.18.1.${index}` }));
        if (host.name === "native") {
          assert.deepEqual([rate, guesses], [{ taken: 20, refused: 44 }, { taken: 3, refused: 61 }]);
        } else {
          // Two workerd on one file: some requests fail because the other one writes. D1 itself is one database object.
          assert.ok(rate.taken > 0 && rate.taken <= 20, JSON.stringify(rate));
          assert.ok(guesses.taken <= 3, JSON.stringify(guesses));
        }
      });
    });
  });
}
