//! `get-user`, `create-user`, `update-user` and `remove-user`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use portcullis_core::decide::{Grant, RawScope};
use portcullis_service::admin::{self as use_case, Ban, Creation, Refused, Update};
use portcullis_service::{Context, Host, Store};
use serde_json::{Map, Value, json};

use super::answer::{account, answer};
use super::{caller, read};
use crate::answer::{Refusal, json_response};
use crate::{Shared, body};

/// An account: `?id` to the bare user.
pub(super) async fn get<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut pairs = form_urlencoded::parse(query);
    let id = pairs.find(|(name, _)| name == "id");
    let Some((_, id)) = id else {
        let problem = "[query.id] Invalid input: expected string, received undefined";
        return Err(Refusal::Validation(problem.to_owned()));
    };
    let found = use_case::get(&app, &caller, &id, &context).await?;
    let body = account(&found, &app.settings.policy, app.host.now_ms());
    Ok(answer(&body, caller.user.id))
}

/// Makes an account: `{email, name, password?, role?, grants?, data?}` to `{user}`.
pub(super) async fn create<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let asked = match creation(&members, app.host.now_ms())? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let made = use_case::create(&app, &caller, asked, &context).await?;
    let user = account(&made, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// Changes an account: `{userId, data}` to the bare user.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    let data = data(&members, &mut problems);
    body::settle(&problems)?;
    let data = data.unwrap_or_default();
    if data.contains_key("password") {
        let code = "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER";
        let message = "Password cannot be updated through update-user. \
                       Use the set-user-password endpoint instead";
        return Ok(bad_request(code, message));
    }
    if data.contains_key("id") {
        return Ok(bad_request(
            "USER_ID_CANNOT_BE_UPDATED",
            "User id cannot be updated",
        ));
    }
    let asked = match changes(&data)? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let changed = use_case::update(&app, &caller, &user_id, asked, &context).await?;
    let body = account(&changed, &app.settings.policy, app.host.now_ms());
    Ok(answer(&body, caller.user.id))
}

/// Deletes an account: `{userId}` to `{success}`.
pub(super) async fn remove<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    body::settle(&problems)?;
    use_case::remove(&app, &caller, &user_id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

fn data(members: &Map<String, Value>, problems: &mut Vec<String>) -> Option<Map<String, Value>> {
    match members.get("data") {
        Some(Value::Object(data)) => Some(data.clone()),
        other => {
            problems.push(format!(
                "[body.data] Invalid input: expected record, received {}",
                body::type_name(other)
            ));
            None
        }
    }
}

/// Mass assignment (CWE-915): a member that nobody sets this way is refused, not passed over.
fn check_names(data: &Map<String, Value>) -> Result<(), Refusal> {
    const KNOWN: [&str; 8] = [
        "name",
        "image",
        "email",
        "emailVerified",
        "role",
        "banned",
        "banReason",
        "banExpires",
    ];
    match data.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(refusal(Refused::Field(name.clone()))),
    }
}

/// What is changed; the response for roles that are none.
fn changes(data: &Map<String, Value>) -> Result<Result<Update, Response>, Refusal> {
    check_names(data)?;
    let mut problems = Vec::new();
    let text = |name: &str, problems: &mut Vec<String>| {
        data.get(name).map(|_| body::text(data, name, problems))
    };
    let roles = match data.get("role") {
        None => None,
        Some(value) => match read::roles(value) {
            Some(roles) => Some(roles),
            None => return Ok(Err(invalid_role())),
        },
    };
    let update = Update {
        name: text("name", &mut problems),
        image: read::nullable_text(data, "image", &mut problems),
        email: text("email", &mut problems),
        email_verified: body::flag(data, "emailVerified", &mut problems),
        roles,
        banned: body::flag(data, "banned", &mut problems),
        ban_reason: read::nullable_text(data, "banReason", &mut problems),
        ban_expires_at_ms: read::nullable_time(data, "banExpires", &mut problems),
    };
    body::settle(&problems)?;
    Ok(Ok(update))
}

fn creation(
    members: &Map<String, Value>,
    now_ms: i64,
) -> Result<Result<Creation, Response>, Refusal> {
    let mut problems = Vec::new();
    let email = body::text(members, "email", &mut problems);
    let name = body::text(members, "name", &mut problems);
    let password = read::nullable_text(members, "password", &mut problems).flatten();
    let mut data = match members.get("data") {
        None | Some(Value::Null) => Map::new(),
        Some(_) => data(members, &mut problems).unwrap_or_default(),
    };
    let mut roles = grants(members, &mut problems);
    body::settle(&problems)?;
    if let Some(role) = members.get("role") {
        data.insert("role".to_owned(), role.clone());
    }
    data.remove("name");
    let more = match changes(&data)? {
        Ok(more) => more,
        Err(response) => return Ok(Err(response)),
    };
    let everywhere = more.roles.unwrap_or_default().into_iter();
    roles.extend(everywhere.map(|role| Grant {
        role,
        scope: RawScope::global(),
    }));
    let ban = more.banned.unwrap_or(false).then(|| Ban {
        since_ms: now_ms,
        reason: more.ban_reason.flatten(),
        expires_at_ms: more.ban_expires_at_ms.flatten(),
    });
    Ok(Ok(Creation {
        email,
        name,
        password: password.filter(|password| !password.is_empty()),
        roles,
        image: more.image.flatten(),
        email_verified: more.email_verified,
        ban,
        ..Creation::default()
    }))
}

/// Roles at scopes, which the protocol doesn't know: `[{role, scope}]`.
fn grants(members: &Map<String, Value>, problems: &mut Vec<String>) -> Vec<Grant> {
    let list = match members.get("grants") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list.as_slice(),
        Some(_) => &[Value::Null],
    };
    let one = |value: &Value| {
        let role = value.get("role")?.as_str()?.to_owned();
        let scope = value.get("scope").map_or(Some(""), Value::as_str)?;
        let scope = RawScope::Text(scope.to_owned());
        Some(Grant { role, scope })
    };
    let grants: Option<Vec<Grant>> = list.iter().map(one).collect();
    grants.unwrap_or_else(|| {
        let problem = "[body.grants] Invalid input: expected an array of {role, scope}";
        problems.push(problem.to_owned());
        Vec::new()
    })
}

fn invalid_role() -> Response {
    bad_request("INVALID_ROLE_TYPE", "Invalid role type")
}

fn bad_request(code: &str, message: &str) -> Response {
    let body = json!({ "message": message, "code": code });
    json_response(StatusCode::BAD_REQUEST, &body)
}

fn refusal(refused: Refused) -> Refusal {
    Refusal::Service(refused.into())
}
