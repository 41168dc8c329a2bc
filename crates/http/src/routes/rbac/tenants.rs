//! `/rbac/tenants` and `/rbac/tenants/:tenantId`.

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

/// Makes a tenant of the caller's: `{name, slug?}`.
pub(super) async fn create<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let name = body::text(&members, "name", &mut problems);
    let slug = optional_text(&members, "slug", &mut problems);
    body::settle(&problems)?;
    let tenant = use_case::create_tenant(&app, &caller, &name, slug.as_deref(), &context).await?;
    answer(&tenant, caller.user.id)
}

/// The caller's tenants: `{tenants, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let asked = page(&uri)?;
    let tenants = use_case::list_tenants(&app, &caller, asked.page()).await?;
    let body = asked.answer("tenants", &tenants, |one| &one.id);
    answer(&body, caller.user.id)
}

/// A tenant.
pub(super) async fn get<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let tenant = use_case::get_tenant(&app, &caller, &tenant).await?;
    answer(&tenant, caller.user.id)
}

/// Gives a tenant another name: `{name}`.
pub(super) async fn rename<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let name = body::text(&members, "name", &mut problems);
    body::settle(&problems)?;
    let tenant = use_case::rename_tenant(&app, &caller, &tenant, &name, &context).await?;
    answer(&tenant, caller.user.id)
}
