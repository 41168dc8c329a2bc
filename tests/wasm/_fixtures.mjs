// Policies and tokens that several suites here use.

import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const CLINIC = {
  format: "portcullis-policy/1",
  name: "clinic",
  version: "1.0.0",
  scopes: [{ name: "region" }, { name: "ward" }],
  roles: [
    { name: "NURSE", label: "Nurse", grant_at: ["ward"] },
    { name: "DIRECTOR", label: "Director", superuser_at: "region" },
  ],
  permissions: [
    { name: "record:read", label: "Read records", roles: ["NURSE"] },
    { name: "record:export", label: "Export records", roles: ["NURSE"], tier: "beta" },
  ],
  tiers: [{ name: "public" }, { name: "beta", label: "Beta" }],
  default_tier: "public",
  apps: [
    { name: "calendar", label: "Calendar", tier: "public" },
    { name: "lab", label: "Lab", tier: "beta" },
  ],
};

export const NURSE = { id: "u1", grants: ["NURSE@ward:w1"] };
export const ISSUER = "https://issuer.example";
/** The time of these tests, in milliseconds. */
export const NOW_MS = 1_800_000_000_000;
export const NOW_SECS = NOW_MS / 1000;

/** A key pair and what signs with it. */
export async function makeSigner(kid = "k1") {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  const sign = (claims = {}, header = {}) => {
    const all = { iss: ISSUER, aud: ISSUER, sub: "u1", iat: NOW_SECS, exp: NOW_SECS + 300, ...claims };
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(kept).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header }).sign(privateKey);
  };
  return { jwks: { keys: [jwk] }, sign };
}

/** The code of the error that `run` throws or rejects with. */
export async function codeOf(run) {
  try {
    await run();
  } catch (error) {
    return error.code ?? String(error);
  }
  return "no error";
}
