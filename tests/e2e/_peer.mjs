import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";
import { startNative, freePort } from "../support/server.mjs";
import { Page, send } from "../support/http.mjs";
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const db = { user: [], session: [], account: [], verification: [], jwks: [], rateLimit: [] };
const auth = betterAuth({ baseURL: url, secret: "x".repeat(40), database: memoryAdapter(db), emailAndPassword: { enabled: true }, rateLimit: { enabled: false }, plugins: [bearer(), jwt()], trustedOrigins: ["https://app.example.org"], telemetry: { enabled: false }, logger: { disabled: true } });
const server = createServer(toNodeHandler(auth)); await new Promise(r => server.listen(port, "127.0.0.1", r));
const u = { email: "ann@example.org", password: "correct horse battery" };
await auth.api.signUpEmail({ body: { ...u, name: "Ann" } });
const native = await startNative({ users: [{ ...u, name: "Ann", roles: ["STATE_ADMIN@state:ca"] }], env: { PORTCULLIS_TRUSTED_ORIGINS: "https://app.example.org" } });
const peer = { name: "peer", url, origin: url };
const S = "/api/auth/sign-in/email";
const cases = {
  ok: (s) => send(s.url + "/api/auth/ok"),
  good: (s) => send(s.url + S, { json: u }),
  upper: (s) => send(s.url + S, { json: { ...u, email: "ANN@Example.org" } }),
  wrong: (s) => send(s.url + S, { json: { ...u, password: "x" } }),
  unknown: (s) => send(s.url + S, { json: { ...u, email: "x@example.org" } }),
  emptypw: (s) => send(s.url + S, { json: { ...u, password: "" } }),
  longpw: (s) => send(s.url + S, { json: { ...u, password: "x".repeat(5000) } }),
  bademail: (s) => send(s.url + S, { json: { ...u, email: "x" } }),
  noemail: (s) => send(s.url + S, { json: { password: "x" } }),
  nothing: (s) => send(s.url + S, { json: {} }),
  numbers: (s) => send(s.url + S, { json: { email: 1, password: null } }),
  remember: (s) => send(s.url + S, { json: { ...u, rememberMe: false } }),
  remembertext: (s) => send(s.url + S, { json: { ...u, rememberMe: "no" } }),
  remembernull: (s) => send(s.url + S, { json: { ...u, rememberMe: null } }),
  callback: (s) => send(s.url + S, { json: { ...u, callbackURL: "/dash" } }),
  callbackempty: (s) => send(s.url + S, { json: { ...u, callbackURL: "" } }),
  callbackevil: (s) => send(s.url + S, { json: { ...u, callbackURL: "https://evil.com" } }),
  callbackevil2: (s) => send(s.url + S, { json: { ...u, callbackURL: "//evil.com" } }),
  callbackevil3: (s) => send(s.url + S, { json: { ...u, callbackURL: "/\\evil.com" } }),
  callbackevil4: (s) => send(s.url + S, { json: { ...u, callbackURL: "/%5Cevil.com" } }),
  callbackjs: (s) => send(s.url + S, { json: { ...u, callbackURL: "javascript:alert(1)" } }),
  callbackwrongpw: (s) => send(s.url + S, { json: { ...u, password: "x", callbackURL: "https://evil.com" } }),
  callbacktrusted: (s) => send(s.url + S, { json: { ...u, callbackURL: "https://app.example.org/x" } }),
  callbacknumber: (s) => send(s.url + S, { json: { ...u, callbackURL: 3 } }),
  form: (s) => send(s.url + S, { form: u }),
  formremember: (s) => send(s.url + S, { form: { ...u, rememberMe: "false" } }),
  textplain: (s) => send(s.url + S, { body: JSON.stringify(u), headers: { "content-type": "text/plain" } }),
  notype: (s) => send(s.url + S, { body: JSON.stringify(u) }),
  charset: (s) => send(s.url + S, { body: JSON.stringify(u), headers: { "content-type": "Application/JSON; charset=utf-8" } }),
  badjson: (s) => send(s.url + S, { body: "{", headers: { "content-type": "application/json" } }),
  emptybody: (s) => send(s.url + S, { body: "", headers: { "content-type": "application/json" } }),
  nobody: (s) => send(s.url + S, { method: "POST" }),
  array: (s) => send(s.url + S, { json: [] }),
  nulljson: (s) => send(s.url + S, { body: "null", headers: { "content-type": "application/json" } }),
  dup: (s) => send(s.url + S, { body: '{"email":"x@y.z","email":"ann@example.org","password":"correct horse battery"}', headers: { "content-type": "application/json" } }),
  cookienoorigin: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b" } }),
  cookienull: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", origin: "null" } }),
  cookienullsame: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", origin: "null", "sec-fetch-site": "same-origin" } }),
  cookieforeign: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", origin: "https://evil.com" } }),
  cookieown: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", origin: s.origin } }),
  cookietrusted: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", origin: "https://app.example.org" } }),
  cookiereferer: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", referer: s.origin + "/login/" } }),
  cookierefererevil: (s) => send(s.url + S, { json: u, headers: { cookie: "a=b", referer: "https://evil.com/" + s.origin } }),
  foreign: (s) => send(s.url + S, { json: u, headers: { origin: "https://evil.com" } }),
  crosssite: (s) => send(s.url + S, { form: u, headers: { origin: "https://evil.com", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } }),
  crosscors: (s) => send(s.url + S, { json: u, headers: { origin: "https://evil.com", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" } }),
  crosstrusted: (s) => send(s.url + S, { json: u, headers: { origin: "https://app.example.org", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" } }),
  metanoorigin: (s) => send(s.url + S, { json: u, headers: { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" } }),
  modeonly: (s) => send(s.url + S, { json: u, headers: { "sec-fetch-mode": "cors" } }),
  sameorigin: (s) => send(s.url + S, { json: u, headers: { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" } }),
  getsession: async (s) => { const p = new Page(s); await p.signIn(u); return p.get("/api/auth/get-session"); },
  getsessionout: (s) => send(s.url + "/api/auth/get-session"),
  getsessionbad: (s) => send(s.url + "/api/auth/get-session", { headers: { cookie: "better-auth.session_token=abc.def" } }),
  getsessionpost: (s) => send(s.url + "/api/auth/get-session", { json: {} }),
  bearerraw: async (s) => { const a = await send(s.url + S, { json: u }); return send(s.url + "/api/auth/get-session", { headers: { authorization: "Bearer " + a.json.token } }); },
  bearersigned: async (s) => { const a = await send(s.url + S, { json: u }); return send(s.url + "/api/auth/get-session", { headers: { authorization: "Bearer " + a.headers["set-auth-token"] } }); },
  bearerenc: async (s) => { const a = await send(s.url + S, { json: u }); return send(s.url + "/api/auth/get-session", { headers: { authorization: "Bearer " + encodeURIComponent(a.headers["set-auth-token"]) } }); },
  bearergarbage: (s) => send(s.url + "/api/auth/get-session", { headers: { authorization: "Bearer garbage" } }),
  bearergarbagedot: (s) => send(s.url + "/api/auth/get-session", { headers: { authorization: "Bearer gar.bage" } }),
  signout: async (s) => { const p = new Page(s); await p.signIn(u); return p.post("/api/auth/sign-out"); },
  signoutnobody: async (s) => { const p = new Page(s); await p.signIn(u); return p.send("/api/auth/sign-out", { method: "POST" }); },
  signoutout: (s) => send(s.url + "/api/auth/sign-out", { method: "POST" }),
  signouttext: (s) => send(s.url + "/api/auth/sign-out", { body: "hi", headers: { "content-type": "text/plain" } }),
  signoutnoorigin: async (s) => { const p = new Page(s); await p.signIn(u); return send(s.url + "/api/auth/sign-out", { json: {}, headers: { cookie: p.jar.header } }); },
  token: async (s) => { const p = new Page(s); await p.signIn(u); return p.get("/api/auth/token"); },
  tokenout: (s) => send(s.url + "/api/auth/token"),
  unknownpath: (s) => send(s.url + "/api/auth/nope"),
  unknownpathcookie: (s) => send(s.url + "/api/auth/nope", { method: "POST", headers: { cookie: "a=b" } }),
  slash: (s) => send(s.url + "/api/auth/ok/"),
  dslash: (s) => send(s.url + "/api/auth//ok"),
  options: (s) => send(s.url + S, { method: "OPTIONS" }),
  getsignin: (s) => send(s.url + S),
  head: (s) => send(s.url + "/api/auth/ok", { method: "HEAD" }),
  put: (s) => send(s.url + "/api/auth/ok", { method: "PUT" }),
  deletecookie: (s) => send(s.url + "/api/auth/sign-out", { method: "DELETE", headers: { cookie: "a=b" } }),
};
const mask = (t) => t.replace(/[A-Za-z0-9]{32}/g, "<32>").replace(/<32>\.[^;"]+/g, "<signed>").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<date>").replace(/eyJ[^"]+/g, "<jwt>");
const sort = (v) => v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort().map(([k, x]) => [k, sort(x)])) : v;
const shape = (a) => { let b = a.text; try { let v = JSON.parse(a.text); if (v?.user?.image === null) delete v.user.image; if (v?.session) delete v.session.ipAddress; b = JSON.stringify(sort(v)); } catch {}
  const h = Object.fromEntries(["content-type", "location", "set-cookie", "set-auth-token"].map(k => [k, a.headers[k]]).filter(([, v]) => v !== undefined));
  return a.status + " " + mask(b) + "\n      " + mask(JSON.stringify(h)); };
for (const [name, run] of Object.entries(cases)) {
  const [a, b] = [shape(await run(peer)), shape(await run(native))];
  console.log(a === b ? `same ${name}` : `DIFF ${name}\n  peer ${a}\n  ours ${b}`);
}
await native.stop(); server.close(); process.exit(0);
