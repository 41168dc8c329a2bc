//! `/rbac/tenants/:tenantId/members`.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_service::{Host, Store, tenants as use_case};

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// The members of a tenant: `{members, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = page(&uri)?;
    let members = use_case::list_members(&app, &caller, &tenant, asked.page()).await?;
    let body = asked.answer("members", &members, |one| &one.id);
    answer(&body, caller.user.id)
}

/// Makes a user a member: `{userId, owner?}`, or `{email, owner?}` where that is taken.
pub(super) async fn add<S: Store, H: Host>(
    Path(tenant): Path<String>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user = match members.optional_text("email") {
        Some(email) if members.get("userId").is_none() => email,
        _ => members.text("userId"),
    };
    let owner = members.flag("owner").unwrap_or(false);
    members.settle()?;
    let member = use_case::add_member(&app, &caller, &tenant, &user, owner, &context).await?;
    answer(&member, caller.user.id)
}

/// Makes a member an owner, or an owner a mere member: `{owner}`.
pub(super) async fn update<S: Store, H: Host>(
    Path((tenant, member)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let owner = members.flag("owner");
    if owner.is_none() && members.is_sound() {
        members.expected("owner", "boolean");
    }
    members.settle()?;
    let owner = owner.unwrap_or(false);
    let member = use_case::set_owner(&app, &caller, &tenant, &member, owner, &context).await?;
    answer(&member, caller.user.id)
}

/// Ends a membership, and answers with it as it was.
pub(super) async fn remove<S: Store, H: Host>(
    Path((tenant, member)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let member = use_case::remove_member(&app, &caller, &tenant, &member, &context).await?;
    answer(&member, caller.user.id)
}
