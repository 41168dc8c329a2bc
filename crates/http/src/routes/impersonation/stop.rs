//! `POST /api/auth/admin/stop-impersonating`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use portcullis_service::impersonation::{self, Refused};
use portcullis_service::session::Carrier;
use portcullis_service::{App, Caller, Context, Denied, Error, Host, Store};
use serde_json::json;

use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::routes::sessions::carrier;
use crate::{Shared, body, client, cookies, wire};

/// Ends the session as somebody else, and tells the administrator's own one: `{session, user}`.
///
/// A browser gets the cookie back that was put aside, also when the hour was over before it asked. A
/// client that came with a bearer token has kept its own one; it isn't told again.
pub(super) async fn stop<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    body::optional_json(&headers, request).await?;
    let is_cookie = carrier(&headers) == Carrier::Cookie;
    let aside = cookies::aside(&headers, &app.settings).filter(|_| is_cookie);
    let stopped = match client::current_caller(&app, &headers).await {
        Ok(caller) => Some(impersonation::stop(&app, &caller, &context).await?),
        Err(Error::Denied(Denied::Unauthenticated)) if aside.is_some() => None,
        Err(Error::Denied(Denied::Unauthenticated)) => return Err(Refusal::SignedOut),
        Err(error) => return Err(error.into()),
    };
    match (aside, stopped) {
        (Some(token), stopped) => {
            match impersonation::resume(&app, &token, stopped.as_ref()).await {
                Ok(admin) => Ok(taken_back(&app, &headers, &token, &admin)),
                Err(Error::Denied(_)) if stopped.is_none() => {
                    let mut response = Refusal::SignedOut.into_response();
                    forget(&app, &headers, response.headers_mut());
                    Ok(response)
                }
                Err(Error::Denied(_)) => Ok(lost(&app, &headers)),
                Err(error) => Err(error.into()),
            }
        }
        (None, Some(_)) if is_cookie => Ok(lost(&app, &headers)),
        (None, Some(stopped)) => Ok(told(&stopped.admin)),
        (None, None) => Err(Refusal::SignedOut),
    }
}

/// The administrator's session again, for a browser.
fn taken_back<S, H: Host>(
    app: &App<S, H>,
    request: &HeaderMap,
    token: &str,
    admin: &Caller,
) -> Response {
    let mut response = told(admin);
    cookies::take_back(
        response.headers_mut(),
        &app.settings,
        request,
        token,
        &admin.session,
        app.host.now_ms(),
    );
    response
}

fn told(admin: &Caller) -> Response {
    let body = json!({
        "session": wire::session(&admin.session, None),
        "user": wire::user(&admin.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    let user = UserId(admin.user.id.clone());
    response.extensions_mut().insert(user);
    response
}

/// The session as somebody else is over, and there is nothing to go back to.
fn lost<S, H>(app: &App<S, H>, request: &HeaderMap) -> Response {
    let refusal = Refusal::Service(Refused::NoAdminSession.into());
    let mut response = refusal.into_response();
    forget(app, request, response.headers_mut());
    response
}

fn forget<S, H>(app: &App<S, H>, request: &HeaderMap, answer: &mut HeaderMap) {
    cookies::clear_session(answer, &app.settings);
    cookies::clear_admin_session(answer, &app.settings, request);
}
