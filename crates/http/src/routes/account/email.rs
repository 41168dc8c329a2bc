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
use super::{done, queued, read};
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client, wire};

/// Asks for another address: `{newEmail, callbackURL?}` to `{status}`. The account has it once a link
/// was opened that went there.
pub(super) async fn change<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let new_email = body::text(&members, "newEmail", &mut problems);
    let callback = read::optional_text(&members, "callbackURL", &mut problems);
    body::settle(&problems)?;
    read::check_callback(callback.as_deref(), &app.settings)?;
    let changed = use_case::change_email(&app, &caller, &new_email, callback, &context).await;
    changed.map_err(|error| read::address(error, "newEmail"))?;
    let mut response = done();
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(queued(response))
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
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let email = body::text(&members, "email", &mut problems);
    let callback = read::optional_text(&members, "callbackURL", &mut problems);
    body::settle(&problems)?;
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
    let Some(token) = read::query(&uri, "token") else {
        let problem = "[query.token] Invalid input: expected string, received undefined";
        return Err(Refusal::Validation(problem.to_owned()));
    };
    let callback = read::query(&uri, "callbackURL").filter(|url| !url.is_empty());
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
