//! `/rbac/permissions`.

use axum::extract::Path;
use axum::response::Response;
use http::Uri;
use portcullis_service::{Host, Store, tenants as use_case};

use super::read::{answer, page};
use crate::answer::Refusal;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Every permission in order of its name: `{permissions, next}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = page(&uri)?;
    let permissions = use_case::list_permissions(&app, &caller, asked.page()).await?;
    let body = asked.answer("permissions", &permissions, |one| &one.name);
    answer(&body, caller.user.id)
}

/// A permission by its id or its name.
pub(super) async fn get<S: Store, H: Host>(
    Path(permission): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let permission = use_case::get_permission(&app, &caller, &permission).await?;
    answer(&permission, caller.user.id)
}

/// Makes a permission: `{resource, action, description?}`.
pub(super) async fn create<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let resource = members.text("resource");
    let action = members.text("action");
    let description = members.optional_text("description").unwrap_or_default();
    members.settle()?;
    let made =
        use_case::create_permission(&app, &caller, &resource, &action, &description, &context)
            .await?;
    answer(&made, caller.user.id)
}

/// Changes a permission made at run time: `{resource?, action?, description?}`, the first two only
/// together.
pub(super) async fn update<S: Store, H: Host>(
    Path(permission): Path<String>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let is_renamed = members.has("resource") || members.has("action");
    let name = is_renamed.then(|| {
        let resource = members.text("resource");
        (resource, members.text("action"))
    });
    let description = members.optional_text("description");
    members.settle()?;
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
    Path(permission): Path<String>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let deleted = use_case::delete_permission(&app, &caller, &permission, &context).await?;
    answer(&deleted, caller.user.id)
}
