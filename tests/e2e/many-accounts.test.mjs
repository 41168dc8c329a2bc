// @ts-check
// Many accounts at a time, against every host: read in from a file, written out page by page, changed in bulk; and the
// same files by the program, without a server.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { send, signedIn } from "../support/http.mjs";
import { portcullis } from "../support/program.mjs";
import { HOSTS } from "../support/worker.mjs";
import { HEAD, POLICY_TEXT } from "./suites/office.mjs";

const USERS = "/api/v1/admin/users";
const COUNT = 30;
const FILE =
  "email,name,roles,emailVerified\n" +
  Array.from({ length: COUNT }, (_, n) => `many-${n}@example.org,"=Many ""${n}""",CLERK,true\n`).join("") +
  "high@example.org,Too High,HEAD,\nnone,,,\n";

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    /** @type {import("../support/http.mjs").Page} */
    let head;
    before(async () => {
      server = await host.start({ policyText: POLICY_TEXT, users: [HEAD] });
      head = await signedIn(server, HEAD);
    });
    after(() => server?.stop());

    /** @param {string} query */
    const read = (query) =>
      head.send(`${USERS}/import${query}`, { method: "POST", body: FILE, headers: { "content-type": "text/csv" } });
    /** All pages of a file, and how many there were. @param {string} format */
    const written = async (format) => {
      let [path, text, pages] = [`${USERS}/export?format=${format}&limit=7`, "", 0];
      for (;;) {
        const answer = await head.get(path);
        assert.equal(answer.status, 200, answer.text);
        text += answer.text;
        pages += 1;
        const next = /<([^>]+)>/.exec(String(answer.headers["link"] ?? ""))?.[1];
        if (next === undefined) return { text, pages };
        path = next;
      }
    };

    test("a file is looked at, read in, and read in again to no effect", async () => {
      const dry = (await read("?dryRun=true")).json;
      assert.equal(dry.made.length, COUNT);
      const failed = dry.failed.map((/** @type {any} */ one) => [one.line, one.code]);
      const expected = [[COUNT + 2, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"], [COUNT + 3, "INVALID_EMAIL"]];
      assert.deepEqual(failed, expected);
      const done = (await read("?resetCodeMinutes=10")).json;
      assert.deepEqual([done.made.length, done.failed.length], [COUNT, 2]);
      const { email, resetCode } = done.made[0];
      const chosen = "a sentence of my own";
      const reset = await send(`${server.url}/api/auth/reset-password`, { json: { token: resetCode, newPassword: chosen } });
      assert.deepEqual(reset.outcome, [200, { status: true }]);
      await signedIn(server, { email, password: chosen });
      assert.equal((await read("")).json.made.length, 0);
    });

    test("pages of an export are one file, in which no cell runs", async () => {
      const csv = await written("csv");
      assert.ok(csv.pages >= 5, `${csv.pages}`);
      const lines = csv.text.trim().split("\r\n");
      assert.match(String(lines[0]), /^id,email,name,/);
      const many = lines.filter((line) => line.includes("many-"));
      assert.equal(many.length, COUNT);
      assert.ok(many.every((line) => line.includes(`,"'=Many ""`)));
      const json = await written("json");
      const objects = json.text.trim().split("\n").map((line) => JSON.parse(line));
      assert.equal(objects.length, lines.length - 1);
      assert.deepEqual(objects.find((one) => one.email === "many-7@example.org").roles, ["CLERK"]);
    });

    test("those whom a filter finds are banned page by page, and nobody above", async () => {
      const filter = { searchValue: "example.org" };
      let [cursor, done, failed] = [null, 0, /** @type {any[]} */ ([])];
      do {
        const answer = await head.post(`${USERS}/bulk`, { action: "ban", filter, limit: 8, cursor });
        assert.equal(answer.status, 200, answer.text);
        done += answer.json.done.length;
        failed.push(...answer.json.failed);
        cursor = answer.json.next;
      } while (cursor !== null);
      assert.deepEqual([done, failed.map((one) => one.code)], [COUNT, ["YOU_CANNOT_BAN_YOURSELF"]]);
      const banned = await head.get("/api/auth/admin/list-users?filterField=banned&filterValue=true&limit=1");
      assert.equal(banned.json.total, COUNT);
    });
  });
}

describe("the program", () => {
  /** @type {string} */
  let dir;
  before(async () => (dir = await mkdtemp(join(tmpdir(), "many-accounts-"))));
  after(() => rm(dir, { recursive: true, force: true }));
  const place = (/** @type {string} */ name) => join(dir, name);

  test("what one database writes out another reads in", async () => {
    await writeFile(place("policy.toml"), POLICY_TEXT);
    await writeFile(place("in.csv"), FILE.replace("none,,,\n", ""));
    const policy = ["--policy", place("policy.toml")];
    const codes = await portcullis(["user", "import", place("in.csv"), "--reset-codes", ...policy, "--db", place("one.sqlite")]);
    assert.equal(codes.trim().split("\n").length, COUNT + 1);
    assert.match(codes, /^many-0@example\.org\t[0-9A-Z]{4}(-[0-9A-Z]{4}){6}$/m);
    for (const [format, name] of [["csv", "two"], ["json", "three"]]) {
      const file = place(`out.${format}`);
      await portcullis(["user", "export", "--format", String(format), "--out", file, "--db", place("one.sqlite")]);
      await portcullis(["user", "import", file, ...policy, "--db", place(`${name}.sqlite`)]);
      const again = await portcullis(["user", "export", "--format", "json", "--db", place(`${name}.sqlite`)]);
      const told = (/** @type {string} */ text) =>
        text.trim().split("\n").map((line) => JSON.parse(line)).map(({ email, name: called, roles, emailVerified }) => [email, called, roles, emailVerified]);
      const first = await portcullis(["user", "export", "--format", "json", "--db", place("one.sqlite")]);
      assert.deepEqual(told(again), told(first));
    }
    assert.ok(!(await readFile(place("out.csv"), "utf8")).includes("$argon2"));
  });

  test("lines that come to nothing are told by number, and a dry run writes nothing", async () => {
    await writeFile(place("bad.csv"), "email,roles\nx@example.org,KING\nx@example.org,\n");
    const args = ["--policy", place("policy.toml"), "--db", place("one.sqlite")];
    const before = await portcullis(["user", "export", "--db", place("one.sqlite")]);
    await assert.rejects(portcullis(["user", "import", place("bad.csv"), "--dry-run", ...args]), /line 2: the policy has no role `KING`/);
    assert.equal(await portcullis(["user", "export", "--db", place("one.sqlite")]), before);
  });
});
