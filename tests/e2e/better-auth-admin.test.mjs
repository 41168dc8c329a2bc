// @ts-check
// The published Better Auth client with its admin plugin, unchanged, through every call of that plugin but
// impersonation, against every host: what comes back, and what it changes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthClient } from "better-auth/client";
import { adminClient } from "better-auth/client/plugins";

import { browserFetch } from "../support/browser-fetch.mjs";
import { send, signedIn } from "../support/http.mjs";
import { inTime } from "../support/pace.mjs";
import { HOSTS } from "../support/worker.mjs";
import { TOKEN_FORM } from "./suites/shared.mjs";

/** @typedef {import("./suites/shared.mjs").Server} Server */

const POLICY = `
name = "administration"
version = "1"
scopes = ["state", "team"]
default_tier = "public"
[[tiers]]
name = "public"
label = "Public"
[[tiers]]
name = "beta"
label = "Beta tester"
[roles.admin]
level = 2
[roles.user]
level = 1
[roles.teller]
level = 1
[roles.owner]
level = 3
[permissions]
"user:list" = ["admin", "owner"]
"user:create" = ["admin", "owner"]
"user:update" = ["admin", "owner"]
"user:delete" = ["admin", "owner"]
"session:manage" = ["admin", "owner"]
"note:read" = ["admin", "user", "owner"]
"note:write" = ["owner"]
"till:open" = ["teller"]
`;

const ADMIN = { email: "admin@example.org", password: "an administrator here", name: "Ada", roles: ["admin"], tier: "beta" };
const PEER = { email: "peer@example.org", password: "another administrator", name: "Bo", roles: ["admin"] };
const USER = { email: "user@example.org", password: "somebody like others", name: "Uma", roles: ["user"] };
const LOCAL = { email: "local@example.org", password: "an administrator of ca", name: "Cal", roles: ["admin@state:ca"] };
const OWNER = { email: "owner@example.org", password: "the owner of it all", name: "Oda", roles: ["owner"] };
const TELLER = { email: "teller@example.org", password: "who opens the tills", name: "Tel", roles: ["teller"] };
const PASSWORD = "correct horse battery";
const OTHER = "another horse battery";
const BANNED = "You have been banned from this application. Please contact support if you believe this is an error.";

/** A client with a cookie jar and the page's origin. @param {Server} server */
function clientOf(server) {
  const fetchOptions = { customFetchImpl: browserFetch(server) };
  return createAuthClient({ baseURL: server.url, plugins: [adminClient()], fetchOptions });
}

/** What a client tells of a refusal. @param {{ data: unknown, error: any }} result */
const refused = ({ data, error }) => [data, error?.status, error?.code, error?.message];

let made = 0;
const address = () => `made-${(made += 1)}@example.org`;

for (const host of HOSTS) {
  describe(host.name, () => {
    /** @type {Server} */
    let server;
    /** @type {ReturnType<typeof clientOf>} */
    let admin;

    before(async () => {
      server = await host.start({
        policyText: POLICY,
        users: [ADMIN, PEER, USER, LOCAL, OWNER, TELLER],
        scopes: ["state:ca", "state:ny", "state:ca/team:t1", "state:ny/team:t2"],
        env: { PORTCULLIS_RATES: "all=6000000/60" },
      });
      admin = await as(ADMIN);
    });
    after(() => server?.stop());

    /** @param {{ email: string, password: string }} user */
    async function as({ email, password }) {
      const client = clientOf(server);
      const { error } = await client.signIn.email({ email, password });
      assert.equal(error, null);
      return client;
    }

    /** Somebody new, made by the administrator. @param {object} [more] @returns {Promise<any>} */
    async function someone(more = {}) {
      const asked = { email: address(), password: PASSWORD, name: "Some One", role: "user", ...more };
      const { data, error } = await admin.admin.createUser(/** @type {any} */ (asked));
      assert.equal(error, null, JSON.stringify(error));
      return data?.user;
    }

    test("listUsers() gives users, total and limit", async () => {
      const { data, error } = await admin.admin.listUsers({ query: { limit: 50 } });
      assert.equal(error, null);
      assert.deepEqual([data?.total, /** @type {any} */ (data).limit], [data?.users.length, 50]);
      const ada = data?.users.find(({ email }) => email === ADMIN.email);
      assert.ok(ada?.createdAt instanceof Date);
      assert.deepEqual([ada?.role, ada?.banned, ada?.banReason, ada?.banExpires], ["admin", false, null, null]);
    });

    test("listUsers() searches, sorts and pages, by offset and by cursor", async () => {
      const before = await admin.admin.listUsers({ query: { searchValue: "paged", searchField: "email" } });
      assert.deepEqual(before.data, { users: [], total: 0 });
      for (const name of ["Émile", "emile", "Zoë", "anna", "Åsa"]) await someone({ email: `paged-${address()}`, name });
      const all = { searchValue: "PAGED", searchField: "email", searchOperator: "contains", sortBy: "name" };
      const names = async (/** @type {object} */ more) => {
        const { data } = await admin.admin.listUsers({ query: /** @type {any} */ ({ ...all, ...more }) });
        return { .../** @type {any} */ (data), names: data?.users.map(({ name }) => name).join(" ") };
      };
      const sorted = await names({});
      assert.match(sorted.names, /^anna Åsa (Émile emile|emile Émile) Zoë$/);
      assert.deepEqual([sorted.total, "limit" in sorted, "offset" in sorted, "next" in sorted], [5, false, false, false]);
      const offset = await names({ limit: 2, offset: 1 });
      assert.equal(offset.names.split(" ")[0], "Åsa");
      assert.deepEqual([offset.total, offset.limit, offset.offset], [5, 2, 1]);
      let [page, found] = [await names({ limit: 2 }), ""];
      for (let pages = 1; ; pages += 1) {
        found += `${page.names} `;
        assert.equal(page.total, 5);
        if (page.next === undefined) {
          assert.equal(pages, 3);
          break;
        }
        page = await names({ limit: 2, cursor: page.next });
      }
      assert.equal(found.trim(), sorted.names);
      const folded = await admin.admin.listUsers({ query: { searchValue: "ASA", searchField: "name" } });
      assert.deepEqual(folded.data?.users.map(({ name }) => name), ["Åsa"]);
      const desc = await names({ sortBy: "createdAt", sortDirection: "desc", limit: 1 });
      assert.equal(desc.names, "Åsa");
    });

    test("listUsers() filters by role, ban and time, and finds nobody by what there isn't", async () => {
      const banned = await someone();
      await admin.admin.banUser({ userId: banned.id });
      const listed = async (/** @type {object} */ query) => {
        const { data } = await admin.admin.listUsers({ query: /** @type {any} */ (query) });
        return data?.users.map(({ email }) => email).sort();
      };
      const admins = await listed({ filterField: "role", filterValue: "admin", filterOperator: "eq" });
      assert.deepEqual(admins, [ADMIN.email, PEER.email]);
      assert.ok((await listed({ filterField: "banned", filterValue: true }))?.includes(banned.email));
      assert.ok(!(await listed({ filterField: "banned", filterValue: "false" }))?.includes(banned.email));
      const since = new Date(banned.createdAt - 1);
      assert.ok((await listed({ filterField: "createdAt", filterValue: since, filterOperator: "gt" }))?.includes(banned.email));
      const two = await listed({ filterField: "email", filterValue: [ADMIN.email, USER.email], filterOperator: "in" });
      assert.deepEqual(two, [ADMIN.email, USER.email]);
      for (const query of [{ sortBy: "shoeSize" }, { filterField: "shoeSize", filterValue: "44" }]) {
        const { data } = await admin.admin.listUsers({ query: /** @type {any} */ (query) });
        assert.deepEqual(data, { users: [], total: 0 });
      }
      const wrong = await admin.admin.listUsers({ query: /** @type {any} */ ({ filterOperator: "is" }) });
      assert.deepEqual([wrong.error?.status, wrong.error?.code], [400, "VALIDATION_ERROR"]);
    });

    test("who may not list gets 403 with the code, and who isn't signed in 401 without a body", async () => {
      const user = await as(USER);
      const result = await user.admin.listUsers({ query: { limit: 1 } });
      const expected = [null, 403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS", "You are not allowed to list users"];
      assert.deepEqual(refused(result), expected);
      assert.equal(/** @type {any} */ (result.error).explanation.code, "no_role");
      const paths = ["ban-user", "unban-user", "create-user", "update-user", "remove-user", "set-role", "set-user-password"];
      const more = ["list-user-sessions", "revoke-user-session", "revoke-user-sessions", "has-permission"];
      for (const path of [...paths, ...more]) {
        const answer = await send(`${server.url}/api/auth/admin/${path}`, { json: { userId: "x" } });
        assert.deepEqual([answer.status, answer.text], [401, ""], path);
        assert.equal(answer.headers["content-type"], "application/json");
      }
      for (const path of ["list-users", "get-user?id=x"]) {
        const answer = await send(`${server.url}/api/auth/admin/${path}`);
        assert.deepEqual([answer.status, answer.text], [401, ""], path);
      }
    });

    test("createUser() makes an account that signs in without a mail, and its address once", async () => {
      const email = address();
      const asked = { email: email.toUpperCase(), password: PASSWORD, name: "New", role: /** @type {const} */ ("user"), data: {} };
      const { data, error } = await admin.admin.createUser(asked);
      assert.equal(error, null);
      assert.deepEqual([data?.user.email, data?.user.role, data?.user.emailVerified], [email, "user", false]);
      assert.match(data?.user.id ?? "", TOKEN_FORM);
      await as({ email, password: PASSWORD });
      const again = await admin.admin.createUser(asked);
      const taken = "User already exists. Use another email.";
      assert.deepEqual(refused(again), [null, 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", taken]);
    });

    test("createUser() refuses what isn't as it should be", async () => {
      const create = async (/** @type {object} */ change) => {
        const asked = { email: address(), password: PASSWORD, name: "New", ...change };
        const { error } = await admin.admin.createUser(/** @type {any} */ (asked));
        return [error?.status, error?.code];
      };
      assert.deepEqual(await create({ email: "x" }), [400, "INVALID_EMAIL"]);
      assert.deepEqual(await create({ password: "short" }), [400, "PASSWORD_TOO_SHORT"]);
      assert.deepEqual(await create({ role: "captain" }), [400, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE"]);
      assert.deepEqual(await create({ data: { role: 7 } }), [400, "INVALID_ROLE_TYPE"]);
      assert.deepEqual(await create({ data: { shoeSize: 44 } }), [400, "FIELD_NOT_ALLOWED"]);
      assert.deepEqual(await create({ role: "admin" }), [403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"]);
      assert.deepEqual(await create({ role: ["user", "owner"] }), [403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"]);
      const user = await as(USER);
      const result = await user.admin.createUser({ email: address(), password: PASSWORD, name: "New" });
      const code = "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS";
      assert.deepEqual(refused(result), [null, 403, code, "You are not allowed to create users"]);
    });

    test("getUser() gives the bare user, and 404 for nobody", async () => {
      const user = await someone();
      const { data } = await admin.admin.getUser({ query: { id: user.id } });
      assert.deepEqual([data?.email, data?.role, data?.banned], [user.email, "user", false]);
      const nobody = await admin.admin.getUser({ query: { id: "nobody" } });
      assert.deepEqual(refused(nobody), [null, 404, "USER_NOT_FOUND", "User not found"]);
    });

    test("setRole() takes one role or several, and none above one's own", async () => {
      const owner = await as(OWNER);
      const user = await someone();
      const set = (/** @type {any} */ role) => owner.admin.setRole({ userId: user.id, role });
      const both = await set(["user", "admin"]);
      assert.equal(/** @type {any} */ (both.data)?.user.role, "admin,user");
      assert.equal(/** @type {any} */ ((await set("user")).data)?.user.role, "user");
      const none = await set("captain");
      const message = "You are not allowed to set a non-existent role value";
      assert.deepEqual(refused(none), [null, 400, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE", message]);
      const upwards = await admin.admin.setRole({ userId: user.id, role: /** @type {any} */ ("owner") });
      const code = "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE";
      assert.deepEqual(refused(upwards), [null, 403, code, "You are not allowed to change users role"]);
      const peer = await admin.admin.listUsers({ query: { searchValue: PEER.email } });
      const sideways = await admin.admin.setRole({ userId: peer.data?.users[0]?.id ?? "", role: "user" });
      assert.deepEqual([sideways.error?.status, /** @type {any} */ (sideways.error).explanation.code], [403, "level_too_low"]);
    });

    test("updateUser() gives the bare user, and refuses what isn't set this way", async () => {
      const user = await someone();
      const update = (/** @type {object} */ data) => admin.admin.updateUser({ userId: user.id, data });
      assert.equal(/** @type {any} */ ((await update({ name: "N" })).data)?.name, "N");
      const code = async (/** @type {object} */ data) => {
        const { error } = await update(data);
        return [error?.status, error?.code];
      };
      assert.deepEqual(await code({}), [400, "NO_DATA_TO_UPDATE"]);
      assert.deepEqual(await code({ password: "x" }), [400, "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER"]);
      assert.deepEqual(await code({ id: "x" }), [400, "USER_ID_CANNOT_BE_UPDATED"]);
      assert.deepEqual(await code({ tier: "beta" }), [400, "FIELD_NOT_ALLOWED"]);
      assert.deepEqual(await code({ email: ADMIN.email }), [400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"]);
      assert.deepEqual(await code({ role: "owner" }), [403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"]);
      const moved = await update({ email: `Moved-${user.email}`, banned: true, banReason: "moved" });
      assert.deepEqual(
        [/** @type {any} */ (moved.data).email, /** @type {any} */ (moved.data).banReason],
        [`moved-${user.email}`, "moved"],
      );
      const { data: own } = await admin.getSession();
      const myself = await admin.admin.updateUser({ userId: own?.user.id ?? "", data: { banned: true } });
      assert.deepEqual(refused(myself), [null, 400, "YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself"]);
    });

    test("banUser() ends sessions and keeps out until unbanUser()", async () => {
      const user = await someone();
      const session = await as({ email: user.email, password: PASSWORD });
      const banned = await admin.admin.banUser({ userId: user.id, banReason: "spam", banExpiresIn: 3600 });
      const { banReason, banExpires } = /** @type {any} */ (banned.data).user;
      assert.deepEqual([/** @type {any} */ (banned.data).user.banned, banReason], [true, "spam"]);
      assert.ok(Math.abs(banExpires - Date.now() - 3_600_000) < 60_000);
      assert.equal((await session.getSession()).data, null);
      const client = clientOf(server);
      const right = await client.signIn.email({ email: user.email, password: PASSWORD });
      assert.deepEqual(refused(right), [null, 403, "BANNED_USER", BANNED]);
      const wrong = await client.signIn.email({ email: user.email, password: "wrong" });
      assert.deepEqual([wrong.error?.status, wrong.error?.code], [401, "INVALID_EMAIL_OR_PASSWORD"]);
      const unbanned = await admin.admin.unbanUser({ userId: user.id });
      assert.deepEqual([/** @type {any} */ (unbanned.data).user.banned, /** @type {any} */ (unbanned.data).user.banReason], [false, null]);
      await as({ email: user.email, password: PASSWORD });
      const forGood = await admin.admin.banUser({ userId: user.id });
      assert.deepEqual([/** @type {any} */ (forGood.data).user.banReason, /** @type {any} */ (forGood.data).user.banExpires], ["No reason", null]);
      const nobody = await admin.admin.banUser({ userId: "nobody" });
      assert.deepEqual(refused(nobody), [null, 404, "USER_NOT_FOUND", "User not found"]);
      const { data: own } = await admin.getSession();
      const myself = await admin.admin.banUser({ userId: own?.user.id ?? "" });
      assert.deepEqual(refused(myself), [null, 400, "YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself"]);
    });

    test("a ban of two seconds is over after two seconds", async () => {
      const user = await inTime(async (within) => {
        const one = await someone();
        const client = clientOf(server);
        const signIn = () => client.signIn.email({ email: one.email, password: PASSWORD });
        await within(2_000, async () => {
          await admin.admin.banUser({ userId: one.id, banExpiresIn: 2 });
          assert.equal((await signIn()).error?.code, "BANNED_USER");
        });
        await sleep(2_100);
        assert.equal((await signIn()).error, null);
        return one;
      });
      const { data } = await admin.admin.getUser({ query: { id: user.id } });
      assert.deepEqual([data?.banned, data?.banReason], [false, null]);
    });

    test("listUserSessions(), revokeUserSession() and revokeUserSessions()", async () => {
      const user = await someone();
      const sessions = [await as({ email: user.email, password: PASSWORD }), await as({ email: user.email, password: PASSWORD })];
      const list = async () => {
        const { data } = await admin.admin.listUserSessions({ userId: user.id });
        return /** @type {any[]} */ (data?.sessions);
      };
      const listed = await list();
      assert.deepEqual([listed.length, listed[0].userId], [2, user.id]);
      assert.ok(listed[0].expiresAt instanceof Date);
      const tokens = await Promise.all(sessions.map(async (session) => (await session.getSession()).data?.session.id));
      assert.deepEqual(listed.map(({ token }) => token).sort(), tokens.toSorted(), "a handle, not the token");
      const one = await admin.admin.revokeUserSession({ sessionToken: listed[0].token });
      assert.deepEqual(one.data, { success: true });
      assert.deepEqual((await list()).map(({ token }) => token), [listed[1].token]);
      const again = await admin.admin.revokeUserSession({ sessionToken: listed[0].token });
      assert.deepEqual(again.data, { success: true });
      const all = await admin.admin.revokeUserSessions({ userId: user.id });
      assert.deepEqual([all.data, await list()], [{ success: true }, []]);
      for (const session of sessions) assert.equal((await session.getSession()).data, null);
      const may = await as(USER);
      const listing = await may.admin.listUserSessions({ userId: user.id });
      assert.equal(listing.error?.code, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS");
      const revoking = await may.admin.revokeUserSessions({ userId: user.id });
      assert.equal(revoking.error?.code, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS");
    });

    test("setUserPassword() and removeUser()", async () => {
      const user = await someone();
      const session = await as({ email: user.email, password: PASSWORD });
      const set = (/** @type {string} */ newPassword) => admin.admin.setUserPassword({ userId: user.id, newPassword });
      assert.equal((await set("short")).error?.code, "PASSWORD_TOO_SHORT");
      assert.equal((await set("")).error?.code, "VALIDATION_ERROR");
      assert.deepEqual((await set(OTHER)).data, { status: true });
      assert.equal((await session.getSession()).data, null, "sessions end with the old password");
      await as({ email: user.email, password: OTHER });
      assert.deepEqual((await admin.admin.removeUser({ userId: user.id })).data, { success: true });
      const gone = await admin.admin.removeUser({ userId: user.id });
      assert.deepEqual(refused(gone), [null, 404, "USER_NOT_FOUND", "User not found"]);
      const { data: own } = await admin.getSession();
      const myself = await admin.admin.removeUser({ userId: own?.user.id ?? "" });
      assert.deepEqual(refused(myself), [null, 400, "YOU_CANNOT_REMOVE_YOURSELF", "You cannot remove yourself"]);
    });

    test("createUser() without a password makes one whose first password is set", async () => {
      const user = await someone({ password: undefined });
      const client = clientOf(server);
      const { error } = await client.signIn.email({ email: user.email, password: PASSWORD });
      assert.equal(error?.code, "INVALID_EMAIL_OR_PASSWORD");
      await admin.admin.setUserPassword({ userId: user.id, newPassword: PASSWORD });
      await as({ email: user.email, password: PASSWORD });
    });

    test("hasPermission() says what the server would do", async () => {
      const user = await as(USER);
      const has = async (/** @type {typeof admin} */ client, /** @type {any} */ permissions) => {
        const { data } = await client.admin.hasPermission({ permissions });
        return data;
      };
      assert.deepEqual(await has(admin, { user: ["create"] }), { error: null, success: true });
      assert.deepEqual(await has(user, { user: ["create"] }), { error: null, success: false });
      const asked = [
        [{ user: ["ban", "set-role", "set-password"], session: ["revoke"] }, true],
        [{ user: ["create", "impersonate"] }, false],
        [{ user: { actions: ["create", "impersonate"], connector: "OR" } }, true],
        [{ shoe: ["tie"] }, false],
        [{ user: [] }, false],
        [{ note: ["read"] }, true],
        [{ note: ["write"] }, false],
      ];
      for (const [permissions, success] of asked) {
        assert.equal((await has(admin, permissions))?.success, success, JSON.stringify(permissions));
      }
      const page = await signedIn(server, ADMIN);
      const check = async (/** @type {object} */ json) => (await page.post("/api/auth/admin/has-permission", json)).outcome;
      const message = "invalid permission check. no permission(s) were passed.";
      assert.deepEqual(await check({ permission: { user: ["create"] } }), [400, { message }]);
      assert.equal((await check({ permission: {}, permissions: {} }))[0], 400);
    });

    test("an administrator of a state administers those of that state, and others aren't there", async () => {
      const page = await signedIn(server, LOCAL);
      const local = await as(LOCAL);
      const create = (/** @type {object} */ json) => page.post("/api/auth/admin/create-user", { password: PASSWORD, name: "L", ...json });
      const there = await create({ email: address(), grants: [{ role: "user", scope: "state:ca/team:t1" }] });
      assert.equal(there.status, 200, there.text);
      const elsewhere = await create({ email: address(), grants: [{ role: "user", scope: "state:ny/team:t2" }] });
      assert.deepEqual([elsewhere.status, elsewhere.json.code], [403, "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS"]);
      const global = await create({ email: address(), role: "user" });
      assert.equal(global.status, 403);
      const { data } = await local.admin.listUsers({ query: {} });
      assert.deepEqual(data?.users.map(({ email }) => email).sort(), [LOCAL.email, there.json.user.email].sort());
      const other = await someone();
      const hidden = await local.admin.banUser({ userId: other.id });
      assert.deepEqual([hidden.error?.status, hidden.error?.code], [404, "USER_NOT_FOUND"]);
      const known = await local.admin.banUser({ userId: there.json.user.id });
      assert.equal(known.error, null);
    });

    test("an account that holds what its administrator lacks isn't got into, nor is a tier above one's own given", async () => {
      const { data } = await admin.admin.listUsers({ query: { searchValue: TELLER.email } });
      const userId = data?.users[0]?.id ?? "";
      const ways = [
        await admin.admin.setUserPassword({ userId, newPassword: OTHER }),
        await admin.admin.updateUser({ userId, data: { email: address() } }),
        await admin.admin.updateUser({ userId, data: { emailVerified: true } }),
      ];
      for (const { error } of ways) {
        assert.deepEqual([error?.status, error?.code], [403, "ROLE_NOT_HELD"]);
        assert.match(error?.message ?? "", /`teller` .*`till:open` is missing/u);
      }
      assert.equal((await admin.admin.updateUser({ userId, data: { name: "Tell" } })).error, null, "which gives nobody anything");
      const user = await someone();
      const peer = await signedIn(server, PEER);
      const above = await peer.send(`/api/v1/admin/users/${user.id}/tier`, { method: "PUT", json: { tier: "beta" } });
      assert.deepEqual([above.status, above.json.code], [403, "TIER_NOT_HELD"]);
    });

    test("tiers are read and set, by what was seen, and are those of the policy", async () => {
      const user = await someone();
      const page = await signedIn(server, ADMIN);
      const path = `/api/v1/admin/users/${user.id}/tier`;
      const first = await page.get(path);
      assert.deepEqual(first.outcome, [200, { tier: "public", label: "Public", isDefault: true }]);
      const { etag = "" } = first.headers;
      const unknown = await page.send(path, { method: "PUT", json: { tier: "gold" } });
      assert.deepEqual([unknown.status, unknown.json.code, unknown.json.tiers], [400, "UNKNOWN_TIER", ["public", "beta"]]);
      const set = await page.send(path, { method: "PUT", json: { tier: "beta" }, headers: { "if-match": etag } });
      assert.deepEqual(set.outcome, [200, { tier: "beta", label: "Beta tester", isDefault: false }]);
      const stale = await page.send(path, { method: "PUT", json: { tier: null }, headers: { "if-match": etag } });
      assert.deepEqual([stale.status, stale.json.code], [412, "PRECONDITION_FAILED"]);
      const back = await page.send(path, { method: "PUT", json: { tier: null } });
      assert.equal(back.json.isDefault, true);
      const may = await signedIn(server, USER);
      assert.equal((await may.send(path, { method: "PUT", json: { tier: "beta" } })).json.code, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_TIER");
      assert.equal((await send(server.url + path)).status, 401);
    });

    test("grants at scopes are given, listed by pages and taken", async () => {
      const user = await someone();
      const page = await signedIn(server, ADMIN);
      const path = `/api/v1/admin/users/${user.id}/grants`;
      const give = (/** @type {string} */ role, /** @type {string} */ scope) => page.post(path, { role, scope });
      const given = await give("user", "state:ca/team:t1");
      assert.deepEqual([given.status, given.json.grant.role, given.json.grant.scope], [200, "user", "state:ca/team:t1"]);
      assert.deepEqual((await give("user", "state:ca/team:t1")).json, given.json, "given again it is the same");
      assert.equal((await give("owner", "state:ca")).json.code, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE");
      assert.equal((await give("captain", "state:ca")).json.code, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE");
      assert.equal((await give("user", "planet:x")).json.code, "ROLE_NOT_GRANTABLE");
      assert.equal((await give("user", "state:atlantis")).status, 403);
      const first = await page.get(`${path}?limit=1`);
      const second = await page.get(`${path}?limit=1&after=${first.json.next}`);
      const scopes = [...first.json.grants, ...second.json.grants].map(({ scope }) => scope).sort();
      assert.deepEqual([scopes, second.json.next], [["", "state:ca/team:t1"], null]);
      const taken = await page.send(`${path}/${given.json.grant.id}`, { method: "DELETE" });
      assert.deepEqual(taken.outcome, [200, { success: true }]);
      const again = await page.send(`${path}?role=user&scope=state:ca/team:t1`, { method: "DELETE" });
      assert.deepEqual([again.status, again.json.code], [404, "GRANT_NOT_FOUND"]);
      assert.deepEqual((await page.send(`${path}?role=user`, { method: "DELETE" })).outcome, [200, { success: true }]);
      assert.deepEqual((await page.get(path)).json, { grants: [], next: null });
    });
  });
}
