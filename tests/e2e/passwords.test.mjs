// @ts-check
// Passwords over HTTP: hashes of other systems, hashing in a Durable Object, rules for new passwords.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { send } from "../support/http.mjs";
import { eventually } from "../support/pace.mjs";
import { startNative } from "../support/server.mjs";
import { startWorker } from "../support/worker.mjs";
import { COMPOSED, PASSWORD, TYPED_OTHERWISE, betterAuth, emailOf, hashes, importAccounts } from "./suites/imported-passwords.mjs";
import { ANN, SIGN_IN, WRONG, typed } from "./suites/shared.mjs";

const IN_OBJECTS = { PORTCULLIS_HASH_IN: "durable-object", PORTCULLIS_HASH_OBJECTS: "2" };

/** Asks until somebody answers. @param {string} url */
const firstAnswer = (url) =>
  eventually(() => send(url, { json: typed(ANN) }).catch(() => undefined), "an answer", { everyMs: 100 });

/** Where passwords are hashed. */
const PLACES = [
  { name: "native", start: startNative, env: {} },
  { name: "workerd, in the isolate", start: startWorker, env: {} },
  { name: "workerd, in Durable Objects", start: startWorker, env: IN_OBJECTS },
];

for (const place of PLACES) {
  describe(place.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    /** @type {Record<string, string>} */
    let imported;

    before(async () => {
      server = await place.start({ users: [ANN], env: place.env });
      imported = await hashes();
      const unusable = { md5: "$1$salt$qJH7.N4xYta3aEG/dfqo/0", huge: "$argon2id$v=19$m=4194304,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg" };
      await importAccounts(server, { ...imported, composed: betterAuth(COMPOSED) });
      // The import leaves such rows out.
      if ("sql" in server) {
        await importAccounts(server, { md5: imported["scrypt"] ?? "", huge: imported["scrypt"] ?? "" });
        for (const [name, phc] of Object.entries(unusable)) await server.sql(`UPDATE password SET phc = '${phc}' WHERE user_id = 'id-${name}'`);
      }
    });
    after(() => server?.stop());

    /** @param {string} email @param {string} password */
    const attempt = (email, password) => send(server.url + SIGN_IN, { json: { email, password } });

    test("every imported hash lets its owner in, and nobody else; then it is one of our own", async () => {
      for (const name of Object.keys(imported)) {
        assert.deepEqual((await attempt(emailOf(name), `${PASSWORD}!`)).outcome, WRONG, name);
        const first = await attempt(emailOf(name), PASSWORD);
        assert.equal(first.status, 200, `${name}: ${first.text}`);
        assert.equal((await attempt(emailOf(name), PASSWORD)).status, 200, name);
        assert.deepEqual((await attempt(emailOf(name), `${PASSWORD}!`)).outcome, WRONG, name);
      }
      if (!("sql" in server)) return;
      const ids = Object.keys(imported).map((name) => `'id-${name}'`);
      const rows = await server.sql(`SELECT phc FROM password WHERE user_id IN (${ids.join(", ")})`);
      assert.equal(rows.length, ids.length);
      for (const { phc } of rows) assert.match(String(phc), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    test("a password is the same however a keyboard composes its letters, before the upgrade and after", async () => {
      assert.notEqual(TYPED_OTHERWISE, COMPOSED);
      for (const password of [TYPED_OTHERWISE, COMPOSED, COMPOSED.normalize("NFKC"), TYPED_OTHERWISE]) {
        assert.equal((await attempt(emailOf("composed"), password)).status, 200);
      }
    });

    test("a hash that can't be read or costs too much gets the answer of a wrong password", async () => {
      for (const name of ["md5", "huge", "nobody"]) {
        assert.deepEqual((await attempt(emailOf(name), PASSWORD)).outcome, WRONG, name);
      }
    });

    test("24 at once are all answered, and rightly", async () => {
      const tries = Array.from({ length: 24 }, (_, n) => attempt(ANN.email, n % 3 === 0 ? "not the password of ann" : ANN.password));
      const answers = await Promise.all(tries);
      assert.deepEqual(answers.map(({ status }) => status), tries.map((_, n) => (n % 3 === 0 ? 401 : 200)));
    });

    if (place.env !== IN_OBJECTS) return;
    // Last: nothing works from here on.
    test("a setting that means nothing stops the worker from answering anything", async () => {
      await server.kill("SIGTERM");
      const never = server.start({ PORTCULLIS_HASH_IN: "elsewhere" }).catch(() => {});
      const answer = await firstAnswer(server.url + SIGN_IN);
      assert.equal(answer.status, 500);
      await server.kill("SIGTERM");
      await never;
    });
  });
}

/** As Better Auth has it. */
const LIKE_BETTER_AUTH = { PORTCULLIS_PASSWORD_MIN: "8", PORTCULLIS_PASSWORD_COMMON: "allow" };

for (const start of [startNative, startWorker]) {
  describe(`new passwords, ${start === startNative ? "native" : "workerd"}`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    before(async () => {
      server = await start({ env: { PORTCULLIS_SIGN_UP: "on" } });
    });
    after(() => server?.stop());

    let people = 0;
    /** @param {string} password @param {string} [email] */
    const signUp = (password, email = `p${(people += 1)}.smith@example.org`) =>
      send(`${server.url}/api/auth/sign-up/email`, { json: { name: "Pat Smith", email, password } });
    const refused = (/** @type {string} */ what) => [400, { code: `PASSWORD_TOO_${what.toUpperCase()}`, message: `Password too ${what}` }];

    test("14 characters are too short and 15 are enough, whatever they are", async () => {
      assert.deepEqual((await signUp("quince marmala")).outcome, refused("short"));
      for (const password of ["quince marmalad", "🦀🦞🐙🦑🐚🐠🐟🐡🐬🐳🐋🦈🐊🐅🐆", "314159265358979"]) {
        assert.equal((await signUp(password)).status, 200, password);
      }
    });

    test("1024 characters are taken whole and 1025 are refused", async () => {
      const long = "quince marmalade".repeat(63);
      const longest = `${long}${"0123456789abcdef"}`;
      assert.equal(longest.length, 1024);
      const email = "long@example.org";
      assert.equal((await signUp(longest, email)).status, 200);
      const attempt = (/** @type {string} */ password) => send(server.url + SIGN_IN, { json: { email, password } });
      assert.deepEqual((await attempt(longest.slice(0, -1))).outcome, WRONG);
      assert.equal((await attempt(longest)).status, 200);
      assert.deepEqual((await signUp(`${longest}!`)).outcome, refused("long"));
    });

    test("what everybody tries and what says no more than whose it is are refused", async () => {
      for (const password of ["qazwsxedcrfvtgb", "QazWsxEdcRfvTgb", "aaaaaaaaaaaaaaaa", "passwordpassword", "123456789012345"]) {
        assert.deepEqual((await signUp(password)).outcome, refused("common"), password);
      }
      for (const password of ["jo.smith@example.org", "Pat Smith 2024!!", "portcullis-1234"]) {
        assert.deepEqual((await signUp(password, "jo.smith@example.org")).outcome, refused("common"), password);
      }
    });

    test("with the settings of Better Auth, 8 characters of any kind are enough", async () => {
      await server.restart({ PORTCULLIS_SIGN_UP: "on", ...LIKE_BETTER_AUTH });
      assert.equal((await signUp("password1")).status, 200);
      assert.deepEqual((await signUp("passwor")).outcome, refused("short"));
    });
  });
}
