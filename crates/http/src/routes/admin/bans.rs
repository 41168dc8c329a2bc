//! `ban-user` and `unban-user`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::{Context, Host, Store, admin as use_case};
use serde_json::{Map, Value, json};

use super::answer::{account, answer};
use super::{caller, read};
use crate::answer::Refusal;
use crate::{Shared, body};

/// Bans an account: `{userId, banReason?, banExpiresIn?}` in seconds, to `{user}`.
pub(super) async fn ban<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    let reason = read::nullable_text(&members, "banReason", &mut problems).flatten();
    let secs = seconds(&members, &mut problems);
    body::settle(&problems)?;
    let banned = use_case::ban(&app, &caller, &user_id, reason, secs, &context).await?;
    let user = account(&banned, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// Takes a ban back: `{userId}` to `{user}`.
pub(super) async fn unban<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    body::settle(&problems)?;
    let account_now = use_case::unban(&app, &caller, &user_id, &context).await?;
    let user = account(&account_now, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// A number of seconds, of which a part counts as a whole one.
fn seconds(members: &Map<String, Value>, problems: &mut Vec<String>) -> Option<i64> {
    let value = match members.get("banExpiresIn") {
        None | Some(Value::Null) => return None,
        Some(value) => value,
    };
    let secs = value.as_i64().or_else(|| {
        let secs = value.as_f64().filter(|secs| secs.abs() < 1e12)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is within these bounds")]
        let secs = secs.ceil() as i64;
        Some(secs)
    });
    if secs.is_none() {
        problems.push(format!(
            "[body.banExpiresIn] Invalid input: expected number, received {}",
            body::type_name(Some(value))
        ));
    }
    secs
}
