// @ts-check
// People of a real Better Auth installation, imported: they sign in with the passwords that they have,
// and who is signed in stays so.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { admin, bearer } from "better-auth/plugins";

import { send } from "../support/http.mjs";
import { PROGRAM, cleanEnvironment } from "../support/program.mjs";
import { HOSTS } from "../support/worker.mjs";
import { GET_SESSION, SIGN_IN } from "./suites/shared.mjs";

const PASSWORD = "pässwörd that they have";
const NEW = "another sentence altogether";

/**
 * A published server with three people, and its tables.
 *
 * @param {{ baseURL: string, secret: string }} options
 */
async function publishedTables({ baseURL, secret }) {
  const tables = { user: [], session: [], account: [], verification: [] };
  const auth = betterAuth({
    baseURL,
    secret,
    database: memoryAdapter(tables),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    plugins: [bearer(), admin()],
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  const people = [];
  for (const name of ["ann", "bob", "cat"]) {
    const body = { email: `${name}@Imported.example`, password: PASSWORD, name };
    const response = await auth.api.signUpEmail({ body, asResponse: true });
    const cookies = response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf(";")));
    const { token, user } = await response.json();
    people.push({ cookie: cookies.join("; "), token, id: user.id });
  }
  // What an administrator did there.
  const users = /** @type {Record<string, unknown>[]} */ (tables.user);
  Object.assign(users[0] ?? {}, { role: "admin,user", image: "https://img.example/ann.png" });
  Object.assign(users[2] ?? {}, { banned: true, banReason: "spam" });
  return { tables, people };
}

/**
 * Imports a file into a host's database.
 *
 * @param {import("./suites/shared.mjs").Server} server
 * @param {string} file
 */
async function importInto(server, file) {
  const args = ["import", "better-auth", "--from", "json", file, "--sessions", "--role-map", "admin=STATE_ADMIN@state:ca"];
  args.push(...("secret" in server ? ["--sql"] : ["--db", server.db]));
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, { env: cleanEnvironment(), encoding: "utf8" });
  // 3: the session of somebody who is banned is left out, where the database is there to tell.
  assert.ok(status === 0 || status === 3, stderr);
  if ("secret" in server) await server.sql(stdout);
}

for (const host of HOSTS) {
  describe(`${host.name}, with imported accounts`, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    /** @type {Awaited<ReturnType<typeof publishedTables>>["people"]} */
    let people;
    /** @type {string} */
    let dir;

    before(async () => {
      server = await host.start({ scopes: ["state:ca", "state:tx"] });
      dir = await mkdtemp(join(tmpdir(), "portcullis-import-"));
      const secret = "secret" in server ? server.secret : (await readFile(join(server.dir, "portcullis.secret"), "utf8")).trim();
      const published = await publishedTables({ baseURL: server.url, secret });
      people = published.people;
      const file = join(dir, "better-auth.json");
      await writeFile(file, JSON.stringify(published.tables));
      await importInto(server, file);
    });
    after(async () => {
      await server?.stop();
      await rm(dir, { recursive: true, force: true });
    });

    const signIn = (/** @type {string} */ email, /** @type {string} */ password) => send(server.url + SIGN_IN, { json: { email, password } });

    test("somebody who is signed in there is signed in here, by cookie and by token", async () => {
      const [ann] = people;
      const byCookie = await send(server.url + GET_SESSION, { headers: { cookie: String(ann?.cookie) } });
      assert.equal(byCookie.json?.user.id, ann?.id, byCookie.text);
      assert.equal(byCookie.json.user.image, "https://img.example/ann.png");
      const byToken = await send(server.url + GET_SESSION, { headers: { authorization: `Bearer ${ann?.token}` } });
      assert.equal(byToken.json?.user.email, "ann@imported.example");
    });

    test("the password of before signs in, and another one doesn't", async () => {
      assert.equal((await signIn("Bob@imported.example", `${PASSWORD}!`)).status, 401);
      const answer = await signIn("Bob@imported.example", PASSWORD);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.user.id, people[1]?.id);
      // The second time it is our own hash that is compared.
      assert.equal((await signIn("bob@imported.example", PASSWORD)).status, 200);
      assert.equal((await signIn("bob@imported.example", NEW)).status, 401);
    });

    test("somebody who was banned gets in neither by password nor by session", async () => {
      assert.equal((await signIn("cat@imported.example", PASSWORD)).status, 401);
      const headers = { authorization: `Bearer ${people[2]?.token}` };
      assert.equal((await send(server.url + GET_SESSION, { headers })).json, null);
    });

    test("a role that was mapped counts, and its scope", async () => {
      const headers = { authorization: `Bearer ${people[0]?.token}` };
      const ask = async (/** @type {string} */ scope) => {
        const answer = await send(`${server.url}/api/check`, { json: { permission: "pin:reveal", scope }, headers });
        return answer.json.allow;
      };
      assert.deepEqual([await ask("state:ca"), await ask("state:tx")], [true, false]);
    });
  });
}
