//! The use cases, one line each: what is there before, the request, and the statuses of sending it
//! once and once more.

use serde_json::{Value, json};

use crate::world::{PASSWORD, Wanted, World, service_key};

/// A use case as a request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) given: fn(&mut World),
    pub(crate) request: fn(&World) -> Wanted,
    /// Of sending it, and of sending it again without having got the first answer.
    pub(crate) statuses: [u16; 2],
}

const fn case(
    name: &'static str,
    given: fn(&mut World),
    request: fn(&World) -> Wanted,
    statuses: [u16; 2],
) -> Case {
    Case {
        name,
        given,
        request,
        statuses,
    }
}

#[rustfmt::skip] // A table: one use case a line.
pub(crate) const CASES: &[Case] = &[
    // Signing in and out.
    case("signing in", ann, |_| sign_in("ann"), [200, 200]),
    case("signing in in the place of an earlier session", signed_in, |_| sign_in("ann"), [200, 200]),
    case("signing in with an imported hash", imported, |_| sign_in("ann"), [200, 200]),
    case("signing in with a refresh token", ann, |_| post("/api/auth/sign-in/email", json!({ "email": EMAIL, "password": PASSWORD, "refreshToken": true })), [200, 200]),
    case("a wrong password", ann, |_| post("/api/auth/sign-in/email", json!({ "email": EMAIL, "password": "wrong" })), [401, 401]),
    case("signing out", signed_in, |_| post("/api/auth/sign-out", json!({})), [200, 200]),
    // Sessions.
    case("looking at the session", signed_in, |_| get("/api/auth/get-session"), [200, 200]),
    case("an access token", signed_in, |_| get("/api/auth/token"), [200, 200]),
    case("the snapshot", signed_in, |_| get("/api/auth/snapshot"), [200, 200]),
    case("who I am", signed_in, |_| get("/api/auth/me"), [200, 200]),
    case("listing sessions", signed_in, |_| get("/api/auth/list-sessions"), [200, 200]),
    case("refreshing", refreshing, |w| post("/api/auth/session/refresh", json!({ "refreshToken": w.kept["refresh"] })), [200, 200]),
    case("refreshing with a token that was replaced long ago", replayed, |w| post("/api/auth/session/refresh", json!({ "refreshToken": w.kept["refresh"] })), [401, 401]),
    case("naming the device", signed_in, |_| post("/api/auth/update-session", json!({ "deviceName": "Bridge" })), [200, 200]),
    case("proving who I am once more", signed_in, |_| post("/api/auth/session/step-up", json!({ "password": PASSWORD })), [200, 200]),
    case("revoking another session", two_sessions, |w| post("/api/auth/revoke-session", json!({ "token": w.kept["other"] })), [200, 200]),
    case("revoking the other sessions", two_sessions, |_| post("/api/auth/revoke-other-sessions", json!({})), [200, 200]),
    case("revoking all sessions", two_sessions, |_| post("/api/auth/revoke-sessions", json!({})), [200, 401]),
    // Accounts.
    case("signing up", |_| {}, |_| post("/api/auth/sign-up/email", json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD })), [200, 422]),
    case("changing name and picture", signed_in, |_| post("/api/auth/update-user", json!({ "name": "Ann Smith", "image": "/a.png" })), [200, 200]),
    case("changing the password", two_sessions, |_| post("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": OTHER })), [200, 401]),
    case("changing the password and ending other sessions", two_sessions, |_| post("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": OTHER, "revokeOtherSessions": true })), [200, 401]),
    case("verifying the password", signed_in, |_| post("/api/auth/verify-password", json!({ "password": PASSWORD })), [200, 200]),
    case("asking for a new password", ann, |_| post("/api/auth/request-password-reset", json!({ "email": EMAIL })), [200, 200]),
    case("setting a new password with a link", reset_asked, |w| post("/api/auth/reset-password", json!({ "newPassword": OTHER, "token": w.kept["secret"] })), [200, 400]),
    case("asking to confirm the address", unconfirmed, |_| post("/api/auth/send-verification-email", json!({ "email": EMAIL })), [200, 200]),
    case("confirming the address", confirm_asked, |w| get(&format!("/api/auth/verify-email?token={}", w.kept["secret"])), [200, 401]),
    case("asking for another address", signed_in, |_| post("/api/auth/change-email", json!({ "newEmail": "smith@example.org" })), [200, 200]),
    case("taking the other address", change_asked, |w| get(&format!("/api/auth/verify-email?token={}", w.kept["secret"])), [200, 401]),
    case("deleting the account with the password", two_sessions, |_| post("/api/auth/delete-user", json!({ "password": PASSWORD })), [200, 401]),
    case("asking to delete the account", signed_in, |_| post("/api/auth/delete-user", json!({})), [200, 200]),
    case("deleting the account with a link", deletion_asked, |w| get(&format!("/api/auth/delete-user/callback?token={}", w.kept["secret"])), [200, 404]),
    case("linked accounts", signed_in, |_| get("/api/auth/list-accounts"), [200, 200]),
    case("unlinking an account", linked, |_| post("/api/auth/unlink-account", json!({ "accountId": "l-1" })), [200, 400]),
    // Settings of users.
    case("new settings", signed_in, |_| send("PUT", "/api/v1/me/settings/global", Some(json!({ "theme": "dark" }))).with("if-none-match", "*"), [201, 200]),
    case("replacing settings", with_settings, |w| send("PUT", "/api/v1/me/settings/global", Some(json!({ "theme": "light" }))).with("if-match", &w.kept["etag"]), [200, 200]),
    case("changing settings", with_settings, |_| send("PATCH", "/api/v1/me/settings/global", Some(json!({ "size": 3 }))), [200, 200]),
    case("deleting settings", with_settings, |w| send("DELETE", "/api/v1/me/settings/global", None).with("if-match", &w.kept["etag"]), [200, 404]),
    case("security events", signed_in, |_| get("/api/v1/me/security-events"), [200, 200]),
    // Links to chat identities.
    case("a code for a bot", signed_in, |_| post("/api/v1/me/identity-links/code", json!({})), [200, 200]),
    case("a bot hands the code in", code_given, |w| post("/api/v1/identity-links", json!({ "code": w.kept["code"], "network": "discord", "externalId": "1234" })).sent_by_bot(), [201, 200]),
    case("a bot signs in for somebody", identity_linked, |_| post("/api/v1/identity-links/sign-in", json!({ "network": "discord", "externalId": "1234" })).sent_by_bot(), [200, 200]),
    case("unlinking an identity", identity_linked, |w| send("DELETE", &format!("/api/v1/me/identity-links/{}", w.kept["link"]), None), [200, 404]),
    // Tenants.
    case("making a tenant", signed_in, |_| post("/rbac/tenants", json!({ "name": "Acme", "slug": "acme" })), [200, 409]),
    case("renaming a tenant", tenant, |w| send("PATCH", &tenant_path(w, ""), Some(json!({ "name": "Other" }))), [200, 200]),
    case("adding a member", tenant, |w| post(&tenant_path(w, "/members"), json!({ "userId": "bob" })), [200, 200]),
    case("making a role", tenant, |w| post(&tenant_path(w, "/roles"), json!({ "name": "Reader", "permissions": ["doc:read"] })), [200, 409]),
    case("changing a role", role, |w| send("PUT", &tenant_path(w, &format!("/roles/{}", w.kept["role"])), Some(json!({ "permissions": ["doc:write"] }))), [200, 200]),
    case("giving a role", role, |w| post(&tenant_path(w, &format!("/members/{}/roles", w.kept["member"])), json!({ "roleId": w.kept["role"] })), [200, 200]),
    case("taking a role", role_given, |w| send("DELETE", &tenant_path(w, &format!("/members/{}/roles/{}", w.kept["member"], w.kept["role"])), None), [200, 200]),
    case("deleting a role", role_given, |w| send("DELETE", &tenant_path(w, &format!("/roles/{}", w.kept["role"])), None), [200, 404]),
    case("removing a member", role_given, |w| send("DELETE", &tenant_path(w, &format!("/members/{}", w.kept["member"])), None), [200, 404]),
    // Acting as others, and many accounts at a time.
    case("acting as somebody else", administrator, |_| post("/api/auth/admin/impersonate-user", json!({ "userId": "bob" })), [200, 200]),
    case("acting as oneself", administrator, |_| post("/api/auth/admin/impersonate-user", json!({ "userId": "ann" })), [400, 400]),
    case("being oneself again", acting, |_| post("/api/auth/admin/stop-impersonating", json!({})), [200, 200]),
    case("signing out as somebody else", acting, |_| post("/api/auth/sign-out", json!({})), [200, 200]),
    case("banning those who are named", administrator, |_| post("/api/v1/admin/users/bulk", json!({ "action": "ban", "userIds": ["bob"] })), [200, 200]),
    // Administration.
    case("making an account", administrator, |_| post("/api/auth/admin/create-user", json!({ "email": "new@example.org", "name": "New", "password": PASSWORD })), [200, 400]),
    case("listing accounts", administrator, |_| get("/api/auth/admin/list-users?sortBy=name"), [200, 200]),
    case("changing an account", administrator, |_| post("/api/auth/admin/update-user", json!({ "userId": "bob", "data": { "name": "Bo", "email": "bo@example.org" } })), [200, 200]),
    case("taking all roles", administrator, |_| post("/api/auth/admin/set-role", json!({ "userId": "bob", "role": "" })), [200, 200]),
    case("banning", bob_signed_in, |_| post("/api/auth/admin/ban-user", json!({ "userId": "bob", "banReason": "spam" })), [200, 200]),
    case("taking a ban back", bob_banned, |_| post("/api/auth/admin/unban-user", json!({ "userId": "bob" })), [200, 200]),
    case("ending another's sessions", bob_signed_in, |_| post("/api/auth/admin/revoke-user-sessions", json!({ "userId": "bob" })), [200, 200]),
    case("setting another's password", bob_signed_in, |_| post("/api/auth/admin/set-user-password", json!({ "userId": "bob", "newPassword": OTHER })), [200, 200]),
    case("deleting another's account", bob_signed_in, |_| post("/api/auth/admin/remove-user", json!({ "userId": "bob" })), [200, 404]),
    case("signing in while banned", bob_banned, |_| sign_in("bob"), [403, 403]),
    case("exporting accounts", administrator, |_| get("/api/v1/admin/users/export"), [200, 200]),
    // API keys. Their prefix is as long as what is kept of them, so that it is the same in every run.
    case("making an API key", signed_in, |_| post("/api/auth/api-key/create", json!({ "prefix": "kiosk_", "scopes": ["doc:read"] })), [200, 200]),
    case("changing an API key", with_key, |w| post("/api/auth/api-key/update", json!({ "keyId": w.kept["keyId"], "name": "gate", "enabled": false })), [200, 200]),
    case("rotating an API key", with_key, |w| post("/api/auth/api-key/rotate", json!({ "keyId": w.kept["keyId"] })), [200, 200]),
    case("deleting an API key", with_key, |w| post("/api/auth/api-key/delete", json!({ "keyId": w.kept["keyId"] })), [200, 404]),
    case("using an API key", with_key, |w| post("/api/check", json!({ "permission": "doc:read" })).with("x-api-key", &w.kept["key"]), [200, 200]),
    // Decisions and records.
    case("a check", signed_in, |_| post("/api/check", json!({ "permission": "doc:read" })), [200, 200]),
    case("an act", signed_in, |_| post("/api/demo/act", json!({ "permission": "doc:read" })), [200, 200]),
    case("registering a record", signed_in, |_| send("PUT", "/api/v1/records/doc/1", Some(json!({ "properties": { "title": "One" } }))), [201, 200]),
    case("replacing a record", recorded, |_| send("PUT", "/api/v1/records/doc/1", Some(json!({ "properties": { "title": "Two", "tags": ["a", "b"] } }))), [200, 200]),
    case("deleting a record", recorded, |_| send("DELETE", "/api/v1/records/doc/1", None), [200, 404]),
];

const EMAIL: &str = "ann@example.org";
const OTHER: &str = "another sentence altogether";
/// Puts [`PASSWORD`] as Better Auth stores it.
const IMPORTED: &str = "UPDATE password SET phc = '000102030405060708090a0b0c0d0e0f:7034425e783148ac6ce2c4521177f6fc8ba611950b64145053bf3c4fbf26457865bbf1ea8164754187636d431114bca7374e96cf91409d23fbc0b086580d2442'";

fn ann(world: &mut World) {
    world.add("ann");
}

fn imported(world: &mut World) {
    world.add("ann");
    world.sql(IMPORTED);
}

pub(crate) fn signed_in(world: &mut World) {
    world.add("ann");
    world.must(&sign_in("ann"));
}

fn administrator(world: &mut World) {
    world.add("ann");
    world.add("bob");
    world.sql(
        "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('a', 'ann', 'ADMIN', 1)",
    );
    world.must(&sign_in("ann"));
}

fn bob_signed_in(world: &mut World) {
    administrator(world);
    world.sql(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, expires_at_ms, \
         remember_me) VALUES ('of-bob', 'of bob', 'bob', 1, 1, 4107542400000, 0)",
    );
}

fn bob_banned(world: &mut World) {
    administrator(world);
    world.sql("UPDATE user SET banned_at_ms = 1, ban_reason = 'spam', epoch = 1 WHERE id = 'bob'");
}

fn acting(world: &mut World) {
    administrator(world);
    world.must(&post(
        "/api/auth/admin/impersonate-user",
        json!({ "userId": "bob" }),
    ));
}

fn with_key(world: &mut World) {
    signed_in(world);
    let body = json!({ "prefix": "kiosk_", "scopes": ["doc:read"] });
    let answer = world.must(&post("/api/auth/api-key/create", body));
    world.keep("keyId", &answer.json["id"]);
    world.keep("key", &answer.json["key"]);
}

fn refreshing(world: &mut World) {
    world.add("ann");
    let body = json!({ "email": EMAIL, "password": PASSWORD, "refreshToken": true });
    let answer = world.must(&post("/api/auth/sign-in/email", body));
    world.keep("refresh", &answer.json["refreshToken"]);
    world.forget_cookies();
    world.later(60_000);
}

/// The refresh token was used since, long ago: whoever has it now isn't its owner.
fn replayed(world: &mut World) {
    refreshing(world);
    let mut token = json!(world.kept["refresh"]);
    for _ in 0..2 {
        let body = json!({ "refreshToken": token });
        let answer = world.must(&post("/api/auth/session/refresh", body));
        token = answer.json["refreshToken"].clone();
        world.later(60_000);
    }
}

fn two_sessions(world: &mut World) {
    world.add("ann");
    world.must(&sign_in("ann"));
    let first = world.must(&get("/api/auth/get-session"));
    world.keep("other", &first.json["session"]["token"]);
    world.forget_cookies();
    world.must(&sign_in("ann"));
}

fn unconfirmed(world: &mut World) {
    world.add("ann");
    world.sql("UPDATE user SET email_verified = 0");
}

fn reset_asked(world: &mut World) {
    world.add("ann");
    let body = json!({ "email": EMAIL });
    world.must(&post("/api/auth/request-password-reset", body));
    world.keep_mailed();
}

fn confirm_asked(world: &mut World) {
    unconfirmed(world);
    let body = json!({ "email": EMAIL });
    world.must(&post("/api/auth/send-verification-email", body));
    world.keep_mailed();
}

fn change_asked(world: &mut World) {
    signed_in(world);
    let body = json!({ "newEmail": "smith@example.org" });
    world.must(&post("/api/auth/change-email", body));
    world.keep_mailed();
}

fn deletion_asked(world: &mut World) {
    signed_in(world);
    world.must(&post("/api/auth/delete-user", json!({})));
    world.keep_mailed();
}

fn linked(world: &mut World) {
    signed_in(world);
    world.sql(
        "INSERT INTO outside_account (id, user_id, provider, account_id, created_at_ms, updated_at_ms) \
         VALUES ('l-1', 'ann', 'github', '99', 0, 0)",
    );
}

fn with_settings(world: &mut World) {
    signed_in(world);
    let body = json!({ "theme": "dark" });
    let made = send("PUT", "/api/v1/me/settings/global", Some(body));
    let answer = world.must(&made.with("if-none-match", "*"));
    world.kept.insert("etag", answer.etag);
}

fn code_given(world: &mut World) {
    signed_in(world);
    let answer = world.must(&post("/api/v1/me/identity-links/code", json!({})));
    world.keep("code", &answer.json["code"]);
}

fn identity_linked(world: &mut World) {
    code_given(world);
    let body = json!({ "code": world.kept["code"], "network": "discord", "externalId": "1234" });
    let answer = world.must(&post("/api/v1/identity-links", body).sent_by_bot());
    world.keep("link", &answer.json["id"]);
}

pub(crate) fn tenant(world: &mut World) {
    signed_in(world);
    world.add("bob");
    let body = json!({ "name": "Acme", "slug": "acme" });
    let answer = world.must(&post("/rbac/tenants", body));
    world.keep("tenant", &answer.json["id"]);
}

fn role(world: &mut World) {
    tenant(world);
    let body = json!({ "userId": "bob" });
    let member = world.must(&post(&tenant_path(world, "/members"), body));
    world.keep("member", &member.json["id"]);
    let body = json!({ "name": "Reader", "permissions": ["doc:read"] });
    let role = world.must(&post(&tenant_path(world, "/roles"), body));
    world.keep("role", &role.json["id"]);
}

fn role_given(world: &mut World) {
    role(world);
    let path = tenant_path(world, &format!("/members/{}/roles", world.kept["member"]));
    let body = json!({ "roleId": world.kept["role"] });
    world.must(&post(&path, body));
}

fn recorded(world: &mut World) {
    signed_in(world);
    let body = json!({ "properties": { "title": "One" } });
    world.must(&send("PUT", "/api/v1/records/doc/1", Some(body)));
}

fn tenant_path(world: &World, rest: &str) -> String {
    format!("/rbac/tenants/{}{rest}", world.kept["tenant"])
}

fn sign_in(who: &str) -> Wanted {
    let body = json!({ "email": format!("{who}@example.org"), "password": PASSWORD });
    post("/api/auth/sign-in/email", body)
}

pub(crate) fn post(path: &str, json: Value) -> Wanted {
    send("POST", path, Some(json))
}

pub(crate) fn get(path: &str) -> Wanted {
    send("GET", path, None)
}

fn send(method: &'static str, path: &str, json: Option<Value>) -> Wanted {
    Wanted {
        method,
        path: path.to_owned(),
        json,
        headers: Vec::new(),
    }
}

impl Wanted {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sent by a service, which has its key and no cookies.
    fn sent_by_bot(self) -> Self {
        let key = format!("Bearer {}", service_key().expose());
        self.with("authorization", &key)
    }
}
