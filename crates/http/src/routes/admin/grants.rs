//! `/api/v1/admin/users/{user}/grants`: roles at scopes.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_core::decide::{Grant, RawScope};
use portcullis_service::admin::{self as use_case, HeldGrant};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::answer::answer;
use super::{current, read};
use crate::answer::Refusal;
use crate::{Shared, body};

/// Grants of a page when the request doesn't say, and the most of one.
const DEFAULT_PAGE: usize = 100;
const MAX_PAGE: usize = 1000;

/// The roles of an account, each where it is held: `{grants, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(user): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = current(&app, &headers, &context).await?;
    let limit = match query(&uri, "limit").map(|text| text.parse()) {
        None => DEFAULT_PAGE,
        Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
        Some(_) => {
            let problem =
                format!("[query.limit] Invalid input: expected number from 1 to {MAX_PAGE}");
            return Err(Refusal::Validation(problem));
        }
    };
    let after = query(&uri, "after").unwrap_or_default();
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
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(user): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = current(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let role = body::text(&members, "role", &mut problems);
    let scope = read::nullable_text(&members, "scope", &mut problems).flatten();
    body::settle(&problems)?;
    let wanted = Grant {
        role,
        scope: RawScope::Text(scope.unwrap_or_default()),
    };
    let held = use_case::grant(&app, &caller, &user, &wanted, &context).await?;
    Ok(answer(&json!({ "grant": shown(&held) }), caller.user.id))
}

/// Takes a role from an account by the grant's id.
pub(super) async fn remove<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((user, grant)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = current(&app, &headers, &context).await?;
    let is_meant = |one: &HeldGrant| one.id == grant;
    use_case::revoke(&app, &caller, &user, is_meant, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Takes a role from an account by its name and scope: `?role&scope`.
pub(super) async fn remove_named<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(user): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = current(&app, &headers, &context).await?;
    let Some(role) = query(&uri, "role") else {
        let problem = "[query.role] Invalid input: expected string, received undefined";
        return Err(Refusal::Validation(problem.to_owned()));
    };
    let scope = query(&uri, "scope").unwrap_or_default();
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

fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut values = pairs.filter(|(key, _)| key == name);
    values.next().map(|(_, value)| value.into_owned())
}
