// @ts-check
// Databases of every earlier version, brought up to this one on a real D1 by what `portcullis migrate`
// prints, with all their rows found again.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Miniflare } from "miniflare";

import { NO_EARLIER, earlierDatabases } from "../support/earlier.mjs";
import { portcullis } from "../support/program.mjs";

/**
 * Single statements of a script; a trigger has others inside.
 *
 * @param {string} script
 */
function statements(script) {
  const lines = script.split("\n").filter((line) => !line.startsWith("--"));
  /** @type {string[]} */
  const found = [];
  let current = "";
  for (const line of lines) {
    current += `${line}\n`;
    const isInTrigger = /^\s*CREATE TRIGGER/.test(current) && !/^END;\s*$/m.test(current);
    if (!isInTrigger && /;\s*$/.test(line)) {
      found.push(current.trim());
      current = "";
    }
  }
  assert.equal(current.trim(), "", "the script ends with a whole statement");
  return found;
}

describe("migrating a D1", { skip: NO_EARLIER }, () => {
  /** @type {string} */
  let dir;
  /** @type {Miniflare} */
  let flare;
  const versions = NO_EARLIER === false ? earlierDatabases() : [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "portcullis-migrate-"));
    flare = new Miniflare({
      modules: true,
      script: "export default { fetch: () => new Response() }",
      d1Databases: Object.fromEntries(versions.map((_, n) => [`DB${n}`, `db-${n}`])),
      d1Persist: dir,
    });
    await flare.ready;
  });
  after(async () => {
    await flare?.dispose();
    await rm(dir, { recursive: true, force: true });
  });

  versions.forEach(({ version, sql, content }, n) => {
    test(`from ${version} with rows in every table`, async () => {
      const db = await flare.getD1Database(`DB${n}`);
      const all = async (/** @type {string} */ query) => (await db.prepare(query).all()).results;
      const run = (/** @type {string} */ script) => db.batch(statements(script).map((one) => db.prepare(one)));
      await run(sql);
      /** Every value of every table of the earlier version, as text. */
      const everything = async () => {
        /** @type {Record<string, string[][]>} */
        const found = {};
        for (const [table, { columns }] of Object.entries(content)) {
          const names = columns.map((name) => `"${name}"`).join(", ");
          const rows = await all(`SELECT ${names} FROM "${table}" ORDER BY ${names}`);
          found[table] = rows.map((/** @type {Record<string, unknown>} */ row) => columns.map((name) => String(row[name])));
        }
        return found;
      };
      const before = await everything();
      for (const [table, { rows }] of Object.entries(content)) assert.equal(before[table]?.length, rows.length, table);
      // As `wrangler d1 execute --json` prints it.
      const applied = JSON.stringify([{ results: await all("SELECT name FROM d1_migrations"), success: true }]);
      const plan = await portcullis(["migrate", "plan", "--applied", "-"], applied);
      await run(plan);
      const now = JSON.stringify([{ results: await all("SELECT name FROM d1_migrations"), success: true }]);
      assert.equal(await portcullis(["migrate", "plan", "--applied", "-"], now), "", "nothing is left to do");
      assert.doesNotMatch(await portcullis(["migrate", "status", "--applied", "-"], now), /pending/);
      assert.deepEqual(await everything(), before);
      assert.deepEqual(await all("PRAGMA foreign_key_check"), []);
    });
  });
});
