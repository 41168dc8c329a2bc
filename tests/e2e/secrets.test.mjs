// @ts-check
// After everything that hands out a secret was used, none of them is in the files of the database or in the server's
// log: not as it is, not in base64, not in hexadecimal.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Page, send, signedIn } from "../support/http.mjs";
import { startNative } from "../support/server.mjs";
import { startWorkerd } from "../support/workerd.mjs";
import { serviceKeys } from "./suites/identity-links.mjs";
import { Mailbox } from "./suites/mailbox.mjs";
import { resetCode } from "./suites/reset-code.mjs";
import { GET_SESSION, KEYS, SIGN_IN, SIGN_OUT, TOKEN, typed } from "./suites/shared.mjs";

const POLICY_TEXT = `
name = "secrets"
version = "1"
[roles.HEAD]
level = 2
manages = "any"
[roles.CLERK]
level = 1
[permissions]
"user:update" = ["HEAD"]
"user:impersonate" = ["HEAD"]
"session:manage" = ["HEAD"]
"apikey:manage" = ["HEAD"]
"apikey:verify" = ["HEAD"]
"doc:read" = ["HEAD", "CLERK"]
`;
const HEAD = { email: "head@example.org", password: "a quiet head of the office", roles: ["HEAD"] };
const NEW = { email: "new@example.org", password: "pomegranate over quinces", name: "New" };
const NEXT_PASSWORD = "quinces over pomegranate";
const LAST_PASSWORD = "medlars and nothing else";
const LINKS = "/api/v1/identity-links";

/** `wrangler dev` isn't among them: it writes the path of every request itself, links that were followed too. */
const HOSTS = [
  { name: "native", start: startNative },
  { name: "workerd", start: startWorkerd },
];

const services = await serviceKeys({ bot: "discord" });

/** The last `.`-part of a signed value is its tag, and the first of a session cookie the token: each is secret alone. */
const LEAST = 20;

/** A secret in every form in which it could be found. @param {string} secret */
function forms(secret) {
  const bytes = Buffer.from(secret);
  const texts = [secret, encodeURIComponent(secret), bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
  // Inside of longer text, base64 begins at any of three places; what its neighbours are part of is left out.
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.subarray(0, shifted.length - (shifted.length % 3));
    const text = whole.toString("base64").slice(shift === 0 ? 0 : 4);
    texts.push(text, text.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** Every file below a directory that a database consists of. @param {string} dir @returns {Promise<string[]>} */
async function databaseFiles(dir) {
  const names = await readdir(dir, { recursive: true });
  return names.filter((name) => /\.sqlite(-wal|-shm|-journal)?$/.test(name)).map((name) => join(dir, name));
}

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {import("./suites/shared.mjs").Server} */
    let server;
    const mailbox = new Mailbox();
    /** Each with what it is. */
    const secrets = /** @type {Map<string, string>} */ (new Map());

    /** @param {string} what @param {unknown} value @returns {string} */
    function keep(what, value) {
      const text = String(value);
      assert.ok(typeof value === "string" && text.length >= LEAST, `${what}: ${text.length} characters`);
      secrets.set(text, what);
      // A code may be kept as it is read, without what divides it.
      secrets.set(text.replaceAll("-", ""), what);
      for (const part of text.split(".")) if (part.length >= LEAST && !text.startsWith("ey")) secrets.set(part, `part of ${what}`);
      return text;
    }

    /** @param {string} what @param {import("../support/http.mjs").Answer} answer */
    function keepCookies(what, answer) {
      assert.ok(answer.status === 200, `${what}: ${answer.text}`);
      for (const line of answer.setCookies) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        // Which browser it is isn't secret: it is shown in lists; nor is what is cleared.
        if (/session_token|known_device/.test(name) && value.length >= LEAST) keep(`${what}: ${name}`, decodeURIComponent(value));
      }
      const told = answer.headers["set-auth-token"];
      if (told !== undefined) keep(`${what}: set-auth-token`, told);
    }

    before(async () => {
      const mail = await mailbox.listen();
      const env = { PORTCULLIS_SIGN_UP: "on", PORTCULLIS_SERVICE_KEYS: services.setting, ...mail };
      server = await host.start({ policyText: POLICY_TEXT, users: [HEAD], env });
      keep("secret of the mail's webhook", mail["PORTCULLIS_MAIL_WEBHOOK_SECRET"]);
      for (const { password } of [HEAD, NEW]) keep("password", password);
      for (const password of [NEXT_PASSWORD, LAST_PASSWORD]) keep("password", password);
      keep("service key", services.keys["bot"]);
    });
    after(async () => {
      await server?.stop();
      await mailbox.stop();
    });

    test("every way to a secret is gone", async () => {
      const page = new Page(server);
      keepCookies("sign-up", await page.post("/api/auth/sign-up/email", NEW));
      const { user } = (await page.get(GET_SESSION)).json;
      await page.post("/api/auth/send-verification-email", { email: NEW.email });
      const { token: verification } = await mailbox.last(NEW.email, "verify-email");
      keep("verification", verification);
      assert.equal((await send(`${server.url}/api/auth/verify-email?token=${verification}`)).status, 200);

      keepCookies("sign-in", await page.post(SIGN_IN, typed(NEW)));
      const seen = await page.get(GET_SESSION);
      keep("access token", seen.headers["set-auth-jwt"]);
      keep("access token", (await page.get(TOKEN)).json.token);
      keepCookies("step-up", await page.post("/api/auth/session/step-up", { password: NEW.password }));

      const begun = await send(server.url + SIGN_IN, { json: { ...typed(NEW), refreshToken: true } });
      keepCookies("sign-in with refresh", begun);
      keep("token", begun.json.token);
      keep("refresh token", begun.json.refreshToken);
      const refreshed = await send(`${server.url}/api/auth/session/refresh`, { json: { refreshToken: begun.json.refreshToken } });
      for (const name of ["token", "refreshToken", "accessToken"]) keep(`refreshed ${name}`, refreshed.json[name]);

      const made = await page.post(`${KEYS}/create`, { name: "mine" });
      keep("API key", made.json.key);
      assert.equal((await send(server.url + GET_SESSION, { headers: { "x-api-key": made.json.key } })).status < 500, true);

      const { code } = (await page.post("/api/v1/me/identity-links/code")).json;
      keep("link code", code);
      const asService = { authorization: `Bearer ${services.keys["bot"]}` };
      const linked = await send(server.url + LINKS, { json: { code, network: "discord", externalId: "7" }, headers: asService });
      assert.equal(linked.status, 201, linked.text);
      const acted = await send(`${server.url}${LINKS}/sign-in`, { json: { network: "discord", externalId: "7" }, headers: asService });
      keep("token of a service", acted.json.token);

      const head = new Page(server);
      keepCookies("sign-in of the head", await head.post(SIGN_IN, typed(HEAD)));
      const rotated = await head.post(`${KEYS}/create`, { name: "of the head" });
      keep("API key", rotated.json.key);
      const again = await head.post(`${KEYS}/rotate`, { keyId: rotated.json.id });
      keep("rotated API key", again.json.key);
      keepCookies("impersonation", await head.post("/api/auth/admin/impersonate-user", { userId: user.id }));
      assert.equal((await head.get(GET_SESSION)).json.user.id, user.id);
      keepCookies("end of the impersonation", await head.post("/api/auth/admin/stop-impersonating"));
      keepCookies("a new password", await page.post("/api/auth/change-password", { currentPassword: NEW.password, newPassword: NEXT_PASSWORD, revokeOtherSessions: true }));

      await send(`${server.url}/api/auth/request-password-reset`, { json: { email: NEW.email, redirectTo: "/reset" } });
      const { token: reset } = await mailbox.last(NEW.email, "reset-password");
      keep("reset link", reset);
      await send(`${server.url}/api/auth/reset-password/${reset}?callbackURL=/reset`);
      assert.equal((await send(`${server.url}/api/auth/reset-password`, { json: { token: reset, newPassword: LAST_PASSWORD } })).status, 200);
      // One that is still open.
      await send(`${server.url}/api/auth/request-password-reset`, { json: { email: NEW.email } });
      keep("open reset link", (await mailbox.last(NEW.email, "reset-password", 2)).token);
      // An operator's: one that was used, and one that is still open.
      const used = keep("reset code", await resetCode(server, NEW.email));
      assert.equal((await send(`${server.url}/api/auth/reset-password`, { json: { token: used, newPassword: NEXT_PASSWORD } })).status, 200);
      assert.equal((await send(`${server.url}/api/auth/reset-password`, { json: { token: used, newPassword: LAST_PASSWORD } })).status, 400);
      keep("open reset code", await resetCode(server, NEW.email));
      const last = await signedIn(server, { email: NEW.email, password: NEXT_PASSWORD });
      keep("cookie", decodeURIComponent(String(last.jar.get("better-auth.session_token"))));
      await page.post(SIGN_OUT);
    });

    test("none of them is in a file of the database, while it runs and after it", async () => {
      await none("while it runs");
      await server.kill("SIGTERM");
      await none("after it");
    });

    /** @param {string} when */
    async function none(when) {
      const files = await databaseFiles(server.dir);
      const wanted = [...secrets].map(([secret, what]) => ({ what, forms: forms(secret) }));
      let isRead = false;
      for (const file of files) {
        const bytes = await readFile(file);
        // The files are those that were written: what is no secret is found by the same search.
        isRead ||= forms(NEW.email).some((form) => bytes.includes(form));
        for (const { what, forms } of wanted) {
          for (const form of forms) assert.ok(!bytes.includes(form), `${when}: ${what} is in ${file}`);
        }
      }
      assert.ok(isRead, `${when}: nothing was found in ${files.join()}`);
    }

    test("nor in what the server writes", async () => {
      const { lines, errors } = server.running;
      const text = Buffer.from(`${lines.join("\n")}\n${errors}`);
      assert.ok(text.includes("/api/auth/sign-up/email"), "the log is there");
      for (const [secret, what] of secrets) {
        for (const form of forms(secret)) assert.ok(!text.includes(form), `${what} is in the log`);
      }
      assert.ok(secrets.size > 40, `${secrets.size} secrets`);
    });
  });
}
