// Memory of workerd under ten minutes of mixed load on our worker: sign-ins, sessions, tokens, checks, sign-outs.
// BENCH_MINUTES says how long. The first four tenths are warm-up: V8's heap, SQLite's cache and wasm's linear memory, which
// never shrinks, reach the size that the load needs. After that it is flat when it grows by less than half a percent a
// minute: by the median of the slopes between every two samples, which single collections of garbage don't move.
import { readFileSync, readdirSync } from "node:fs";

import { ADMINISTRATOR, freePort } from "../tests/support/program.mjs";
import { median } from "../tests/support/times.mjs";
import { startWorker } from "../tests/support/worker.mjs";
import { send } from "./edge/load.mjs";
import { OURS, bindingsOf, startWorkerd } from "./edge/workerd.mjs";
import { writeFigures } from "./report.mjs";

const MINUTES = Number(process.env.BENCH_MINUTES ?? 10);
const CONNECTIONS = 4;
const SAMPLES = 60;
const WARM_UP_SHARE = 0.4;
/** Growth a minute that is still flat, as a share of what is held. */
const FLAT_SHARE = 0.005;

const prepared = await startWorker();
await prepared.kill("SIGTERM");
const worker = await startWorkerd({
  port: await freePort(),
  ...OURS,
  persist: `${prepared.db}/v3/d1`,
  bindings: bindingsOf(prepared, { PORTCULLIS_POLICY: "field-ops" }),
});
try {
  const until = performance.now() + MINUTES * 60_000;
  const counts = {};
  const samples = [];
  const sampler = setInterval(() => samples.push(residentMib()), (MINUTES * 60_000) / SAMPLES);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => visits(until, counts)));
  clearInterval(sampler);
  const third = Math.floor(samples.length / 3);
  const [first, second, last] = [0, 1, 2].map((i) => median(samples.slice(i * third, (i + 1) * third)));
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const held = median(warm);
  const aMinute = slope(warm) / (MINUTES / SAMPLES);
  const isFlat = aMinute < held * FLAT_SHARE;
  console.log(`workerd under ${MINUTES} minutes of mixed load, resident memory by thirds: ${[first, second, last].map((mib) => mib.toFixed(0)).join(", ")} MiB; requests ${JSON.stringify(counts)}`);
  console.log(`after ${(MINUTES * WARM_UP_SHARE).toFixed(1)} minutes of warm-up: ${held.toFixed(0)} MiB, ${aMinute.toFixed(2)} MiB more a minute: ${isFlat ? "flat" : "it grows"}`);
  await writeFigures({ host: "workerd, local D1", minutes: MINUTES, residentMib: { first, second, last, held, aMinute, isFlat, samples }, counts });
  if (!isFlat) process.exitCode = 1;
} finally {
  await worker.stop();
  await prepared.stop();
}

/** One visitor after the other: signs in, looks at the session, asks, signs out. */
async function visits(until, counts) {
  const count = (name) => (counts[name] = (counts[name] ?? 0) + 1);
  const { email, password } = ADMINISTRATOR;
  const api = `${worker.url}/api/auth`;
  while (performance.now() < until) {
    const { cookie } = await send({ url: `${api}/sign-in/email`, method: "POST", body: JSON.stringify({ email, password }) });
    count("sign-in");
    const headers = { cookie };
    const { token } = JSON.parse((await send({ url: `${api}/token`, headers })).text);
    for (let i = 0; i < 20 && performance.now() < until; i += 1) {
      await send({ url: `${api}/get-session`, headers });
      await send({ url: `${worker.url}/api/check`, method: "POST", headers: { authorization: `Bearer ${token}` }, body: '{"permission":"pin:reveal"}' });
      count("get-session and check");
    }
    await send({ url: `${api}/sign-out`, method: "POST", headers: { ...headers, origin: prepared.url }, body: "{}" });
    count("sign-out");
  }
}

/** The resident memory of the workerd that this process started, in MiB. */
function residentMib() {
  const status = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/status`, "utf8");
    } catch {
      return "";
    }
  };
  const ours = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(status)
    .filter((text) => /^Name:\tworkerd$/m.test(text) && text.includes(`\nPPid:\t${process.pid}\n`));
  const kib = ours.map((text) => Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}

/** The median of the slopes between every two values (Theil and Sen), a step. */
function slope(values) {
  return median(values.flatMap((one, i) => values.slice(i + 1).map((other, j) => (other - one) / (j + 1))));
}
