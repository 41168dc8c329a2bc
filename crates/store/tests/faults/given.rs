//! What is there before a request.

use serde_json::json;

use crate::case::{get, post, send};
use crate::world::{PASSWORD, Wanted, World};

pub(crate) const EMAIL: &str = "ann@example.org";
pub(crate) const OTHER: &str = "another sentence altogether";
/// Puts [`PASSWORD`] as Better Auth stores it.
const IMPORTED: &str = "UPDATE password SET phc = '000102030405060708090a0b0c0d0e0f:7034425e783148ac6ce2c4521177f6fc8ba611950b64145053bf3c4fbf26457865bbf1ea8164754187636d431114bca7374e96cf91409d23fbc0b086580d2442'";

pub(crate) fn ann(world: &mut World) {
    world.add("ann");
}

pub(crate) fn imported(world: &mut World) {
    world.add("ann");
    world.sql(IMPORTED);
}

pub(crate) fn signed_in(world: &mut World) {
    world.add("ann");
    world.must(&sign_in("ann"));
}

pub(crate) fn administrator(world: &mut World) {
    world.add("ann");
    world.add("bob");
    world.sql(
        "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('a', 'ann', 'ADMIN', 1)",
    );
    world.must(&sign_in("ann"));
}

pub(crate) fn bob_signed_in(world: &mut World) {
    administrator(world);
    world.sql(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, expires_at_ms, \
         remember_me) VALUES ('of-bob', 'of bob', 'bob', 1, 1, 4107542400000, 0)",
    );
}

pub(crate) fn bob_banned(world: &mut World) {
    administrator(world);
    world.sql("UPDATE user SET banned_at_ms = 1, ban_reason = 'spam', epoch = 1 WHERE id = 'bob'");
}

pub(crate) fn acting(world: &mut World) {
    administrator(world);
    world.must(&post(
        "/api/auth/admin/impersonate-user",
        json!({ "userId": "bob" }),
    ));
}

pub(crate) fn with_key(world: &mut World) {
    signed_in(world);
    make_key(world);
}

fn make_key(world: &mut World) {
    let body = json!({ "prefix": "kiosk_", "scopes": ["doc:read"] });
    let answer = world.must(&post("/api/auth/api-key/create", body));
    world.keep("keyId", &answer.json["id"]);
    world.keep("key", &answer.json["key"]);
}

pub(crate) fn refreshing(world: &mut World) {
    world.add("ann");
    let body = json!({ "email": EMAIL, "password": PASSWORD, "refreshToken": true });
    let answer = world.must(&post("/api/auth/sign-in/email", body));
    world.keep("refresh", &answer.json["refreshToken"]);
    world.forget_cookies();
    world.later(60_000);
}

/// The refresh token was used since, long ago: whoever has it now isn't its owner.
pub(crate) fn replayed(world: &mut World) {
    refreshing(world);
    let mut token = json!(world.kept["refresh"]);
    for _ in 0..2 {
        let body = json!({ "refreshToken": token });
        let answer = world.must(&post("/api/auth/session/refresh", body));
        token = answer.json["refreshToken"].clone();
        world.later(60_000);
    }
}

pub(crate) fn two_sessions(world: &mut World) {
    world.add("ann");
    world.must(&sign_in("ann"));
    let first = world.must(&get("/api/auth/get-session"));
    world.keep("other", &first.json["session"]["token"]);
    world.forget_cookies();
    world.must(&sign_in("ann"));
}

pub(crate) fn unconfirmed(world: &mut World) {
    world.add("ann");
    world.sql("UPDATE user SET email_verified = 0");
}

pub(crate) fn reset_asked(world: &mut World) {
    world.add("ann");
    let body = json!({ "email": EMAIL });
    world.must(&post("/api/auth/request-password-reset", body));
    world.keep_mailed();
}

pub(crate) fn confirm_asked(world: &mut World) {
    unconfirmed(world);
    let body = json!({ "email": EMAIL });
    world.must(&post("/api/auth/send-verification-email", body));
    world.keep_mailed();
}

pub(crate) fn change_asked(world: &mut World) {
    signed_in(world);
    let body = json!({ "newEmail": "smith@example.org" });
    world.must(&post("/api/auth/change-email", body));
    world.keep_mailed();
}

pub(crate) fn deletion_asked(world: &mut World) {
    signed_in(world);
    world.must(&post("/api/auth/delete-user", json!({})));
    world.keep_mailed();
}

pub(crate) fn linked(world: &mut World) {
    signed_in(world);
    world.sql(
        "INSERT INTO outside_account (id, user_id, provider, account_id, created_at_ms, updated_at_ms) \
         VALUES ('l-1', 'ann', 'github', '99', 0, 0)",
    );
}

pub(crate) fn with_settings(world: &mut World) {
    signed_in(world);
    let body = json!({ "theme": "dark" });
    let made = send("PUT", "/api/v1/me/settings/global", Some(body));
    let answer = world.must(&made.with("if-none-match", "*"));
    world.kept.insert("etag", answer.etag);
}

pub(crate) fn code_given(world: &mut World) {
    signed_in(world);
    let answer = world.must(&post("/api/v1/me/identity-links/code", json!({})));
    world.keep("code", &answer.json["code"]);
}

pub(crate) fn identity_linked(world: &mut World) {
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

pub(crate) fn role(world: &mut World) {
    tenant(world);
    let body = json!({ "userId": "bob" });
    let member = world.must(&post(&tenant_path(world, "/members"), body));
    world.keep("member", &member.json["id"]);
    let body = json!({ "name": "Reader", "permissions": ["doc:read"] });
    let role = world.must(&post(&tenant_path(world, "/roles"), body));
    world.keep("role", &role.json["id"]);
}

pub(crate) fn role_given(world: &mut World) {
    role(world);
    let path = tenant_path(world, &format!("/members/{}/roles", world.kept["member"]));
    let body = json!({ "roleId": world.kept["role"] });
    world.must(&post(&path, body));
}

pub(crate) fn recorded(world: &mut World) {
    signed_in(world);
    let body = json!({ "properties": { "title": "One" } });
    world.must(&send("PUT", "/api/v1/records/doc/1", Some(body)));
}

pub(crate) fn tenant_path(world: &World, rest: &str) -> String {
    format!("/rbac/tenants/{}{rest}", world.kept["tenant"])
}

pub(crate) fn sign_in(who: &str) -> Wanted {
    let body = json!({ "email": format!("{who}@example.org"), "password": PASSWORD });
    post("/api/auth/sign-in/email", body)
}

/// Bob has signed in himself, so that his token is known.
pub(crate) fn bob_at_home(world: &mut World) {
    administrator(world);
    let ann = world.cookies();
    world.forget_cookies();
    world.must(&sign_in("bob"));
    let session = world.must(&get("/api/auth/get-session"));
    world.keep("token", &session.json["session"]["token"]);
    world.set_cookies(ann);
}

/// Bob has a role at a scope, besides what everybody has.
pub(crate) fn bob_granted(world: &mut World) {
    administrator(world);
    world.sql("INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:o1', 'org:o1', 'One', 1)");
    let body = json!({ "role": "EDITOR", "scope": "org:o1" });
    let answer = world.must(&post("/api/v1/admin/users/bob/grants", body));
    world.keep("grant", &answer.json["grant"]["id"]);
}

/// A key of one who manages keys.
pub(crate) fn managed_key(world: &mut World) {
    administrator(world);
    make_key(world);
}

/// Such a key that is over.
pub(crate) fn with_old_key(world: &mut World) {
    managed_key(world);
    world.sql("UPDATE api_key SET expires_at_ms = 1");
}

/// A permission that was made at run time.
pub(crate) fn permission(world: &mut World) {
    administrator(world);
    let body = json!({ "resource": "doc", "action": "share" });
    let answer = world.must(&post("/rbac/permissions", body));
    world.keep("permission", &answer.json["id"]);
}

/// A tenant of ann's, who may make permissions; one was made.
pub(crate) fn tenant_and_permission(world: &mut World) {
    permission(world);
    let body = json!({ "name": "Acme", "slug": "acme" });
    let answer = world.must(&post("/rbac/tenants", body));
    world.keep("tenant", &answer.json["id"]);
}

/// A record, and who may ask about herself.
pub(crate) fn own_question(world: &mut World) {
    recorded(world);
    with_token(world);
}

/// A record that bob may read, and ann may ask about him.
pub(crate) fn asked_about(world: &mut World) {
    administrator(world);
    let body = json!({ "properties": { "title": "One" } });
    world.must(&send("PUT", "/api/v1/records/doc/1", Some(body)));
    with_token(world);
}

fn with_token(world: &mut World) {
    let answer = world.must(&get("/api/auth/token"));
    world.keep("access", &answer.json["token"]);
}

/// The end of a question about bob.
pub(crate) fn about_bob(more: &serde_json::Value) -> serde_json::Value {
    let mut question = json!({ "subject": { "type": "user", "id": "bob" }, "resource": { "type": "doc", "id": "1" }, "action": { "name": "read" } });
    let members = question.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    question
}

pub(crate) fn with_app_settings(world: &mut World) {
    signed_in(world);
    let made = send(
        "PUT",
        "/api/v1/me/settings/app/desk",
        Some(json!({ "theme": "dark" })),
    );
    let answer = world.must(&made.with("if-none-match", "*"));
    world.kept.insert("etag", answer.etag);
}

pub(crate) fn member_path(world: &World, rest: &str) -> String {
    tenant_path(world, &format!("/members/{}{rest}", world.kept["member"]))
}

pub(crate) fn permission_path(world: &World) -> String {
    format!("/rbac/permissions/{}", world.kept["permission"])
}
