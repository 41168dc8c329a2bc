// @ts-check
// The table of complaints names tests that exist.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const rows = (await readFile(new URL("tests/COMPLAINTS.md", ROOT), "utf8"))
  .split("\n")
  .filter((line) => /^\| \d+ /.test(line))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

test("every complaint has a row, and every row that claims something a test or a benchmark", () => {
  assert.deepEqual(rows.map(([number]) => Number(number)), Array.from({ length: 25 }, (_, i) => i + 1));
  for (const [number, , here = "", cited] of rows) {
    assert.ok(cited !== "" || /not yet|not planned|bench\//.test(here), `${number}: ${here}`);
  }
});

for (const [number, complaint, , cited = ""] of rows.filter((row) => row[3] !== "")) {
  test(`${number}. ${complaint}: the test is there`, async () => {
    const [, file = "", name = ""] = /^`([^`]+)`: (.+)$/.exec(cited) ?? assert.fail(`no test: ${cited}`);
    const text = await readFile(new URL(file, ROOT), "utf8");
    assert.ok(text.includes(`"${name}"`) || text.includes(`\`${name}\``) || text.includes(`fn ${name}(`), `${file}: ${name}`);
  });
}
