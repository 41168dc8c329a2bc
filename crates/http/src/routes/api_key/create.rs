//! `POST /api/auth/api-key/create`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::api_keys::{self, Made, NewKey, Refused};
use portcullis_service::{Context, Denied, Error, Host, Store};
use serde_json::Value;

use super::answer::{answer, key};
use super::read::Reader;
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Makes a key, and answers with it; the member `key` is shown this once.
pub(super) async fn create<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await;
    let caller = caller.map_err(in_words_of_its_own)?;
    let members = body::optional_json(&headers, request).await?;
    let mut reader = Reader::new(&members);
    let new = NewKey {
        name: reader.optional_text("name"),
        prefix: reader.optional_text("prefix"),
        expires_in_secs: reader.number("expiresIn").flatten(),
        metadata: reader.metadata()?.flatten(),
        scopes: reader.scopes().unwrap_or_default(),
        rate_is_on: reader.flag("rateLimitEnabled"),
        rate_max: reader.number("rateLimitMax").flatten(),
        rate_window_ms: reader.number("rateLimitTimeWindow").flatten(),
        remaining: reader.number("remaining").flatten(),
        refill: reader.refill()?.flatten(),
        tenant_id: reader.optional_text("organizationId"),
        user_id: reader.optional_text("userId"),
        is_server_only: reader.is_server_only(),
    };
    body::settle(&reader.problems)?;
    let made = api_keys::create(&app, &caller, new, &context).await?;
    Ok(answer(&shown(&made, app.host.now_ms()), caller.user.id))
}

/// One who isn't signed in is told so with another code here than elsewhere.
fn in_words_of_its_own(error: Error) -> Error {
    match error {
        Error::Denied(Denied::Unauthenticated) => Refused::NoSession.into(),
        other => other,
    }
}

/// A key with what nobody is told again.
pub(super) fn shown(made: &Made, now_ms: i64) -> Value {
    let mut value = key(&made.record, now_ms);
    if let Some(members) = value.as_object_mut() {
        members.insert("key".to_owned(), made.key.expose().into());
    }
    value
}
