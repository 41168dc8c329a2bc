// @ts-check
// The two workers of examples/guarded-api on workerd, each with a database of its own.

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { build } from "esbuild";
import { Miniflare } from "miniflare";

import { ROOT } from "./program.mjs";

const EXAMPLE = join(ROOT, "examples/guarded-api");
const RUST = join(EXAMPLE, "rust/build");

/** The workers, by name; `bundle` says where `index.js` is. */
export const WORKERS = [
  { name: "rust", bundle: built },
  { name: "typescript", bundle: bundled },
];

/** The policy that both and the server have. */
export const policyText = () => readFile(join(EXAMPLE, "policy.toml"), "utf8");

/** The same as the TypeScript worker imports it. */
export const policyJson = () => readFile(join(EXAMPLE, "policy.json"), "utf8");

/** @param {string} _dir */
async function built(_dir) {
  if (!existsSync(join(RUST, "index.js"))) throw new Error("build it with `cargo xtask build example`");
  return RUST;
}

/** @param {string} dir */
async function bundled(dir) {
  await build({
    entryPoints: [join(EXAMPLE, "typescript/src/index.ts")],
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    alias: { portcullis: join(ROOT, "pkg/src/index.workerd.js") },
    loader: { ".wasm": "copy" },
    outfile: join(dir, "index.js"),
    logLevel: "error",
  });
  return dir;
}

/** A worker of the example. */
export class Guarded {
  /** @param {Miniflare} runtime @param {string} dir */
  constructor(runtime, dir) {
    this.runtime = runtime;
    this.dir = dir;
  }

  /** @param {(typeof WORKERS)[number]} worker @param {string} authOrigin */
  static async start({ bundle }, authOrigin) {
    const dir = await mkdtemp(join(tmpdir(), "portcullis-guarded-"));
    const folder = await bundle(dir);
    const runtime = new Miniflare({
      modules: true,
      modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
      modulesRoot: folder,
      scriptPath: join(folder, "index.js"),
      compatibilityDate: "2026-04-01",
      bindings: { AUTH_ORIGIN: authOrigin },
      d1Databases: { DB: "notes" },
    });
    const schema = await readFile(join(EXAMPLE, "schema.sql"), "utf8");
    const database = await runtime.getD1Database("DB");
    const statements = schema.replaceAll(/^--.*$/gmu, "").split(";").map((one) => one.trim()).filter((one) => one !== "");
    await database.batch(statements.map((one) => database.prepare(one)));
    return new Guarded(runtime, dir);
  }

  /**
   * Asks with a token.
   *
   * @param {string} method
   * @param {string} path
   * @param {string | undefined} token
   * @param {unknown} [json]
   */
  async ask(method, path, token, json) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const answer = await this.runtime.dispatchFetch(`http://notes.example${path}`, { method, headers, ...body });
    return { status: answer.status, json: /** @type {any} */ (await answer.json()) };
  }

  async stop() {
    await this.runtime.dispose();
    await rm(this.dir, { recursive: true, force: true });
  }
}
