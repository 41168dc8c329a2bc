//! What a service does with links: hands a code in, signs in for a user.
//!
//! A service shows its key as `Authorization: Bearer pcsk_…`. That is where proxies, logs and tools
//! expect a secret and hide it, which a header of our own would have to be taught to each of them;
//! and no key can be taken for another credential, as none of those begins like it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::identity_links::{self as use_case, Asked, Identity, Service};
use portcullis_service::{ACCESS_TOKEN_TTL_SECS, App, Context, Host, Store};
use serde_json::json;

use super::answer::link;
use crate::answer::{Refusal, answer, answer_with};
use crate::body::Members;
use crate::{Shared, body, wire};

/// Links an identity to the user whose code it is: `{code, network, externalId, displayName?}`. 201
/// for a new link.
pub(super) async fn redeem<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let service = service(&app, &headers, &context).await?;
    let mut members = body::json(&headers, request).await?;
    let code = members.text("code");
    let display_name = members.optional_text("displayName").unwrap_or_default();
    let asked = Asked {
        code,
        display_name,
        identity: identity(members)?,
    };
    let (made, is_new) = use_case::redeem(&app, service, &asked, &context).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer_with(status, &link(&made), made.user_id))
}

/// An access token for the user whom an identity is linked to: `{network, externalId}` to
/// `{token, tokenType, expiresIn, expiresAt, user}`.
pub(super) async fn sign_in<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let service = service(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let identity = identity(members)?;
    let signed_in = use_case::sign_in(&app, service, &identity, &context).await?;
    let caller = signed_in.caller;
    let now_ms = app.host.now_ms();
    let ttl_ms = i64::try_from(ACCESS_TOKEN_TTL_SECS * 1000).unwrap_or(0);
    let expires_at_ms = caller.session.expires_at_ms.min(now_ms + ttl_ms);
    let body = json!({
        "token": signed_in.token,
        "tokenType": "Bearer",
        "expiresIn": (expires_at_ms - now_ms).max(0) / 1000,
        "expiresAt": to_rfc3339(expires_at_ms),
        "user": wire::user(&caller.user),
    });
    Ok(answer(&body, caller.user.id))
}

/// The service that calls.
async fn service<'a, S: Store, H: Host>(
    app: &'a App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<&'a Service, Refusal> {
    let key = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    Ok(use_case::authenticate(app, key, context).await?)
}

fn identity(mut members: Members) -> Result<Identity, Refusal> {
    let network = members.text("network");
    let external_id = members.text("externalId");
    members.settle()?;
    Identity::new(&network, &external_id).map_err(|refused| Refusal::Service(refused.into()))
}
