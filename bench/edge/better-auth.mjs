// Better Auth on workerd with D1, as its documentation sets it up, with the argon2id of hash-wasm at our cost
// and routes that an application would guard: by session, by token in each way that it has, and by a bare jose.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { requestToResourceInput, verifyAccessTokenRequest } from "better-auth/oauth2";
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

const tokenOf = (request) => (request.headers.get("authorization") ?? "").slice("Bearer ".length);
const told = (payload) => (payload ? Response.json({ allow: true, id: payload.sub }) : new Response(null, { status: 401 }));

/** The ways to guard a route, by their paths. */
const GUARDED = {
  "/guarded/session": async (request) => {
    const session = await auth.api.getSession({ headers: request.headers });
    return told(session && { sub: session.user.id });
  },
  // The endpoint of the plugin `jwt`.
  "/guarded/jwt": async (request) => {
    const { payload } = await auth.api.verifyJWT({ body: { token: tokenOf(request) } });
    return told(payload);
  },
  // What the documentation gives resource servers; the key set is kept for five minutes.
  "/guarded/access-token": async (request, { ORIGIN }) => {
    const payload = await verifyAccessTokenRequest(requestToResourceInput(request), {
      jwksFetch: () => auth.api.getJwks(),
      jwksCacheKey: auth,
      verifyOptions: { issuer: ORIGIN, audience: ORIGIN },
    });
    return told(payload);
  },
  // No part of Better Auth: what verifying alone costs.
  "/guarded/jose": async (request, { ORIGIN }) => {
    keys ??= createLocalJWKSet(await auth.api.getJwks());
    const { payload } = await jwtVerify(tokenOf(request), keys, { issuer: ORIGIN, audience: ORIGIN });
    return told(payload);
  },
};

export default {
  async fetch(request, env) {
    auth ??= start(env);
    const { pathname } = new URL(request.url);
    if (pathname === "/migrate") {
      await (await getMigrations(auth.options)).runMigrations();
      return Response.json({ ok: true });
    }
    const guarded = GUARDED[pathname];
    if (guarded !== undefined) return guarded(request, env);
    return auth.handler(request);
  },
};
