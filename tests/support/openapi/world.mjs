// @ts-check
// A server with everything switched on, and people of every kind who call it.

import { Page, send } from "../http.mjs";
import { serviceKeys } from "../../e2e/suites/identity-links.mjs";
import { Known } from "./generator.mjs";

/** @typedef {import("../../e2e/suites/shared.mjs").Server} Server */

/** Every permission that guards something, so that each guard can be passed. */
const GUARDS = [
  ...["user:list", "user:get", "user:create", "user:update", "user:set-role", "user:ban", "user:delete"],
  ...["user:set-password", "user:set-email", "user:impersonate", "session:list", "session:revoke", "user:set-tier"],
  ...["user:export", "user:import", "apikey:manage", "apikey:verify", "audit:view", "audit:export", "metrics:view"],
];
const OTHERS = ["authz:ask", "authz:register", "permission:manage"];

const POLICY = `
name = "everything"
version = "1.0.0"
scopes = ["org", "team"]
default_tier = "public"
[roles.OWNER]
label = "Owner"
level = 9
[roles.MANAGER]
level = 5
[roles.CLERK]
level = 2
[permissions]
"doc:read" = []
"doc:write" = ["CLERK"]
"pin:reveal" = { label = "Reveal a PIN", roles = ["OWNER"] }
${GUARDS.map((name) => `"${name}" = ["OWNER"${/list|get|ban|session|audit/u.test(name) ? ', "MANAGER"' : ""}]`).join("\n")}
${OTHERS.map((name) => `"${name}" = ["OWNER"]`).join("\n")}
[[tiers]]
name = "public"
[[tiers]]
name = "beta"
[apps]
notes = { label = "Notes", tier = "beta" }
[tenants]
level = "org"
owner = ["doc:read", "doc:write"]
member = ["doc:read"]
[resources.item]
actions = ["read", "update"]
[resources.item.fields]
id = "string"
owner_id = "string"
level = "int"
[[rules]]
name = "own-items"
effect = "allow"
resource = "item"
actions = ["read", "update"]
when = "record.owner_id == auth.id"
`;

const PASSWORD = "a password for every day";
/**
 * Accounts that are made beforehand, since others take some away. Of the owner there is one: the last administrator
 * can't be taken away, and one of many would be.
 */
const SPARE = /** @type {Record<string, number>} */ ({ clerk: 6, manager: 6 });

/** Who calls: the roles of accounts, and those who have no session. */
export const ROLES = /** @type {Record<string, string[] | undefined>} */ ({
  nobody: undefined,
  stranger: [],
  clerk: ["CLERK"],
  manager: ["MANAGER"],
  owner: ["OWNER"],
});

/** Somebody who calls. Signs in again, or becomes a new account, when the session has ended. */
export class Actor {
  /** How many accounts there have been. */
  #count = 1;
  #token = "";
  #access = "";
  #cookie = "";

  /** @param {World} world @param {string} name @param {string[] | undefined} roles */
  constructor(world, name, roles) {
    this.world = world;
    this.name = name;
    this.roles = roles;
  }

  /**
   * What the actor shows.
   *
   * @param {string} access what the operation asks for
   * @param {import("../random/dice.mjs").Dice} dice
   * @returns {Record<string, string>}
   */
  credentials(access, dice) {
    const { origin } = this.world.server;
    if (access === "service-key") {
      return this.name === "nobody" ? {} : { authorization: `Bearer ${this.world.keys["bot"]}` };
    }
    if (this.roles === undefined) return dice.chance(0.3) ? { origin } : {};
    if (access === "access-token") return { authorization: `Bearer ${this.#access}` };
    const by = dice.next();
    if (by < 0.4) return { authorization: `Bearer ${this.#token}` };
    if (by < 0.5) return { authorization: `Bearer ${this.#access}` };
    if (by < 0.53) return { cookie: this.#cookie, origin: "https://evil.example" };
    return { cookie: this.#cookie, origin };
  }

  /** The session's token. @returns {Record<string, string>} */
  get bearer() {
    return { authorization: `Bearer ${this.#token}` };
  }

  /** Makes sure that there is a session. */
  async renew() {
    if (this.roles === undefined) return;
    if (this.#token !== "") {
      const answer = await this.world.get("/api/auth/get-session", this.#token);
      if (answer.status === 200 && answer.json !== null) {
        if (this.name !== "victim") await this.#mint();
        return;
      }
    }
    if (!(await this.#signIn())) {
      this.#count += 1;
      await this.#begin();
      if (!(await this.#signIn())) throw new Error(`${this.email} can't sign in`);
    }
    await this.#mint();
  }

  /** Becomes a new account: one that is there, one that signs up, or one that the host makes, which takes seconds. */
  async #begin() {
    if (this.#count <= (SPARE[this.name] ?? 1)) return;
    if ((this.roles ?? []).length > 0) return this.world.server.createUser(this.user());
    const { email, password, name } = this.user();
    const page = new Page(this.world.server);
    const answer = await page.post("/api/auth/sign-up/email", { email, password, name });
    if (answer.status !== 200) throw new Error(`${email} can't sign up: ${answer.text}`);
  }

  /** The accounts that are there when the server starts. */
  get users() {
    if (this.roles === undefined) return [];
    return Array.from({ length: SPARE[this.name] ?? 1 }, (_, index) => this.user(index + 1));
  }

  /** The account. @param {number} [number] */
  user(number = this.#count) {
    return { email: `${this.name}${number}@example.org`, password: PASSWORD, name: `${this.name} ${number}`, roles: this.roles ?? [] };
  }

  get email() {
    return this.user().email;
  }

  async #signIn() {
    const page = new Page(this.world.server);
    const answer = await page.post("/api/auth/sign-in/email", { email: this.email, password: PASSWORD });
    if (answer.status !== 200) return false;
    this.#token = answer.json.token;
    this.#cookie = page.jar.header;
    this.world.known.add("userId", answer.json.user.id);
    this.world.known.add("email", this.email);
    return true;
  }

  async #mint() {
    const answer = await this.world.get("/api/auth/token", this.#token);
    if (answer.status === 200) this.#access = answer.json.token;
  }
}

/** The server, what is known of it, and who calls. */
export class World {
  keys = /** @type {Record<string, string>} */ ({});
  /** @type {Server} */
  server = /** @type {any} */ (undefined);

  constructor() {
    this.known = new Known({
      ...{ permission: ["doc:read", "doc:write", "pin:reveal", "item:read", "user:ban"], "permission?": [] },
      ...{ scope: ["", "org:o1", "org:o1/team:t1", "planet:x"], type: ["item", "user"], resource: ["item"], action: ["read"] },
      ...{ app: ["notes"], tier: ["beta", "public"], network: ["discord", "matrix"], provider: ["github"], kind: ["global", "app", "device"] },
      ...{ password: [PASSWORD], currentPassword: [PASSWORD], newPassword: [PASSWORD, "another password of mine", "short"] },
      ...{ callbackURL: ["/demo/", "https://evil.example/"], redirectTo: ["/reset/"], name: ["read", "Acme", "Reader", "notes"] },
      ...{ role: ["CLERK", "MANAGER", "OWNER"], image: ["https://example.org/a.png"], grant: ["CLERK@org:o1"] },
      "{properties}": [{ owner_id: "u1", level: 1 }, { level: "x" }, {}],
      "{permissions}": [{ user: ["ban"] }, { user: ["list", "none"] }],
    });
    this.actors = Object.entries(ROLES).map(([name, roles]) => new Actor(this, name, roles));
    /** For what ends a session or an account. */
    this.victim = new Actor(this, "victim", []);
  }

  /**
   * @param {(options: import("../host.mjs").Options) => Promise<Server>} start
   * @param {Record<string, string>} [env]
   */
  static async begin(start, env = {}) {
    const { keys, setting } = await serviceKeys({ bot: "discord" });
    const world = new World();
    const everybody = [...world.actors, world.victim];
    world.keys = keys;
    world.server = await start({
      policyText: POLICY,
      users: everybody.flatMap(({ users }) => users),
      scopes: ["org:o1", "org:o1/team:t1"],
      env: {
        PORTCULLIS_SIGN_UP: "on",
        PORTCULLIS_DELETE_USER: "on",
        PORTCULLIS_AUTHZEN_PERMISSION: "authz:ask",
        PORTCULLIS_RECORDS_PERMISSION: "authz:register",
        PORTCULLIS_RBAC_PERMISSION_WRITES: "on",
        PORTCULLIS_RBAC_AUTHORIZATION: '{"permissions.write":"permission:manage"}',
        PORTCULLIS_SERVICE_KEYS: setting,
        ...env,
      },
    });
    for (const actor of everybody) await actor.renew();
    return world;
  }

  /** @param {string} path @param {string} token */
  get(path, token) {
    return send(this.server.url + path, { headers: { authorization: `Bearer ${token}` } });
  }
}
