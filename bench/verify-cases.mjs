// The measurements of token verification, the same in Node and in a page: only the imports differ.
import { measure, measureAsync } from "./measure.mjs";

const RULES = { issuer: "https://issuer.example", audience: "https://api.example", typ: "at+jwt" };
const TOKENS = 400;

/**
 * @param {{ createVerifier: Function, jose: any }} parts
 * @returns {Promise<Record<string, Record<string, number>>>} nanoseconds by case and candidate
 */
export async function measureVerify({ createVerifier, jose }) {
  const { publicKey, privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
  const jwks = { keys: [jwk] };
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, n) => makeToken(jose, privateKey, n)));
  return {
    "one ES256 token": await fresh({ createVerifier, jose, jwks, jwk, publicKey, tokens }),
    "a token seen before": await seenBefore({ createVerifier, jwks, tokens }),
    "getting ready": await cold({ createVerifier, jwks, token: tokens[0] }),
  };
}

function makeToken(jose, privateKey, n) {
  return new jose.SignJWT({ grants: ["SUPERVISOR@state:ca/team:t7", "TEAM_MEMBER@state:nv/team:t9"], tier: "beta", sid: `session-${n}` })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .setIssuer(RULES.issuer)
    .setAudience(RULES.audience)
    .setSubject("u1")
    .setIssuedAt(1_700_000_000)
    .setExpirationTime(4_000_000_000)
    .setJti(`token-${n}`)
    .sign(privateKey);
}

/** Tokens never seen before; there are more of them than a verifier remembers, so each is verified each time. */
async function fresh({ createVerifier, jose, jwks, publicKey, tokens }) {
  const verifier = await createVerifier({ jwks, ...RULES });
  const local = jose.createLocalJWKSet(jwks);
  const joseRules = { issuer: RULES.issuer, audience: RULES.audience, typ: RULES.typ, algorithms: ["ES256"] };
  const raw = tokens.map((token) => {
    const [head, payload, signature] = token.split(".");
    return { data: new TextEncoder().encode(`${head}.${payload}`), signature: jose.base64url.decode(signature) };
  });
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const at = (i) => i % TOKENS;
  return measureAsync({
    "portcullis verify (synchronous)": (i) => verifier.verify(tokens[at(i)]).claims,
    "jose jwtVerify": async (i) => (await jose.jwtVerify(tokens[at(i)], local, joseRules)).payload,
    "crypto.subtle.verify alone (floor)": (i) => crypto.subtle.verify(algorithm, publicKey, raw[at(i)].signature, raw[at(i)].data),
  }, { operations: TOKENS });
}

async function seenBefore({ createVerifier, jwks, tokens }) {
  const verifier = await createVerifier({ jwks, ...RULES });
  const known = tokens.slice(0, 100);
  known.forEach((token) => verifier.verify(token));
  // As it comes from a header: equal text, but another string, whose hash isn't known yet.
  const halves = known.map((token) => [token.slice(0, 20), token.slice(20)]);
  return measure({
    "the same string": (i) => verifier.verify(known[i % 100]).claims,
    "an equal string": (i) => verifier.verify(halves[i % 100].join("")).claims,
  }, { operations: 50_000 });
}

async function cold({ createVerifier, jwks, token }) {
  return measureAsync({
    "making a verifier (prepares the key)": async () => (await createVerifier({ jwks, ...RULES })).close(),
    "making a verifier, and one token": async () => {
      const verifier = await createVerifier({ jwks, ...RULES });
      verifier.verify(token);
      verifier.close();
    },
  }, { operations: 20 });
}

/** Who is compared to whom, by case. */
export const BASES = {
  "one ES256 token": "jose jwtVerify",
  "a token seen before": "the same string",
  "getting ready": "making a verifier (prepares the key)",
};
