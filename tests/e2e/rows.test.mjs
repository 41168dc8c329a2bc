// @ts-check
// The bound client's statements on a real D1: the answers are SQLite's, row for row.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { Miniflare } from "miniflare";

import { PROGRAM } from "../support/program.mjs";

/**
 * @typedef {object} Statement
 * @property {string} what
 * @property {string} sql
 * @property {(string | number | null)[]} params
 * @property {Record<string, unknown>[]} rows SQLite's answer
 */

/** Prints them; `crates/store/examples/rows_statements.rs` says how. */
const STATEMENTS = join(dirname(PROGRAM), "examples/rows_statements");

const MAX_PARAMETERS = 100;
const MAX_STATEMENT_BYTES = 100_000;

/** @type {{ name: string, setUp: string[], statements: Statement[] }[]} */
let worlds = [];
/** @type {Miniflare} */
let miniflare;

/** @param {number} n */
const binding = (n) => `WORLD_${n}`;

/** The worlds with which every statement goes to a database of its own. */
function printed() {
  if (!existsSync(STATEMENTS)) {
    throw new Error(`there is no ${STATEMENTS}; build it with \`cargo xtask build native\``);
  }
  const output = execFileSync(STATEMENTS, { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  const found = /** @type {typeof worlds} */ ([]);
  for (const line of output.split("\n").filter((text) => text !== "")) {
    const { world, setUp, ...statement } = JSON.parse(line);
    if (world === undefined) found.at(-1)?.statements.push(statement);
    else found.push({ name: world, setUp, statements: [] });
  }
  return found;
}

before(() => {
  worlds = printed();
  miniflare = new Miniflare({
    modules: true,
    script: "export default {}",
    d1Databases: [...worlds.map((_, n) => binding(n)), "EMPTY"],
  });
});

after(async () => {
  await miniflare?.dispose();
});

/** @param {string} name */
const database = (name) => miniflare.getD1Database(name);

/**
 * Rows with fractions as numbers: versions of SQLite write the same one with 15 to 17 digits. Very large and
 * very small ones D1 writes with a last digit of its own.
 *
 * @param {Record<string, unknown>[]} rows
 */
const exact = (rows) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const fraction = typeof value === "string" && /^(real )?(-?\d+\.\d+(?:e[+-]\d+)?)$/.exec(value);
        return [name, fraction ? [fraction[1], rounded(Number(fraction[2]))] : value];
      }),
    ),
  );

/** @param {number} number */
function rounded(number) {
  const size = Math.abs(number);
  return number === 0 || (size > 1e-9 && size < 1e16) ? number : Number(number.toPrecision(14));
}

/** @param {Statement} statement */
const bytes = ({ sql }) => Buffer.byteLength(sql);

test("D1 answers every statement of the bound client as SQLite does", async (t) => {
  const count = { statements: 0, rows: 0, selects: 0, writes: 0, written: 0 };
  for (const [n, { name, setUp, statements }] of worlds.entries()) {
    const db = await database(binding(n));
    await db.batch(setUp.map((sql) => db.prepare(sql)));
    for (const { what, sql, params, rows } of statements) {
      const told = `${name}, ${what}: ${sql.slice(0, 2_000)}\n${JSON.stringify(params).slice(0, 2_000)}`;
      const prepared = db.prepare(sql).bind(...params);
      const answer = await prepared.all().catch((/** @type {Error} */ error) => assert.fail(`${error.message}\n${told}`));
      assert.deepEqual(exact(answer.results), exact(rows), told);
      count.statements += 1;
      count.rows += rows.length;
      if (sql.startsWith("SELECT")) count.selects += 1;
      else count.writes += 1;
      if (!sql.startsWith("SELECT")) count.written += rows.length;
    }
  }
  t.diagnostic(JSON.stringify({ worlds: worlds.length, ...count }));
  assert.ok(count.selects > 300 && count.writes > 100 && count.written > 50 && count.rows > 2_000, JSON.stringify(count));
});

test("the statements go to D1's limits and not past them", async (t) => {
  const all = worlds.flatMap(({ statements }) => statements);
  const params = all.map((statement) => statement.params.length);
  const longest = Math.max(...all.map(bytes));
  t.diagnostic(`the longest has ${longest} bytes, the fullest ${Math.max(...params)} parameters`);
  assert.equal(Math.max(...params), MAX_PARAMETERS);
  assert.ok(longest > 15_000 && longest <= MAX_STATEMENT_BYTES, String(longest));

  const db = await database("EMPTY");
  const marks = (/** @type {number} */ count) => Array.from({ length: count }, (_, n) => `(?${n + 1})`).join(", ");
  const bound = (/** @type {number} */ count) =>
    db
      .prepare(`SELECT count(*) AS n FROM (SELECT 1 AS x) WHERE x IN (${marks(count)})`)
      .bind(...Array(count).fill(1))
      .all();
  assert.deepEqual((await bound(MAX_PARAMETERS)).results, [{ n: 1 }]);
  await assert.rejects(bound(MAX_PARAMETERS + 1), /too many SQL variables|variable number/i);
  const padded = (/** @type {number} */ length) => db.prepare("SELECT 1 AS n".padEnd(length)).all();
  assert.deepEqual((await padded(MAX_STATEMENT_BYTES)).results, [{ n: 1 }]);
  await assert.rejects(padded(MAX_STATEMENT_BYTES + 1), /statement too long/);
});

test("D1 takes and gives numbers as doubles, so that large ones go as text", async () => {
  const db = await database("EMPTY");
  const [row] = (await db.prepare("SELECT 9007199254740993 AS given, typeof(?1) AS taken").bind(2 ** 31).all()).results;
  assert.deepEqual(row, { given: 9007199254740992, taken: "real" });

  const all = worlds.flatMap(({ statements }) => statements);
  const numbers = all.flatMap(({ params }) => params).filter((value) => typeof value === "number");
  assert.ok(numbers.every((value) => Math.abs(value) <= 2 ** 53));
  assert.ok(numbers.includes(4_102_444_800), "the year 2100, in seconds");
  const texts = JSON.stringify(all.map(({ rows }) => rows));
  for (const number of ["2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808"]) {
    assert.ok(texts.includes(`integer ${number}`), `${number} is stored`);
  }
});
