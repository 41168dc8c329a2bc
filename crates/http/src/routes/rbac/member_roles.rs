//! `/rbac/tenants/:tenantId/members/:memberId/roles`.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_service::{Host, Store, tenants as use_case};
use serde_json::json;

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// The roles of a member in order of their names: `{roles, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Path((tenant, member)): Path<(String, String)>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = page(&uri)?;
    let held = use_case::assigned(&app, &caller, &tenant, &member, asked.page()).await?;
    let roles: Vec<_> = held.into_iter().map(|one| one.role).collect();
    let body = asked.answer("roles", &roles, |one| &one.name);
    answer(&body, caller.user.id)
}

/// Gives a member a role: `{roleId}`.
pub(super) async fn assign<S: Store, H: Host>(
    Path((tenant, member)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let role = role_id(members)?;
    let assigned = use_case::assign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&assigned, caller.user.id)
}

/// Takes a role from a member: `{roleId}`.
pub(super) async fn unassign_named<S: Store, H: Host>(
    Path((tenant, member)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let role = role_id(members)?;
    use_case::unassign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&json!({ "success": true }), caller.user.id)
}

/// Takes the role of the path from a member.
pub(super) async fn unassign<S: Store, H: Host>(
    Path((tenant, member, role)): Path<(String, String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    use_case::unassign(&app, &caller, &tenant, &member, &role, &context).await?;
    answer(&json!({ "success": true }), caller.user.id)
}

fn role_id(mut members: Members) -> Result<String, Refusal> {
    let role = members.text("roleId");
    members.settle()?;
    Ok(role)
}
