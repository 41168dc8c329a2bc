// Who calls: the bearer of an access token, which is verified here with the server's public keys.

import { createVerifier, PortcullisError, type Principal, type Verifier } from "portcullis";

/** How long keys are kept: a new one is published a day before it signs. */
const KEYS_MS = 300_000;

/** There is no valid token; the code says what is wrong with the one that was sent. */
export class Unauthenticated extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

let kept: { origin: string; verifier: Verifier; untilMs: number } | undefined;

/** The verifier of a server's tokens. Data is kept between requests, never a pending promise of another request. */
async function verifierOf(origin: string): Promise<Verifier> {
  if (kept?.origin === origin && Date.now() < kept.untilMs) return kept.verifier;
  const answer = await fetch(`${origin}/api/auth/jwks`);
  if (!answer.ok) throw new Error(`jwks: status ${answer.status}`);
  // Issuer, audience and type are demanded: a token of another kind or for another server is none.
  const verifier = await createVerifier({ jwks: await answer.text(), issuer: origin, audience: origin, typ: "at+jwt" });
  kept = { origin, verifier, untilMs: Date.now() + KEYS_MS };
  return verifier;
}

/** The caller, as gates take it. */
export async function callerOf(request: Request, origin: string): Promise<Principal> {
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme !== "Bearer" || token === undefined) throw new Unauthenticated("token_missing");
  const verifier = await verifierOf(origin);
  try {
    return principalOf(verifier.verify(token).claims);
  } catch (error) {
    if (error instanceof PortcullisError) throw new Unauthenticated(error.code);
    throw error;
  }
}

/** What a token says of its bearer. */
function principalOf(claims: Readonly<Record<string, unknown>>): Principal {
  // More roles than a token holds; the server's own `/api/check` decides for this one.
  if (claims["partial"] === true) throw new Unauthenticated("token_partial");
  const { sub, grants, tier, attributes, tenants, exp } = claims;
  const principal = { id: sub, grants: grants ?? [], expiresSecs: exp } as Principal;
  if (tier !== undefined) principal.tier = tier as string;
  if (attributes !== undefined) principal.attributes = attributes as Record<string, unknown>;
  if (tenants !== undefined) principal.tenants = tenants as Principal["tenants"] & {};
  return principal;
}
