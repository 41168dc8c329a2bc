//! `POST /api/auth/sign-up/email`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::accounts::{self as use_case, SignUp};
use portcullis_service::throttle::KnownDevice;
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::{queued, read};
use crate::answer::{Refusal, json_response};
use crate::client::Entropy;
use crate::log::UserId;
use crate::{Shared, body, cookies, origin, throttle, wire};

/// Makes an account: `{name, email, password, image?, rememberMe?, callbackURL?}` to `{token, user}`
/// and the session cookie; `token` is `null` where signing up begins no session.
pub(super) async fn sign_up<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let settings = &app.settings;
    origin::check_sign_in(&headers, settings)?;
    let mut members = body::json_or_form(&headers, request).await?;
    let device = cookies::device(&app.host, settings, &headers, &members, &context);
    let asked = SignUp {
        name: members.text("name"),
        email: members.text("email"),
        password: members.text("password"),
        image: members.optional_text("image"),
        remember_me: members.flag("rememberMe").unwrap_or(true),
        callback: members.optional_text("callbackURL"),
        device,
        wants_refresh: members.flag("refreshToken").unwrap_or(false),
    };
    members.settle()?;
    read::check_members(&members)?;
    read::check_callback(asked.callback.as_deref(), settings)?;
    let made = use_case::sign_up(&app, asked, &context).await;
    let made = made.map_err(|error| read::address(error, "email"))?;
    let mut answer = json!({ "token": Value::Null, "user": wire::user(&made.user) });
    let Some((tokens, session)) = made.begun else {
        // Whether there is such an account isn't said, so neither is it in the log of requests.
        return Ok(queued(json_response(StatusCode::OK, &answer)));
    };
    let token = tokens.session.expose();
    if let Some(members) = answer.as_object_mut() {
        members.insert("token".to_owned(), token.into());
    }
    wire::add_refresh(&mut answer, &tokens, &session);
    let mut response = json_response(StatusCode::OK, &answer);
    let out = response.headers_mut();
    cookies::hand_over(out, settings, &headers, &tokens, &session);
    // As after a sign-in: strangers who guess at the account don't keep its owner out of this device.
    let known = throttle::known_device(&headers, settings);
    let known = known.and_then(|text| KnownDevice::read(&settings.secrets, &text));
    let known = known.unwrap_or_else(|| KnownDevice::generate(&mut Entropy(&app.host)));
    let known = known.remember(&settings.secrets, &made.user.email);
    throttle::set_known_device(out, settings, &known, tokens.refresh.is_none());
    response.extensions_mut().insert(UserId(made.user.id));
    Ok(queued(response))
}
