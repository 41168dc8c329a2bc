// @ts-check
// The rows of the bearer and the jwt plugins: what a client keeps itself and shows in a header, and tokens that anybody
// verifies by the published keys, here with jose.

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

import { outcome } from "./shape.mjs";

/** @typedef {import("./rows.mjs").Tools} Tools */

const PASSWORD = "correct horse battery";
const FORMS = { raw: /^[A-Za-z0-9]{32}$/, signed: /^[A-Za-z0-9]{32}\.[A-Za-z0-9+/]{43}=$/ };

/** Signs up; what the answer's headers say is kept, as scripts that keep tokens themselves do. @param {Tools} tools */
async function signUp({ client, email }) {
  let signed = "";
  const fetchOptions = { onSuccess: (/** @type {any} */ { response }) => void (signed = response.headers.get("set-auth-token") ?? "") };
  const { data } = await client.signUp.email({ email, password: PASSWORD, name: "Al" }, fetchOptions);
  return { data, signed };
}

/** Verifies with the keys as they are published, for whoever asked and nobody else. @param {Tools} tools @param {string} token */
async function verified({ base }, token) {
  const options = { issuer: base, audience: base, algorithms: ["ES256"], typ: "at+jwt" };
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL("/api/auth/jwks", base)), options);
  return payload;
}

/** @type {import("./rows.mjs").Row[]} */
export const TOKEN_ROWS = [
  {
    name: "a bearer, raw, signed and garbage",
    run: async (tools) => {
      const { data, signed } = await signUp(tools);
      const as = (/** @type {string} */ bearer) =>
        tools.other().getSession({ fetchOptions: { headers: { Authorization: `Bearer ${bearer}` } } });
      const [raw, whole] = [await as(data.token), await as(signed)];
      const ids = [raw, whole].map((one) => one.data?.user.id === data.user.id);
      const changed = signed.replace(/\..*/, `.${"A".repeat(43)}=`);
      return [ids, outcome(await as("garbage")), outcome(await as(changed)), outcome(await tools.other().getSession())];
    },
    expected: [[true, true], { data: null }, { data: null }, { data: null }],
  },
  {
    name: "set-auth-token is there for scripts, and is the signed form of the token",
    run: async (tools) => {
      const { data, signed } = await signUp(tools);
      return [FORMS.raw.test(data.token), FORMS.signed.test(signed), signed.split(".")[0] === data.token];
    },
    expected: [true, true, true],
  },
  {
    name: "set-auth-jwt comes with getSession() and verifies by the published keys",
    run: async (tools) => {
      const { data: begun } = await signUp(tools);
      let jwt = "";
      const onSuccess = (/** @type {any} */ { response }) => void (jwt = response.headers.get("set-auth-jwt") ?? "");
      await tools.client.getSession({ fetchOptions: { onSuccess } });
      const { sub, email } = await verified(tools, jwt);
      return [sub === begun.user.id, email === tools.email];
    },
    expected: [true, true],
  },
  {
    name: "token() verifies by jwks() with an independent library, and a changed one doesn't",
    run: async (tools) => {
      const { data: begun } = await signUp(tools);
      const { token } = (await tools.client.token()).data;
      const { data: jwks } = await tools.client.jwks();
      const payload = await verified(tools, token);
      const [head = "", body = "", tag = ""] = token.split(".");
      const other = `${head}.${body.slice(0, -2)}${body.endsWith("AA") ? "BB" : "AA"}.${tag}`;
      const refused = await verified(tools, other).then(() => "taken", (error) => error.code);
      const isPublished = jwks.keys.some((/** @type {any} */ key) => key.kid === decodeProtectedHeader(token).kid);
      return [payload.sub === begun.user.id, Number(payload.exp) - Number(payload.iat), isPublished, refused];
    },
    expected: [true, 300, true, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"],
  },
  {
    name: "token() opens a route as a bearer, but is no session and gets no other token",
    run: async (tools) => {
      const { data: begun } = await signUp(tools);
      const { token } = (await tools.client.token()).data;
      const options = { credentials: /** @type {const} */ ("omit"), headers: { Authorization: `Bearer ${token}` } };
      const me = await (await fetch(new URL("/api/auth/me", tools.base), options)).json();
      const asked = { fetchOptions: { headers: options.headers } };
      const answers = [await tools.other().getSession(asked), await tools.other().token(asked)].map(outcome);
      return [me.user.id === begun.user.id, answers];
    },
    expected: [true, [{ data: null }, { error: { code: "UNAUTHORIZED", message: "Unauthorized", status: 401 } }]],
  },
];
