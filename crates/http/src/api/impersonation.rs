//! Acting as somebody else, and many accounts at a time.

use portcullis_service::bulk::{MAX_ACCOUNTS, MAX_IDS};
use portcullis_service::guard;
use portcullis_service::user_files::export::MAX_PAGE;
use serde_json::{Value, json};

use super::schema::{
    any_object, exactly, flag, list, named, nullable_text, number, object, one_of, text,
};
use super::{Access, Endpoint, get, post};

const TAG: &str = "Administration";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = acting();
    all.extend(many());
    all
}

fn signed_in() -> Value {
    exactly([("session", named("Session")), ("user", named("User"))])
}

fn acting() -> Vec<Endpoint> {
    let begin = "/api/auth/admin/impersonate-user";
    let stop = "/api/auth/admin/stop-impersonating";
    vec![
        post(begin, "impersonateUser", TAG, Access::Guarded(&guard::IMPERSONATE))
            .says(
                "Lets the caller go on as somebody below it, for an hour at most.",
                "A browser gets the other session as its cookie, and its own one is put aside in \
                 `admin_session`. A client that came with a bearer token gets the other token in \
                 `session.token` and `set-auth-token`; its own one stays what it was. An access token \
                 alone begins nothing. Access tokens of the session carry `act`.",
            )
            .takes(object([("userId", json!({ "anyOf": [text(), { "type": "number" }] }))]))
            .json(200, "The session as the user.", signed_in())
            .refuses(400, &["YOU_CANNOT_IMPERSONATE_YOURSELF"])
            .empty(401, "Nobody is signed in by a session.")
            .refuses(
                403,
                &[
                    "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS",
                    "YOU_CANNOT_IMPERSONATE_ADMINS",
                    "YOU_CANNOT_IMPERSONATE_BANNED_USERS",
                    "ROLE_NOT_HELD",
                    "TIER_NOT_HELD",
                    "API_KEY_NOT_ALLOWED",
                ],
            )
            .refuses(404, &["USER_NOT_FOUND"])
            .refuses(409, &["CHANGED_MEANWHILE"]),
        post(stop, "stopImpersonating", TAG, Access::Session)
            .says(
                "Ends the session as somebody else and tells the administrator's own one.",
                "A browser gets its cookie back, also when the hour was over before it asked. A bearer \
                 has kept its own token; it isn't told again.",
            )
            .may_take(any_object())
            .json(200, "The administrator's session.", signed_in())
            .refuses_without_code(400)
            .empty(401, "Nobody is signed in.")
            .refuses_without_code(500),
    ]
}

fn many() -> Vec<Endpoint> {
    let base = "/api/v1/admin/users";
    vec![
        bulk(&format!("{base}/bulk")),
        export(&format!("{base}/export")),
        import(&format!("{base}/import")),
    ]
}

fn bulk(path: &str) -> Endpoint {
    let actions = [
        "ban",
        "delete",
        "revoke-sessions",
        "set-role",
        "set-tier",
        "unban",
    ];
    let ids = json!({ "type": "array", "items": text(), "minItems": 1, "maxItems": MAX_IDS });
    let failed = exactly([
        ("id", text()),
        ("code", nullable_text()),
        ("message", nullable_text()),
    ]);
    post(path, "changeManyUsers", TAG, Access::Guarded(&guard::LIST_USERS))
        .says(
            "Does the same to many accounts.",
            "To those of `userIds`, or to those whom `filter` finds (the members of `list-users`). Each \
             is guarded and recorded as if it were asked for alone; one that is refused stops none of \
             the others. Send the same again with `next` as `cursor` until it is null. What was done is \
             done once more as nothing, so a call may be sent again.",
        )
        .takes(object([
            ("action", one_of(&actions)),
            ("userIds?", ids),
            ("filter?", any_object()),
            ("limit?", number(1, i64::from(MAX_ACCOUNTS))),
            ("cursor?", nullable_text()),
            ("banReason?", nullable_text()),
            ("banExpiresIn?", json!({ "type": ["integer", "null"] })),
            ("role?", json!({ "anyOf": [text(), list(text())] })),
            ("tier?", nullable_text()),
        ]))
        .json(
            200,
            "What was done, and what wasn't and why.",
            exactly([("done", list(text())), ("failed", list(failed)), ("next", nullable_text())]),
        )
        .refuses(400, &["INVALID_CURSOR"])
        .refuses(
            403,
            &[
                "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
                "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS",
                "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_TIER",
            ],
        )
        .with_api_key()
}

fn export(path: &str) -> Endpoint {
    get(path, "exportUsers", TAG, Access::Guarded(&guard::EXPORT_USERS))
        .says(
            "Accounts as a file, in the order of their ids.",
            "Cells that a spreadsheet would run begin with an apostrophe. While there is more, \
             `x-next-cursor` has the id to go on behind and `link` the next page; pages put together are \
             one file. No secret and no hash is in it.",
        )
        .query("format", one_of(&["csv", "json"]), "`csv` when absent; `json` has an object a line.")
        .query("limit", number(1, i64::from(MAX_PAGE)), "Accounts of a page; 1000 when absent.")
        .query("after", text(), "The `x-next-cursor` of the page before.")
        .answers_with(200, "A page.", "text/csv", text())
        .or_as(200, "application/x-ndjson", text())
        .refuses(400, &["VALIDATION_ERROR"])
        .refuses(403, &["FORBIDDEN"])
        .with_api_key()
}

fn import(path: &str) -> Endpoint {
    let made = exactly([
        ("line", number(1, i64::from(u32::MAX))),
        ("id", nullable_text()),
        ("email", text()),
        ("resetCode?", text()),
    ]);
    let failed = exactly([
        ("line", number(1, i64::from(u32::MAX))),
        ("code", nullable_text()),
        ("message", nullable_text()),
    ]);
    post(path, "importUsers", TAG, Access::Guarded(&guard::IMPORT_USERS))
        .says(
            "Makes an account of each line of a file.",
            "CSV or lines of JSON, with the columns of an export, at most 500 lines; `email` is needed, \
             `name`, `emailVerified`, `image`, `tier` and `roles` are taken, the others ignored. No \
             password is in it. Roles are within the caller's own rights. One line that is refused \
             stops none of the others.",
        )
        .query("dryRun", one_of(&["true", "false"]), "Whether nothing is written.")
        .query(
            "resetCodeMinutes",
            number(1, 10_080),
            "How long the code lasts with which each owner sets a password; none is made when absent.",
        )
        .takes_as(vec!["text/csv", "application/x-ndjson"], true, text())
        .json(
            200,
            "What was made, and what wasn't and why.",
            exactly([("dryRun", flag()), ("made", list(made)), ("failed", list(failed))]),
        )
        .refuses(403, &["FORBIDDEN"])
        .with_api_key()
}
