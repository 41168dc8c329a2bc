// Permission snapshots as a server signs them.

import { CLINIC, makeSigner } from "./_fixtures.mjs";

export const BASE = "https://auth.example";
export const HERE = { ward: "w1" };
export const DIGEST = "ab".repeat(32);
/** A digest as a snapshot has it. */
export const digestOf = (hex) => Buffer.from(hex, "hex").toString("base64url");

const { format: _format, roles: _roles, permissions: _permissions, ...rest } = CLINIC;

/** The clinic's policy, packed. */
export const PACKED = {
  ...rest,
  r: [["NURSE", "Nurse", 0, ["ward"]], { name: "DIRECTOR", label: "Director", level: 0, superuser_at: "region" }],
  p: [
    ["record:read", "Read records", [0]],
    ["record:export", "Export records", [0], "beta"],
  ],
};

/**
 * What signs snapshots, and the keys to verify them with.
 *
 * @param {string} [kid]
 */
export async function makeIssuer(kid) {
  const { jwks, sign } = await makeSigner(kid);
  const issue = (nowMs, { ttlSecs = 300, header = {}, ...claims } = {}) => {
    const iat = Math.floor(nowMs / 1000);
    const all = {
      iss: BASE,
      aud: BASE,
      iat,
      exp: iat + ttlSecs,
      ver: nowMs,
      policy: PACKED,
      policyDigest: digestOf(DIGEST),
      principal: { grants: ["NURSE@ward:w1"] },
      scopes: ["region:north/ward:w1"],
      user: { name: "Ada" },
      ...claims,
    };
    return sign(all, { typ: "portcullis-snapshot+jws", ...header });
  };
  return { jwks, issue, sign };
}
