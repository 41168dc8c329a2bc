// The worker on workerd with local D1, beside Better Auth on the same workerd with a D1 of its own, a worker that
// does nothing and one that reads a row: requests a second and how long they take at 1 and 16 connections, start-up,
// bytes. Each case goes round by round through its candidates; the round with the median rate counts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { freePort, portcullis } from "../tests/support/program.mjs";
import { startWorker } from "../tests/support/worker.mjs";
import { bundleBetterAuth, bundleGuarded } from "./edge/bundle.mjs";
import { compareAll } from "./edge/compare.mjs";
import { send } from "./edge/load.mjs";
import { startUp } from "./edge/start-up.mjs";
import { FLOORS, OURS, OUR_FILES, bindingsOf, startWorkerd } from "./edge/workerd.mjs";
import { writeFigures } from "./report.mjs";

const STARTS = 9;
const SECRET = "a secret of the benchmark that is long enough";
const ANN = { email: "ann@example.org", password: "correct horse battery staple", name: "Ann", roles: ["NATIONAL_ADMIN"] };

const peer = await bundleBetterAuth("better-auth.mjs");

const running = [];
const start = async (options) => {
  const worker = await startWorkerd({ port: await freePort(), ...options });
  running.push(worker);
  return worker;
};

const scratch = await mkdtemp(join(tmpdir(), "portcullis-bench-"));
const prepared = await startWorker({ users: [ANN] });
await prepared.kill("SIGTERM");
const BINDINGS = bindingsOf(prepared, { PORTCULLIS_POLICY: "field-ops" });
try {
  const ours = await ourWorker();
  const theirs = await theirWorker("off");
  const cached = await theirWorker("on");
  const floor = await start({ modules: FLOORS });

  const cases = {
    "sign-in, argon2id": { "Portcullis": ours.signIn, "Better Auth": theirs.signIn },
    "get-session": {
      "Portcullis": ours.session,
      "Better Auth": theirs.session,
      "Better Auth, cookie cache": cached.session,
    },
    "guarded route": {
      "Portcullis, POST /api/check": ours.guarded,
      "Portcullis, npm package in an own worker": ours.guardedByPackage,
      "Better Auth, session": theirs.guarded("session"),
      "Better Auth, verifyJWT": theirs.guarded("jwt"),
      "Better Auth, verifyAccessTokenRequest": theirs.guarded("access-token"),
      "bare jose, which asks no policy": theirs.guarded("jose"),
    },
    "token": { "Portcullis": ours.token, "Better Auth": theirs.token },
    "jwks": { "Portcullis": ours.jwks, "Better Auth": theirs.jwks },
    "floor": { "an empty worker": { url: `${floor.url}/` }, "one bare D1 read": { url: `${floor.url}/read` } },
  };
  const figures = await compareAll(cases);
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
  const starts = await startUps();
  console.log(`start-up until the first answer, median of ${STARTS}`);
  for (const [name, ms] of Object.entries(starts)) console.log(`  ${name.padEnd(28)} ${ms.toFixed(0).padStart(6)} ms`);
  const { glue, wasm } = OUR_FILES;
  const bytes = { wasm: wasm.length, "wasm, gzip": gzipSync(wasm, { level: 9 }).length, "glue, gzip": gzipSync(glue, { level: 9 }).length };
  console.log(`bytes: ${JSON.stringify(bytes)}; Better Auth's bundle ${peer[0].contents.length}`);
  await writeFigures({ host: "workerd, local D1", figures, starts, bytes });
} finally {
  await Promise.all(running.map((worker) => worker.stop()));
  await prepared.stop();
  await rm(scratch, { recursive: true, force: true });
}

/** Our worker with an account, and the calls of each case. */
async function ourWorker() {
  const worker = await start({ ...OURS, persist: `${prepared.db}/v3/d1`, bindings: BINDINGS });
  const { email, password } = ANN;
  const api = `${worker.url}/api/auth`;
  const signIn = { url: `${api}/sign-in/email`, method: "POST", body: JSON.stringify({ email, password }) };
  const { cookie } = await send(signIn);
  const { token } = JSON.parse((await send({ url: `${api}/token`, headers: { cookie } })).text);
  const authorization = `Bearer ${token}`;
  const app = await guardedByPackage((await send({ url: `${api}/jwks` })).text);
  return {
    signIn,
    session: { url: `${api}/get-session`, headers: { cookie } },
    token: { url: `${api}/token`, headers: { cookie } },
    jwks: { url: `${api}/jwks` },
    guardedByPackage: { url: app.url, headers: { authorization } },
    guarded: {
      url: `${worker.url}/api/check`,
      method: "POST",
      headers: { authorization },
      body: '{"permission":"pin:reveal"}',
    },
  };
}

/** An application's worker that guards a route by itself. @param {string} keys of the server */
async function guardedByPackage(keys) {
  const policy = await portcullis(["policy", "json", fileURLToPath(new URL("../policies/field-ops.toml", import.meta.url))]);
  const modules = await bundleGuarded("guarded.mjs", policy);
  return start({ modules, modulesRoot: "/app", bindings: { ORIGIN: prepared.url, JWKS: keys } });
}

/** Better Auth with an account, and the calls of each case. @param {"on" | "off"} cookieCache */
async function theirWorker(cookieCache) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const persist = join(scratch, cookieCache);
  const bindings = { ORIGIN: origin, SECRET, COOKIE_CACHE: cookieCache };
  await start({ port, modules: peer, modulesRoot: "/peer", persist, bindings });
  await send({ url: `${origin}/migrate` });
  const api = `${origin}/api/auth`;
  const { email, password, name } = ANN;
  await send({ url: `${api}/sign-up/email`, method: "POST", body: JSON.stringify({ email, password, name }) });
  const signIn = { url: `${api}/sign-in/email`, method: "POST", body: JSON.stringify({ email, password }) };
  const { cookie } = await send(signIn);
  const { token } = JSON.parse((await send({ url: `${api}/token`, headers: { cookie } })).text);
  return {
    signIn,
    session: { url: `${api}/get-session`, headers: { cookie } },
    token: { url: `${api}/token`, headers: { cookie } },
    jwks: { url: `${api}/jwks` },
    /** A route that is guarded in one of the ways. @param {string} way */
    guarded: (way) => ({ url: `${origin}/guarded/${way}`, headers: way === "session" ? { cookie } : { authorization: `Bearer ${token}` } }),
  };
}

/** From the start of workerd to the first answer, of each worker alone. */
async function startUps() {
  const workers = {
    "an empty worker": { modules: FLOORS, path: "/" },
    "Portcullis": { modules: OURS.modules, bindings: BINDINGS, path: "/api/auth/ok" },
    // It looks for its tables first, and there are none: its answer is later where there are.
    "Better Auth": { modules: peer, bindings: { ORIGIN: "http://127.0.0.1:1", SECRET }, path: "/api/auth/ok", status: 500 },
  };
  const times = Object.fromEntries(Object.keys(workers).map((name) => [name, []]));
  for (let round = 0; round < STARTS; round += 1) {
    for (const [name, worker] of Object.entries(workers)) {
      const folder = join(scratch, `start ${name}`);
      times[name].push(await startUp(worker, { folder, port: await freePort() }));
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1]]));
}
