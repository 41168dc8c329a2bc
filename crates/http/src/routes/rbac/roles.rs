//! `/rbac/tenants/:tenantId/roles`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_service::tenants::{self as use_case, RoleChange};
use portcullis_service::{Context, Host, Store};
use serde_json::{Map, Value};

use super::read::{answer, optional_text, optional_texts, page};
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Makes a role: `{name, description?, permissions?}`.
pub(super) async fn create<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let mut new = change(&members, &mut problems);
    if new.name.is_none() && problems.is_empty() {
        new.name = Some(body::text(&members, "name", &mut problems));
    }
    body::settle(&problems)?;
    let role = use_case::create_role(&app, &caller, &tenant, new, &context).await?;
    answer(&role, caller.user.id)
}

/// The roles of a tenant in order of their names: `{roles, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let asked = page(&uri)?;
    let roles = use_case::list_roles(&app, &caller, &tenant, asked.page()).await?;
    let body = asked.answer("roles", &roles, |one| &one.name);
    answer(&body, caller.user.id)
}

/// A role.
pub(super) async fn get<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, role)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let role = use_case::get_role(&app, &caller, &tenant, &role).await?;
    answer(&role, caller.user.id)
}

/// Changes a role: `{name?, description?, permissions?}`; the permissions take the place of all that
/// it had.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, role)): Path<(String, String)>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let wanted = change(&members, &mut problems);
    body::settle(&problems)?;
    let role = use_case::update_role(&app, &caller, &tenant, &role, wanted, &context).await?;
    answer(&role, caller.user.id)
}

/// Deletes a role, and answers with it as it was.
pub(super) async fn delete<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, role)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let role = use_case::delete_role(&app, &caller, &tenant, &role, &context).await?;
    answer(&role, caller.user.id)
}

fn change(members: &Map<String, Value>, problems: &mut Vec<String>) -> RoleChange {
    RoleChange {
        name: optional_text(members, "name", problems),
        description: optional_text(members, "description", problems),
        permissions: optional_texts(members, "permissions", problems),
    }
}
