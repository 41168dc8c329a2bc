// The package as somebody gets it: packed, installed elsewhere, imported by each runtime; and what is in its module.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";
import { Miniflare } from "miniflare";

import { CLINIC, NOW_MS, NURSE, makeSigner } from "./_fixtures.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MODULE = readFileSync(join(ROOT, "pkg/dist/portcullis_bg.wasm"));

let folder;
let installed;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-package-"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(ROOT, "pkg"), encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed);
  writeFileSync(join(folder, "package.json"), '{"name": "user", "private": true, "type": "module"}');
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: folder });
  installed = join(folder, "node_modules/portcullis");
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("it has its module, its types and its README, and nothing else", () => {
  const files = execFileSync("find", [".", "-type", "f"], { cwd: installed, encoding: "utf8" }).trim().split("\n").sort();
  const expected = ["./README.md", "./dist/portcullis.d.ts", "./dist/portcullis.js", "./dist/portcullis_bg.wasm", "./dist/portcullis_bg.wasm.d.ts", "./package.json", "./src/index.d.ts"];
  for (const file of expected) assert.ok(files.includes(file), file);
  assert.deepEqual(files.filter((file) => !file.startsWith("./src/")), expected.filter((file) => !file.startsWith("./src/")));
});

test("installed elsewhere, it decides in Node, and the process ends by itself", async () => {
  const { jwks, sign } = await makeSigner();
  const options = { policy: CLINIC, jwks, token: await sign({ grants: NURSE.grants, iat: undefined, exp: 4_000_000_000 }) };
  writeFileSync(join(folder, "user.js"), `
    import { createGate, createVerifier, PortcullisError } from "portcullis";
    const options = ${JSON.stringify(options)};
    const gate = await createGate(options);
    const verifier = await createVerifier(options);
    const isRefused = (() => { try { verifier.verify("x"); } catch (error) { return error instanceof PortcullisError; } })();
    console.log(JSON.stringify([gate.can("record:read", { ward: "w1" }), gate.can("record:read"), verifier.verify(options.token).claims.sub, isRefused]));
  `);
  const out = execFileSync(process.execPath, ["user.js"], { cwd: folder, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual(JSON.parse(out), [true, false, "u1", true]);
});

test("bundled for Workers, it decides in workerd", async () => {
  writeFileSync(join(folder, "worker.js"), `
    import { createGate } from "portcullis";
    const gate = createGate({ policy: ${JSON.stringify(CLINIC)}, principal: ${JSON.stringify(NURSE)} });
    export default {
      async fetch(request) {
        const { permission, scope } = await request.json();
        return Response.json((await gate).explain(permission, scope));
      },
    };
  `);
  await build({ entryPoints: [join(folder, "worker.js")], bundle: true, format: "esm", conditions: ["workerd"], outfile: join(folder, "bundle/worker.js"), loader: { ".wasm": "copy" }, assetNames: "portcullis_bg", logLevel: "error" });
  const runtime = new Miniflare({ modules: true, modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }], scriptPath: join(folder, "bundle/worker.js"), modulesRoot: join(folder, "bundle"), compatibilityDate: "2026-01-01" });
  try {
    const ask = async (body) => (await runtime.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(body) })).json();
    assert.equal((await ask({ permission: "record:read", scope: { ward: "w1" } })).code, "role_granted");
    assert.equal((await ask({ permission: "record:read", scope: { ward: "w2" } })).code, "out_of_scope");
  } finally {
    await runtime.dispose();
  }
});

test("each runtime is given its own entry", () => {
  const { exports: map, dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  assert.deepEqual(Object.keys(map["."]), ["types", "workerd", "node", "browser", "default"]);
  assert.equal(dependencies, undefined);
  for (const entry of Object.values(map["."])) readFileSync(join(installed, entry));
  assert.doesNotMatch(readFileSync(join(installed, map["."].browser), "utf8"), /node:/);
});

test("the module is at most 110 KB after gzip", () => {
  const bytes = gzipSync(MODULE, { level: 9 }).length;
  assert.ok(bytes <= 110_000, `${bytes} bytes`);
});

test("the module imports wasm-bindgen's glue alone: no clock, no randomness, no network", () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(MODULE));
  for (const { module, name } of imports) {
    assert.equal(module, "./portcullis_bg.js");
    assert.match(name, /^(__wbg___wbindgen_throw_|__wbindgen_init_externref_table$)/);
  }
});

test("the module exports nothing that signs, hashes passwords or mints", () => {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(MODULE)).map(({ name }) => name);
  for (const name of names) assert.doesNotMatch(name, /sign|mint|issue|hash|password|generate|private|secret/i);
});

test("no crate that signs or hashes passwords is linked into the module", () => {
  const graph = execFileSync("cargo", ["tree", "-p", "portcullis-browser", "-e", "normal", "--prefix", "none", "--offline"], { cwd: ROOT, encoding: "utf8" });
  const ours = graph.split("\n").filter((line) => line.startsWith("portcullis-")).map((line) => line.split(" ")[0]);
  assert.deepEqual([...new Set(ours)].sort(), ["portcullis-browser", "portcullis-core", "portcullis-es256"]);
  assert.doesNotMatch(graph, /^(argon2|p256|ecdsa|ed25519-dalek|rsa|chacha20poly1305|hkdf|getrandom) /m);
  // jwt-compact brings HMAC along; the linker leaves out what nothing calls.
  const text = MODULE.toString("latin1");
  for (const trace of ["argon2", "hmac", "HmacCore", "ecdsa", "pkcs8", "SigningKey"]) {
    assert.equal(text.includes(trace), false, trace);
  }
});
