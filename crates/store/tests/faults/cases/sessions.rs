//! Signing in and out, and sessions.

use serde_json::json;

use crate::case::Again::{Never, Same};
use crate::case::{Case, SIGNED_OUT, case, get, post};
use crate::given::{EMAIL, ann, imported, refreshing, replayed, sign_in, signed_in, two_sessions};
use crate::world::PASSWORD;

#[rustfmt::skip] // A table: one use case a line.
pub(super) const CASES: &[Case] = &[
    // Signing in and out.
    case("signing in", ann, |_| sign_in("ann"), Same),
    case("signing in in the place of an earlier session", signed_in, |_| sign_in("ann"), Same),
    case("signing in with an imported hash", imported, |_| sign_in("ann"), Same),
    case("signing in with a refresh token", ann, |_| post("/api/auth/sign-in/email", json!({ "email": EMAIL, "password": PASSWORD, "refreshToken": true })), Same),
    case("a wrong password", ann, |_| post("/api/auth/sign-in/email", json!({ "email": EMAIL, "password": "wrong" })), Never("INVALID_EMAIL_OR_PASSWORD")),
    case("signing out", signed_in, |_| post("/api/auth/sign-out", json!({})), Same),
    case("signing in by the other path", ann, |_| post("/api/auth/login", json!({ "email": EMAIL, "password": PASSWORD })), Same),
    case("signing out by the other path", signed_in, |_| post("/api/auth/logout", json!({})), Same),
    case("signing in with a provider", ann, |_| post("/api/auth/sign-in/social", json!({ "provider": "github" })), Never("PROVIDER_NOT_FOUND")),
    // Sessions.
    case("looking at the session", signed_in, |_| get("/api/auth/get-session"), Same),
    case("an access token", signed_in, |_| get("/api/auth/token"), Same),
    case("the snapshot", signed_in, |_| get("/api/auth/snapshot"), Same),
    case("who I am", signed_in, |_| get("/api/auth/me"), Same),
    case("listing sessions", signed_in, |_| get("/api/auth/list-sessions"), Same),
    case("refreshing", refreshing, |w| post("/api/auth/session/refresh", json!({ "refreshToken": w.kept["refresh"] })), Same),
    case("refreshing with a token that was replaced long ago", replayed, |w| post("/api/auth/session/refresh", json!({ "refreshToken": w.kept["refresh"] })), Never("INVALID_REFRESH_TOKEN")),
    case("naming the device", signed_in, |_| post("/api/auth/update-session", json!({ "deviceName": "Bridge" })), Same),
    case("proving who I am once more", signed_in, |_| post("/api/auth/session/step-up", json!({ "password": PASSWORD })), Same),
    case("revoking another session", two_sessions, |w| post("/api/auth/revoke-session", json!({ "token": w.kept["other"] })), Same),
    case("revoking the other sessions", two_sessions, |_| post("/api/auth/revoke-other-sessions", json!({})), Same),
    case("revoking all sessions", two_sessions, |_| post("/api/auth/revoke-sessions", json!({})), SIGNED_OUT),
    case("asking for the session with POST", signed_in, |_| post("/api/auth/get-session", json!({})), Never("METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")),
    case("the keys that tokens verify with", signed_in, |_| get("/api/auth/jwks"), Same),
    case("the policy", signed_in, |_| get("/api/policy"), Same),
];
