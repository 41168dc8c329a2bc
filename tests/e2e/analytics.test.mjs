// @ts-check
// Requests as data points: the worker on real workerd with a dataset bound that writes down what it is told, where
// the platform's own would send it away. Locally wrangler binds one that does nothing.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { Log, LogLevel, Miniflare } from "miniflare";

import { send } from "../support/http.mjs";
import { eventually } from "../support/pace.mjs";
import { ROOT, portcullis } from "../support/program.mjs";
import { Worker, needed } from "../support/worker.mjs";
import { CONFIGURATION, configured } from "../support/wrangler.mjs";

const BUILD = join(ROOT, "worker/build");
const ADA = { email: "ada@example.org", password: "the administrator's own", name: "Ada Lovelace" };
/** What a dataset takes as an index, in bytes. */
const MAX_INDEX_BYTES = 96;
const MARK = "data point: ";
/** As the platform makes a binding of a module: of its environment. */
const DATASET = `export default (env) => ({
  writeDataPoint(point) {
    if (env.FAILS) throw new Error("the dataset takes nothing");
    console.log(${JSON.stringify(MARK)} + JSON.stringify(point));
  },
});`;

/** @typedef {{ indexes: string[], blobs: string[], doubles: number[] }} Point */

/** @type {Worker} */
let host;
before(async () => {
  needed();
  host = await Worker.create({ users: [ADA] });
});
after(() => host?.stop());

/**
 * Runs a test with the worker, which has the dataset, and the points written so far.
 *
 * @param {Record<string, boolean>} dataset bindings of the dataset
 * @param {(url: string, points: (count: number) => Promise<Point[]>) => Promise<void>} run
 */
async function withDataset(dataset, run) {
  const written = /** @type {Point[]} */ ([]);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: host.port,
    d1Persist: join(host.db, "v3/d1"),
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio: (/** @type {import("node:stream").Readable} */ out, /** @type {import("node:stream").Readable} */ errors) => {
      errors.resume();
      createInterface(out).on("line", (line) => line.startsWith(MARK) && written.push(JSON.parse(line.slice(MARK.length))));
    },
    workers: [
      {
        name: "portcullis",
        modulesRoot: BUILD,
        modules: [
          { type: "ESModule", path: join(BUILD, "index.js") },
          { type: "CompiledWasm", path: join(BUILD, "index_bg.wasm") },
        ],
        compatibilityDate: await configured("compatibility_date"),
        d1Databases: { DB: await configured("database_id") },
        bindings: { ...host.variables({}), PORTCULLIS_SECRET: host.secret },
        wrappedBindings: { [await bindingName()]: { scriptName: "dataset", bindings: dataset } },
      },
      { name: "dataset", modules: true, script: DATASET },
    ],
  });
  const points = (/** @type {number} */ count) => eventually(() => written.length >= count && written, `${count} data points`);
  try {
    await miniflare.ready;
    await run(host.url, points);
  } finally {
    await miniflare.dispose();
  }
}

/** The name of the binding, as wrangler.toml offers it. */
async function bindingName() {
  const config = await readFile(CONFIGURATION, "utf8");
  return /analytics_engine_datasets\]\]\n# binding = "([A-Z]+)"/u.exec(config)?.[1] ?? "";
}

test("every answer is one point: the route is its index, method and status are blobs, the milliseconds a double", async () => {
  await withDataset({}, async (url, points) => {
    const origin = { origin: host.origin };
    assert.equal((await send(`${url}/api/auth/ok`)).status, 200);
    assert.equal((await send(`${url}/api/auth/sign-in/email`, { json: ADA, headers: origin })).status, 200);
    assert.equal((await send(`${url}/api/auth/sign-in/email`, { json: { ...ADA, password: "not hers" }, headers: origin })).status, 401);
    assert.equal((await send(`${url}/api/v1/admin/users/${ADA.email}/tier?for=${ADA.email}`)).status, 401);
    const written = await points(4);
    assert.deepEqual(
      written.map(({ indexes, blobs }) => [...indexes, ...blobs]),
      [
        ["/api/auth/ok", "GET", "200"],
        ["/api/auth/sign-in/email", "POST", "200"],
        ["/api/auth/sign-in/email", "POST", "401"],
        ["/api/v1/admin/users/{user}/tier", "GET", "401"],
      ],
    );
    for (const point of written) {
      assert.deepEqual(Object.keys(point).sort(), ["blobs", "doubles", "indexes"]);
      assert.equal(point.doubles.length, 1);
      assert.ok(Number(point.doubles[0]) >= 0 && Number(point.doubles[0]) < 60_000, String(point.doubles));
    }
    const text = JSON.stringify(written);
    for (const secret of [ADA.email, ADA.name, ADA.password, "127.0.0.1", "not hers"]) assert.ok(!text.includes(secret), secret);
  });
});

test("a dataset that takes nothing keeps no answer from anybody", async () => {
  await withDataset({ FAILS: true }, async (url, points) => {
    const answer = await send(`${url}/api/auth/sign-in/email`, { json: ADA, headers: { origin: host.origin } });
    assert.deepEqual([answer.status, answer.json.user.email], [200, ADA.email]);
    assert.deepEqual(await points(0), []);
  });
});

test("no route is longer than a dataset takes an index", async () => {
  const { paths } = JSON.parse(await portcullis(["openapi"]));
  for (const path of Object.keys(paths)) assert.ok(Buffer.byteLength(path) <= MAX_INDEX_BYTES, path);
});
