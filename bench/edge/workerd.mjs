// Starts workers on workerd with a local D1, without the debugger that `wrangler dev` attaches: it keeps
// wasm from being optimised and formats every line of the log, several milliseconds a request.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
const { Log, LogLevel, Miniflare } = createRequire(wrangler)("miniflare");

const DATABASE = "00000000-0000-0000-0000-000000000000";

const BUILD = fileURLToPath(new URL("../../worker/build", import.meta.url));
const [glue, wasm, floors] = await Promise.all([`${BUILD}/index.js`, `${BUILD}/index_bg.wasm`, new URL("floors.mjs", import.meta.url)].map((path) => readFile(path)));

/** Our worker, as it is built. */
export const OURS = {
  modulesRoot: BUILD,
  modules: [
    { type: "ESModule", path: `${BUILD}/index.js`, contents: glue.toString() },
    { type: "CompiledWasm", path: `${BUILD}/index_bg.wasm`, contents: wasm },
  ],
};
/** Its bytes. */
export const OUR_FILES = { glue, wasm };

/** A worker that does nothing, and one read of a row. */
export const FLOORS = [{ type: "ESModule", path: "/floors.js", contents: floors.toString() }];

/** What our worker has that uses the database which another one prepared. */
export const bindingsOf = (prepared, policy) => ({ ...policy, PORTCULLIS_SECRET: prepared.secret, PORTCULLIS_ORIGIN: prepared.url, ...UNLIMITED });

/** No rate is refused: a benchmark asks from one address for more than anybody may. */
export const UNLIMITED = { PORTCULLIS_RATES: "off", PORTCULLIS_GUESSES: "off" };

/**
 * @param {{ port: number, modules: object[], modulesRoot?: string, persist?: string, bindings?: object, more?: object }} worker
 * @returns {Promise<{ url: string, startMs: number, workerd: object, stop: () => Promise<void> }>}
 */
export async function startWorkerd({ port, modules, modulesRoot = "/", persist, bindings = {}, more = {} }) {
  const started = performance.now();
  const workerd = new Miniflare({
    host: "127.0.0.1",
    port,
    modules,
    modulesRoot,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["nodejs_compat"],
    d1Databases: { DB: DATABASE },
    ...(persist === undefined ? {} : { d1Persist: persist }),
    bindings,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio: (out, err) => [out, err].forEach((stream) => stream.resume()),
    ...more,
  });
  await workerd.ready;
  return { url: `http://127.0.0.1:${port}`, startMs: performance.now() - started, workerd, stop: () => workerd.dispose() };
}
