/**
 * Permission checks and token verification for the page, Node and Workers.
 *
 * The same compiled core decides on the server, so a button and the call behind it can't disagree.
 * It can verify and never sign.
 */

/** Makes a gate. Throws {@link PortcullisError} when it can't be supplied or when its parts are wrong. */
export function createGate(options: GateOptions): Promise<Gate>;

/** Makes a token verifier. Throws {@link PortcullisError} when the keys or the rules could never verify anything. */
export function createVerifier(options: VerifierOptions): Promise<Verifier>;

/** What this package throws. */
export class PortcullisError extends Error {
  constructor(code: string, message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown);
  /** A stable name in snake case, such as `expired`, `signature_invalid`, `policy_syntax`, `network_error`. */
  readonly code: string;
  /** The values compared, where there are some. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Where something happens: `"state:ca/team:t7"`, or ids by level. `""` and `{}` are the global scope. */
export type Scope = string | Readonly<Record<string, string>>;

/** What is asked for: exactly one of `permission`, `app` and `tier`; `scope` goes with `permission` alone. */
export type Request =
  | { permission: string; scope?: Scope | null }
  | { app: string }
  | { tier: string };

/** Who asks. */
export interface Principal {
  /** The user's id. */
  id: string;
  /** Roles and where they are held: `"ROLE"` globally, `"ROLE@state:ca"`, or the same as members. */
  grants: (string | { role: string; scope?: Scope })[];
  /** Absent means the policy's default tier. */
  tier?: string;
  /** From this second (Unix time) on, everything is denied with `principal_expired`. */
  expiresSecs?: number;
}

/** A policy document in the format `portcullis-policy/1`, as `GET /api/policy` answers it. */
export interface PolicyDocument {
  format: "portcullis-policy/1";
  name: string;
  version?: string;
  [member: string]: unknown;
}

export interface GateOptions {
  /**
   * Where `/api` is: `""` for the page's own origin, or an absolute URL. The gate then fetches its token, keys,
   * policy and scopes there. Absent, everything is passed in: `policy`, and `token` with `jwks` or `principal`.
   */
  baseUrl?: string;
  /** Used instead of the global `fetch`. */
  fetch?: FetchLike;
  /** An access token; its claims `sub`, `grants`, `tier` and `exp` are the principal. */
  token?: string;
  /** The keys that `token` is verified with: a JWK Set, a JWK, or the JSON text of either. */
  jwks?: KeySet;
  /** Demanded of `iss`. With `baseUrl`, its origin unless given; otherwise unchecked unless given. */
  issuer?: string | string[];
  /** Demanded of `aud`; as `issuer`. */
  audience?: string | string[];
  /** The policy, as a document or its JSON text. */
  policy?: PolicyDocument | string;
  /**
   * Full paths of the scopes there are, such as `"state:ca/team:t7"`. What lies in what is then taken from them alone;
   * absent, a scope counts as the caller writes it.
   */
  scopes?: readonly string[];
  /** Who asks, when there is no token. Trusted as it is. */
  principal?: Principal;
  /** Milliseconds since the epoch; `Date.now` unless given. */
  now?: () => number;
  /** Whether the token is renewed in the background before it expires. Default: `true`. */
  refresh?: boolean;
}

/**
 * `ready`; `expired`: the token's time is over and it was not renewed; `signed-out`: the server knows nobody; `closed`.
 * In every state but `ready`, everything is denied.
 */
export type GateStatus = "ready" | "expired" | "signed-out" | "closed";

/** The state of a gate; the same object until something changes. */
export interface GateSnapshot {
  /** Counts up with every change. */
  readonly revision: number;
  readonly status: GateStatus;
  readonly principal: Readonly<Principal>;
  readonly user: Readonly<User> | null;
  readonly policy: PolicyIdentity;
}

export interface PolicyIdentity {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the document, in hexadecimal: two policies that say the same have the same. */
  readonly digest: string;
}

/** The signed-in user, as `GET /api/auth/me` tells. */
export interface User {
  id: string;
  name?: string;
  email?: string;
  [member: string]: unknown;
}

export interface GateUpdate {
  /** A new token, verified with the keys the gate has. */
  token?: string;
  principal?: Principal;
  policy?: PolicyDocument | string;
  /** `null` lets scopes count as they are written again. */
  scopes?: readonly string[] | null;
}

/** An allow or a deny. */
export interface Verdict {
  allow: boolean;
  /** Why: `role_granted`, `superuser`, `tier_sufficient`, or the reason of a denial such as `out_of_scope`. */
  code: string;
}

/** A verdict with its reasons. */
export interface Explanation extends Verdict {
  /** The reason as a sentence for people. */
  message: string;
  /** The clause of the policy that decided. */
  clause?: { path: string; line?: number; column?: number };
  /** On an allow by role, the grant that carried it. */
  grantedBy?: string;
  /** On a denial, alternative sets of changes that would each allow it, the narrowest grants first. */
  missing: Change[][];
  /** Grants of the principal that confer nothing under this policy. */
  ignoredGrants?: IgnoredGrant[];
}

/** One change to a principal. */
export type Change =
  | { kind: "grant"; role: string; scope: string }
  | { kind: "tier"; tier: string }
  | { kind: "renew" };

export interface IgnoredGrant {
  grant: string;
  reason: string;
}

/** A role, permission, tier or app, with what people call it. */
export interface Named {
  readonly name: string;
  readonly label: string;
  /** The lowest tier that may use it. */
  readonly tier?: string;
}

/** Decides synchronously; made by {@link createGate}. */
export interface Gate {
  /** Whether a permission is allowed at a scope; absent, globally. `false` for anything unknown; never throws. */
  can(permission: string, scope?: Scope | null): boolean;
  /** The verdict with its code; never throws. */
  check(request: Request): Verdict;
  check(permission: string, scope?: Scope | null): Verdict;
  /** The verdict with its reasons and what is missing; never throws. */
  explain(request: Request): Explanation;
  explain(permission: string, scope?: Scope | null): Explanation;
  /** Whether the principal's tier is this one or a higher one. */
  hasTier(tier: string): boolean;
  /** Whether the principal's tier opens an app. */
  canOpen(app: string): boolean;
  /** The apps that {@link canOpen} lets in, in the order of the policy. */
  accessibleApps(): readonly Named[];
  readonly permissions: readonly Named[];
  readonly roles: readonly Named[];
  /** Lowest first. */
  readonly tiers: readonly Named[];
  readonly apps: readonly Named[];
  /** Scope levels, `global` first. */
  readonly levels: readonly string[];
  /** The principal's tier; `null` when the policy doesn't know it. */
  readonly tier: string | null;
  /** The scopes there are, when the gate was given them. */
  readonly scopes: readonly string[] | undefined;
  readonly principal: Readonly<Principal>;
  readonly user: Readonly<User> | null;
  readonly policy: PolicyIdentity;
  readonly status: GateStatus;
  /** The current state; the same object until something changes. */
  getSnapshot(): GateSnapshot;
  /** Calls `listener` after every change, and once when the principal expires. Returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** Replaces parts; throws {@link PortcullisError} and changes nothing when one of them is wrong. */
  update(changes: GateUpdate): void;
  /** Fetches a fresh token now; rejects when that fails, and keeps the old one. Without `baseUrl` it does nothing. */
  refresh(): Promise<void>;
  /** Ends background work and frees memory; everything is denied from then on. */
  close(): void;
}

/** A JWK Set, a JWK, or the JSON text of either. */
export type KeySet = { keys: readonly object[] } | { kty: string; [member: string]: unknown } | string;

export interface VerifierOptions {
  /** A JWK Set, a JWK, or the JSON text of either. Keys of other kinds than ES256 are skipped. */
  jwks: KeySet;
  /** Accepted algorithms. Default: `["ES256"]`. */
  algorithms?: string[];
  /** Makes `iss` required, and equal to this or to one of these. Default: unchecked. */
  issuer?: string | string[];
  /** Makes `aud` required, and to contain this or one of these. Default: unchecked. */
  audience?: string | string[];
  /** Demanded of the header's `typ`, so that a token of one kind can't pass for another. Default: unchecked. */
  typ?: string;
  /** Seconds granted to clocks that disagree, 0 to 300. Default: 0. */
  leewaySecs?: number;
  /** Whether a token without `exp` is refused. Default: `true`. */
  requireExp?: boolean;
  /** Milliseconds since the epoch; `Date.now` unless given. */
  now?: () => number;
}

/** A token that passed. Frozen: the same object is returned for the same token. */
export interface VerifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Verifies tokens synchronously; made by {@link createVerifier}. */
export interface Verifier {
  /**
   * Verifies a compact token. One of the last 256 that passed costs a look-up; its times are checked every time.
   * Throws {@link PortcullisError} with the code of the first check that failed.
   */
  verify(token: string): VerifiedToken;
  /** Frees memory; the verifier can't be used afterwards. */
  close(): void;
}

/** As much of `fetch` as a gate uses. */
export type FetchLike = (
  url: string,
  init: { headers: Record<string, string>; credentials?: "include"; cache?: "no-store"; signal: AbortSignal },
) => Promise<{ status: number; ok: boolean; json(): Promise<unknown> }>;
