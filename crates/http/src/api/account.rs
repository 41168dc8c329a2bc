//! Accounts: making one, and what people do with their own.

use serde_json::json;

use super::schema::{exactly, flag, id, like, list, named, nullable_text, object, text, time};
use super::sessions::{flag_or_text, with_refresh};
use super::{Access, Endpoint, get, post};

const TAG: &str = "Account";
const LINK: Access = Access::Public("the token of the mail is the credential");

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![sign_up(), update()];
    all.extend(passwords());
    all.extend(addresses());
    all.extend(deletion());
    all.extend(linked());
    all
}

fn sign_up() -> Endpoint {
    let asked = object([
        ("name", text()),
        ("email", like(text(), "ada@unit.example")),
        ("password", text()),
        ("image?", nullable_text()),
        ("rememberMe?", flag_or_text()),
        ("refreshToken?", flag_or_text()),
        ("callbackURL?", nullable_text()),
        ("deviceId?", text()),
        ("deviceName?", text()),
    ]);
    let answer = with_refresh(exactly([
        ("token", nullable_text()),
        ("user", named("User")),
    ]));
    let why = "who makes an account has none; it is off unless the operator switches it on";
    post(
        "/api/auth/sign-up/email",
        "signUp",
        TAG,
        Access::Public(why),
    )
    .says(
        "Makes an account.",
        "`token` is `null` where signing up begins no session.",
    )
    .takes_as(
        vec!["application/json", "application/x-www-form-urlencoded"],
        true,
        asked,
    )
    .json(200, "The account.", answer)
    .refuses(
        400,
        &[
            "EMAIL_PASSWORD_SIGN_UP_DISABLED",
            "FIELD_NOT_ALLOWED",
            "PASSWORD_TOO_SHORT",
            "PASSWORD_TOO_LONG",
            "PASSWORD_TOO_COMMON",
        ],
    )
    .refuses(
        403,
        &[
            "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
            "INVALID_CALLBACK_URL",
        ],
    )
    .refuses(422, &["USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"])
}

fn update() -> Endpoint {
    post("/api/auth/update-user", "updateUser", TAG, Access::InPerson)
        .says("Changes the caller's name and picture.", "")
        .takes(object([("name?", text()), ("image?", nullable_text())]))
        .json(200, "Changed.", named("Status"))
        .refuses(400, &["EMAIL_CAN_NOT_BE_UPDATED", "FIELD_NOT_ALLOWED"])
        .refuses_without_code(400)
}

fn passwords() -> Vec<Endpoint> {
    const NEW: [&str; 3] = [
        "PASSWORD_TOO_SHORT",
        "PASSWORD_TOO_LONG",
        "PASSWORD_TOO_COMMON",
    ];
    let asks = Access::Public(
        "who forgot the password can't sign in; the answer is the same for every address",
    );
    vec![
        post("/api/auth/change-password", "changePassword", TAG, Access::InPerson)
            .says("Changes the caller's password.", "The session goes on under a new token; the old one opens nothing any more.")
            .takes(object([
                ("currentPassword", text()),
                ("newPassword", text()),
                ("revokeOtherSessions?", flag_or_text()),
            ]))
            .json(200, "Changed.", with_refresh(exactly([("token", text()), ("user", named("User"))])))
            .refuses(400, &["INVALID_PASSWORD", "CREDENTIAL_ACCOUNT_NOT_FOUND"])
            .refuses(400, &NEW),
        post("/api/auth/verify-password", "verifyPassword", TAG, Access::InPerson)
            .says("Proves that the caller knows its password.", "")
            .takes(object([("password", text())]))
            .json(200, "It is the password.", named("Status"))
            .refuses(400, &["INVALID_PASSWORD"]),
        post("/api/auth/request-password-reset", "requestPasswordReset", TAG, asks)
            .says("Sends a link for a new password.", "")
            .takes(object([("email", text()), ("redirectTo?", nullable_text())]))
            .json(200, "The same for every address.", exactly([("status", flag()), ("message", text())]))
            .refuses(400, &["RESET_PASSWORD_DISABLED"])
            .refuses(403, &["INVALID_REDIRECT_URL"]),
        get("/api/auth/reset-password/{token}", "openPasswordReset", TAG, LINK)
            .says("Opens the link of a mail: on to `callbackURL` with `token`, or with `error=INVALID_TOKEN`.", "The token isn't used up.")
            .path_is("token", text(), "The token of the mail.")
            .required_query("callbackURL", text(), "Where to go on to.")
            .empty(302, "On to `callbackURL`.")
            .refuses(400, &["VALIDATION_ERROR"])
            .refuses(403, &["INVALID_CALLBACK_URL"]),
        post("/api/auth/reset-password", "resetPassword", TAG, LINK)
            .says("Sets a new password by the token of a mail or an operator's code.", "Every session of the account ends.")
            .query("token", text(), "The token, unless the body has it.")
            .takes(object([("newPassword", text()), ("token?", nullable_text())]))
            .json(200, "Set.", named("Status"))
            .refuses(400, &["INVALID_TOKEN"])
            .refuses(400, &NEW),
    ]
}

fn addresses() -> Vec<Endpoint> {
    let asks = Access::Public(
        "who can't sign in before the address is confirmed has no session; the answer is the same for every address",
    );
    let user = json!({ "anyOf": [named("User"), { "type": "null" }] });
    vec![
        post("/api/auth/change-email", "changeEmail", TAG, Access::InPerson)
            .says("Asks for another address.", "Takes a fresh sign-in. The account has the address once a link was opened that went there.")
            .takes(object([("newEmail", text()), ("callbackURL?", nullable_text())]))
            .json(200, "The link is on its way.", named("Status"))
            .refuses(400, &["CHANGE_EMAIL_DISABLED"])
            .refuses_without_code(400)
            .refuses(403, &["INVALID_CALLBACK_URL", "SESSION_NOT_FRESH"]),
        post("/api/auth/send-verification-email", "sendVerificationEmail", TAG, asks)
            .says("Sends a link that confirms an address.", "")
            .takes(object([("email", text()), ("callbackURL?", nullable_text())]))
            .json(200, "The same for every address, without a session.", named("Status"))
            .refuses(400, &["VERIFICATION_EMAIL_NOT_ENABLED", "EMAIL_MISMATCH", "EMAIL_ALREADY_VERIFIED"])
            .refuses(403, &["INVALID_CALLBACK_URL"]),
        get("/api/auth/verify-email", "verifyEmail", TAG, LINK)
            .says("Opens a link that confirms an address.", "On to `callbackURL` where there is one, with `error` when the link opens nothing.")
            .required_query("token", text(), "The token of the mail.")
            .query("callbackURL", text(), "Where to go on to.")
            .json(200, "Confirmed.", exactly([("status", flag()), ("user?", user)]))
            .empty(302, "On to `callbackURL`.")
            .refuses(400, &["VALIDATION_ERROR"])
            .refuses(401, &["INVALID_TOKEN", "TOKEN_EXPIRED"])
            .refuses(403, &["INVALID_CALLBACK_URL"])
            .refuses(422, &["USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"]),
    ]
}

fn deletion() -> Vec<Endpoint> {
    let done = || exactly([("success", flag()), ("message", text())]);
    let on_off = "Off unless the operator switches it on: then 404.";
    vec![
        post("/api/auth/delete-user", "deleteUser", TAG, Access::InPerson)
            .says("Deletes the caller's account.", "With the password or the token of a mail at once; else a link is sent where mail goes anywhere, or the session has to be fresh. Off unless the operator switches it on: then 404.")
            .may_take(object([
                ("password?", nullable_text()),
                ("token?", nullable_text()),
                ("callbackURL?", nullable_text()),
            ]))
            .json(200, "Deleted, or the mail is on its way.", done())
            .refuses(400, &["INVALID_PASSWORD", "SESSION_EXPIRED", "CREDENTIAL_ACCOUNT_NOT_FOUND"])
            .refuses(403, &["INVALID_CALLBACK_URL"])
            .refuses(404, &["INVALID_TOKEN"])
            .empty(404, "Deletion is off, or there is no such token.")
            .refuses(409, &["LAST_ADMINISTRATOR", "LAST_OWNER"]),
        get("/api/auth/delete-user/callback", "openDeletion", TAG, Access::Public("it answers 404 to one who isn't signed in, and the token of the mail is needed besides"))
            .says("Opens a link that deletes the account, where its owner is signed in.", on_off)
            .query("token", text(), "The token of the mail.")
            .query("callbackURL", text(), "Where to go on to.")
            .json(200, "Deleted.", done())
            .empty(302, "Deleted; on to `callbackURL`.")
            .refuses(400, &["SESSION_EXPIRED"])
            .refuses(401, &["UNAUTHORIZED"])
            .refuses(403, &["INVALID_CALLBACK_URL", "ACTOR_NOT_ALLOWED"])
            .refuses(404, &["NOT_FOUND", "FAILED_TO_GET_USER_INFO", "INVALID_TOKEN"])
            .refuses(409, &["LAST_ADMINISTRATOR", "LAST_OWNER"]),
    ]
}

fn linked() -> Vec<Endpoint> {
    let account = exactly([
        ("id", id()),
        ("providerId", text()),
        ("accountId", text()),
        ("userId", id()),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("scopes", list(text())),
    ]);
    let provider = || object([("provider", text())]);
    let by_id = || object([("accountId", text())]);
    let tokens = |path: &str, id: &str| {
        post(path, id, TAG, Access::Session)
            .says(
                "Tokens of a provider: this server keeps none, so there is none to hand out.",
                "",
            )
            .takes(by_id())
            .refuses(400, &["PROVIDER_NOT_SUPPORTED", "ACCOUNT_NOT_FOUND"])
            .empty(401, "There is no valid credential.")
    };
    vec![
        get(
            "/api/auth/list-accounts",
            "listAccounts",
            TAG,
            Access::Session,
        )
        .says("How the caller can sign in.", "")
        .json(200, "No password and no token.", list(account)),
        post(
            "/api/auth/unlink-account",
            "unlinkAccount",
            TAG,
            Access::InPerson,
        )
        .says(
            "Gives an account at a provider up.",
            "Takes a fresh sign-in.",
        )
        .takes(by_id())
        .json(200, "Given up.", named("Status"))
        .refuses(400, &["FAILED_TO_UNLINK_LAST_ACCOUNT", "ACCOUNT_NOT_FOUND"])
        .refuses(403, &["SESSION_NOT_FRESH"]),
        post(
            "/api/auth/sign-in/social",
            "signInSocial",
            TAG,
            Access::Public("who signs in has nothing to show yet"),
        )
        .says("Signing in at a provider: there are none.", "")
        .takes(provider())
        .refuses(403, &["CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"])
        .refuses(404, &["PROVIDER_NOT_FOUND"]),
        post("/api/auth/link-social", "linkSocial", TAG, Access::Session)
            .says("Linking an account at a provider: there are none.", "")
            .takes(provider())
            .refuses(404, &["PROVIDER_NOT_FOUND"]),
        tokens("/api/auth/refresh-token", "refreshProviderToken"),
        tokens("/api/auth/get-access-token", "providerAccessToken"),
        get(
            "/api/auth/account-info",
            "accountInfo",
            TAG,
            Access::Session,
        )
        .says("What a provider knows of an account: there are none.", "")
        .required_query("accountId", text(), "The account.")
        .refuses(
            400,
            &[
                "VALIDATION_ERROR",
                "PROVIDER_NOT_SUPPORTED",
                "ACCOUNT_NOT_FOUND",
            ],
        )
        .empty(401, "There is no valid credential."),
        get(
            "/api/auth/error",
            "errorPage",
            TAG,
            Access::Public("a browser lands here when something went wrong"),
        )
        .says("On to the first page with the code of what went wrong.", "")
        .query(
            "error",
            text(),
            "The code; another text than letters, digits, `_`, `'` and `-` becomes `UNKNOWN`.",
        )
        .empty(302, "On to `/`."),
    ]
}
