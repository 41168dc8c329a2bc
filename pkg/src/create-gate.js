// @ts-check
import { clock } from "./clock.js";
import { Connection } from "./connection.js";
import { PortcullisError } from "./errors.js";
import { Gate, policyJson } from "./gate.js";
import { principalOf } from "./principal.js";
import { Remote } from "./remote.js";
import { createVerifierWith } from "./verifier.js";

/** @typedef {import("./once.js").Engine} Engine */
/** @typedef {import("./index.js").GateOptions} GateOptions */

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 * @returns {Promise<Gate>}
 */
export async function createGateWith(engine, options) {
  return options.baseUrl === undefined ? localGate(engine, options) : connectedGate(engine, options);
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 */
async function connectedGate(engine, options) {
  const { baseUrl = "", refresh = true } = options;
  const fetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const remote = new Remote(baseUrl, fetchLike);
  const { issuer = remote.origin, audience = remote.origin } = options;
  return new Connection(engine, remote, { issuer, audience, now: clock(options.now), refresh }).open();
}

/**
 * @param {Engine} engine
 * @param {GateOptions} options
 */
function localGate(engine, options) {
  const { policy, scopes } = options;
  if (policy === undefined) {
    throw new PortcullisError("malformed_options", "a gate needs `baseUrl`, or `policy` with `token` or `principal`");
  }
  const verify = tokenReader(engine, options);
  const principal = options.token === undefined ? options.principal : verify(options.token);
  if (principal === undefined) {
    throw new PortcullisError("malformed_options", "a gate with `policy` needs `token` and `jwks`, or `principal`");
  }
  return new Gate(engine, clock(options.now), { policy: policyJson(policy), principal, scopes }, {
    refresh: async () => {},
    verify,
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
