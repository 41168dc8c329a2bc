//! `POST /api/auth/sign-up/email`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::accounts::{self as use_case, SignUp};
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::{queued, read};
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, cookies, origin, wire};

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
    let members = body::json_or_form(&headers, request).await?;
    let mut problems = Vec::new();
    let device = cookies::device(&app.host, settings, &headers, &members, &context);
    let asked = SignUp {
        name: body::text(&members, "name", &mut problems),
        email: body::text(&members, "email", &mut problems),
        password: body::text(&members, "password", &mut problems),
        image: read::optional_text(&members, "image", &mut problems),
        remember_me: body::flag(&members, "rememberMe", &mut problems).unwrap_or(true),
        callback: read::optional_text(&members, "callbackURL", &mut problems),
        device: device.clone(),
        wants_refresh: body::flag(&members, "refreshToken", &mut problems).unwrap_or(false),
    };
    body::settle(&problems)?;
    read::check_members(&members)?;
    read::check_callback(asked.callback.as_deref(), settings)?;
    let (remember_me, wants_refresh) = (asked.remember_me, asked.wants_refresh);
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
    if wants_refresh {
        cookies::tell_bearer(out, settings, token);
    } else {
        cookies::set_session(out, settings, token, remember_me);
        cookies::set_device(out, settings, &headers, &device);
    }
    response.extensions_mut().insert(UserId(made.user.id));
    Ok(queued(response))
}
