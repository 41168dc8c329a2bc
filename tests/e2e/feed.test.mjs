// @ts-check
// Two servers of one database: what one changes, the other sees within the bound.

import { after, before, describe } from "node:test";

import { HOSTS } from "../support/worker.mjs";
import { BOUND_MS, feed } from "./suites/feed.mjs";
import { ANN, BOB } from "./suites/shared.mjs";

const ENVIRONMENT = {
  PORTCULLIS_COUNT_STATEMENTS: "on",
  PORTCULLIS_RATES: "off",
  PORTCULLIS_GUESSES: "off",
  PORTCULLIS_REVOCATION_BOUND_MS: String(BOUND_MS),
};

for (const host of HOSTS) {
  describe(`${host.name}, two processes on one database`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    /** @type {import("./suites/shared.mjs").Server} */
    let twin;

    before(async () => {
      server = await host.start({ users: [ANN, BOB], scopes: ["state:ca"], env: ENVIRONMENT });
      twin = await server.twin(ENVIRONMENT);
    });
    after(async () => {
      await twin?.stop();
      await server?.stop();
    });

    feed(
      () => server,
      () => twin,
    );
  });
}
