/**
 * Permission checks and token verification for the page, Node and Workers.
 *
 * The same compiled core decides on the server, so a button and the call behind it can't disagree.
 * It can verify and never sign.
 */

/**
 * Makes a gate. Throws {@link PortcullisError} when it can't be supplied or when its parts are wrong.
 *
 * With the interface that `portcullis policy types` writes for a policy, a misspelt name doesn't compile:
 * `await createGate<Clinic>({ baseUrl: "" })`.
 */
export function createGate<P extends PolicyTypes = AnyPolicy>(options: GateOptions): Promise<Gate<P>>;

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

/** The names of a policy; `portcullis policy types` writes one for yours. */
export interface PolicyTypes {
  permission: string;
  role: string;
  tier: string;
  app: string;
  level: string;
  resources: object;
  auth: object;
  context: object;
}

/** A policy whose names aren't known when the program is compiled. */
export type AnyPolicy = PolicyTypes;

/** Where something happens: `"state:ca/team:t7"`, or ids by level. `""` and `{}` are the global scope. */
export type Scope<L extends string = string> = string | Readonly<ScopeIds<L>>;

/** Ids of scopes by level. */
export type ScopeIds<L extends string> = string extends L ? Record<string, string> : { [level in Exclude<L, "global">]?: string };

/** What is asked for: a permission, an app or a tier. */
export type Request<P extends PolicyTypes = AnyPolicy> =
  | ({ permission: P["permission"] } & Circumstances<P>)
  | ({ action: string; resource: keyof P["resources"] & string } & Circumstances<P>)
  | ({ action: string; resource: string extends P["permission"] ? string : never } & Circumstances<P>)
  | { app: P["app"] }
  | { tier: P["tier"] };

/** What goes with a permission. */
export interface Circumstances<P extends PolicyTypes = AnyPolicy> {
  /** Where; not with a record that says so itself. */
  scope?: Scope<P["level"]> | null;
  /** The id of a tenant: where, instead of `scope`. */
  tenant?: string | null;
  /**
   * The record that it is about. Of its own members those that the policy declares are read; one that can't be read,
   * or isn't of the declared type, counts as absent.
   */
  record?: object | null;
  /** The fields that are to be read or written. */
  fields?: readonly string[] | null;
  /** Attributes of the request that the policy declares. */
  context?: object | null;
  /** The account that it is about: the roles it has, and those it is to get or lose. */
  target?: { grants: readonly string[] } | null;
}

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
  /** Values of the attributes that the policy declares under `[auth]`. */
  attributes?: Readonly<Record<string, unknown>>;
  /** What it is in tenants: one entry a tenant, with the roles that were made there. */
  tenants?: readonly Membership[];
}

/** What a principal is in a tenant. */
export interface Membership {
  id: string;
  /** Default: `false`, a member. */
  owner?: boolean;
  roles?: readonly { name: string; permissions: readonly string[] }[];
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
   * Where `/api` is: `""` for the page's own origin, or an absolute URL. The gate then fetches its snapshots there,
   * and the keys to verify them with. Absent, everything is passed in: `snapshot` with `jwks`, or `policy` with
   * `token` and `jwks` or with `principal`.
   */
  baseUrl?: string;
  /** Used instead of the global `fetch`. */
  fetch?: FetchLike;
  /**
   * A permission snapshot, the answer of `GET /api/auth/snapshot`: what a server puts into a page so that its gate
   * opens without a request. Needs `jwks`, and without `baseUrl` also `issuer` and `audience`. With `baseUrl` it is
   * what the gate begins with; one that has expired is then fetched anew.
   *
   * A snapshot is good for five minutes at most. It is refused, and what is in force stays so, when its signature
   * doesn't hold (`signature_invalid`, `unknown_key`), when it is another issuer's, audience's or type's
   * (`issuer_mismatch`, `audience_mismatch`, `typ_mismatch`) or another user's than `subject` (`subject_mismatch`), when
   * it has `expired` or comes from more than a minute in the future (`issued_in_future`), when it is older than one of
   * the same user that was in force (`snapshot_rolled_back`), when it is longer than 256 KiB (`token_too_large`), or
   * isn't of the form (`malformed_token`, `malformed_snapshot`, and the codes of policies).
   */
  snapshot?: string;
  /** The only user whose snapshots are taken. Default: whoever is signed in. */
  subject?: string;
  /** An access token; its claims `sub`, `grants`, `tier` and `exp` are the principal. */
  token?: string;
  /** The keys that `snapshot` or `token` is verified with: a JWK Set, a JWK, or the JSON text of either. */
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
  /**
   * Whether, with `baseUrl`, the snapshot is refreshed in the background: every `refreshSecs`, before it expires, when
   * the page is looked at again and when the network is back; after a failure with growing pauses. Default: `true`.
   */
  refresh?: boolean;
  /**
   * The longest time between two refreshes, in seconds, at least 1; each comes up to a quarter earlier. Default: 30.
   *
   * A change of roles, tenants, attributes or policy counts on the server at once, in the page after this time and
   * that of a request, and at the latest, if no request gets through, in the second in which the snapshot expires:
   * from then on everything is denied. A server that has nothing new answers 304, and nothing is verified.
   */
  refreshSecs?: number;
}

/**
 * `ready`; `expired`: the snapshot's or token's time is over and it was not renewed; `signed-out`: the server knows nobody; `closed`.
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
  /**
   * SHA-256 of the document, in hexadecimal: two policies that say the same have the same. Worked out when it is
   * first asked for, unless the server told it.
   */
  readonly digest: string;
}

/** The signed-in user. */
export interface User {
  id: string;
  name?: string;
  email?: string;
  emailVerified?: boolean;
  image?: string;
  [member: string]: unknown;
}

export interface GateUpdate {
  /**
   * A newer snapshot, verified with the keys the gate has; alone, because it replaces everything. For gates that were
   * made with `snapshot` or `baseUrl`. Listeners aren't told when it says what the one in force says.
   */
  snapshot?: string;
  /** A new token, verified with the keys the gate has. */
  token?: string;
  principal?: Principal;
  policy?: PolicyDocument | string;
  /** `null` lets scopes count as they are written again. */
  scopes?: readonly string[] | null;
}

/** An end that is near. */
export interface Expiring {
  /** Time left, in milliseconds. */
  readonly remainingMs: number;
  /** When it is, in milliseconds since the epoch. */
  readonly expiresMs: number;
  /** Whether nothing but signing in again helps; otherwise the session's use moves its end, as `get-session` does. */
  readonly isFinal: boolean;
}

/** An allow or a deny. */
export interface Verdict {
  allow: boolean;
  /** Why: `role_granted`, `rule_allowed`, `tier_sufficient`, or the reason of a denial such as `out_of_scope`. */
  code: string;
}

/** A verdict with its reasons. */
export interface Explanation extends Verdict {
  /** The reason as a sentence for people. */
  message: string;
  /** The clause of the policy that decided. */
  clause?: { path: string; line?: number; column?: number };
  /** On an allow by role or tenant, the grant or membership that carried it. */
  grantedBy?: string;
  /** On a denial, alternative sets of changes that would each allow it, the smallest first. */
  missing: Change[][];
  /**
   * There when `missing` leaves sets out: there are too many, or the gate was made from a snapshot, which says nothing of
   * roles that the principal doesn't hold. `POST /api/check` tells them.
   */
  complete?: false;
  /** Grants of the principal that confer nothing under this policy. */
  ignoredGrants?: IgnoredGrant[];
}

/** One change: to the principal, or to how a comparison in a rule comes out. */
export type Change =
  | { kind: "grant"; role: string; scope: string }
  | { kind: "tier"; tier: string }
  | { kind: "renew" }
  | { kind: "tenant"; tenant: string; as: "owner" | "member" | "role" }
  | { kind: "fact"; fact: string; is: boolean };

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
export interface Gate<P extends PolicyTypes = AnyPolicy> {
  /**
   * Whether a permission is allowed at a scope; absent, globally. `false` for anything unknown; never throws.
   *
   * Text, then a scope; or one object with everything: `gate.can({ permission: "note:update", record: note })`.
   * Both cost a few look-ups. What a request with `fields` or `target` costs is a call into the module. The system's
   * clock is read once a task: within one, a principal doesn't expire.
   */
  can(permission: P["permission"], scope?: Scope<P["level"]> | null): boolean;
  can(request: Request<P>): boolean;
  /** The verdict with its code; never throws. */
  check(request: Request<P>): Verdict;
  check(permission: P["permission"], scope?: Scope<P["level"]> | null): Verdict;
  /** The verdict with its reasons and what is missing; never throws. */
  explain(request: Request<P>): Explanation;
  explain(permission: P["permission"], scope?: Scope<P["level"]> | null): Explanation;
  /** Whether the principal's tier is this one or a higher one. */
  hasTier(tier: P["tier"]): boolean;
  /** Whether the principal's tier opens an app. */
  canOpen(app: P["app"]): boolean;
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
  /**
   * Calls `listener` after every change, and once when the principal expires; not when a refresh brings nothing new.
   * Returns what ends that.
   */
  subscribe(listener: () => void): () => void;
  /**
   * When everything will be denied, in milliseconds since the epoch, as far as it is known now; `null` when it isn't, or
   * the gate isn't `ready`. With `baseUrl` that is the end of the session, which moves when the session is used; a
   * snapshot's or token's own end counts where nothing renews it, as when the server can't be reached.
   */
  readonly expiresMs: number | null;
  /** How long that is from now, in milliseconds; at least 0. */
  readonly remainingMs: number | null;
  /**
   * Calls `listener` once when {@link expiresMs} comes nearer than `beforeSecs` (60 unless given), and again only after
   * it has been further away meanwhile. Nobody is told of an end that was moved away in time, of a session that was
   * signed out of, or of an end that is past. In a page that nobody looks at, timers are up to a minute late; it is
   * looked again when somebody does. Returns what ends that.
   */
  onExpiring(listener: (expiring: Expiring) => void, options?: { beforeSecs?: number }): () => void;
  /** Replaces parts; throws {@link PortcullisError} and changes nothing when one of them is wrong. */
  update(changes: GateUpdate): void;
  /**
   * Asks for a fresh snapshot now; rejects when that fails or it is refused, and keeps the old one. Without `baseUrl` it
   * does nothing.
   */
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
) => Promise<{
  status: number;
  ok: boolean;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
}>;
