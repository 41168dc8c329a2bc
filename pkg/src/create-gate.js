// @ts-check
import { clock } from "./clock.js";
import { Connection } from "./connection.js";
import { PortcullisError } from "./errors.js";
import { Gate, policyJson } from "./gate.js";
import { principalOf } from "./principal.js";
import { Remote } from "./remote.js";
import { Snapshots } from "./snapshot.js";
import { createVerifierWith } from "./verifier.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./index.js").GateOptions} GateOptions */

const DEFAULT_REFRESH_SECS = 30;

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 * @returns {Promise<Gate>}
 */
export async function createGateWith(engine, options) {
  if (options.baseUrl !== undefined) return connectedGate(engine, options);
  return options.snapshot === undefined ? localGate(engine, options) : snapshotGate(engine, options);
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 */
async function connectedGate(engine, options) {
  const { baseUrl = "", refresh = true, refreshSecs = DEFAULT_REFRESH_SECS, snapshot, jwks, subject } = options;
  if (!(refreshSecs >= 1)) throw malformed("`refreshSecs` is at least 1");
  if (snapshot !== undefined && jwks === undefined) throw malformed("`snapshot` needs `jwks`");
  const fetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const remote = new Remote(baseUrl, fetchLike);
  const { issuer = remote.origin, audience = remote.origin } = options;
  const settings = { issuer, audience, subject, now: clock(options.now), refresh, refreshSecs };
  return new Connection(engine, remote, settings).open(snapshot, jwks);
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 */
function snapshotGate(engine, options) {
  const { snapshot = "", jwks, issuer, audience, subject } = options;
  if (jwks === undefined || issuer === undefined || audience === undefined) {
    throw malformed("`snapshot` needs `jwks`, `issuer` and `audience`");
  }
  const now = clock(options.now);
  const snapshots = new Snapshots(engine, { issuer, audience, subject, now });
  /** @type {ReturnType<typeof tokenReader> | undefined} made when it is needed, which is seldom */
  let readToken;
  try {
    snapshots.setKeys(jwks);
    const reading = snapshots.read(snapshot);
    const gate = new Gate(engine, now, reading.parts, {
      refresh: async () => {},
      verify: (token) => (readToken ??= tokenReader(engine, options))(token),
      take: (text) => snapshots.put(gate, text),
      replaced: () => snapshots.forget(),
      close: () => snapshots.close(),
    }, { user: reading.user, session: reading.session });
    snapshots.accept(reading);
    return gate;
  } catch (error) {
    snapshots.close();
    throw error;
  }
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 */
function localGate(engine, options) {
  const { policy, scopes } = options;
  if (policy === undefined) {
    throw malformed("a gate needs `baseUrl`, `snapshot`, or `policy` with `token` or `principal`");
  }
  const verify = tokenReader(engine, options);
  const principal = options.token === undefined ? options.principal : verify(options.token);
  if (principal === undefined) {
    throw malformed("a gate with `policy` needs `token` and `jwks`, or `principal`");
  }
  return new Gate(engine, clock(options.now), { policy: policyJson(policy), principal, scopes }, {
    refresh: async () => {},
    verify,
    take: () => {
      throw malformed("this gate was made without a snapshot");
    },
    replaced: () => {},
    close: () => {},
  });
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 * @returns {(token: string) => import("./index.js").Principal}
 */
function tokenReader(engine, { jwks, issuer, audience, now }) {
  if (jwks === undefined) {
    return () => {
      throw new PortcullisError("no_keys", "a token can be verified only with `jwks`");
    };
  }
  const verifier = createVerifierWith(engine, { jwks, issuer, audience, typ: "at+jwt", now });
  return (token) => principalOf(verifier.verify(token).claims);
}

/** @param {string} message */
function malformed(message) {
  return new PortcullisError("malformed_options", message);
}
