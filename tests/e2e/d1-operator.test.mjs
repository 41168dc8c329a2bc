// @ts-check
// A database on D1 as its operator has it, with wrangler's own export and execute: sealed from a dump, and taken back
// from one, into another D1 and into a file for `portcullis serve`.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { signedIn } from "../support/http.mjs";
import { NO_EARLIER, earlierDatabases } from "../support/earlier.mjs";
import { LocalD1 } from "../support/local-d1.mjs";
import { PROGRAM, cleanEnvironment, portcullis } from "../support/program.mjs";
import { startNative } from "../support/server.mjs";

const SECRET = randomBytes(32).toString("base64");
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.parse("2020-01-01T00:00:00Z");

/** Statements that add audit records, one a day. @param {number} from @param {number} count */
function days(from, count) {
  const texts = Array.from({ length: count }, (_, n) => {
    const at = FIRST_DAY_MS + (from + n) * DAY_MS;
    const fields = `{"a":"é''; --","n":${n}}`;
    return `INSERT INTO audit (at_ms, action, status, request_id, latency_ms, fields) VALUES (${at}, 'auth.login', 'ok', 'r${n}', 1, '${fields}');`;
  });
  return texts.join("\n");
}

/** The program with the secret, to its end. @param {string[]} args */
function run(args) {
  const env = { ...cleanEnvironment(), PORTCULLIS_SECRET: SECRET };
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

/** The report of a verification, which must end with this code. @param {string[]} args @param {number} code */
function verify(args, code) {
  const { status, stdout, stderr } = run(["audit", "verify", "--json", ...args]);
  assert.equal(status, code, stdout + stderr);
  return JSON.parse(stdout);
}

/** Everything in a dump, one row a line, apart from what two databases needn't have alike. @param {string} path */
function content(path) {
  return readFileSync(path, "utf8").split("\n").sort();
}

describe("sealing a log that is on D1", () => {
  /** @type {LocalD1} */
  let d1;
  /** @type {string} */
  let dump;
  /** @param {string} dir @param {string} name @param {string} before @param {string} from @param {string[]} more */
  const sealed = (dir, name, before, from = dump, ...more) => {
    const files = { to: join(dir, `${name}.jsonl`), sql: join(dir, `${name}.sql`) };
    const args = ["audit", "seal", "--dump", from, "--before", before, "--to", files.to, "--sql", files.sql];
    return { ...files, ...run([...args, ...more]) };
  };
  const records = (/** @type {LocalD1} */ of) =>
    of.execute(
      "SELECT (SELECT count(*) FROM audit) AS records, (SELECT min(id) FROM audit) AS first, " +
        "(SELECT count(*) FROM audit_chain) AS links, (SELECT count(*) FROM audit_segment) AS segments;",
    );

  before(async () => {
    d1 = await LocalD1.migrated();
    await d1.execute(days(0, 20));
    // Signing keys and a checkpoint, as the worker makes them by itself.
    assert.equal(run(["audit", "checkpoint", "--db", await d1.file()]).status, 0);
    dump = await d1.export("dump.sql");
  });
  after(() => d1.remove());

  test("filled, exported, sealed, applied, filled again, exported: all of it is whole", async () => {
    const copy = await d1.copy();
    const seal = sealed(copy.dir, "first", "2020-01-11");
    assert.equal(seal.status, 0, seal.stderr);
    assert.match(seal.stdout, /first\.jsonl\t10 records, 1 to 10\n/);
    assert.match(seal.stderr, /wrangler d1 execute DB --remote --file .*first\.sql/);
    await copy.execute(days(20, 3));
    await copy.executeFile(seal.sql);
    assert.deepEqual(await records(copy), [{ records: 14, first: 11, links: 15, segments: 1 }]);
    // Twice is as good as once.
    await copy.executeFile(seal.sql);
    assert.deepEqual(await records(copy), [{ records: 14, first: 11, links: 15, segments: 1 }]);

    const next = await copy.export("next.sql");
    assert.equal(verify(["--dump", next, "--segment", seal.to], 0).records, 24);
    const second = sealed(copy.dir, "second", "2020-01-16", next, "--keep");
    assert.equal(second.status, 0, second.stderr);
    await copy.executeFile(second.sql);
    assert.deepEqual(await records(copy), [{ records: 15, first: 11, links: 16, segments: 2 }]);
    // The first again, when another segment is the newest.
    await copy.executeFile(seal.sql);
    assert.deepEqual(await records(copy), [{ records: 15, first: 11, links: 16, segments: 2 }]);
    const last = await copy.export("last.sql");
    const report = verify(["--dump", last, "--segment", seal.to, "--segment", second.to], 0);
    assert.deepEqual([report.segments, report.files], [2, 2]);
    verify(["--segments-only", "--segment", seal.to, "--segment", second.to], 0);
    await copy.remove();
  });

  test("nothing happens on a log whose links aren't those of the dump, or that is sealed further", async () => {
    const seal = sealed(d1.dir, "altered", "2020-01-11");
    assert.equal(seal.status, 0, seal.stderr);
    const altered = await d1.copy();
    await altered.execute(
      "DROP TRIGGER audit_chain_is_not_changed; UPDATE audit_chain SET hash = printf('%064d', 7) WHERE id = 10;",
    );
    const before = await records(altered);
    await altered.executeFile(seal.sql);
    assert.deepEqual(await records(altered), before);
    await altered.remove();

    const further = await d1.copy();
    const other = sealed(further.dir, "other", "2020-01-06");
    await further.executeFile(other.sql);
    const now = await records(further);
    await further.executeFile(seal.sql);
    assert.deepEqual(await records(further), now);
    await further.remove();
  });

  test("a dump that was tampered with isn't sealed, nor one whose end was cut off", async () => {
    const text = readFileSync(dump, "utf8");
    const forged = join(d1.dir, "forged-dump.sql");
    writeFileSync(forged, text.replace(`'auth.login','ok',NULL,NULL,'r4'`, `'auth.login','ok','mallory',NULL,'r4'`));
    assert.notEqual(readFileSync(forged, "utf8"), text);
    const refused = sealed(d1.dir, "forged", "2020-01-11", forged);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /the audit log isn't whole, and was left as it is/);
    assert.equal(existsSync(refused.to) || existsSync(refused.sql), false);

    const cut = join(d1.dir, "cut-dump.sql");
    writeFileSync(cut, text.slice(0, text.indexOf("CREATE TRIGGER audit_segment_fits")));
    const short = sealed(d1.dir, "cut", "2020-01-11", cut);
    assert.equal(short.status, 1);
    assert.match(short.stderr, /it isn't whole, `\w+` is missing; export it again/);
    assert.equal(verify(["--dump", dump], 0).records, 20);
    assert.equal(run(["audit", "verify", "--dump", cut]).status, 2);
  });

  test("a receiver that wasn't told yet is waited for, also one that D1 alone knows", async () => {
    const copy = await d1.copy();
    const ready = sealed(copy.dir, "ready", "2020-01-11");
    await copy.execute("INSERT INTO audit_sink (name, upto) VALUES ('syslog', 9);");
    const before = await records(copy);
    await copy.executeFile(ready.sql);
    assert.deepEqual(await records(copy), before);
    const behind = sealed(copy.dir, "behind", "2020-01-11", await copy.export("behind-dump.sql"));
    assert.match(behind.stderr, /the receiver `syslog` has records up to 9 alone/);
    await copy.execute("UPDATE audit_sink SET upto = 10;");
    await copy.executeFile(ready.sql);
    assert.deepEqual(await records(copy), [{ records: 11, first: 11, links: 12, segments: 1 }]);
    await copy.remove();
  });
});

describe("taking back a dump of D1 with rows in every table", { skip: NO_EARLIER }, () => {
  /** @type {LocalD1} */
  let d1;
  /** @type {string} */
  let dump;

  before(async () => {
    d1 = await LocalD1.empty();
    await d1.execute(earlierDatabases().at(-1)?.sql ?? "");
    const applied = JSON.stringify([{ results: await d1.execute("SELECT name FROM d1_migrations;"), success: true }]);
    const plan = await portcullis(["migrate", "plan", "--applied", "-"], applied);
    if (plan.trim() !== "") await d1.execute(plan);
    // Text that a dump has to write with care.
    await d1.execute(
      "UPDATE user SET name = 'a' || char(10) || 'b' || char(13, 10) || '; -- '';' || char(9, 8232) || '%s 🔑' " +
        "WHERE id = (SELECT min(id) FROM user);",
    );
    dump = await d1.export("dump.sql");
  });
  after(() => d1.remove());

  test("into another D1: its own dump is the same", async () => {
    const other = await LocalD1.empty();
    await other.executeFile(dump);
    assert.deepEqual(content(await other.export("again.sql")), content(dump));
    assert.deepEqual(await other.execute("PRAGMA foreign_key_check;"), []);
    await other.remove();
  });

  test("into a file: sound, migrated, and with the same rows", async () => {
    const db = join(d1.dir, "restored.sqlite");
    const restored = run(["restore", "--from", dump, "--db", db]);
    assert.equal(restored.status, 0, restored.stderr);
    assert.doesNotMatch(await portcullis(["migrate", "status", "--db", db]), /pending/);
    const place = await LocalD1.empty();
    // A local D1 is a SQLite file, so that wrangler's own dump says what is in this one.
    await place.execute("SELECT 1;");
    assert.equal(run(["restore", "--from", dump, "--db", join(place.dir, "db")]).status, 0);
    const file = await place.file();
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    writeFileSync(file, readFileSync(join(place.dir, "db")));
    assert.deepEqual(content(await place.export("again.sql")), content(dump));
    await place.remove();
  });

  test("accounts and keys that were on D1 are served from a file", async () => {
    const server = await startNative();
    try {
      const [local, person] = [await LocalD1.migrated(), { email: "ada@d1.test", password: "a user who was on D1" }];
      const add = ["user", "add", "--email", person.email, "--password-stdin", "--sql"];
      await local.execute(await portcullis(add, person.password));
      assert.equal(run(["audit", "checkpoint", "--db", await local.file()]).status, 0);
      const kid = run(["keys", "list", "--dump", await local.export("keys.sql")]).stdout.split("\t")[0];
      const from = await local.export("served.sql");
      await server.kill("SIGTERM");
      for (const suffix of ["", "-wal", "-shm"]) rmSync(server.db + suffix, { force: true });
      const restored = run(["restore", "--from", from, "--db", server.db]);
      assert.equal(restored.status, 0, restored.stderr);
      assert.match(run(["doctor", "--db", server.db]).stdout, /ok +keys: 2 are there/);
      await server.start({ PORTCULLIS_SECRET: SECRET });
      const page = await signedIn(server, person);
      assert.equal((await page.get("/api/auth/get-session")).json.user.email, person.email);
      const { keys } = (await page.get("/api/auth/jwks")).json;
      assert.ok(keys.some((/** @type {{ kid: string }} */ key) => key.kid === kid), "the worker's key is published");
      verify(["--db", server.db], 0);
      await local.remove();
    } finally {
      await server.stop();
    }
  });

  test("a dump that ends too early is refused, and no file is made", () => {
    const text = readFileSync(dump, "utf8");
    const cut = join(d1.dir, "cut.sql");
    for (const end of ["CREATE TRIGGER audit_is_not_changed", "CREATE INDEX session_user", "DELETE FROM sqlite_sequence"]) {
      writeFileSync(cut, text.slice(0, text.indexOf(end)));
      const db = join(d1.dir, "cut.sqlite");
      const { status, stderr } = run(["restore", "--from", cut, "--db", db]);
      assert.equal(status, 1);
      assert.match(stderr, /it isn't whole, `\w+` is missing; export it again/);
      assert.equal(existsSync(db), false);
    }
  });

  test("a dump reaches no other file", () => {
    const target = join(d1.dir, "elsewhere.sqlite");
    const evil = join(d1.dir, "evil.sql");
    for (const sql of [`ATTACH '${target}' AS x; CREATE TABLE x.y (z);`, `VACUUM INTO '${target}';`]) {
      writeFileSync(evil, `${readFileSync(dump, "utf8")};${sql}`);
      assert.equal(run(["audit", "verify", "--dump", evil]).status, 2);
      assert.equal(run(["restore", "--from", evil, "--db", join(d1.dir, "evil.sqlite")]).status, 1);
      assert.equal(existsSync(target), false);
    }
  });
});
