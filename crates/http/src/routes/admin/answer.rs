//! What the administration of accounts answers.

use axum::response::Response;
use http::StatusCode;
use portcullis_core::policy::Policy;
use portcullis_service::admin::{Account, Refused};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::guard::{self, Guard};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{json_response, json_text};
use crate::log::UserId;

/// An account as those see it who administer it: as every user, with the members that published admin
/// clients know, and some of ours. In the order of their names, as every answer's members are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    ban_expires: Option<String>,
    ban_reason: Option<&'a str>,
    banned: bool,
    created_at: String,
    disabled: bool,
    disabled_reason: Option<&'a str>,
    email: &'a str,
    email_verified: bool,
    id: &'a str,
    image: Option<&'a str>,
    name: &'a str,
    role: Option<String>,
    tier: Option<&'a str>,
    updated_at: String,
}

impl<'a> Shown<'a> {
    pub(super) fn new(account: &'a Account, policy: &Policy, now_ms: i64) -> Self {
        let user = &account.user;
        let ban = account.ban_at(now_ms);
        Self {
            ban_expires: ban.and_then(|ban| ban.expires_at_ms).map(to_rfc3339),
            ban_reason: ban.and_then(|ban| ban.reason.as_deref()),
            banned: ban.is_some(),
            created_at: to_rfc3339(user.created_at_ms),
            disabled: user.disabled_at_ms.is_some(),
            disabled_reason: account.disabled_reason.as_deref(),
            email: &user.email,
            email_verified: user.email_verified,
            id: &user.id,
            image: user.image.as_deref(),
            name: &user.name,
            role: role(account, policy),
            tier: user.tier.as_deref(),
            updated_at: to_rfc3339(user.updated_at_ms),
        }
    }
}

/// One account as [`Shown`].
pub(crate) fn account(account: &Account, policy: &Policy, now_ms: i64) -> Value {
    json!(Shown::new(account, policy, now_ms))
}

/// The roles held everywhere, separated by commas, those of the highest level first; `None` for none.
fn role(account: &Account, policy: &Policy) -> Option<String> {
    let level = |name: &str| policy.role(policy.role_id(name)?).map(|role| role.level);
    let held = account.grants.iter().filter(|one| one.scope.is_empty());
    let mut roles: Vec<&str> = held.map(|one| one.role.as_str()).collect();
    roles.sort_by_key(|name| (core::cmp::Reverse(level(name)), *name));
    (!roles.is_empty()).then(|| roles.join(","))
}

/// The answer of a list, which is written without a tree of values in between: a page has many accounts.
pub(super) fn listed<T: Serialize>(body: &T, user_id: String) -> Response {
    let (status, text) = match serde_json::to_string(body) {
        Ok(text) => (StatusCode::OK, text),
        // Texts, numbers and lists of them are always written; if they weren't, nobody takes it for a list.
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    };
    let mut response = json_text(status, text);
    response.extensions_mut().insert(UserId(user_id));
    response
}

/// The answer to a refusal.
pub(crate) fn refused(refused: &Refused) -> Response {
    let (status, code, message) = match refused {
        Refused::NotAllowed { guard, explanation } => {
            let (code, message) = not_allowed(guard);
            let body = json!({ "message": message, "code": code, "explanation": explanation });
            return json_response(StatusCode::FORBIDDEN, &body);
        }
        Refused::NotHeld { role, lacking } => {
            let message = format!(
                "You don't hold all that `{role}` gives there yourself: {lacking} is missing. A role with \
                 `manages = \"any\"` may all the same"
            );
            let body = json!({ "message": message, "code": "ROLE_NOT_HELD" });
            return json_response(StatusCode::FORBIDDEN, &body);
        }
        Refused::TierNotHeld { tier } => {
            let message = format!(
                "Your own tier is lower than `{tier}`. A role with `manages = \"any\"` may all the same"
            );
            let body = json!({ "message": message, "code": "TIER_NOT_HELD" });
            return json_response(StatusCode::FORBIDDEN, &body);
        }
        Refused::Field(name) => {
            let name: String = name.chars().take(64).collect();
            let message = format!("{name} is not allowed to be set");
            let body = json!({ "message": message, "code": "FIELD_NOT_ALLOWED" });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        Refused::NotGrantable(sentence) => {
            let body = json!({ "message": sentence, "code": "ROLE_NOT_GRANTABLE" });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        Refused::UnknownTier(tiers) => {
            let message = format!("There is no such tier; there are: {}", tiers.join(", "));
            let body = json!({ "message": message, "code": "UNKNOWN_TIER", "tiers": tiers });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        Refused::Value(member, expected) => {
            let message = format!("[body.{member}] Invalid input: expected {expected}");
            let body = json!({ "message": message, "code": "VALIDATION_ERROR" });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        other => coded(other),
    };
    json_response(status, &json!({ "message": message, "code": code }))
}

/// Status, code and message of those that always say the same.
fn coded(refused: &Refused) -> (StatusCode, &'static str, &'static str) {
    match refused {
        Refused::Changed => (
            StatusCode::CONFLICT,
            "CHANGED_MEANWHILE",
            "What this was decided on has changed in this moment. Try again.",
        ),
        Refused::Cursor => (
            StatusCode::BAD_REQUEST,
            "INVALID_CURSOR",
            "[query.cursor] Invalid input: not the next of a list in this order",
        ),
        Refused::EmailTaken => (
            StatusCode::BAD_REQUEST,
            "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
            "User already exists. Use another email.",
        ),
        Refused::LastAdministrator => (
            StatusCode::CONFLICT,
            "LAST_ADMINISTRATOR",
            "Nobody would be left who administers accounts",
        ),
        Refused::NoGrant => (StatusCode::NOT_FOUND, "GRANT_NOT_FOUND", "Grant not found"),
        Refused::NoUser => (StatusCode::NOT_FOUND, "USER_NOT_FOUND", "User not found"),
        Refused::NotAsSeen => (
            StatusCode::PRECONDITION_FAILED,
            "PRECONDITION_FAILED",
            "The account has changed since its ETag was read",
        ),
        Refused::NothingToUpdate => (
            StatusCode::BAD_REQUEST,
            "NO_DATA_TO_UPDATE",
            "No data to update",
        ),
        Refused::OwnBan => (
            StatusCode::BAD_REQUEST,
            "YOU_CANNOT_BAN_YOURSELF",
            "You cannot ban yourself",
        ),
        Refused::OwnRemoval => (
            StatusCode::BAD_REQUEST,
            "YOU_CANNOT_REMOVE_YOURSELF",
            "You cannot remove yourself",
        ),
        Refused::UnknownRole => (
            StatusCode::BAD_REQUEST,
            "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE",
            "You are not allowed to set a non-existent role value",
        ),
        // Answered before they get here.
        Refused::Field(_)
        | Refused::NotAllowed { .. }
        | Refused::NotGrantable(_)
        | Refused::NotHeld { .. }
        | Refused::TierNotHeld { .. }
        | Refused::UnknownTier(_)
        | Refused::Value(..) => (StatusCode::BAD_REQUEST, "BAD_REQUEST", "Bad request"),
    }
}

/// Code and message of what a guard refuses: the protocol's, where it has any.
fn not_allowed(guard: &Guard) -> (&'static str, &'static str) {
    const CODES: [(Guard, &str, &str); 12] = [
        (
            guard::LIST_USERS,
            "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS",
            "You are not allowed to list users",
        ),
        (
            guard::GET_USER,
            "YOU_ARE_NOT_ALLOWED_TO_GET_USER",
            "You are not allowed to get user",
        ),
        (
            guard::CREATE_USER,
            "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS",
            "You are not allowed to create users",
        ),
        (
            guard::UPDATE_USER,
            "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS",
            "You are not allowed to update users",
        ),
        (
            guard::SET_ROLE,
            "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
            "You are not allowed to change users role",
        ),
        (
            guard::BAN_USER,
            "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS",
            "You are not allowed to ban users",
        ),
        (
            guard::DELETE_USER,
            "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS",
            "You are not allowed to delete users",
        ),
        (
            guard::SET_PASSWORD,
            "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD",
            "You are not allowed to set users password",
        ),
        (
            guard::SET_EMAIL,
            "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL",
            "You are not allowed to update users email",
        ),
        (
            guard::LIST_SESSIONS,
            "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS",
            "You are not allowed to list users sessions",
        ),
        (
            guard::REVOKE_SESSIONS,
            "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS",
            "You are not allowed to revoke users sessions",
        ),
        (
            guard::SET_TIER,
            "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_TIER",
            "You are not allowed to set users tier",
        ),
    ];
    let mut codes = CODES.iter();
    let found = codes.find(|(one, _, _)| one.operation == guard.operation);
    let default = ("FORBIDDEN", "You are not allowed to do this");
    found.map_or(default, |(_, code, message)| (code, message))
}

#[cfg(test)]
mod tests {
    use portcullis_core::policy::Policy;
    use portcullis_service::User;
    use portcullis_service::admin::{Account, Ban};

    use super::*;
    use crate::wire;

    #[test]
    fn an_account_is_shown_as_every_user_and_more() {
        let account = Account {
            user: User {
                id: "u1".to_owned(),
                email: "ann@example.org".to_owned(),
                name: "Ann \"\u{1}Ł".to_owned(),
                email_verified: true,
                image: Some("/a.png".to_owned()),
                tier: None,
                disabled_at_ms: Some(7),
                created_at_ms: 1_700_000_000_123,
                updated_at_ms: 4_107_542_400_000,
                epoch: 3,
            },
            grants: Vec::new(),
            ban: Some(Ban {
                since_ms: 1,
                reason: None,
                expires_at_ms: Some(5_000),
            }),
            disabled_reason: Some("left".to_owned()),
        };
        let policy: Policy =
            portcullis_core::policy::toml::parse("name = 'x'\nversion = '1'").unwrap();
        let shown = super::account(&account, &policy, 4_999);
        let user = wire::user(&account.user);
        for (name, value) in user.as_object().unwrap() {
            assert_eq!(shown.get(name), Some(value), "{name}");
        }
        assert_eq!(shown.as_object().unwrap().len(), 14);
        assert_eq!(shown["banned"], true);
        assert_eq!(shown["banExpires"], "1970-01-01T00:00:05.000Z");
        let text = serde_json::to_string(&Shown::new(&account, &policy, 4_999)).unwrap();
        assert_eq!(text, shown.to_string(), "lists have the same text");
    }
}
