// @ts-check
// Permission snapshots over HTTP: one suite, every host, and what both say of the same accounts.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createGate } from "../../pkg/src/index.node.js";
import { signedIn } from "../support/http.mjs";
import { HOSTS } from "../support/worker.mjs";
import { CHECK, JWKS } from "./suites/shared.mjs";
import { CREW, DREW, QUINN, comparable, snapshot } from "./suites/snapshot.mjs";

const SAM = {
  email: "sam@example.org",
  name: "Sam",
  password: "a state and a team",
  roles: ["STATE_ADMIN@state:ca", "TEAM_MEMBER@state:nv/team:t9"],
};
const SCOPES = ["state:ca", "state:nv", "state:ca/team:t7", "state:ca/team:t8", "state:nv/team:t9"];

/** What each host said of the same accounts. @type {Record<string, unknown[]>} */
const told = {};

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const current = () => server;

    before(async () => (server = await host.start({ policy: "naval-unit", users: [...CREW, QUINN, DREW] })));
    after(() => server?.stop());

    test("every role's snapshot", async () => {
      const pages = await Promise.all(CREW.map((user) => signedIn(server, user)));
      const texts = await Promise.all(pages.map(async (page) => (await page.get("/api/auth/snapshot")).text));
      told[host.name] = [...(told[host.name] ?? []), ...texts.map(comparable)];
    });

    snapshot(current);
  });

  describe(`${host.name}, with scopes`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => (server = await host.start({ policy: "field-ops", users: [SAM], scopes: SCOPES })));
    after(() => server?.stop());

    test("a gate from a snapshot decides as the API does, at every scope", async () => {
      const page = await signedIn(server, SAM);
      const text = (await page.get("/api/auth/snapshot")).text;
      const jwks = (await page.get(JWKS)).json;
      const gate = await createGate({ snapshot: text, jwks, issuer: server.origin, audience: server.origin });
      assert.deepEqual(gate.scopes, ["state:ca", "state:ca/team:t7", "state:ca/team:t8", "state:nv/team:t9"]);
      const places = ["", ...(gate.scopes ?? []), "team:t7", "state:nv", "state:zz", "x"];
      const checks = places.flatMap((scope) => gate.permissions.map(({ name }) => ({ permission: name, scope })));
      const said = (await page.post(CHECK, { checks })).json.results;
      const shown = checks.map((check) => gate.check(check));
      // Of scopes out of its reach a page isn't told: there the API says that there are such, the page that it knows none.
      const brief = (/** @type {any} */ { allow, code }, /** @type {number} */ at) =>
        checks[at]?.scope === "state:nv" ? { allow: false, code: "unknown_scope" } : { allow, code };
      assert.deepEqual(shown, said.map(brief));
      assert.equal(said.some((/** @type {any} */ { allow }) => allow), true);
      told[host.name] = [...(told[host.name] ?? []), comparable(text)];
    });
  });
}

test("both hosts say the same of the same accounts", () => {
  const [native, worker] = HOSTS.map(({ name }) => told[name] ?? []);
  assert.equal(native?.length, CREW.length + 1);
  assert.deepEqual(worker, native);
});
