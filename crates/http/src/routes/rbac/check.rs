//! `/rbac/tenants/:tenantId/permissions/check`, `check-any` and `check-all`: for the caller alone.

use axum::extract::Path;
use axum::response::Response;
use portcullis_service::{Host, Store, tenants as use_case};
use serde_json::json;

use super::read::answer;
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Most permissions asked about at once.
const MAX_PERMISSIONS: usize = 100;

/// `{permission}` to `{result}`.
pub(super) async fn one<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let permission = members.text("permission");
    members.settle()?;
    let result = use_case::has_permission(&app, &caller, &tenant, &permission).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

/// `{permissions}` to `{result}`: whether the caller has one of them.
pub(super) async fn any<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let permissions = permissions(members)?;
    let result = use_case::has_any(&app, &caller, &tenant, &permissions).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

/// `{permissions}` to `{result}`: whether the caller has all of them.
pub(super) async fn all<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let permissions = permissions(members)?;
    let result = use_case::has_all(&app, &caller, &tenant, &permissions).await?;
    answer(&json!({ "result": result }), caller.user.id)
}

fn permissions(mut members: Members) -> Result<Vec<String>, Refusal> {
    let permissions = members.texts("permissions", MAX_PERMISSIONS);
    members.settle()?;
    Ok(permissions)
}
