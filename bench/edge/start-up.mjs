// How long workerd takes from its start to a worker's first answer. workerd is started as it is, with its configuration
// compiled: miniflare would add what it takes to hand megabytes of modules over, and the configuration's text form
// what it takes to read them out of it.
import { execFile, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
const { default: WORKERD } = createRequire(createRequire(wrangler).resolve("miniflare"))("workerd");
/** A database without rows, whatever it is asked: the first answer takes none. */
const EMPTY_DATABASE = `export default {
  fetch: async (request) => {
    const asked = await request.json();
    const none = { success: true, results: [], meta: {} };
    return Response.json(Array.isArray(asked) ? asked.map(() => none) : none);
  },
};`;
const KINDS = { ESModule: "esModule", CompiledWasm: "wasm" };

/**
 * @param {{ modules: { type: string, path: string, contents: string | Uint8Array }[], bindings?: Record<string, string>, path: string, status?: number }} worker
 * @param {{ folder: string, port: number }} at where its files may be written, and where it is to listen
 * @returns {Promise<number>} milliseconds
 */
export async function startUp({ modules, bindings = {}, path, status = 200 }, { folder, port }) {
  await mkdir(folder, { recursive: true });
  const names = modules.map((module) => module.path.split("/").at(-1));
  await Promise.all(modules.map(({ contents }, i) => writeFile(join(folder, names[i]), contents)));
  const config = join(folder, "config.capnp");
  await writeFile(config, configuration(modules.map(({ type }, i) => [names[i], KINDS[type]]), bindings, port));
  const compiled = join(folder, "config.bin");
  const options = { encoding: "buffer", maxBuffer: 1 << 27 };
  await writeFile(compiled, (await promisify(execFile)(WORKERD, ["compile", "--config-only", config], options)).stdout);
  const begun = performance.now();
  const workerd = spawn(WORKERD, ["serve", "--binary", compiled], { stdio: "ignore" });
  const ended = new Promise((resolve) => workerd.once("exit", resolve));
  try {
    for (;;) {
      const answered = await answer(`http://127.0.0.1:${port}${path}`);
      const ms = performance.now() - begun;
      if (answered === status) return ms;
      if (answered !== undefined || ms > 20_000) throw new Error(`the worker answered ${answered}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    workerd.kill("SIGKILL");
    await ended;
  }
}

function configuration(modules, bindings, port) {
  const text = JSON.stringify;
  const embedded = modules.map(([name, kind]) => `(name = ${text(name)}, ${kind} = embed ${text(name)})`);
  const database = '(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "empty")]))';
  const bound = Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "empty", worker = .empty)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${embedded.join(", ")}],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [${[...bound, database].join(", ")}],
);
const empty :Workerd.Worker = (
  modules = [(name = "empty.js", esModule = ${text(EMPTY_DATABASE)})],
  compatibilityDate = "2026-04-01",
);
`;
}

/** Its status, or nothing while nobody listens. */
const answer = (url) =>
  new Promise((resolve) => {
    const asked = get(url, (response) => response.resume().once("end", () => resolve(response.statusCode)));
    asked.once("error", () => resolve(undefined));
  });
