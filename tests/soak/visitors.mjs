// @ts-check
// The mixed load: each visitor administers, signs in, asks, uses keys and tenants' roles, round after round, on
// accounts that no other visitor touches.

import { ACT, CHECK, KEYS, ME, SIGN_IN, SIGN_OUT, TENANTS } from "../e2e/suites/shared.mjs";
import { Lost, Who } from "./asking.mjs";
import { ADMINISTRATOR_OF, NOTE, OWNER_OF, PASSWORD } from "./plan.mjs";

/** @typedef {import("./asking.mjs").Asking} Asking */
/** @typedef {{ id: string, email: string }} Account */

const ADMIN = "/api/auth/admin";
const BULK = "/api/v1/admin/users/bulk";
/** A tenant has room for so many rounds' roles. */
const TENANT_ROUNDS = 100;
const MAX_USES = 4;

export class Visitor {
  /** @type {Who | undefined} */
  #admin;
  /** @type {Who | undefined} */
  #owner;
  /** @type {{ id: string, member: string } | undefined} */
  #tenant;
  rounds = 0;

  /** @param {Asking} asking @param {number} number */
  constructor(asking, number) {
    this.asking = asking;
    this.dice = asking.dice;
    this.number = number;
    this.name = `${asking.ledger.run}-${number}`;
  }

  /** Round after round. @param {() => boolean} isOver */
  async run(isOver) {
    while (!isOver()) {
      this.rounds += 1;
      try {
        await this.#round();
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        // Cookies may have been exchanged by the answer that was lost.
        if (error.who === this.#admin) this.#admin = undefined;
        if (error.who === this.#owner) this.#owner = undefined;
      }
    }
    this.asking.stop();
  }

  async #round() {
    const admin = (this.#admin ??= await this.#signIn(ADMINISTRATOR_OF(this.number)));
    const [keeper, other] = [await this.#create(admin, "k"), await this.#create(admin, "o")];
    await this.#administer(admin, keeper, other);
    const page = await this.#signIn({ email: keeper.email, password: PASSWORD });
    await this.#look(page);
    await this.#useKeys(page, keeper);
    await this.#tenantRoles();
    if (this.dice.chance(0.7)) await this.#signOut(page, keeper);
    if (this.dice.chance(0.3)) await this.#change(admin, "remove-user", { userId: keeper.id }, keeper, "user.delete", { gone: true });
    if (this.dice.chance(0.5)) await this.#change(admin, "remove-user", { userId: other.id }, other, "user.delete", { gone: true });
  }

  /** @param {{ email: string, password: string }} typed */
  async #signIn({ email, password }) {
    const page = new Who();
    await this.asking.ask(page, SIGN_IN, { json: { email, password }, effects: [{ action: "auth.login" }] });
    return page;
  }

  /** @param {Who} page @param {Account} account */
  async #signOut(page, { id }) {
    await this.asking.ask(page, SIGN_OUT, { json: {}, effects: [{ action: "auth.logout", about: id }] });
    const session = await this.asking.ask(page, "/api/auth/get-session");
    if (session !== null) this.asking.ledger.fail("of a sign-out", `the session of ${id} goes on`);
  }

  /** @param {Who} admin @param {string} kind @returns {Promise<Account>} */
  async #create(admin, kind) {
    const email = `${kind}-${this.name}-${this.rounds}@soak.example`;
    const effects = [{ action: "user.create", subject: `user:${email}`, change: { role: "user", tier: null, banned: false, gone: false } }];
    const json = { email, password: PASSWORD, name: "Soaked", role: "user" };
    const { user } = await this.asking.ask(admin, `${ADMIN}/create-user`, { json, effects });
    return { id: user.id, email };
  }

  /**
   * @param {Who} admin
   * @param {string} path
   * @param {object} json
   * @param {Account} account
   * @param {string} action
   * @param {Record<string, unknown>} change
   */
  #change(admin, path, json, { id, email }, action, change) {
    const effects = [{ action, about: id, subject: `user:${email}`, change }];
    return this.asking.ask(admin, `${ADMIN}/${path}`, { json, effects });
  }

  /** @param {Who} admin @param {Account} keeper @param {Account} other */
  async #administer(admin, keeper, other) {
    const role = { userId: keeper.id, role: "keeper" };
    await this.#change(admin, "set-role", role, keeper, "role.set", { role: "keeper" });
    const tier = this.dice.pick(["beta", "public"]);
    const effects = [{ action: "user.set_tier", about: keeper.id, subject: `user:${keeper.email}`, change: { tier } }];
    await this.asking.ask(admin, `/api/v1/admin/users/${keeper.id}/tier`, { json: { tier }, method: "PUT", effects });
    if (this.dice.chance(0.5)) {
      await this.#bulk(admin, "ban", [keeper, other]);
      await this.#bulk(admin, "unban", [keeper, other]);
    }
    await this.#change(admin, "ban-user", { userId: other.id, banReason: "soaked" }, other, "user.ban", { banned: true });
    await this.asking.ask(new Who(), SIGN_IN, { json: { email: other.email, password: PASSWORD }, status: 403 });
    if (this.dice.chance(0.5)) await this.#change(admin, "unban-user", { userId: other.id }, other, "user.unban", { banned: false });
  }

  /** @param {Who} admin @param {"ban" | "unban"} action @param {Account[]} accounts */
  async #bulk(admin, action, accounts) {
    const json = { action, userIds: accounts.map(({ id }) => id) };
    const effects = accounts.map(({ id, email }) => ({
      ...{ action: `user.${action}`, about: id, subject: `user:${email}` },
      change: { banned: action === "ban" },
    }));
    const { done } = await this.asking.ask(admin, BULK, { json, effects });
    if (done.length !== accounts.length) this.asking.ledger.fail("in bulk", `${action}: ${done} of ${json.userIds}`);
  }

  /** @param {Who} page */
  async #look(page) {
    for (let turn = 0; turn < 3; turn += 1) {
      const { user } = await this.asking.ask(page, "/api/auth/get-session");
      if (user === undefined) this.asking.ledger.fail("of a session", "nobody is in it");
    }
    await this.asking.ask(page, ME);
    const { token } = await this.asking.ask(page, "/api/auth/token");
    const program = new Who({ authorization: `Bearer ${token}` });
    for (let turn = 0; turn < 5; turn += 1) await this.asking.ask(program, CHECK, { json: { permission: NOTE } });
    await this.asking.ask(program, ACT, { json: { permission: NOTE }, effects: [{ action: "note.read" }] });
  }

  /** @param {Who} page @param {Account} keeper */
  async #useKeys(page, keeper) {
    const name = `${this.name}-${this.rounds}`;
    const remaining = 1 + this.dice.below(MAX_USES);
    const told = (/** @type {string} */ action, /** @type {Record<string, unknown>} */ change) =>
      [{ action, about: keeper.id, subject: `key:${name}`, change }];
    const made = await this.asking.ask(page, `${KEYS}/create`, {
      json: { name, scopes: [NOTE], remaining, rateLimitEnabled: false },
      effects: told("key.created", { owner: keeper.id, of: keeper.email, initial: remaining, gone: false }),
    });
    let key = made.key;
    const rotateAt = this.dice.below(MAX_USES + 1);
    // Some are used up and refused, some keep uses.
    const wanted = this.dice.chance(0.5) ? remaining : this.dice.below(remaining);
    for (let use = 0; use < wanted; use += 1) {
      if (use === rotateAt) {
        const rotated = await this.asking.ask(page, `${KEYS}/rotate`, { json: { keyId: made.id }, effects: told("key.rotated", {}) });
        // The old one goes on for a day, and its uses are the same.
        if (this.dice.chance(0.5)) key = rotated.key;
      }
      const effects = [{ action: "note.read", about: keeper.id }];
      await this.asking.ask(new Who({ "x-api-key": key }), ACT, { json: { permission: NOTE }, effects, uses: name });
    }
    if (wanted === remaining) await this.asking.ask(new Who({ "x-api-key": key }), ACT, { json: { permission: NOTE }, status: 429 });
    if (this.dice.chance(0.5)) {
      await this.asking.ask(page, `${KEYS}/delete`, { json: { keyId: made.id }, effects: told("key.deleted", { gone: true }) });
    }
  }

  async #tenantRoles() {
    const owner = (this.#owner ??= await this.#signIn(OWNER_OF(this.number)));
    if (this.rounds % TENANT_ROUNDS === 0) this.#tenant = undefined;
    const tenant = (this.#tenant ??= await this.#makeTenant(owner));
    const base = `${TENANTS}/${tenant.id}`;
    const name = `Role ${this.rounds}`;
    const told = (/** @type {string} */ action, /** @type {Record<string, unknown>} */ change) =>
      [{ action: `rbac.${action}`, subject: `role:${tenant.id}/${name}`, change }];
    const made = await this.asking.ask(owner, `${base}/roles`, {
      json: { name, permissions: [NOTE] },
      effects: told("role.create", { visitor: this.number, tenant: tenant.id, member: tenant.member, name, held: false, gone: false }),
    });
    const held = `${base}/members/${tenant.member}/roles`;
    await this.asking.ask(owner, held, { json: { roleId: made.id }, effects: told("member_role.create", { held: true }) });
    if (this.dice.chance(0.2)) return;
    const effects = told("member_role.delete", { held: false });
    await this.asking.ask(owner, `${held}/${made.id}`, { method: "DELETE", effects });
    if (this.dice.chance(0.2)) return;
    await this.asking.ask(owner, `${base}/roles/${made.id}`, { method: "DELETE", effects: told("role.delete", { gone: true }) });
  }

  /** @param {Who} owner */
  async #makeTenant(owner) {
    const name = `Tenant ${this.name}-${this.rounds}`;
    const effects = [{ action: "rbac.tenant.create", subject: `tenant:${name}`, change: { visitor: this.number, name } }];
    const { id } = await this.asking.ask(owner, TENANTS, { json: { name }, effects });
    const { members } = await this.asking.ask(owner, `${TENANTS}/${id}/members`);
    return { id: String(id), member: String(members[0].id) };
  }
}
