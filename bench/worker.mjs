// The worker on workerd with local D1: bytes, start-up, and how long requests take at 1 and 16
// connections, beside an endpoint that does nothing.
//
// `wrangler dev` attaches a debugger, which keeps wasm from being optimised, and formats every line of
// the log: several milliseconds a request. So it prepares the database here, and workerd is then started
// without it, by the library that it uses itself.
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { ADMINISTRATOR } from "../tests/support/server.mjs";
import { startWorker } from "../tests/support/worker.mjs";
import { writeFigures } from "./report.mjs";

const REQUESTS = { "GET /api/auth/ok": 3000, "GET /api/auth/get-session": 1500, "POST /api/check": 1500, "POST /api/auth/sign-in/email": 64 };

const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
const { Log, LogLevel, Miniflare } = createRequire(wrangler)("miniflare");
const folder = fileURLToPath(new URL("../worker/build", import.meta.url));
const wasm = await readFile(`${folder}/index_bg.wasm`);
const glue = await readFile(`${folder}/index.js`);
const bytes = { wasm: wasm.length, "wasm, gzip": gzipSync(wasm, { level: 9 }).length, "glue, gzip": gzipSync(glue, { level: 9 }).length };

const server = await startWorker();
await server.kill("SIGTERM");
const started = performance.now();
const workerd = new Miniflare({
  host: "127.0.0.1",
  port: server.port,
  modules: [
    { type: "ESModule", path: `${folder}/index.js`, contents: glue.toString() },
    { type: "CompiledWasm", path: `${folder}/index_bg.wasm`, contents: wasm },
  ],
  modulesRoot: folder,
  compatibilityDate: "2026-04-01",
  d1Databases: { DB: "00000000-0000-0000-0000-000000000000" },
  d1Persist: `${server.db}/v3/d1`,
  bindings: { PORTCULLIS_POLICY: "field-ops", PORTCULLIS_SECRET: server.secret, PORTCULLIS_ORIGIN: server.url },
  log: new Log(LogLevel.ERROR),
  handleRuntimeStdio: (out, err) => [out, err].forEach((stream) => stream.resume()),
});
try {
  await workerd.ready;
  const startMs = performance.now() - started;
  const credentials = JSON.stringify({ email: ADMINISTRATOR.email, password: ADMINISTRATOR.password });
  const first = performance.now();
  await call(new Agent(), "GET", "/api/auth/get-session");
  const firstRequestMs = performance.now() - first;
  const { token } = JSON.parse(await call(new Agent(), "POST", "/api/auth/sign-in/email", credentials));

  const milliseconds = {};
  for (const connections of [1, 16]) {
    for (const [endpoint, count] of Object.entries(REQUESTS)) {
      const [method, path] = endpoint.split(" ");
      const body = path.includes("sign-in") ? credentials : '{"permission":"pin:reveal"}';
      const times = await load(connections, count, (agent) => call(agent, method, path, method === "POST" ? body : undefined, token));
      milliseconds[`${endpoint}, ${connections} connections`] = times;
    }
  }
  console.log(`worker: ${JSON.stringify(bytes)}; start ${startMs.toFixed(0)} ms, first request then ${firstRequestMs.toFixed(1)} ms`);
  for (const [name, { p50, p95, perSecond }] of Object.entries(milliseconds)) {
    console.log(`  ${name.padEnd(46)} p50 ${p50.toFixed(2).padStart(8)} ms   p95 ${p95.toFixed(2).padStart(8)} ms   ${perSecond.toFixed(0).padStart(6)}/s`);
  }
  await writeFigures({ host: "workerd, local D1", bytes, startMs, firstRequestMs, milliseconds });
} finally {
  await workerd.dispose();
  await server.stop();
}

/** Sends `count` requests over `connections` connections, each waiting for its answer. */
async function load(connections, count, send) {
  const times = [];
  let left = count;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while ((left -= 1) >= 0) {
        const sent = performance.now();
        await send(agent);
        times.push(performance.now() - sent);
      }
      agent.destroy();
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  return { p50: times[times.length >> 1], p95: times[Math.floor(times.length * 0.95)], perSecond: count / seconds };
}

function call(agent, method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token !== undefined && !path.includes("sign-in")) headers["authorization"] = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { agent, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${response.statusCode} ${text}`))));
    });
    sent.on("error", reject).end(body);
  });
}
