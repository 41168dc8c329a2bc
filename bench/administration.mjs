// Administration and API keys on workerd with local D1, beside Better Auth 1.7 with its plugins for both, on the same
// workerd with as many accounts in a D1 of its own: lists, pages far behind, searches, keys that are verified.
// BENCH_USERS says how many accounts there are: 10,000, or a million with which filling takes two minutes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../tests/support/program.mjs";
import { startWorker } from "../tests/support/worker.mjs";
import { bundleBetterAuth } from "./edge/bundle.mjs";
import { compareAll } from "./edge/compare.mjs";
import { send } from "./edge/load.mjs";
import { FLOORS, OURS, bindingsOf, startWorkerd } from "./edge/workerd.mjs";
import { writeFigures } from "./report.mjs";

const USERS = Number(process.env.BENCH_USERS ?? 10_000);
const POLICY = "name = 'bench'\nversion = '1'\n[roles.admin]\nlevel = 9\n[roles.user]\nlevel = 1\n[permissions]\n" +
  ["user:list", "user:get", "user:update", "apikey:manage", "apikey:verify", "thing:read"].map((name) => `"${name}" = ["admin"]\n`).join("");
const SECRET = "a secret of the benchmark that is long enough";

const running = [];
const start = async (options) => {
  const worker = await startWorkerd({ port: await freePort(), ...options });
  running.push(worker);
  return worker;
};
const scratch = await mkdtemp(join(tmpdir(), "portcullis-bench-"));
const OPERATOR = { email: "operator@example.org", password: "the operator of the benchmark", name: "Operator", roles: ["admin"] };
const prepared = await startWorker({ policyText: POLICY, users: [OPERATOR] });
await prepared.kill("SIGTERM");
try {
  const ours = await ourWorker();
  const theirs = await theirWorker();
  const floor = await start({ modules: FLOORS });
  const deep = (USERS / 10) * 9;
  const far = `50 by time, from ${deep} on`;
  const cases = {
    "API key verified": { "Portcullis, guarded route": ours.key, "Portcullis, key/verify": ours.verify, "Better Auth": theirs.key },
    [`first 50 of ${USERS} users`]: { "Portcullis": ours.list("limit=50"), "Better Auth": theirs.list("limit=50") },
    [far]: {
      "Portcullis, offset": ours.list(`limit=50&offset=${deep}&sortBy=createdAt`),
      "Portcullis, cursor": ours.list(`limit=50&sortBy=createdAt&cursor=${encodeURIComponent(await ours.cursor(deep))}`),
      "Better Auth": theirs.list(`limit=50&offset=${deep}&sortBy=createdAt`),
    },
    "search of an e-mail": {
      "Portcullis": ours.list("limit=50&searchField=email&searchOperator=contains&searchValue=person77"),
      "Better Auth": theirs.list("limit=50&searchField=email&searchOperator=contains&searchValue=person77"),
    },
    "floor": { "one bare D1 read": { url: `${floor.url}/read` } },
  };
  // A page of Better Auth's that far behind takes most of a second: of sixteen at once, connections are cut.
  const alone = USERS > 100_000 ? [far] : [];
  await writeFigures({ host: "workerd, local D1", users: USERS, figures: await compareAll(cases, alone) });
} finally {
  await Promise.all(running.map((worker) => worker.stop()));
  await prepared.stop();
  await rm(scratch, { recursive: true, force: true });
}

/** What its schedule does every minute, until searches are ready. */
async function settle(worker) {
  const database = await worker.workerd.getD1Database("DB");
  const scheduled = await worker.workerd.getWorker();
  const waits = () => database.prepare("SELECT count(*) AS n FROM user_block WHERE signed <> version").first("n");
  while ((await waits()) > 0) await scheduled.scheduled();
}

/** Accounts `person0@example.org` and on, in pieces that D1 takes. */
async function fill(worker, { into, columns }) {
  const database = await worker.workerd.getD1Database("DB");
  const PIECE = 5000;
  for (let from = 0; from < USERS; from += PIECE) {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(USERS, from + PIECE)})`;
    await database.prepare(`INSERT INTO ${into} ${numbers} SELECT ${columns} FROM n`).run();
  }
}

async function ourWorker() {
  const bindings = bindingsOf(prepared, { PORTCULLIS_POLICY_TEXT: POLICY });
  const worker = await start({ ...OURS, persist: `${prepared.db}/v3/d1`, bindings });
  await fill(worker, {
    into: "user (id, email, name, email_verified, created_at_ms, updated_at_ms)",
    columns: "printf('u%031d', i), 'person' || i || '@example.org', 'Person ' || i, 1, 1700000000000 + i * 1000, 1700000000000 + i * 1000",
  });
  await settle(worker);
  const api = `${worker.url}/api/auth`;
  const { email, password } = OPERATOR;
  const json = { "content-type": "application/json", origin: prepared.url };
  const { cookie } = await send({ url: `${api}/sign-in/email`, method: "POST", headers: json, body: JSON.stringify({ email, password }) });
  const headers = { cookie };
  const made = await send({ url: `${api}/api-key/create`, method: "POST", headers: { ...json, ...headers }, body: '{"name":"bench","rateLimitEnabled":false,"permissions":{"thing":["read"],"apikey":["verify"]}}' });
  const { key } = JSON.parse(made.text);
  const list = (query) => ({ url: `${api}/admin/list-users?${query}`, headers });
  return {
    list,
    key: { url: `${worker.url}/api/check`, method: "POST", headers: { "x-api-key": key }, body: '{"permission":"thing:read"}' },
    verify: { url: `${api}/api-key/verify`, method: "POST", headers: { ...json, ...headers }, body: JSON.stringify({ key }) },
    /** Where a page behind so many begins. */
    cursor: async (offset) => JSON.parse((await send(list(`limit=1&offset=${offset - 1}&sortBy=createdAt`))).text).next,
  };
}

async function theirWorker() {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const modules = await bundleBetterAuth("better-auth-admin.mjs");
  const worker = await start({ port, modules, modulesRoot: "/peer", persist: join(scratch, "peer"), bindings: { ORIGIN: origin, SECRET } });
  await send({ url: `${origin}/migrate` });
  const api = `${origin}/api/auth`;
  const json = { "content-type": "application/json", origin };
  const account = { email: "ann@example.org", password: "correct horse battery staple", name: "Ann" };
  await send({ url: `${api}/sign-up/email`, method: "POST", headers: json, body: JSON.stringify(account) });
  const database = await worker.workerd.getD1Database("DB");
  await database.prepare("UPDATE user SET role = 'admin'").run();
  await fill(worker, {
    into: "user (id, email, name, emailVerified, createdAt, updatedAt, role)",
    columns: "printf('u%031d', i), 'person' || i || '@example.org', 'Person ' || i, 1, " +
      "strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + i, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + i, 'unixepoch'), 'user'",
  });
  const { cookie } = await send({ url: `${api}/sign-in/email`, method: "POST", headers: json, body: JSON.stringify(account) });
  const made = await send({ url: `${api}/api-key/create`, method: "POST", headers: { ...json, cookie }, body: '{"name":"bench"}' });
  const { key } = JSON.parse(made.text);
  return {
    list: (query) => ({ url: `${api}/admin/list-users?${query}`, headers: { cookie } }),
    key: { url: `${origin}/guarded/key`, headers: { "x-api-key": key } },
  };
}
