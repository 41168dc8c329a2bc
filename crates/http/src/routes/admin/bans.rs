//! `ban-user` and `unban-user`.

use axum::response::Response;
use portcullis_service::{Host, Store, admin as use_case};
use serde_json::{Value, json};

use super::Administrator;
use super::answer::account;
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::Call;

/// Bans an account: `{userId, banReason?, banExpiresIn?}` in seconds, to `{user}`.
pub(super) async fn ban<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    let reason = members.optional_text("banReason");
    let secs = seconds(&mut members);
    members.settle()?;
    let banned = use_case::ban(&app, &caller, &user_id, reason, secs, &context).await?;
    let user = account(&banned, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// Takes a ban back: `{userId}` to `{user}`.
pub(super) async fn unban<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    members.settle()?;
    let account_now = use_case::unban(&app, &caller, &user_id, &context).await?;
    let user = account(&account_now, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// A number of seconds, of which a part counts as a whole one.
fn seconds(members: &mut Members) -> Option<i64> {
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
        members.expected("banExpiresIn", "number");
    }
    secs
}
