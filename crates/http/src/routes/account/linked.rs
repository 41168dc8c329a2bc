//! `GET /api/auth/list-accounts`, `POST /api/auth/unlink-account`, and what takes a provider.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::accounts::{self as use_case, LinkedAccount, Refused};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Denied, Error, Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer, done_for, json_response};
use crate::body::Members;
use crate::call::{Call, Current, Known};
use crate::{Shared, body, client, origin, query};

/// How the caller can sign in; no password and no token.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
) -> Result<Response, Refusal> {
    let accounts = use_case::list_accounts(&app, &caller).await?;
    let list: Vec<Value> = accounts.iter().map(account).collect();
    Ok(answer(&Value::Array(list), caller.user.id))
}

/// Gives an account at a provider up: `{accountId}` to `{status}`.
pub(super) async fn unlink<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let id = members.text("accountId");
    members.settle()?;
    use_case::unlink_account(&app, &caller, &id, &context).await?;
    Ok(done_for(caller.user.id))
}

/// `POST /api/auth/refresh-token` and `POST /api/auth/get-access-token`: `{accountId}`. This server
/// keeps no tokens of providers, so there is none to hand out.
pub(super) async fn provider_tokens<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let id = match body::json(&headers, request).await {
        Ok(members) => match members.get("accountId") {
            Some(Value::String(id)) => Ok(id.clone()),
            _ => Err(selection("body")),
        },
        Err(refusal) => Err(refusal),
    };
    without_provider(&app, &headers, id).await
}

/// `GET /api/auth/account-info?accountId=…`: as [`provider_tokens`].
pub(super) async fn info<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = query::text(&uri, "accountId").ok_or_else(|| selection("query"));
    without_provider(&app, &headers, id).await
}

async fn without_provider<S: Store, H: Host>(
    app: &Shared<S, H>,
    headers: &HeaderMap,
    id: Result<String, Refusal>,
) -> Result<Response, Refusal> {
    let caller = match client::caller(app, headers).await {
        Ok(caller) => caller,
        // Without a body, as the wire has it for these alone.
        Err(Error::Denied(Denied::Unauthenticated)) => {
            return Ok(StatusCode::UNAUTHORIZED.into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let id = id?;
    let accounts = use_case::list_accounts(app, &caller).await?;
    let Some(found) = accounts.iter().find(|one| one.id == id) else {
        return Err(Error::from(Refused::AccountNotFound).into());
    };
    let body = json!({
        "message": format!("Provider {} is not supported.", found.provider),
        "code": "PROVIDER_NOT_SUPPORTED",
    });
    Ok(json_response(StatusCode::BAD_REQUEST, &body))
}

/// `POST /api/auth/sign-in/social`: there are no providers, whichever is named.
pub(super) async fn sign_in<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    origin::check_sign_in(&headers, &app.settings)?;
    provider(body::json(&headers, request).await?)
}

/// `POST /api/auth/link-social`: as [`sign_in`], for a caller who is signed in.
pub(super) async fn link<S: Store, H: Host>(
    _: Call<Current, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    provider(members)
}

fn provider(mut members: Members) -> Result<Response, Refusal> {
    members.text("provider");
    members.settle()?;
    let body = json!({ "message": "Provider not found", "code": "PROVIDER_NOT_FOUND" });
    Ok(json_response(StatusCode::NOT_FOUND, &body))
}

fn selection(place: &str) -> Refusal {
    Refusal::Validation(format!(
        "[{place}.accountId] Invalid input: expected string"
    ))
}

fn account(account: &LinkedAccount) -> Value {
    json!({
        "id": account.id,
        "providerId": account.provider,
        "accountId": account.account_id,
        "userId": account.user_id,
        "createdAt": to_rfc3339(account.created_at_ms),
        "updatedAt": to_rfc3339(account.updated_at_ms),
        "scopes": account.scopes,
    })
}
