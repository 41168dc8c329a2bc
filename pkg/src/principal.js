// @ts-check
import { PortcullisError } from "./errors.js";

/**
 * The principal that an access token speaks of.
 *
 * @param {Readonly<Record<string, unknown>>} claims of a token that was verified
 * @returns {import("./index.js").Principal}
 */
export function principalOf({ sub, grants = [], tier, exp }) {
  if (typeof sub !== "string") throw new PortcullisError("missing_claim", "token has no claim `sub`");
  if (!Array.isArray(grants)) throw new PortcullisError("malformed_claims", "claim `grants` is not a list");
  /** @type {import("./index.js").Principal} */
  const principal = { id: sub, grants: [...grants] };
  if (typeof tier === "string") principal.tier = tier;
  // Down to the second, as the verifier reads it: the side that accepts less.
  if (typeof exp === "number") principal.expiresSecs = Math.floor(exp);
  return principal;
}
