//! `GET` and `PUT /api/v1/admin/users/{user}/tier`.

use axum::extract::Path;
use axum::response::Response;
use http::HeaderMap;
use http::header::{ETAG, IF_MATCH};
use portcullis_core::policy::Policy;
use portcullis_service::admin::{self as use_case, Account};
use portcullis_service::{Host, Store};
use serde_json::json;

use crate::answer::{Refusal, answer, append};
use crate::body::Members;
use crate::call::{Call, CurrentGuarded};

/// The tier of an account: `{tier, label, isDefault}`, with its `ETag`.
pub(super) async fn get<S: Store, H: Host>(
    Path(user): Path<String>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
) -> Result<Response, Refusal> {
    let account = use_case::tier_of(&app, &caller, &user, &context).await?;
    Ok(tier(&account, &app.settings.policy, caller.user.id))
}

/// Gives an account another tier: `{tier}`, null for the policy's default; with `If-Match` only if the
/// account is as it was seen.
pub(super) async fn put<S: Store, H: Host>(
    Path(user): Path<String>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Refusal> {
    let wanted = members.nullable_text("tier");
    if wanted.is_none() {
        members.expected("tier", "string");
    }
    members.settle()?;
    let wanted = wanted.flatten();
    let if_epoch = match headers.get(IF_MATCH).map(|value| value.to_str()) {
        None | Some(Ok("*")) => None,
        // A tag that is no epoch is that of no account.
        Some(tag) => Some(tag.ok().and_then(epoch).unwrap_or(-1)),
    };
    let changed = use_case::set_tier(&app, &caller, &user, wanted, if_epoch, &context).await?;
    Ok(tier(&changed, &app.settings.policy, caller.user.id))
}

/// The epoch that a strong entity tag names (RFC 9110 section 8.8.3).
fn epoch(tag: &str) -> Option<i64> {
    let text = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    text.parse().ok()
}

fn tier(account: &Account, policy: &Policy, caller_id: String) -> Response {
    let stored = account.user.tier.as_deref();
    let rank = match stored {
        None => Some(policy.default_tier()),
        Some(name) => policy.tier_rank(name),
    };
    let known = rank.and_then(|rank| policy.tiers().get(usize::from(rank)));
    let name = known.map(|tier| tier.name.as_str()).or(stored);
    let body = json!({
        "tier": name,
        "label": known.map(|tier| tier.label.as_str()),
        "isDefault": stored.is_none(),
    });
    let mut response = answer(&body, caller_id);
    let tag = format!("\"{}\"", account.user.epoch);
    append(response.headers_mut(), ETAG, &tag);
    response
}
