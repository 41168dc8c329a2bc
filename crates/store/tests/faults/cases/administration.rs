//! Administration, acting as others, many accounts at a time, the audit log.

use serde_json::json;

use crate::case::Again::{Never, Same, Then};
use crate::case::{Case, case, get, post, send};
use crate::given::{
    OTHER, acting, administrator, bob_at_home, bob_banned, bob_granted, bob_signed_in, sign_in,
};
use crate::world::PASSWORD;

/// Longer than an answer of `/ready` is kept: asking it often costs the database nothing.
const READY_KEPT_MS: i64 = 60_000;

#[rustfmt::skip] // A table: one use case a line.
pub(super) const CASES: &[Case] = &[
    // Acting as others, and many accounts at a time.
    case("acting as somebody else", administrator, |_| post("/api/auth/admin/impersonate-user", json!({ "userId": "bob" })), Same),
    case("acting as oneself", administrator, |_| post("/api/auth/admin/impersonate-user", json!({ "userId": "ann" })), Never("YOU_CANNOT_IMPERSONATE_YOURSELF")),
    case("being oneself again", acting, |_| post("/api/auth/admin/stop-impersonating", json!({})), Same),
    case("signing out as somebody else", acting, |_| post("/api/auth/sign-out", json!({})), Same),
    case("banning those who are named", administrator, |_| post("/api/v1/admin/users/bulk", json!({ "action": "ban", "userIds": ["bob"] })), Same),
    case("giving a tier to those who are named", administrator, |_| post("/api/v1/admin/users/bulk", json!({ "action": "set-tier", "tier": "beta", "userIds": ["bob"] })), Same),
    case("reading an account in", administrator, |_| post("/api/v1/admin/users/import", json!({})).file("text/csv", "email,name,roles\nnew@example.org,New,EDITOR\n"), Same),
    case("trying a file of accounts", administrator, |_| post("/api/v1/admin/users/import?dryRun=true", json!({})).file("text/csv", "email,name\nnew@example.org,New\n"), Same),
    // Administration.
    case("making an account", administrator, |_| post("/api/auth/admin/create-user", json!({ "email": "new@example.org", "name": "New", "password": PASSWORD })), Then("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")),
    case("listing accounts", administrator, |_| get("/api/auth/admin/list-users?sortBy=name"), Same),
    case("changing an account", administrator, |_| post("/api/auth/admin/update-user", json!({ "userId": "bob", "data": { "name": "Bo", "email": "bo@example.org" } })), Same),
    case("taking all roles", administrator, |_| post("/api/auth/admin/set-role", json!({ "userId": "bob", "role": "" })), Same),
    case("banning", bob_signed_in, |_| post("/api/auth/admin/ban-user", json!({ "userId": "bob", "banReason": "spam" })), Same),
    case("taking a ban back", bob_banned, |_| post("/api/auth/admin/unban-user", json!({ "userId": "bob" })), Same),
    case("ending another's sessions", bob_signed_in, |_| post("/api/auth/admin/revoke-user-sessions", json!({ "userId": "bob" })), Same),
    case("setting another's password", bob_signed_in, |_| post("/api/auth/admin/set-user-password", json!({ "userId": "bob", "newPassword": OTHER })), Same),
    case("deleting another's account", bob_signed_in, |_| post("/api/auth/admin/remove-user", json!({ "userId": "bob" })), Then("USER_NOT_FOUND")),
    case("signing in while banned", bob_banned, |_| sign_in("bob"), Never("BANNED_USER")),
    case("exporting accounts", administrator, |_| get("/api/v1/admin/users/export"), Same),
    case("an account", administrator, |_| get("/api/auth/admin/get-user?id=bob"), Same),
    case("asking whether I may", administrator, |_| post("/api/auth/admin/has-permission", json!({ "permissions": { "user": ["update"] } })), Same),
    case("another's sessions", bob_signed_in, |_| post("/api/auth/admin/list-user-sessions", json!({ "userId": "bob" })), Same),
    case("ending one session of another", bob_at_home, |w| post("/api/auth/admin/revoke-user-session", json!({ "sessionToken": w.kept["token"] })), Same),
    case("another's grants", bob_granted, |_| get("/api/v1/admin/users/bob/grants"), Same),
    case("granting a role", administrator, |_| post("/api/v1/admin/users/bob/grants", json!({ "role": "AUDITOR" })), Same),
    case("taking a grant", bob_granted, |w| send("DELETE", &format!("/api/v1/admin/users/bob/grants/{}", w.kept["grant"]), None), Then("GRANT_NOT_FOUND")),
    case("taking a grant by its role", bob_granted, |_| send("DELETE", "/api/v1/admin/users/bob/grants?role=EDITOR&scope=org:o1", None), Then("GRANT_NOT_FOUND")),
    case("another's tier", administrator, |_| get("/api/v1/admin/users/bob/tier"), Same),
    case("setting another's tier", administrator, |_| send("PUT", "/api/v1/admin/users/bob/tier", Some(json!({ "tier": "beta" }))), Same),
    // The audit log, and operation.
    case("searching the audit log", administrator, |_| get("/api/v1/admin/audit?action=auth."), Same),
    case("taking the audit log away", administrator, |_| get("/api/v1/admin/audit/export?format=jsonl"), Same),
    case("counters", administrator, |_| get("/metrics"), Same),
    case("whether it is there", administrator, |_| get("/api/auth/ok"), Same),
    case("whether it lives", administrator, |_| get("/health"), Same),
    case("whether it is ready", administrator, |_| get("/ready"), Same).after_ms(READY_KEPT_MS),
];
