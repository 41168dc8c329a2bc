// @ts-check
// The published Better Auth server, and what a client can tell of answers.

import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";

import { freePort } from "./server.mjs";

/** @typedef {import("./http.mjs").Answer} Answer */

/**
 * The published server, with its users in memory.
 *
 * @param {{ email: string, password: string, name: string }} user
 * @param {string} trusted an origin that may call
 */
export async function startPublished(user, trusted) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const auth = betterAuth({
    baseURL: url,
    secret: "a secret of the tests that is long enough",
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true, minPasswordLength: 15, sendResetPassword: async () => {} },
    emailVerification: { sendVerificationEmail: async () => {} },
    user: { changeEmail: { enabled: true }, deleteUser: { enabled: true } },
    rateLimit: { enabled: false },
    plugins: [bearer()],
    trustedOrigins: [trusted],
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  await auth.api.signUpEmail({ body: { email: user.email, password: user.password, name: user.name } });
  const server = createServer(toNodeHandler(auth));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  return { url, origin: url, stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}

/** What we say of a session beside the protocol's members, and the address that a proxy would say. */
const OUR_MEMBERS = ["absoluteExpiresAt", "authenticatedAt", "deviceId", "deviceName", "ipAddress", "lastActiveAt"];

/** The cookies that we set beside the protocol's. */
const OUR_COOKIES = /^better-auth\.(bookmark|device|known_device)=/;

const HEADERS = ["content-type", "location", "set-cookie", "set-auth-token"];

/**
 * What a client can tell of an answer, with every random or dated value replaced by its form. Our
 * additions are left out: `image: null` where it is unset, the address that a proxy would say, and
 * `cache-control: no-store` on everything.
 *
 * @param {Answer} answer
 */
export function seen(answer) {
  let body = answer.text;
  if (answer.headers["content-type"] === "application/json" && body !== "") {
    const json = JSON.parse(body);
    if (json?.user?.image === null) delete json.user.image;
    for (const session of [json?.session, ...(Array.isArray(json) ? json : [])]) {
      for (const name of OUR_MEMBERS) if (session) delete session[name];
    }
    body = JSON.stringify(sorted(json), undefined, 1);
  }
  const headers = Object.fromEntries(HEADERS.map((name) => [name, answer.headers[name]]));
  const cookies = answer.setCookies.filter((line) => !OUR_COOKIES.test(line));
  if (cookies.length < answer.setCookies.length) headers["set-cookie"] = cookies.length > 0 ? cookies : undefined;
  const text = JSON.stringify({ status: answer.status, headers, body });
  return text
    .replaceAll(/([A-Za-z0-9]{32}|true)\.[A-Za-z0-9+/]{43}=/g, "$1.<signature>")
    .replaceAll(/([A-Za-z0-9]{32}|true)\.(?:[A-Za-z0-9]|%2B|%2F){43}%3D/g, "$1.<signature in a URL>")
    .replaceAll(/(?<![A-Za-z0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
    .replaceAll(/someone-\w+@example\.org/g, "<someone>");
}

/**
 * @param {any} value
 * @returns {any}
 */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
