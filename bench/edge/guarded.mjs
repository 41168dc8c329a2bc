// A worker of an application with a guarded route, by the npm package: it verifies the server's access token and decides
// here. What was made of a token is kept with the verified token itself, which the verifier gives out again for the same
// text as long as it holds.
import { createGate, createVerifier } from "portcullis";
import policy from "./policy.json";

/** @type {Awaited<ReturnType<typeof createVerifier>> | undefined} */
let verifier;
/** @type {WeakMap<object, Awaited<ReturnType<typeof createGate>>>} */
const gates = new WeakMap();

async function gateOf(verified) {
  const kept = gates.get(verified);
  if (kept !== undefined) return kept;
  const { sub, grants, tier, attributes, tenants, exp } = verified.claims;
  const principal = { id: sub, grants, tier, attributes, tenants, expiresSecs: exp };
  const gate = await createGate({ policy, principal });
  gates.set(verified, gate);
  return gate;
}

export default {
  async fetch(request, env) {
    verifier ??= await createVerifier({ jwks: env.JWKS, issuer: env.ORIGIN, audience: env.ORIGIN, typ: "at+jwt" });
    const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
    const verified = verifier.verify(token);
    const gate = await gateOf(verified);
    const { allow, code } = gate.check("pin:reveal");
    return Response.json({ allow, code, id: verified.claims.sub }, { status: allow ? 200 : 403 });
  },
};
