//! The administration of accounts.

use portcullis_service::admin::{Field, MAX_PAGE};
use portcullis_service::guard::{self, Guard};
use serde_json::{Value, json};

use super::schema::{
    any_object, count, exactly, flag, list, named, nullable_text, nullable_time, number, object,
    one_of, text, time,
};
use super::{Access, Endpoint, delete, get, post, put, schemas};

const TAG: &str = "Administration";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = accounts();
    all.extend(changes());
    all.extend(entry());
    all.extend(sessions());
    all.extend(ours());
    all.into_iter().map(Endpoint::with_api_key).collect()
}

/// The schemas that are this module's.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![("Account", account()), ("Grant", grant())]
}

/// An account as those see it who administer it.
fn account() -> Value {
    exactly([
        ("id", text()),
        ("name", text()),
        ("email", text()),
        ("emailVerified", flag()),
        ("image", nullable_text()),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("role", nullable_text()),
        ("banned", flag()),
        ("banReason", nullable_text()),
        ("banExpires", nullable_time()),
        ("tier", nullable_text()),
        ("disabled", flag()),
        ("disabledReason", nullable_text()),
    ])
}

fn grant() -> Value {
    exactly([
        ("id", text()),
        ("role", text()),
        ("scope", text()),
        ("createdAt", time()),
    ])
}

/// An endpoint of the protocol: signed out 401 without a body, refused 403 with its own code.
fn of_protocol(endpoint: Endpoint, codes: &[&'static str]) -> Endpoint {
    endpoint
        .empty(401, "Nobody is signed in.")
        .refuses(403, codes)
}

/// One that is about an account.
fn about_user(endpoint: Endpoint, codes: &[&'static str]) -> Endpoint {
    of_protocol(endpoint, codes).refuses(404, &["USER_NOT_FOUND"])
}

fn guarded(guard: &'static Guard) -> Access {
    Access::Guarded(guard)
}

fn roles() -> Value {
    json!({ "anyOf": [text(), list(text())] })
}

fn user_answer() -> Value {
    exactly([("user", named("Account"))])
}

fn list_users() -> Endpoint {
    let fields: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
    let operators = [
        "eq",
        "ne",
        "lt",
        "lte",
        "gt",
        "gte",
        "in",
        "not_in",
        "contains",
        "starts_with",
        "ends_with",
    ];
    let whole = number(1, i64::from(MAX_PAGE));
    of_protocol(
        get("/api/auth/admin/list-users", "adminListUsers", TAG, guarded(&guard::LIST_USERS)),
        &["YOU_ARE_NOT_ALLOWED_TO_LIST_USERS"],
    )
    .says(
        "Accounts, searched, filtered, ordered.",
        "Names are searched without case and accents. A field that accounts don't have finds nobody. \
         With `cursor`, the `next` of the page before, a page costs no more than its rows, wherever \
         it is; without it `offset` leaves out.",
    )
    .query("searchValue", text(), "What is searched.")
    .query("searchField", one_of(&["email", "name"]), "Where; `email` when absent.")
    .query(
        "searchOperator",
        one_of(&["contains", "starts_with", "ends_with"]),
        "How; `contains` when absent.",
    )
    .query("filterField", one_of(&fields), "What is compared; `email` when absent.")
    .query("filterValue", text(), "With what; repeated for several.")
    .query("filterOperator", one_of(&operators), "How; `eq` when absent.")
    .query("sortBy", one_of(&fields), "The order; that of what is searched, else `createdAt`.")
    .query("sortDirection", one_of(&["asc", "desc"]), "`asc` when absent.")
    .query("limit", whole, "Accounts of a page; 100 when absent.")
    .query("offset", count(), "How many are left out.")
    .query("cursor", text(), "The `next` of the page before.")
    .json(
        200,
        "A page.",
        exactly([
            ("users", list(named("Account"))),
            ("total", count()),
            ("limit?", count()),
            ("offset?", count()),
            ("next?", text()),
        ]),
    )
    .refuses(400, &["VALIDATION_ERROR", "INVALID_CURSOR"])
}

fn accounts() -> Vec<Endpoint> {
    vec![
        list_users(),
        about_user(
            get("/api/auth/admin/get-user", "adminGetUser", TAG, guarded(&guard::GET_USER)),
            &["YOU_ARE_NOT_ALLOWED_TO_GET_USER"],
        )
        .says("An account.", "")
        .required_query("id", text(), "Whose.")
        .json(200, "The account.", named("Account"))
        .refuses(400, &["VALIDATION_ERROR"]),
        of_protocol(
            post(
                "/api/auth/admin/create-user",
                "adminCreateUser",
                TAG,
                guarded(&guard::CREATE_USER),
            ),
            &[
                "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
                "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL",
                "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_TIER",
                "ROLE_NOT_HELD",
                "TIER_NOT_HELD",
            ],
        )
        .says(
            "Makes an account.",
            "Nothing is mailed to its owner. Without a password it signs in once one was set. `grants` are \
             roles at scopes.",
        )
        .takes(object([
            ("email", text()),
            ("name", text()),
            ("password?", nullable_text()),
            ("role?", roles()),
            ("grants?", list(object([("role", text()), ("scope?", text())]))),
            ("data?", any_object()),
        ]))
        .json(200, "The account.", user_answer())
        .refuses(
            400,
            &[
                "FIELD_NOT_ALLOWED",
                "INVALID_EMAIL",
                "INVALID_ROLE_TYPE",
                "PASSWORD_TOO_COMMON",
                "PASSWORD_TOO_LONG",
                "PASSWORD_TOO_SHORT",
                "ROLE_NOT_GRANTABLE",
                "UNKNOWN_TIER",
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE",
            ],
        )
        .refuses(409, &["CHANGED_MEANWHILE"]),
        about_user(
            post(
                "/api/auth/admin/remove-user",
                "adminRemoveUser",
                TAG,
                guarded(&guard::DELETE_USER),
            ),
            &["YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS"],
        )
        .says("Deletes an account with all that is its own.", "The audit log keeps what happened.")
        .takes(object([("userId", text())]))
        .json(200, "Deleted.", named("Success"))
        .refuses(400, &["YOU_CANNOT_REMOVE_YOURSELF"])
        .refuses(409, &["CHANGED_MEANWHILE", "LAST_ADMINISTRATOR", "LAST_OWNER"]),
    ]
}

fn changes() -> Vec<Endpoint> {
    vec![
        about_user(
            post(
                "/api/auth/admin/update-user",
                "adminUpdateUser",
                TAG,
                guarded(&guard::UPDATE_USER),
            ),
            &[
                "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
                "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS",
                "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL",
                "ROLE_NOT_HELD",
                "TIER_NOT_HELD",
            ],
        )
        .says(
            "Changes an account, all that is asked for or nothing.",
            "`data` has `name`, `image`, `email`, `emailVerified`, `role`, `banned`, `banReason` and \
             `banExpires`; roles, bans and addresses have guards of their own. Another address isn't \
             confirmed unless `emailVerified` says so.",
        )
        .takes(object([("userId", text()), ("data", any_object())]))
        .json(200, "The account.", named("Account"))
        .refuses(
            400,
            &[
                "FIELD_NOT_ALLOWED",
                "INVALID_EMAIL",
                "INVALID_ROLE_TYPE",
                "NO_DATA_TO_UPDATE",
                "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER",
                "ROLE_NOT_GRANTABLE",
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                "USER_ID_CANNOT_BE_UPDATED",
                "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE",
                "YOU_CANNOT_BAN_YOURSELF",
            ],
        )
        .refuses(409, &["CHANGED_MEANWHILE", "LAST_ADMINISTRATOR"]),
        about_user(
            post("/api/auth/admin/set-role", "adminSetRole", TAG, guarded(&guard::SET_ROLE)),
            &["YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE", "ROLE_NOT_HELD"],
        )
        .says(
            "Gives an account roles everywhere, in place of those that it has.",
            "Several as a list, or in one text separated by commas. Roles at scopes stay.",
        )
        .takes(object([("userId", text()), ("role", roles())]))
        .json(200, "The account.", user_answer())
        .refuses(
            400,
            &["ROLE_NOT_GRANTABLE", "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE"],
        )
        .refuses(409, &["CHANGED_MEANWHILE", "LAST_ADMINISTRATOR"]),
    ]
}

/// Who gets in.
fn entry() -> Vec<Endpoint> {
    vec![
        about_user(
            post("/api/auth/admin/ban-user", "adminBanUser", TAG, guarded(&guard::BAN_USER)),
            &["YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"],
        )
        .says(
            "Bans an account, for seconds or for good.",
            "Its sessions end at once, its access tokens within the bound on revocations.",
        )
        .takes(object([
            ("userId", text()),
            ("banReason?", nullable_text()),
            ("banExpiresIn?", json!({ "type": ["number", "null"] })),
        ]))
        .json(200, "The account.", user_answer())
        .refuses(400, &["YOU_CANNOT_BAN_YOURSELF"])
        .refuses(409, &["CHANGED_MEANWHILE", "LAST_ADMINISTRATOR"]),
        about_user(
            post("/api/auth/admin/unban-user", "adminUnbanUser", TAG, guarded(&guard::BAN_USER)),
            &["YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"],
        )
        .says("Takes a ban back.", "")
        .takes(object([("userId", text())]))
        .json(200, "The account.", user_answer())
        .refuses(409, &["CHANGED_MEANWHILE"]),
        about_user(
            post(
                "/api/auth/admin/set-user-password",
                "adminSetUserPassword",
                TAG,
                guarded(&guard::SET_PASSWORD),
            ),
            &[
                "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD",
                "ROLE_NOT_HELD",
                "TIER_NOT_HELD",
            ],
        )
        .says(
            "Gives an account another password.",
            "Its sessions end, and links that were given out for it open nothing any more. The caller has to \
             hold all that the account holds.",
        )
        .takes(object([("userId", text()), ("newPassword", text())]))
        .json(200, "Set.", named("Status"))
        .refuses(400, &["PASSWORD_TOO_COMMON", "PASSWORD_TOO_LONG", "PASSWORD_TOO_SHORT"])
        .refuses(409, &["CHANGED_MEANWHILE"]),
    ]
}

fn sessions() -> Vec<Endpoint> {
    let revoked = &["YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"];
    vec![
        about_user(
            post(
                "/api/auth/admin/list-user-sessions",
                "adminListUserSessions",
                TAG,
                guarded(&guard::LIST_SESSIONS),
            ),
            &["YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS"],
        )
        .says(
            "The sessions of an account that hold, the last used first.",
            "At most 500; `x-portcullis-more: true` says that there are more.",
        )
        .takes(object([("userId", text())]))
        .json(200, "The sessions.", exactly([("sessions", list(named("Session")))])),
        about_user(
            post(
                "/api/auth/admin/revoke-user-session",
                "adminRevokeUserSession",
                TAG,
                guarded(&guard::REVOKE_SESSIONS),
            ),
            revoked,
        )
        .says(
            "Ends a session.",
            "`sessionToken` is the `token` of a list, or a session token; one that names none does nothing.",
        )
        .takes(object([("sessionToken", text())]))
        .json(200, "Ended.", named("Success"))
        .refuses(409, &["CHANGED_MEANWHILE"]),
        about_user(
            post(
                "/api/auth/admin/revoke-user-sessions",
                "adminRevokeUserSessions",
                TAG,
                guarded(&guard::REVOKE_SESSIONS),
            ),
            revoked,
        )
        .says("Ends every session of an account.", "")
        .takes(object([("userId", text())]))
        .json(200, "Ended.", named("Success"))
        .refuses(409, &["CHANGED_MEANWHILE"]),
        post("/api/auth/admin/has-permission", "adminHasPermission", TAG, Access::Session)
            .says(
                "Whether the caller may do all of this.",
                "Permissions by resource: `{\"user\": [\"ban\"]}`, or `{\"user\": {\"actions\": […], \
                 \"connector\": \"OR\"}}`; everywhere, or at `scope`.",
            )
            .takes(object([("permissions", any_object()), ("scope?", text())]))
            .json(
                200,
                "The answer.",
                exactly([("error", json!({ "type": "null" })), ("success", flag())]),
            )
            .refuses_without_code(400)
            .empty(401, "Nobody is signed in."),
    ]
}

/// What the protocol doesn't know: tiers, and roles at scopes.
fn ours() -> Vec<Endpoint> {
    let tier = "/api/v1/admin/users/{user}/tier";
    let grants = "/api/v1/admin/users/{user}/grants";
    let set_role = guarded(&guard::SET_ROLE);
    vec![
        one(get(tier, "getUserTier", TAG, guarded(&guard::GET_USER)))
            .says("The tier of an account.", "The `ETag` is for `If-Match`.")
            .json(200, "The tier.", tier_answer())
            .refuses(403, &["YOU_ARE_NOT_ALLOWED_TO_GET_USER"]),
        one(put(tier, "setUserTier", TAG, guarded(&guard::SET_TIER)))
            .says(
                "Gives an account another tier.",
                "Null is the policy's default. None above the caller's own.",
            )
            .header("If-Match", text(), "Only if the account is as it was seen.")
            .takes(object([("tier", nullable_text())]))
            .json(200, "The tier.", tier_answer())
            .refuses(400, &["UNKNOWN_TIER"])
            .refuses(
                403,
                &["YOU_ARE_NOT_ALLOWED_TO_SET_USERS_TIER", "TIER_NOT_HELD"],
            )
            .refuses(409, &["CHANGED_MEANWHILE"])
            .refuses(412, &["PRECONDITION_FAILED"]),
        one(get(
            grants,
            "listUserGrants",
            TAG,
            guarded(&guard::GET_USER),
        ))
        .says("The roles of an account, each where it is held.", "")
        .query(
            "limit",
            number(1, 1000),
            "Grants of a page; 100 when absent.",
        )
        .query("after", text(), "The `next` of the page before.")
        .json(
            200,
            "A page.",
            exactly([("grants", list(named("Grant"))), ("next", schemas::next())]),
        )
        .refuses(400, &["VALIDATION_ERROR"])
        .refuses(403, &["YOU_ARE_NOT_ALLOWED_TO_GET_USER"]),
        granting(one(post(grants, "addUserGrant", TAG, set_role)))
            .says(
                "Gives an account a role at a scope.",
                "Without a scope, everywhere.",
            )
            .takes(object([("role", text()), ("scope?", nullable_text())]))
            .json(200, "The grant.", exactly([("grant", named("Grant"))]))
            .refuses(403, &["ROLE_NOT_HELD"])
            .refuses(
                400,
                &[
                    "ROLE_NOT_GRANTABLE",
                    "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE",
                ],
            ),
        granting(one(delete(grants, "removeUserGrantByRole", TAG, set_role)))
            .says("Takes a role at a scope from an account.", "")
            .required_query("role", text(), "The role.")
            .query("scope", text(), "Where; everywhere when absent.")
            .json(200, "Taken.", named("Success"))
            .refuses(400, &["VALIDATION_ERROR"])
            .refuses(404, &["GRANT_NOT_FOUND"]),
        granting(one(delete(
            "/api/v1/admin/users/{user}/grants/{grant}",
            "removeUserGrant",
            TAG,
            set_role,
        )))
        .says("Takes a role from an account.", "")
        .path_is("grant", text(), "The grant's id.")
        .json(200, "Taken.", named("Success"))
        .refuses(404, &["GRANT_NOT_FOUND"]),
    ]
}

fn one(endpoint: Endpoint) -> Endpoint {
    endpoint
        .path_is("user", text(), "The account's id.")
        .refuses(404, &["USER_NOT_FOUND"])
}

fn granting(endpoint: Endpoint) -> Endpoint {
    endpoint
        .refuses(403, &["YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"])
        .refuses(409, &["CHANGED_MEANWHILE", "LAST_ADMINISTRATOR"])
}

fn tier_answer() -> Value {
    exactly([
        ("tier", nullable_text()),
        ("label", nullable_text()),
        ("isDefault", flag()),
    ])
}
