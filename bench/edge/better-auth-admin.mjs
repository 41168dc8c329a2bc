// Better Auth with its plugins for administration and API keys on workerd with D1, as its documentation sets them up.
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin } from "better-auth/plugins";

let auth;

function start(env) {
  return betterAuth({
    baseURL: env.ORIGIN,
    secret: env.SECRET,
    database: env.DB,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    plugins: [admin(), apiKey({ rateLimit: { enabled: false } })],
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
    // What an application would guard with a key: it offers no endpoint of its own for that.
    if (pathname === "/guarded/key") {
      const { valid } = await auth.api.verifyApiKey({ body: { key: request.headers.get("x-api-key") ?? "" } });
      return valid ? Response.json({ allow: true }) : new Response(null, { status: 401 });
    }
    return auth.handler(request);
  },
};
