//! `/rbac/tenants/:tenantId/roles`.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_service::tenants::{self as use_case, RoleChange};
use portcullis_service::{Host, Store};

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Makes a role: `{name, description?, permissions?}`.
pub(super) async fn create<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let mut new = change(&mut members);
    if new.name.is_none() && members.is_sound() {
        new.name = Some(members.text("name"));
    }
    members.settle()?;
    let role = use_case::create_role(&app, &caller, &tenant, new, &context).await?;
    answer(&role, caller.user.id)
}

/// The roles of a tenant in order of their names: `{roles, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = page(&uri)?;
    let roles = use_case::list_roles(&app, &caller, &tenant, asked.page()).await?;
    let body = asked.answer("roles", &roles, |one| &one.name);
    answer(&body, caller.user.id)
}

/// A role.
pub(super) async fn get<S: Store, H: Host>(
    Path((tenant, role)): Path<(String, String)>,
    Call(app, caller, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let role = use_case::get_role(&app, &caller, &tenant, &role).await?;
    answer(&role, caller.user.id)
}

/// Changes a role: `{name?, description?, permissions?}`; the permissions take the place of all that
/// it had.
pub(super) async fn update<S: Store, H: Host>(
    Path((tenant, role)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let wanted = change(&mut members);
    members.settle()?;
    let role = use_case::update_role(&app, &caller, &tenant, &role, wanted, &context).await?;
    answer(&role, caller.user.id)
}

/// Deletes a role, and answers with it as it was.
pub(super) async fn delete<S: Store, H: Host>(
    Path((tenant, role)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let role = use_case::delete_role(&app, &caller, &tenant, &role, &context).await?;
    answer(&role, caller.user.id)
}

fn change(members: &mut Members) -> RoleChange {
    RoleChange {
        name: members.optional_text("name"),
        description: members.optional_text("description"),
        permissions: members.optional_texts("permissions"),
    }
}
