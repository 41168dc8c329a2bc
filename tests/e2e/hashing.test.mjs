// @ts-check
// Where passwords are hashed, how much memory that takes when many come at once, and that the time of a refusal doesn't
// tell whose hash was brought in from elsewhere.

import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { argon2id, bcrypt } from "hash-wasm";

import { send } from "../support/http.mjs";
import { resident } from "../support/memory.mjs";
import { startNative } from "../support/server.mjs";
import { median, timesOf } from "../support/times.mjs";
import { HOSTS } from "../support/worker.mjs";
import { startWorkerd } from "../support/workerd.mjs";
import { PASSWORD, betterAuth, emailOf, importAccounts } from "./suites/imported-passwords.mjs";
import { ANN, SIGN_IN, WRONG, typed } from "./suites/shared.mjs";

/** @typedef {import("./suites/shared.mjs").Server} Server */

const MANY = 24;
/** Of one new hash, and of the dearest that may be stored. */
const OWN_MIB = 19;
const LIMIT_MIB = 64;
/** What an isolate has. */
const ISOLATE_MIB = 128e6 / 2 ** 20;
const SALT = Buffer.from("0123456789abcdef");

/** @param {Server} server @param {string} email */
const guess = (server, email) => send(server.url + SIGN_IN, { json: { email, password: "wrong" } });

/** Wrong guesses at once, each answered. @param {Server} server @param {readonly string[]} emails */
async function manyGuesses(server, emails) {
  const guesses = Array.from({ length: MANY }, (_, number) => guess(server, emails[number % emails.length] ?? ""));
  for (const answer of await Promise.all(guesses)) assert.deepEqual(answer.outcome, WRONG);
}

/** An imported hash that takes so much memory. @param {number} mib */
const taking = (mib) => argon2id({ password: PASSWORD, salt: SALT, parallelism: 1, iterations: 2, memorySize: mib * 1024, hashLength: 32, outputType: "encoded" });

describe("memory of hashes", () => {
  const LARGE = emailOf("large");

  test(`serve: ${MANY} hashes at once take no more than PORTCULLIS_HASH_MEMORY_MIB`, async (context) => {
    const server = await startNative({ users: [ANN], env: { PORTCULLIS_HASH_MEMORY_MIB: String(LIMIT_MIB) } });
    try {
      await importAccounts(server, { large: await taking(LIMIT_MIB) });
      // What each core keeps is there.
      await manyGuesses(server, [ANN.email]);
      const { mib, peakMib } = resident(server);
      assert.ok(peakMib < mib + LIMIT_MIB, `${peakMib} MiB before`);
      await manyGuesses(server, [LARGE]);
      const more = resident(server).peakMib - mib;
      context.diagnostic(`${mib.toFixed(1)} MiB before, at most ${more.toFixed(1)} MiB more`);
      // Two at once would be twice the limit.
      assert.ok(more > LIMIT_MIB / 2 && more < LIMIT_MIB * 1.25, `${more.toFixed(1)} MiB more`);
    } finally {
      await server.stop();
    }
  });

  test(`an isolate: ${MANY} hashes of all sizes at once leave one of our own and one of the largest behind`, async (context) => {
    const server = await startWorkerd({ users: [ANN] });
    try {
      await importAccounts(server, { middle: await taking(32), large: await taking(LIMIT_MIB) });
      assert.equal((await send(`${server.url}/api/auth/get-session`)).json, null);
      const before = resident(server).wasmMib;
      assert.ok(before > 0 && before < OWN_MIB, `${before} MiB before`);
      const emails = [ANN.email, emailOf("middle"), LARGE];
      // Each larger than the one before: memory that grows by each of them would be 115 MiB.
      for (const email of emails) assert.deepEqual((await guess(server, email)).outcome, WRONG);
      await manyGuesses(server, emails);
      const { wasmMib } = resident(server);
      context.diagnostic(`linear memory ${before.toFixed(1)} MiB before, ${wasmMib.toFixed(1)} MiB after`);
      assert.ok(wasmMib > LIMIT_MIB, "it was hashed here");
      assert.ok(wasmMib < before + OWN_MIB + LIMIT_MIB + 2, `${wasmMib} MiB`);
      assert.ok(wasmMib < ISOLATE_MIB, `${wasmMib} MiB`);
    } finally {
      await server.stop();
    }
  });
});

describe("hashing in Durable Objects", () => {
  const env = { PORTCULLIS_HASH_IN: "durable-object" };
  /** @type {Awaited<ReturnType<typeof startWorkerd>>} */
  let server;
  const asked = () => server.running.log.filter(({ msg }) => msg === "a hash is asked for").length;
  before(async () => (server = await startWorkerd({ users: [ANN], env, between: "passes" })));
  after(() => server?.stop());

  test("each sign-in asks an object for one hash: right, wrong and unknown", async () => {
    const attempts = [typed(ANN), { ...typed(ANN), password: "wrong" }, { email: "nobody@example.org", password: "wrong" }];
    for (const [number, json] of attempts.entries()) {
      const answer = await send(server.url + SIGN_IN, { json });
      assert.equal(answer.status, number === 0 ? 200 : 401, answer.text);
      await server.running.logged(({ msg }) => msg === "a hash is asked for");
      assert.equal(asked(), number + 1);
    }
  });

  test("an object that fails lets nobody in: no answer about the password, no cookie", async () => {
    server.between = "fails";
    await server.restart(env);
    for (const json of [typed(ANN), { ...typed(ANN), password: "wrong" }]) {
      const answer = await send(server.url + SIGN_IN, { json });
      assert.deepEqual([answer.status, answer.setCookies], [500, []]);
    }
    assert.equal(asked(), 2);
    server.between = "passes";
    await server.restart(env);
    assert.equal((await send(server.url + SIGN_IN, { json: typed(ANN) })).status, 200);
  });
});

/** Samples of each kind. */
const ROUNDS = 15;
/** The dearest of what is imported here. */
const DEAREST = "better-auth";

for (const host of HOSTS) {
  describe(`the time of a refusal, ${host.name}`, () => {
    /** @type {Server} */
    let server;
    before(async () => {
      server = await host.start({ users: [ANN], env: { PORTCULLIS_PASSWORD_IMPORTED: DEAREST } });
      await importAccounts(server, {
        scrypt: betterAuth(PASSWORD),
        bcrypt: await bcrypt({ password: PASSWORD, salt: SALT, costFactor: 8, outputType: "encoded" }),
        pbkdf2: `$pbkdf2-sha256$i=8000,l=32$${SALT.toString("base64").replaceAll("=", "")}$${pbkdf2Sync(PASSWORD, SALT, 8000, 32, "sha256").toString("base64").replaceAll("=", "")}`,
      });
    });
    after(() => server?.stop());

    test(`doesn't tell who has a password of scrypt, bcrypt or PBKDF2, where PORTCULLIS_PASSWORD_IMPORTED names the dearest`, async (context) => {
      const emails = ["nobody@example.org", ANN.email, ...["scrypt", "bcrypt", "pbkdf2"].map(emailOf)];
      const times = await timesOf(emails, ROUNDS, async (email) => assert.deepEqual((await guess(server, email)).outcome, WRONG));
      const [unknown = 0, ...others] = times.map(median);
      for (const [index, other] of others.entries()) {
        const figures = `${unknown.toFixed(1)} ms for an unknown address, ${other.toFixed(1)} ms for ${emails[index + 1]}`;
        context.diagnostic(figures);
        assert.ok(other > unknown / 2 && other < unknown * 2, figures);
      }
    });
  });
}
