// @ts-check
// Two servers of one database: what one changes, the other sees within the bound.

import { after, before, describe } from "node:test";

import { HOSTS } from "../support/worker.mjs";
import { POLICY_TEXT, USERS, feedChanges } from "./suites/feed-changes.mjs";
import { BOUND_MS, feed } from "./suites/feed.mjs";
import { GRACE, privilege } from "./suites/privilege.mjs";
import { WARM, warm } from "./suites/warm.mjs";

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
    /** @type {import("./suites/shared.mjs").Server | undefined} */
    let twin;

    before(async () => {
      server = await host.start({ users: USERS, policyText: POLICY_TEXT, scopes: ["state:ca", "state:ca/team:t7"], env: ENVIRONMENT });
      twin = await server.twin(ENVIRONMENT);
    });
    after(async () => {
      await twin?.kill("SIGTERM");
      await server?.stop();
    });

    const one = () => server;
    const other = () => /** @type {import("./suites/shared.mjs").Server} */ (twin);
    feed(one, other);
    feedChanges(one, other);

    // Last: from here on there is one server, with other settings.
    describe("and then one alone", () => {
      before(async () => {
        await twin?.kill("SIGTERM");
        await server.restart({ ...ENVIRONMENT, ...WARM, ...GRACE });
      });

      privilege(one);
      warm(one, ENVIRONMENT);
    });
  });
}
