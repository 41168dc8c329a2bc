// @ts-check
// The worker on real workerd with a local D1, without `wrangler dev` around it: no debugger, whose records of every
// request grow without end, and no proxy, which loses requests when many come at once.
//
// Run as a program it is the process of such a host: `SETUP` says what it serves, until it is ended.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Log, LogLevel, Miniflare } from "miniflare";

import { ROOT, cleanEnvironment } from "./program.mjs";
import { Worker, needed } from "./worker.mjs";

const SETUP = "WORKERD_SETUP";
const THIS = fileURLToPath(import.meta.url);
const BUILD = join(ROOT, "worker/build");

/**
 * What such a process serves.
 *
 * @typedef {object} Setup
 * @property {number} port
 * @property {string} d1 where D1 has its files
 * @property {Record<string, string>} bindings variables and secrets of the worker
 */

/**
 * Starts the worker on a database of its own.
 *
 * @param {import("./worker.mjs").WorkerOptions} [options]
 */
export async function startWorkerd(options = {}) {
  needed();
  const server = await Workerd.create(options);
  await server.start(options.env ?? {});
  return server;
}

class Workerd extends Worker {
  /** @override @param {Record<string, string>} env */
  async start(env) {
    const bindings = { ...this.variables(env), PORTCULLIS_SECRET: this.secret };
    /** @type {Setup} */
    const setup = { port: this.port, d1: join(this.db, "v3/d1"), bindings };
    // The environment isn't seen in the list of processes, as arguments are.
    await this.run(process.execPath, [THIS], { ...cleanEnvironment(), [SETUP]: JSON.stringify(setup) }, ROOT);
  }
}

/** @param {Setup} setup */
async function serve({ port, d1, bindings }) {
  const [glue, wasm, config] = await Promise.all([
    readFile(join(BUILD, "index.js"), "utf8"),
    readFile(join(BUILD, "index_bg.wasm")),
    readFile(join(ROOT, "wrangler.toml"), "utf8"),
  ]);
  const named = (/** @type {string} */ name) => new RegExp(`^${name} = "(.+)"$`, "m").exec(config)?.[1] ?? "";
  /** @param {import("node:stream").Readable} out @param {import("node:stream").Readable} errors */
  const passOn = (out, errors) => {
    out.pipe(process.stdout);
    errors.pipe(process.stderr);
  };
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    modulesRoot: BUILD,
    modules: [
      { type: "ESModule", path: join(BUILD, "index.js"), contents: glue },
      { type: "CompiledWasm", path: join(BUILD, "index_bg.wasm"), contents: wasm },
    ],
    compatibilityDate: named("compatibility_date"),
    d1Databases: { DB: named("database_id") },
    d1Persist: d1,
    bindings,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio: passOn,
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void miniflare.dispose().then(() => process.exit(0)));
  await miniflare.ready;
}

if (process.argv[1] === THIS) await serve(JSON.parse(process.env[SETUP] ?? ""));
