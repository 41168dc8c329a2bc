//! What people do with their own account, settings and links.

use serde_json::json;

use crate::case::Again::{MadeThenThere, Never, Same, Then};
use crate::case::{Case, SIGNED_OUT, case, get, post, send};
use crate::given::{
    EMAIL, OTHER, ann, change_asked, code_given, confirm_asked, deletion_asked, identity_linked,
    linked, reset_asked, signed_in, two_sessions, unconfirmed, with_app_settings, with_settings,
};
use crate::world::PASSWORD;

#[rustfmt::skip] // A table: one use case a line.
pub(super) const CASES: &[Case] = &[
    // Accounts.
    case("signing up", |_| {}, |_| post("/api/auth/sign-up/email", json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD })), Then("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")),
    case("changing name and picture", signed_in, |_| post("/api/auth/update-user", json!({ "name": "Ann Smith", "image": "/a.png" })), Same),
    case("changing the password", two_sessions, |_| post("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": OTHER })), SIGNED_OUT),
    case("changing the password and ending other sessions", two_sessions, |_| post("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": OTHER, "revokeOtherSessions": true })), SIGNED_OUT),
    case("verifying the password", signed_in, |_| post("/api/auth/verify-password", json!({ "password": PASSWORD })), Same),
    case("asking for a new password", ann, |_| post("/api/auth/request-password-reset", json!({ "email": EMAIL })), Same),
    case("setting a new password with a link", reset_asked, |w| post("/api/auth/reset-password", json!({ "newPassword": OTHER, "token": w.kept["secret"] })), Then("INVALID_TOKEN")),
    case("asking to confirm the address", unconfirmed, |_| post("/api/auth/send-verification-email", json!({ "email": EMAIL })), Same),
    case("confirming the address", confirm_asked, |w| get(&format!("/api/auth/verify-email?token={}", w.kept["secret"])), Then("INVALID_TOKEN")),
    case("asking for another address", signed_in, |_| post("/api/auth/change-email", json!({ "newEmail": "smith@example.org" })), Same),
    case("taking the other address", change_asked, |w| get(&format!("/api/auth/verify-email?token={}", w.kept["secret"])), Then("INVALID_TOKEN")),
    case("deleting the account with the password", two_sessions, |_| post("/api/auth/delete-user", json!({ "password": PASSWORD })), SIGNED_OUT),
    case("asking to delete the account", signed_in, |_| post("/api/auth/delete-user", json!({})), Same),
    case("deleting the account with a link", deletion_asked, |w| get(&format!("/api/auth/delete-user/callback?token={}", w.kept["secret"])), Then("FAILED_TO_GET_USER_INFO")),
    case("linked accounts", signed_in, |_| get("/api/auth/list-accounts"), Same),
    case("unlinking an account", linked, |_| post("/api/auth/unlink-account", json!({ "accountId": "l-1" })), Then("FAILED_TO_UNLINK_LAST_ACCOUNT")),
    case("opening the link for a new password", reset_asked, |w| get(&format!("/api/auth/reset-password/{}?callbackURL=/reset", w.kept["secret"])), Same),
    case("the page of errors", ann, |_| get("/api/auth/error?error=INVALID_TOKEN"), Same),
    case("linking a provider", signed_in, |_| post("/api/auth/link-social", json!({ "provider": "github" })), Never("PROVIDER_NOT_FOUND")),
    case("a linked account at its provider", linked, |_| get("/api/auth/account-info?accountId=l-2"), Never("ACCOUNT_NOT_FOUND")),
    case("a provider's token", linked, |_| post("/api/auth/get-access-token", json!({ "accountId": "l-1" })), Never("PROVIDER_NOT_SUPPORTED")),
    case("a provider's new token", linked, |_| post("/api/auth/refresh-token", json!({ "accountId": "l-1" })), Never("PROVIDER_NOT_SUPPORTED")),
    // Settings of users.
    case("new settings", signed_in, |_| send("PUT", "/api/v1/me/settings/global", Some(json!({ "theme": "dark" }))).with("if-none-match", "*"), MadeThenThere),
    case("replacing settings", with_settings, |w| send("PUT", "/api/v1/me/settings/global", Some(json!({ "theme": "light" }))).with("if-match", &w.kept["etag"]), Same),
    case("changing settings", with_settings, |_| send("PATCH", "/api/v1/me/settings/global", Some(json!({ "size": 3 }))), Same),
    case("deleting settings", with_settings, |w| send("DELETE", "/api/v1/me/settings/global", None).with("if-match", &w.kept["etag"]), Then("SETTINGS_NOT_FOUND")),
    case("security events", signed_in, |_| get("/api/v1/me/security-events"), Same),
    case("all settings together", with_settings, |_| get("/api/v1/me/settings?app=desk"), Same),
    case("the layers of settings", with_settings, |_| get("/api/v1/me/settings/layers"), Same),
    case("looking at settings", with_settings, |_| get("/api/v1/me/settings/global"), Same),
    case("new settings of an application", signed_in, |_| send("PUT", "/api/v1/me/settings/app/desk", Some(json!({ "theme": "dark" }))).with("if-none-match", "*"), MadeThenThere),
    case("patching settings that aren't there", signed_in, |_| send("PATCH", "/api/v1/me/settings/app/desk", Some(json!({ "size": 3 }))), MadeThenThere),
    case("settings of an application", with_app_settings, |_| get("/api/v1/me/settings/app/desk"), Same),
    case("deleting settings of an application", with_app_settings, |w| send("DELETE", "/api/v1/me/settings/app/desk", None).with("if-match", &w.kept["etag"]), Then("SETTINGS_NOT_FOUND")),
    // Links to chat identities.
    case("a code for a bot", signed_in, |_| post("/api/v1/me/identity-links/code", json!({})), Same),
    case("a bot hands the code in", code_given, |w| post("/api/v1/identity-links", json!({ "code": w.kept["code"], "network": "discord", "externalId": "1234" })).sent_by_bot(), MadeThenThere),
    case("a bot signs in for somebody", identity_linked, |_| post("/api/v1/identity-links/sign-in", json!({ "network": "discord", "externalId": "1234" })).sent_by_bot(), Same),
    case("unlinking an identity", identity_linked, |w| send("DELETE", &format!("/api/v1/me/identity-links/{}", w.kept["link"]), None), Then("IDENTITY_LINK_NOT_FOUND")),
    case("the links to identities", identity_linked, |_| get("/api/v1/me/identity-links"), Same),
];
