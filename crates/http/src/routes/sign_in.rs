//! `POST /api/auth/sign-in/email` and `/api/auth/login`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use portcullis_service::{Context, Host, Store, sign_in as use_case};
use serde_json::json;

use crate::answer::{Refusal, append, json_response};
use crate::log::UserId;
use crate::{Shared, body, cookies, origin, throttle, wire};

/// Begins a session: `{email, password, rememberMe?, callbackURL?}` to
/// `{redirect, token, user, url?}` and the session cookie; with `refreshToken: true` refresh tokens in
/// place of cookies.
pub(crate) async fn sign_in<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    origin::check_sign_in(&headers, &app.settings)?;
    let mut members = body::json_or_form(&headers, request).await?;
    let asked = use_case::SignIn {
        email: members.text("email"),
        password: members.text("password"),
        remember_me: members.flag("rememberMe").unwrap_or(true),
        replaces: cookies::session_token(&headers, &app.settings),
        device: cookies::device(&app.host, &app.settings, &headers, &members, &context),
        wants_refresh: members.flag("refreshToken").unwrap_or(false),
        known_device: throttle::known_device(&headers, &app.settings),
    };
    let callback = members.optional_text("callbackURL");
    members.settle()?;
    if let Some(url) = &callback {
        origin::check_callback(url, &app.settings)?;
    }
    let begun = use_case::sign_in(&app, asked, &context).await?;
    let mut answer = json!({
        "redirect": callback.is_some(),
        "token": begun.tokens.session.expose(),
        "user": wire::user(&begun.user),
    });
    if let (Some(members), Some(url)) = (answer.as_object_mut(), &callback) {
        members.insert("url".to_owned(), url.as_str().into());
    }
    wire::add_refresh(&mut answer, &begun.tokens, &begun.session);
    let mut response = json_response(StatusCode::OK, &answer);
    let set = response.headers_mut();
    cookies::hand_over(set, &app.settings, &headers, &begun.tokens, &begun.session);
    let keeps_cookies = begun.tokens.refresh.is_none();
    throttle::set_known_device(set, &app.settings, &begun.known_device, keeps_cookies);
    if let Some(url) = callback {
        append(set, LOCATION, &url);
    }
    response.extensions_mut().insert(UserId(begun.user.id));
    Ok(response)
}
