// Better Auth on workerd with D1, as its documentation sets it up, with the argon2id of hash-wasm at our cost
// and a route that an application would guard.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { bearer, jwt } from "better-auth/plugins";
import { argon2id, argon2Verify } from "hash-wasm";
import { createLocalJWKSet, jwtVerify } from "jose";

const COST = { parallelism: 1, iterations: 2, memorySize: 19_456, hashLength: 32, outputType: "encoded" };

const password = {
  hash: (text) => argon2id({ ...COST, password: text, salt: crypto.getRandomValues(new Uint8Array(16)) }),
  verify: ({ hash, password: text }) => argon2Verify({ hash, password: text }),
};

let auth;
let keys;

function start(env) {
  return betterAuth({
    baseURL: env.ORIGIN,
    secret: env.SECRET,
    database: env.DB,
    emailAndPassword: { enabled: true, password },
    rateLimit: { enabled: false },
    session: { cookieCache: { enabled: env.COOKIE_CACHE === "on", maxAge: 300 } },
    plugins: [bearer(), jwt()],
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}

export default {
  async fetch(request, env) {
    auth ??= start(env);
    const { pathname } = new URL(request.url);
    if (pathname === "/migrate") {
      await (await getMigrations(auth.options)).runMigrations();
      return Response.json({ ok: true });
    }
    if (pathname === "/guarded/session") {
      const session = await auth.api.getSession({ headers: request.headers });
      return session === null ? new Response(null, { status: 401 }) : Response.json({ allow: true, id: session.user.id });
    }
    if (pathname === "/guarded/token") {
      keys ??= createLocalJWKSet(await auth.api.getJwks());
      const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
      const { payload } = await jwtVerify(token, keys, { issuer: env.ORIGIN, audience: env.ORIGIN });
      return Response.json({ allow: true, id: payload.sub });
    }
    return auth.handler(request);
  },
};
