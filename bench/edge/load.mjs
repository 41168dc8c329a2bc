// Load over HTTP: so many connections, each waiting for its answer before it asks again.
import { Agent, request } from "node:http";

/** What a run of requests took. */
export const summary = (times, seconds) => {
  const sorted = times.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99), perSecond: sorted.length / seconds, requests: sorted.length };
};

/**
 * Sends requests for about `ms` milliseconds, after a quarter of that to warm up.
 *
 * @param {{ url: string, method?: string, headers?: Record<string, string>, body?: string }} call
 * @param {{ connections: number, ms: number }} load
 */
export async function load(call, { connections, ms }) {
  await run(call, connections, ms / 4);
  return run(call, connections, ms);
}

async function run(call, connections, ms) {
  const times = [];
  const start = performance.now();
  const worker = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      while (performance.now() - start < ms) {
        const sent = performance.now();
        await send(call, agent);
        times.push(performance.now() - sent);
      }
    } finally {
      agent.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return summary(times, (performance.now() - start) / 1000);
}

/** One request whose answer must be 200, on a connection of its own without an agent; with its body as text and the cookies it sets. */
export function send({ url, method = "GET", headers = {}, body }, agent = false) {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: { ...type, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`${method} ${url}: ${response.statusCode} ${text}`));
        const cookies = (response.headers["set-cookie"] ?? []).map((line) => line.slice(0, line.indexOf(";")));
        return resolve({ text, cookie: cookies.join("; ") });
      });
    });
    sent.on("error", reject).end(body);
  });
}
