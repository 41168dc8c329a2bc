//! `/rbac/tenants` and `/rbac/tenants/:tenantId`.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_service::{Host, Store, tenants as use_case};

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Makes a tenant of the caller's: `{name, slug?}`.
pub(super) async fn create<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let name = members.text("name");
    let slug = members.optional_text("slug");
    members.settle()?;
    let tenant = use_case::create_tenant(&app, &caller, &name, slug.as_deref(), &context).await?;
    answer(&tenant, caller.user.id)
}

/// The caller's tenants: `{tenants, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = page(&uri)?;
    let tenants = use_case::list_tenants(&app, &caller, asked.page()).await?;
    let body = asked.answer("tenants", &tenants, |one| &one.id);
    answer(&body, caller.user.id)
}

/// A tenant.
pub(super) async fn get<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let tenant = use_case::get_tenant(&app, &caller, &tenant).await?;
    answer(&tenant, caller.user.id)
}

/// Gives a tenant another name: `{name}`.
pub(super) async fn rename<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let name = members.text("name");
    members.settle()?;
    let tenant = use_case::rename_tenant(&app, &caller, &tenant, &name, &context).await?;
    answer(&tenant, caller.user.id)
}
