//! `POST /api/auth/change-email`, `POST /api/auth/send-verification-email` and
//! `GET /api/auth/verify-email`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::accounts::{self as use_case, Verified};
use portcullis_service::{Context, Denied, Error, Host, Store};
use serde_json::{Value, json};

use super::answer::pair;
use super::{queued, read};
use crate::answer::{Refusal, done, done_for, json_response};
use crate::body::Members;
use crate::call::{BySession, Call};
use crate::{Shared, body, client, query, wire};

/// Asks for another address: `{newEmail, callbackURL?}` to `{status}`. The account has it once a link
/// was opened that went there.
pub(super) async fn change<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<BySession, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let new_email = members.text("newEmail");
    let callback = members.optional_text("callbackURL");
    members.settle()?;
    read::check_callback(callback.as_deref(), &app.settings)?;
    let changed = use_case::change_email(&app, &caller, &new_email, callback, &context).await;
    changed.map_err(|error| read::address(error, "newEmail"))?;
    Ok(queued(done_for(caller.user.id)))
}

/// Sends a link that confirms an address: `{email, callbackURL?}` to `{status}`. Without a session
/// the answer is the same for every address.
pub(super) async fn send<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = match client::current_caller(&app, &headers).await {
        Ok(caller) => Some(caller),
        Err(Error::Denied(Denied::Unauthenticated)) => None,
        Err(error) => return Err(error.into()),
    };
    let mut members = body::json(&headers, request).await?;
    let email = members.text("email");
    let callback = members.optional_text("callbackURL");
    members.settle()?;
    read::check_callback(callback.as_deref(), &app.settings)?;
    let caller = caller.as_ref();
    let sent = use_case::send_verification_email(&app, caller, &email, callback, &context).await;
    sent.map_err(|error| read::address(error, "email"))?;
    Ok(queued(done()))
}

/// Opens a link that confirms an address: to `{status, user}`, or on to `callbackURL`, with `error`
/// when it opens nothing.
pub(super) async fn verify<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let token = query::required(&uri, "token")?;
    let callback = query::text(&uri, "callbackURL").filter(|url| !url.is_empty());
    read::check_callback(callback.as_deref(), &app.settings)?;
    let verified = use_case::verify_email(&app, &token, callback.clone(), &context).await;
    let response = match (verified, callback) {
        (Ok(_), Some(url)) => read::redirect(&url),
        (Ok(verified), None) => {
            let user = match verified {
                Verified::Address => Some(Value::Null),
                Verified::Agreed => None,
                Verified::Changed(user) => Some(wire::user(&user)),
            };
            let mut answer = json!({ "status": true });
            if let (Some(members), Some(user)) = (answer.as_object_mut(), user) {
                members.insert("user".to_owned(), user);
            }
            json_response(StatusCode::OK, &answer)
        }
        (Err(Error::Denied(Denied::Account(refused))), Some(url)) => {
            read::redirect(&read::with_parameter(&url, "error", pair(&refused).0))
        }
        (Err(error), _) => return Err(error.into()),
    };
    Ok(queued(response))
}
