// Bundles Better Auth for workerd. hash-wasm compiles its modules from bytes, which workerd allows nobody: they
// are handed to it compiled, and it is otherwise as published.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { argon2id } from "hash-wasm";

/**
 * @param {string} name of the worker beside this file
 * @returns {Promise<object[]>} modules for workerd, the entry first
 */
export async function bundleBetterAuth(name) {
  const compiled = await modulesOfHashWasm();
  const names = compiled.map((_, i) => `hash-wasm-${i}.wasm`);
  const imports = names.map((name, i) => `import module${i} from "./${name}";`).join("\n");
  const known = compiled.map((bytes, i) => `[${bytes.length}, module${i}]`).join(", ");
  const prologue = `${imports}\nconst known = new Map([${known}]);
WebAssembly.compile = async (bytes) => known.get(bytes.byteLength);\n`;
  const entry = fileURLToPath(new URL(name, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  return [
    { type: "ESModule", path: "/peer/index.js", contents: prologue + outputFiles[0].text },
    ...names.map((name, i) => ({ type: "CompiledWasm", path: `/peer/${name}`, contents: compiled[i] })),
  ];
}

/**
 * Bundles an application's worker with the npm package, as published, and a policy.
 *
 * @param {string} name of the worker beside this file
 * @param {string} policy a policy document as JSON, which the worker imports as `./policy.json`
 * @returns {Promise<object[]>} modules for workerd, the entry first
 */
export async function bundleGuarded(name, policy) {
  const given = { name: "policy", setup: (build) => {
    build.onResolve({ filter: /^\.\/policy\.json$/ }, ({ path }) => ({ path, namespace: "policy" }));
    build.onLoad({ filter: /.*/, namespace: "policy" }, () => ({ contents: policy, loader: "json" }));
  } };
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    outdir: "/app",
    assetNames: "[name]",
    conditions: ["workerd"],
    alias: { portcullis: fileURLToPath(new URL("../../pkg/src/index.workerd.js", import.meta.url)) },
    loader: { ".wasm": "copy" },
    plugins: [given],
    logLevel: "error",
  });
  const module = ({ path, contents, text }) =>
    path.endsWith(".wasm") ? { type: "CompiledWasm", path, contents } : { type: "ESModule", path, contents: text };
  return outputFiles.map(module).sort((a, b) => Number(a.type === "CompiledWasm") - Number(b.type === "CompiledWasm"));
}

/** The modules that hash-wasm makes for one argon2id hash, caught where it compiles them. */
async function modulesOfHashWasm() {
  const caught = [];
  const { compile } = WebAssembly;
  WebAssembly.compile = (bytes) => {
    caught.push(new Uint8Array(bytes));
    return compile(bytes);
  };
  try {
    await argon2id({ password: "x", salt: new Uint8Array(16), parallelism: 1, iterations: 1, memorySize: 8, hashLength: 32 });
  } finally {
    WebAssembly.compile = compile;
  }
  return [...new Map(caught.map((bytes) => [bytes.length, bytes])).values()];
}
