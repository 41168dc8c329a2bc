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
import { configured } from "./wrangler.mjs";

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
 * @property {Between | undefined} between what stands before the objects that hash
 */

/**
 * Something before the objects that hash passwords: it writes a line for each hash that is asked of them, and passes it on
 * or fails.
 *
 * @typedef {"passes" | "fails"} Between
 */

/** @typedef {import("./worker.mjs").WorkerOptions & { between?: Between }} WorkerdOptions */

const BETWEEN = `export class Between {
  constructor(_state, env) {
    this.env = env;
  }
  fetch(request) {
    console.log(JSON.stringify({ msg: "a hash is asked for" }));
    if (this.env.BETWEEN === "fails") return new Response("", { status: 500 });
    return this.env.REAL.get(this.env.REAL.idFromName("real")).fetch(request);
  }
}
export default { fetch: () => new Response("", { status: 404 }) };`;

/**
 * Starts the worker on a database of its own.
 *
 * @param {WorkerdOptions} [options]
 */
export async function startWorkerd(options = {}) {
  needed();
  const server = /** @type {Workerd} */ (await Workerd.create(options));
  server.between = options.between;
  await server.start(options.env ?? {});
  return server;
}

class Workerd extends Worker {
  /** @type {Between | undefined} */
  between;

  /** @override @param {Record<string, string>} env */
  async start(env) {
    const bindings = { ...this.variables(env), PORTCULLIS_SECRET: this.secret };
    /** @type {Setup} */
    const setup = { port: this.port, d1: join(this.db, "v3/d1"), bindings, between: this.between };
    // The environment isn't seen in the list of processes, as arguments are.
    await this.run(process.execPath, [THIS], { ...cleanEnvironment(), [SETUP]: JSON.stringify(setup) }, ROOT);
  }
}

/** @param {Setup} setup */
async function serve({ port, d1, bindings, between }) {
  const [glue, wasm, date, database] = await Promise.all([
    readFile(join(BUILD, "index.js"), "utf8"),
    readFile(join(BUILD, "index_bg.wasm")),
    configured("compatibility_date"),
    configured("database_id"),
  ]);
  /** @param {import("node:stream").Readable} out @param {import("node:stream").Readable} errors */
  const passOn = (out, errors) => {
    out.pipe(process.stdout);
    errors.pipe(process.stderr);
  };
  const common = { compatibilityDate: date };
  const workers = [
    {
      ...common,
      name: "portcullis",
      modulesRoot: BUILD,
      modules: [
        { type: /** @type {const} */ ("ESModule"), path: join(BUILD, "index.js"), contents: glue },
        { type: /** @type {const} */ ("CompiledWasm"), path: join(BUILD, "index_bg.wasm"), contents: wasm },
      ],
      d1Databases: { DB: database },
      ...(between === undefined ? {} : { durableObjects: { HASHER: { className: "Between", scriptName: "between" } } }),
      bindings,
    },
    ...(between === undefined ? [] : [{ ...common, ...beforeObjects(between) }]),
  ];
  const miniflare = new Miniflare({ host: "127.0.0.1", port, d1Persist: d1, workers, log: new Log(LogLevel.ERROR), handleRuntimeStdio: passOn });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void miniflare.dispose().then(() => process.exit(0)));
  await miniflare.ready;
}

/** The worker that stands before the objects. @param {Between} between */
const beforeObjects = (between) => ({
  name: "between",
  modules: true,
  script: BETWEEN,
  durableObjects: { REAL: { className: "Hasher", scriptName: "portcullis" } },
  bindings: { BETWEEN: between },
});

if (process.argv[1] === THIS) await serve(JSON.parse(process.env[SETUP] ?? ""));
