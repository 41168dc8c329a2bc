//! `get-user`, `create-user`, `update-user` and `remove-user`.

use axum::response::Response;
use http::{StatusCode, Uri};
use portcullis_core::decide::{Grant, RawScope};
use portcullis_service::admin::{self as use_case, Ban, Creation, Refused, Update};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::Administrator;
use super::answer::account;
use super::read;
use crate::answer::{Refusal, answer, json_response};
use crate::body::Members;
use crate::call::Call;
use crate::query;

/// An account: `?id` to the bare user.
pub(super) async fn get<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let id = query::required(&uri, "id")?;
    let found = use_case::get(&app, &caller, &id, &context).await?;
    let body = account(&found, &app.settings.policy, app.host.now_ms());
    Ok(answer(&body, caller.user.id))
}

/// Makes an account: `{email, name, password?, role?, grants?, data?}` to `{user}`.
pub(super) async fn create<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let asked = match creation(members, app.host.now_ms())? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let made = use_case::create(&app, &caller, asked, &context).await?;
    let user = account(&made, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}

/// Changes an account: `{userId, data}` to the bare user.
pub(super) async fn update<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    let data = data(&mut members);
    members.settle()?;
    if data.has("password") {
        let code = "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER";
        let message = "Password cannot be updated through update-user. \
                       Use the set-user-password endpoint instead";
        return Ok(bad_request(code, message));
    }
    if data.has("id") {
        return Ok(bad_request(
            "USER_ID_CANNOT_BE_UPDATED",
            "User id cannot be updated",
        ));
    }
    let asked = match changes(data)? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let changed = use_case::update(&app, &caller, &user_id, asked, &context).await?;
    let body = account(&changed, &app.settings.policy, app.host.now_ms());
    Ok(answer(&body, caller.user.id))
}

/// Deletes an account: `{userId}` to `{success}`.
pub(super) async fn remove<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    members.settle()?;
    use_case::remove(&app, &caller, &user_id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

fn data(members: &mut Members) -> Members {
    if let Some(Value::Object(data)) = members.get("data") {
        return Members::new(data.clone());
    }
    members.expected("data", "record");
    Members::default()
}

/// Mass assignment (CWE-915): a member that nobody sets this way is refused, not passed over.
fn check_names(data: &Members) -> Result<(), Refusal> {
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
    match data.names().find(|name| !KNOWN.contains(name)) {
        None => Ok(()),
        Some(name) => Err(refusal(Refused::Field(name.to_owned()))),
    }
}

/// What is changed; the response for roles that are none.
fn changes(mut data: Members) -> Result<Result<Update, Response>, Refusal> {
    check_names(&data)?;
    let roles = match data.get("role") {
        None => None,
        Some(value) => match read::roles(value) {
            Some(roles) => Some(roles),
            None => return Ok(Err(invalid_role())),
        },
    };
    let update = Update {
        name: data.given_text("name"),
        image: data.nullable_text("image"),
        email: data.given_text("email"),
        email_verified: data.flag("emailVerified"),
        roles,
        banned: data.flag("banned"),
        ban_reason: data.nullable_text("banReason"),
        ban_expires_at_ms: read::nullable_time(&mut data, "banExpires"),
    };
    data.settle()?;
    Ok(Ok(update))
}

fn creation(mut members: Members, now_ms: i64) -> Result<Result<Creation, Response>, Refusal> {
    let email = members.text("email");
    let name = members.text("name");
    let password = members.optional_text("password");
    let mut data = match members.get("data") {
        None | Some(Value::Null) => Members::default(),
        Some(_) => data(&mut members),
    };
    let mut roles = grants(&mut members);
    members.settle()?;
    if let Some(role) = members.take("role") {
        data.put("role", role);
    }
    data.take("name");
    let more = match changes(data)? {
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
fn grants(members: &mut Members) -> Vec<Grant> {
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
        members.problem("[body.grants] Invalid input: expected an array of {role, scope}");
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
