//! `POST /api/auth/api-key/create`.

use axum::response::Response;
use http::HeaderMap;
use portcullis_service::api_keys::{self, Made, NewKey, Refused};
use portcullis_service::{App, Caller, Context, Denied, Error, Host, Store};
use serde_json::Value;

use super::answer::key;
use crate::answer::{Refusal, answer};
use crate::body::OptionalMembers;
use crate::call::{Call, Way};
use crate::client;

/// Makes a key, and answers with it; the member `key` is shown this once.
pub(super) async fn create<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Maker, S, H>,
    OptionalMembers(mut members): OptionalMembers,
) -> Result<Response, Refusal> {
    let new = NewKey {
        name: members.optional_text("name"),
        prefix: members.optional_text("prefix"),
        expires_in_secs: members.number("expiresIn").flatten(),
        metadata: members.metadata()?.flatten(),
        scopes: members.scopes().unwrap_or_default(),
        rate_is_on: members.flag("rateLimitEnabled"),
        rate_max: members.number("rateLimitMax").flatten(),
        rate_window_ms: members.number("rateLimitTimeWindow").flatten(),
        remaining: members.number("remaining").flatten(),
        refill: members.refill()?.flatten(),
        tenant_id: members.optional_text("organizationId"),
        user_id: members.optional_text("userId"),
        is_server_only: members.is_server_only(),
    };
    members.settle()?;
    let made = api_keys::create(&app, &caller, new, &context).await?;
    Ok(answer(&shown(&made, app.host.now_ms()), caller.user.id))
}

/// As [`BySession`](crate::call::BySession); one who isn't signed in is told so with another code.
pub(super) enum Maker {}

impl Way for Maker {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        _: &Context,
    ) -> Result<Caller, Refusal> {
        match client::session_caller(app, headers).await {
            Err(Error::Denied(Denied::Unauthenticated)) => {
                Err(Denied::ApiKeys(Refused::NoSession).into())
            }
            found => Ok(found?),
        }
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
