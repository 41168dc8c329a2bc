//! `/rbac/tenants/:tenantId/permissions/check`, `check-any` and `check-all`: for the caller alone.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::{Context, Host, Store, tenants as use_case};
use serde_json::json;

use super::read::{answer, texts};
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Most permissions asked about at once.
const MAX_PERMISSIONS: usize = 100;

/// `{permission}` to `{result}`.
pub(super) async fn one<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let permission = body::text(&members, "permission", &mut problems);
    body::settle(&problems)?;
    let result = use_case::has_permission(&app, &caller, &tenant, &permission).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

/// `{permissions}` to `{result}`: whether the caller has one of them.
pub(super) async fn any<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let permissions = permissions(&headers, request).await?;
    let result = use_case::has_any(&app, &caller, &tenant, &permissions).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

/// `{permissions}` to `{result}`: whether the caller has all of them.
pub(super) async fn all<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let permissions = permissions(&headers, request).await?;
    let result = use_case::has_all(&app, &caller, &tenant, &permissions).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

async fn permissions(headers: &HeaderMap, request: Body) -> Result<Vec<String>, Refusal> {
    let members = body::json(headers, request).await?;
    let mut problems = Vec::new();
    let permissions = texts(&members, "permissions", MAX_PERMISSIONS, &mut problems);
    body::settle(&problems)?;
    Ok(permissions)
}
