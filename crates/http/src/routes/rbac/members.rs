//! `/rbac/tenants/:tenantId/members`.

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

/// The members of a tenant: `{members, next}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let asked = page(&uri)?;
    let members = use_case::list_members(&app, &caller, &tenant, asked.page()).await?;
    let body = asked.answer("members", &members, |one| &one.id);
    answer(&body, caller.user.id)
}

/// Makes a user a member: `{userId, owner?}`, or `{email, owner?}` where that is taken.
pub(super) async fn add<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user = match optional_text(&members, "email", &mut problems) {
        Some(email) if members.get("userId").is_none() => email,
        _ => body::text(&members, "userId", &mut problems),
    };
    let owner = body::flag(&members, "owner", &mut problems).unwrap_or(false);
    body::settle(&problems)?;
    let member = use_case::add_member(&app, &caller, &tenant, &user, owner, &context).await?;
    answer(&member, caller.user.id)
}

/// Makes a member an owner, or an owner a mere member: `{owner}`.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member)): Path<(String, String)>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let owner = body::flag(&members, "owner", &mut problems);
    if owner.is_none() && problems.is_empty() {
        let received = body::type_name(members.get("owner"));
        problems.push(format!(
            "[body.owner] Invalid input: expected boolean, received {received}"
        ));
    }
    body::settle(&problems)?;
    let owner = owner.unwrap_or(false);
    let member = use_case::set_owner(&app, &caller, &tenant, &member, owner, &context).await?;
    answer(&member, caller.user.id)
}

/// Ends a membership, and answers with it as it was.
pub(super) async fn remove<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path((tenant, member)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let member = use_case::remove_member(&app, &caller, &tenant, &member, &context).await?;
    answer(&member, caller.user.id)
}
