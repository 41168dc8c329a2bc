//! `/rbac/tenants/:tenantId/members/:memberId/roles`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_service::{Context, Host, Store, tenants as use_case};
use serde_json::json;

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// The roles of a member in order of their names: `{roles, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let asked = page(&uri)?;
    let held = use_case::assigned(&app, &caller, &tenant, &member, asked.page()).await?;
    let roles: Vec<_> = held.into_iter().map(|one| one.role).collect();
    let body = asked.answer("roles", &roles, |one| &one.name);
    answer(&body, caller.user.id)
}

/// Gives a member a role: `{roleId}`.
pub(super) async fn assign<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member)): Path<(String, String)>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let role = role_id(&headers, request).await?;
    let assigned = use_case::assign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&assigned, caller.user.id)
}

/// Takes a role from a member: `{roleId}`.
pub(super) async fn unassign_named<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member)): Path<(String, String)>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let role = role_id(&headers, request).await?;
    use_case::unassign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&json!({ "success": true }), caller.user.id)
}

/// Takes the role of the path from a member.
pub(super) async fn unassign<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member, role)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    use_case::unassign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&json!({ "success": true }), caller.user.id)
}

async fn role_id(headers: &HeaderMap, request: Body) -> Result<String, Refusal> {
    let members = body::json(headers, request).await?;
    let mut problems = Vec::new();
    let role = body::text(&members, "roleId", &mut problems);
    body::settle(&problems)?;
    Ok(role)
}
