//! `/rbac/permissions`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_service::{Context, Host, Store, tenants as use_case};

use super::read::{answer, optional_text, page};
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Every permission in order of its name: `{permissions, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let asked = page(&uri)?;
    let permissions = use_case::list_permissions(&app, &caller, asked.page()).await?;
    let body = asked.answer("permissions", &permissions, |one| &one.name);
    answer(&body, caller.user.id)
}

/// A permission by its id or its name.
pub(super) async fn get<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(permission): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let permission = use_case::get_permission(&app, &caller, &permission).await?;
    answer(&permission, caller.user.id)
}

/// Makes a permission: `{resource, action, description?}`.
pub(super) async fn create<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let resource = body::text(&members, "resource", &mut problems);
    let action = body::text(&members, "action", &mut problems);
    let description = optional_text(&members, "description", &mut problems).unwrap_or_default();
    body::settle(&problems)?;
    let made =
        use_case::create_permission(&app, &caller, &resource, &action, &description, &context)
            .await?;
    answer(&made, caller.user.id)
}

/// Changes a permission made at run time: `{resource?, action?, description?}`, the first two only
/// together.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(permission): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let is_renamed = members.contains_key("resource") || members.contains_key("action");
    let name = is_renamed.then(|| {
        let resource = body::text(&members, "resource", &mut problems);
        (resource, body::text(&members, "action", &mut problems))
    });
    let description = optional_text(&members, "description", &mut problems);
    body::settle(&problems)?;
    let name = name
        .as_ref()
        .map(|(resource, action)| (&**resource, &**action));
    let changed = use_case::update_permission(
        &app,
        &caller,
        &permission,
        name,
        description.as_deref(),
        &context,
    )
    .await?;
    answer(&changed, caller.user.id)
}

/// Deletes a permission made at run time, and answers with it as it was.
pub(super) async fn delete<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(permission): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let deleted = use_case::delete_permission(&app, &caller, &permission, &context).await?;
    answer(&deleted, caller.user.id)
}
