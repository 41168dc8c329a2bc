//! `/api/v1/admin/users/{user}/grants`: roles at scopes.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_core::decide::{Grant, RawScope};
use portcullis_service::admin::{self as use_case, HeldGrant};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::{Call, CurrentGuarded};
use crate::query;

/// Grants of a page when the request doesn't say, and the most of one.
const DEFAULT_PAGE: u32 = 100;
const MAX_PAGE: u32 = 1000;

/// The roles of an account, each where it is held: `{grants, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Path(user): Path<String>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let limit = match query::text(&uri, "limit") {
        None => DEFAULT_PAGE,
        Some(text) => query::number("limit", &text, 1, MAX_PAGE)?,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let after = query::text(&uri, "after").unwrap_or_default();
    let account = use_case::get(&app, &caller, &user, &context).await?;
    let mut grants = account.grants;
    grants.retain(|one| one.id > after);
    grants.sort_by(|one, other| one.id.cmp(&other.id));
    let has_more = grants.len() > limit;
    grants.truncate(limit);
    let next = grants
        .last()
        .filter(|_| has_more)
        .map(|one| one.id.as_str());
    let shown: Vec<Value> = grants.iter().map(shown).collect();
    let body = json!({ "grants": shown, "next": next });
    Ok(answer(&body, caller.user.id))
}

/// Gives an account a role: `{role, scope?}` to `{grant}`.
pub(super) async fn add<S: Store, H: Host>(
    Path(user): Path<String>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let role = members.text("role");
    let scope = members.optional_text("scope");
    members.settle()?;
    let wanted = Grant {
        role,
        scope: RawScope::Text(scope.unwrap_or_default()),
    };
    let held = use_case::grant(&app, &caller, &user, &wanted, &context).await?;
    Ok(answer(&json!({ "grant": shown(&held) }), caller.user.id))
}

/// Takes a role from an account by the grant's id.
pub(super) async fn remove<S: Store, H: Host>(
    Path((user, grant)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
) -> Result<Response, Refusal> {
    let is_meant = |one: &HeldGrant| one.id == grant;
    use_case::revoke(&app, &caller, &user, is_meant, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Takes a role from an account by its name and scope: `?role&scope`.
pub(super) async fn remove_named<S: Store, H: Host>(
    Path(user): Path<String>,
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let role = query::required(&uri, "role")?;
    let scope = query::text(&uri, "scope").unwrap_or_default();
    let is_meant = |one: &HeldGrant| one.role == role && one.scope == scope;
    use_case::revoke(&app, &caller, &user, is_meant, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

fn shown(grant: &HeldGrant) -> Value {
    json!({
        "id": grant.id,
        "role": grant.role,
        "scope": grant.scope,
        "createdAt": to_rfc3339(grant.created_at_ms),
    })
}
