// @ts-check
// Real D1 databases for tests that are written in Rust: a worker on workerd passes their statements on.

import { Miniflare } from "miniflare";

const SCRIPT = `export default {
  async fetch(request, env) {
    const database = env["D1_" + new URL(request.url).pathname.slice(1)];
    if (database === undefined) return Response.json({ error: "there are no more databases" });
    const asked = await request.json();
    try {
      const results = await database.batch(asked.map(({ sql, params }) => database.prepare(sql).bind(...params)));
      return Response.json(results.map(({ results }) => results));
    } catch (error) {
      return Response.json({ error: String(error.message) });
    }
  },
};`;

/**
 * Starts a worker with so many empty databases.
 *
 * @param {number} count
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startD1(count) {
  const miniflare = new Miniflare({
    modules: true,
    script: SCRIPT,
    d1Databases: Array.from({ length: count }, (_, n) => `D1_${n}`),
  });
  const url = await miniflare.ready;
  return { url: url.origin, stop: () => miniflare.dispose() };
}
