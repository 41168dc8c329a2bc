// @ts-check
// openapi.json is valid, and the server keeps to it: no answer that it doesn't tell of, whoever asks what.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { send } from "../support/http.mjs";
import { Contract } from "../support/openapi/contract.mjs";
import { Generator } from "../support/openapi/generator.mjs";
import { World } from "../support/openapi/world.mjs";
import { portcullis } from "../support/program.mjs";
import { Dice } from "../support/random/dice.mjs";
import { startNative } from "../support/server.mjs";
import { startWorkerd } from "../support/workerd.mjs";

/** Another seed asks other questions: `PORTCULLIS_TEST_SEED=7`. */
const SEED = Number(process.env["PORTCULLIS_TEST_SEED"] ?? 20261122);
/**
 * `rounds`: requests of each operation by each who calls. `leastSucceeded`: share of the operations that succeed at
 * least once. The pages are looked at in `tests/browser`.
 */
const HOSTS = [
  { name: "native", start: startNative, rounds: 20, leastRequests: 10_000, leastSucceeded: 0.85 },
  { name: "workerd", start: startWorkerd, rounds: 7, leastRequests: 5_000, leastSucceeded: 0.8 },
];

/** What ends the session or the account of whoever calls, and so is for the victim alone. */
const ENDS = new Set([
  ...["signOut", "logout", "revokeSession", "revokeSessions", "revokeOtherSessions", "changePassword", "deleteUser"],
  ...["openDeletion", "stepUp", "changeEmail"],
]);
/** What no request made by chance brings about: it takes a mail, a code, or a provider. */
const NEVER = new Set([
  ...["openPasswordReset", "resetPassword", "verifyEmail", "openDeletion", "changeEmail", "sendVerificationEmail"],
  ...["unlinkAccount", "requestPasswordReset", "signInSocial", "linkSocial", "refreshProviderToken", "providerAccessToken"],
  ...["stopImpersonating", "accountInfo", "postGetSession", "refreshSession", "redeemLinkCode", "signInByIdentity", "deleteIdentityLink"],
]);

/**
 * What came of a conversation; `callers`: how many requests each made.
 *
 * @typedef {{ count: number, callers: Map<string, number>, problems: string[], kinds: Set<string>, succeeded: Set<string> }} Told
 */

const document = JSON.parse(await portcullis(["openapi"]));
const contract = new Contract(document);

/** @param {import("../support/openapi/contract.mjs").Operation} operation */
const filled = ({ path }) => path.replaceAll(/\{[^}]+\}/gu, "none");

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.equal(valid, true, JSON.stringify(errors, null, 1)?.slice(0, 3000));
  assert.equal(validator.version, "3.1");
});

test("it is the same text every time", async () => {
  assert.equal(await portcullis(["openapi"]), await portcullis(["openapi"]));
});

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {World} */
    let world;
    before(async () => {
      world = await World.begin(host.start);
    });
    after(() => world?.server.stop());

    test("every endpoint is there, and all but the public ones ask who calls", async () => {
      const dice = new Dice(SEED);
      const generator = new Generator(contract, dice, world.known);
      for (const operation of contract.operations) {
        const body = operation.said["requestBody"];
        const json = body === undefined ? undefined : generator.value(Object.values(body.content).at(0).schema, "", 0);
        const wanted = { method: operation.method, ...(json === undefined ? {} : { json }) };
        const answer = await send(world.server.url + filled(operation), wanted);
        assert.equal(contract.problem(operation, answer), undefined, operation.id);
        if (operation.access === "public") continue;
        assert.equal(answer.status, 401, `${operation.id} answers one who shows nothing: ${answer.status} ${answer.text}`);
      }
    });

    test("who has no role passes no guard of the table", async () => {
      const generator = new Generator(contract, new Dice(SEED), world.known);
      const stranger = world.actors.find(({ name }) => name === "stranger");
      await stranger?.renew();
      for (const operation of contract.operations) {
        if (operation.said["x-portcullis-permissions"] === undefined) continue;
        const headers = stranger?.bearer ?? {};
        for (let round = 0; round < 3; round += 1) {
          const asked = generator.request(operation);
          const answer = await send(world.server.url + asked.path, { ...asked, headers: { ...asked.headers, ...headers } });
          assert.equal(contract.problem(operation, answer), undefined, operation.id);
          assert.ok([400, 403, 413, 415].includes(answer.status), `${operation.id} for a stranger: ${answer.status} ${answer.text}`);
        }
      }
    });

    test(`requests made of the document by chance, seed ${SEED}: every answer is in it`, { timeout: 900_000 }, async () => {
      const told = await conversation(world, host.rounds);
      assert.deepEqual(told.problems, []);
      assert.ok(told.count >= host.leastRequests, `${told.count} requests`);
      const least = (contract.operations.length - ENDS.size) * host.rounds;
      for (const { name } of world.actors) assert.ok((told.callers.get(name) ?? 0) >= least, `${told.callers.get(name)} by ${name}`);
      const missed = contract.operations.filter(({ id }) => !told.succeeded.has(id) && !NEVER.has(id)).map(({ id }) => id);
      const callers = [...told.callers].map(([name, count]) => `${name} ${count}`).join(", ");
      console.log(`${host.name}: ${told.count} requests (${callers}), ${told.kinds.size} kinds of answers; without a success: ${missed.join(", ")}`);
      // Or the requests would be refused before they come to what they are about.
      assert.ok(missed.length <= contract.operations.length * (1 - host.leastSucceeded), `too few succeeded; never: ${missed.join(", ")}`);
    });
  });
}

/**
 * Everybody asks everything, some rounds long.
 *
 * @param {World} world
 * @param {number} rounds
 */
async function conversation(world, rounds) {
  const dice = new Dice(SEED);
  const generator = new Generator(contract, dice, world.known);
  /** @type {Told} */
  const told = { count: 0, callers: new Map(), problems: [], kinds: new Set(), succeeded: new Set() };
  const everybody = [...world.actors, world.victim];
  for (let round = 0; round < rounds; round += 1) {
    for (const actor of everybody) {
      await actor.renew();
      for (const operation of contract.operations) {
        const isVictims = ENDS.has(operation.id);
        if (isVictims !== (actor === world.victim) && actor.name !== "nobody") continue;
        if (isVictims) await actor.renew();
        await ask(world, generator, actor, operation, told, dice);
      }
    }
  }
  return told;
}

/**
 * @param {World} world
 * @param {Generator} generator
 * @param {import("../support/openapi/world.mjs").Actor} actor
 * @param {import("../support/openapi/contract.mjs").Operation} operation
 * @param {Told} told
 * @param {Dice} dice
 */
async function ask(world, generator, actor, operation, told, dice) {
  const asked = generator.request(operation, actor.name);
  const headers = { ...asked.headers, ...actor.credentials(operation.access, dice) };
  const answer = await send(world.server.url + asked.path, { ...asked, headers });
  told.count += 1;
  told.callers.set(actor.name, (told.callers.get(actor.name) ?? 0) + 1);
  told.kinds.add(`${operation.id} ${answer.status}`);
  if (answer.status < 400) told.succeeded.add(operation.id);
  const problem = contract.problem(operation, answer);
  const kind = `${operation.id} ${answer.status}: a problem`;
  if (problem !== undefined && !told.kinds.has(kind)) {
    told.kinds.add(kind);
    const sent = asked.body === undefined ? "" : ` ${String(asked.body).slice(0, 300)}`;
    told.problems.push(`${actor.name}: ${operation.id} ${asked.method} ${asked.path}${sent}: ${problem}`);
  }
  if (answer.status >= 300 || !String(answer.headers["content-type"]).startsWith("application/json")) return;
  world.known.remember(actor.name, operation, asked.named, answer.json);
  const kinds = /** @type {Record<string, string>} */ ({ Tenant: "tenant", Member: "member", Role: "role", Permission: "permission" });
  const last = operation.path.split("/").findLast((part) => part !== "" && !part.startsWith("{"))?.replace(/s$/u, "") ?? "id";
  world.known.learn(answer.json, kinds[last] ?? last);
  for (const id of world.known.of("role").slice(-5)) world.known.add("roleId", id);
}
