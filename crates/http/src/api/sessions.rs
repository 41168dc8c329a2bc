//! Signing in and out, sessions and tokens.

use serde_json::{Value, json};

use super::schema::{
    any_object, count, exactly, flag, like, list, named, nullable_text, number, object, one_of,
    text, time,
};
use super::{Access, Endpoint, get, post, schemas};

const SESSIONS: &str = "Sessions";
const TOKENS: &str = "Tokens";
const SIGN_IN: Access = Access::Public("who signs in has nothing to show yet");

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = sign_in();
    all.extend(own());
    all.extend(renewing());
    all.extend(revoking());
    all.extend(tokens());
    all.push(security_events());
    all
}

/// Members that tell a client of its refresh token.
pub(super) fn with_refresh(mut object: Value) -> Value {
    let more = [
        ("tokenExpiresAt", time()),
        ("refreshToken", text()),
        ("refreshTokenExpiresAt", time()),
    ];
    let members = object.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(members) = members {
        members.extend(more.map(|(name, schema)| (name.to_owned(), schema)));
    }
    object
}

fn sign_in() -> Vec<Endpoint> {
    let paths = [
        ("/api/auth/sign-in/email", "signIn"),
        ("/api/auth/login", "login"),
    ];
    let mut all: Vec<_> = paths
        .into_iter()
        .map(|(path, id)| one_sign_in(path, id))
        .collect();
    let paths = [
        ("/api/auth/sign-out", "signOut"),
        ("/api/auth/logout", "logout"),
    ];
    let why = "signing out without a session is no error";
    all.extend(paths.into_iter().map(|(path, id)| {
        post(path, id, SESSIONS, Access::Public(why))
            .says("Ends the caller's session.", "Takes the cookies back, too.")
            .may_take(any_object())
            .json(200, "Signed out.", named("Success"))
    }));
    all
}

fn one_sign_in(path: &str, id: &str) -> Endpoint {
    let asked = object([
        ("email", like(text(), "ada@unit.example")),
        ("password", text()),
        ("rememberMe?", flag_or_text()),
        ("refreshToken?", flag_or_text()),
        ("callbackURL?", nullable_text()),
        ("deviceId?", text()),
        ("deviceName?", text()),
    ]);
    let answer = with_refresh(exactly([
        ("redirect", flag()),
        ("token", text()),
        ("url?", text()),
        ("user", named("User")),
    ]));
    post(path, id, SESSIONS, SIGN_IN)
        .says(
            "Begins a session.",
            "Sets the session's cookie, and gives its token in `token` and in the header `set-auth-token`. With \
             `refreshToken: true` there are refresh tokens in place of cookies.",
        )
        .takes_as(vec!["application/json", "application/x-www-form-urlencoded"], true, asked)
        .json(200, "Signed in.", answer)
        .refuses(400, &["INVALID_EMAIL", "PASSWORD_TOO_LONG"])
        .refuses(401, &["INVALID_EMAIL_OR_PASSWORD"])
        .refuses(403, &["CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", "INVALID_CALLBACK_URL", "EMAIL_NOT_VERIFIED", "BANNED_USER"])
}

/// A flag, which forms write as text.
pub(super) fn flag_or_text() -> Value {
    json!({ "anyOf": [{ "type": ["boolean", "null"] }, one_of(&["true", "on", "false"])] })
}

fn own() -> Vec<Endpoint> {
    let both = exactly([("session", named("Session")), ("user", named("User"))]);
    vec![
        get(
            "/api/auth/get-session",
            "getSession",
            SESSIONS,
            Access::Public("it answers null to one who isn't signed in"),
        )
        .says(
            "The caller's session and account, or `null`.",
            "Extends a remembered session by use, and may give its cookie a new token.",
        )
        .query(
            "disableRefresh",
            one_of(&["true", "false"]),
            "`true` leaves the session as it is.",
        )
        .json(
            200,
            "The session, or null.",
            json!({ "anyOf": [both, { "type": "null" }] }),
        ),
        post(
            "/api/auth/get-session",
            "postGetSession",
            SESSIONS,
            Access::Public("it does nothing"),
        )
        .says("Isn't served: sessions are extended on `GET`.", "")
        .refuses(405, &["METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"]),
        get(
            "/api/auth/list-sessions",
            "listSessions",
            SESSIONS,
            Access::InPerson,
        )
        .says(
            "The caller's sessions, the last used first.",
            "At most 500; `x-portcullis-more: true` says that there are more. Takes a fresh sign-in.",
        )
        .json(200, "The sessions.", list(named("Session")))
        .refuses(403, &["SESSION_NOT_FRESH"]),
        post(
            "/api/auth/update-session",
            "updateSession",
            SESSIONS,
            Access::Session,
        )
        .says("Names the device of the caller's session.", "")
        .takes(object([("deviceName", text())]))
        .json(
            200,
            "The session.",
            exactly([("session", named("Session"))]),
        )
        .refuses(400, &["FIELD_NOT_ALLOWED"])
        .refuses_without_code(400),
    ]
}

fn renewing() -> Vec<Endpoint> {
    vec![
        post(
            "/api/auth/session/refresh",
            "refreshSession",
            SESSIONS,
            Access::Public("the refresh token is the credential"),
        )
        .says(
            "Exchanges a refresh token for the next one, a session token and an access token.",
            "A refresh token that was used before ends the session: somebody else has it, too.",
        )
        .takes(object([("refreshToken", text())]))
        .json(
            200,
            "The next tokens.",
            with_refresh(exactly([
                ("token", text()),
                ("accessToken", text()),
                ("session", named("Session")),
                ("user", named("User")),
            ])),
        )
        .refuses(401, &["INVALID_REFRESH_TOKEN"]),
        post(
            "/api/auth/session/step-up",
            "stepUp",
            SESSIONS,
            Access::InPerson,
        )
        .says(
            "Makes the caller's sign-in fresh again by its password.",
            "The session gets a new token: as cookie, and to a bearer in `token`.",
        )
        .takes(object([("password", text())]))
        .json(
            200,
            "The sign-in is fresh.",
            with_refresh(exactly([
                ("status", flag()),
                ("token", nullable_text()),
                ("session", named("Session")),
            ])),
        )
        .refuses(400, &["INVALID_PASSWORD"]),
    ]
}

fn revoking() -> Vec<Endpoint> {
    vec![
        post(
            "/api/auth/revoke-session",
            "revokeSession",
            SESSIONS,
            Access::InPerson,
        )
        .says(
            "Ends one of the caller's sessions.",
            "By the `token` of a list, or a session token; one that names none is no error.",
        )
        .takes(object([("token", text())]))
        .json(200, "There is no such session any more.", named("Status")),
        post(
            "/api/auth/revoke-sessions",
            "revokeSessions",
            SESSIONS,
            Access::InPerson,
        )
        .says("Ends all sessions of the caller, its own as well.", "")
        .may_take(any_object())
        .json(200, "They have ended.", named("Status")),
        post(
            "/api/auth/revoke-other-sessions",
            "revokeOtherSessions",
            SESSIONS,
            Access::InPerson,
        )
        .says("Ends all sessions of the caller but its own.", "")
        .may_take(any_object())
        .json(200, "They have ended.", named("Status")),
    ]
}

fn tokens() -> Vec<Endpoint> {
    let jwk = object([
        ("kty", one_of(&["EC"])),
        ("crv", one_of(&["P-256"])),
        ("kid", text()),
        ("x", text()),
        ("y", text()),
    ]);
    vec![
        get(
            "/api/auth/ok",
            "ok",
            TOKENS,
            Access::Public("it says no more than that the server answers"),
        )
        .says("The server answers.", "")
        .json(200, "It does.", exactly([("ok", flag())])),
        get(
            "/api/auth/jwks",
            "jwks",
            TOKENS,
            Access::Public("public keys are for everybody"),
        )
        .says(
            "The public keys that tokens and snapshots are signed with (RFC 7517).",
            "May be kept for five minutes.",
        )
        .json(200, "The keys.", exactly([("keys", list(jwk))])),
        get("/api/auth/token", "accessToken", TOKENS, Access::Session)
            .says(
                "An access token for the caller's session.",
                "An ES256 JWT of five minutes. An access token alone gets no new one.",
            )
            .json(200, "The token.", exactly([("token", text())]))
            .refuses(403, &["API_KEY_NOT_ALLOWED"]),
    ]
}

fn security_events() -> Endpoint {
    let event = exactly([
        ("id", text()),
        ("type", text()),
        ("outcome", one_of(&["ok", "fail"])),
        ("at", time()),
        ("ipAddress", text()),
        ("userAgent", text()),
        ("requestId", text()),
        ("metadata", any_object()),
    ]);
    let max = i64::from(portcullis_service::security_events::MAX_PAGE);
    let mut cursor = count();
    if let Some(members) = cursor.as_object_mut() {
        members.insert("minimum".to_owned(), 1.into());
    }
    get(
        "/api/v1/me/security-events",
        "listSecurityEvents",
        SESSIONS,
        Access::InPerson,
    )
    .says("What happened to the caller's account, latest first.", "")
    .query("limit", number(1, max), "Events of a page; 50 when absent.")
    .query("cursor", cursor, "The `next` of the page before.")
    .json(
        200,
        "A page.",
        exactly([("events", list(event)), ("next", schemas::next())]),
    )
    .refuses(400, &["VALIDATION_ERROR"])
}
