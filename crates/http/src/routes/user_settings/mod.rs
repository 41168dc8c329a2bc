//! `/api/v1/me/settings`: what applications keep for the caller.

mod answer;
mod conditions;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::user_settings::{self as use_case, Place};
use portcullis_service::{Caller, Host, Store};
use serde_json::{Map, Value, json};

pub(crate) use answer::refused;

use self::answer::{layer, not_modified, with_tag};
use self::conditions::{is_known, precondition};
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client};

/// The endpoints.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/", get(effective::<S, H>))
        .route("/layers", get(layers::<S, H>))
        .route("/{kind}", object::<S, H>())
        .route("/{kind}/{name}", object::<S, H>())
}

fn object<S, H>() -> MethodRouter<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    get(one::<S, H>)
        .put(put::<S, H>)
        .patch(patch::<S, H>)
        .delete(remove::<S, H>)
}

/// What holds for the caller, `?app=NAME&device=ID`: `{settings, layers}`, those above last.
async fn effective<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let (mut application, mut device) = (None, None);
    let query = uri.query().unwrap_or_default().as_bytes();
    for (name, value) in form_urlencoded::parse(query) {
        match &*name {
            "app" => application = Some(parse("app", &value)?),
            "device" => device = Some(parse("device", &value)?),
            _ => {}
        }
    }
    let found = use_case::effective(&app, &caller, application, device).await?;
    if is_known(&headers, &found.etag)? {
        return Ok(not_modified(&found.etag));
    }
    let layers: Vec<Value> = found.layers.iter().map(layer).collect();
    let body = json!({ "settings": found.settings, "layers": layers });
    Ok(with_tag(
        answer(StatusCode::OK, &body, &caller),
        &found.etag,
    ))
}

/// All objects of the caller, without what is in them: `{layers, bytes, maxBytes, maxObjects}`.
async fn layers<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let found = use_case::layers(&app, &caller).await?;
    let layers: Vec<Value> = found.iter().map(layer).collect();
    let body = json!({
        "layers": layers,
        "bytes": found.iter().map(|one| one.bytes).sum::<i64>(),
        "maxBytes": use_case::MAX_USER_BYTES,
        "maxObjects": use_case::MAX_OBJECTS,
    });
    Ok(answer(StatusCode::OK, &body, &caller))
}

/// An object as it was put, with its `ETag`.
async fn one<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let found = use_case::get(&app, &caller, &place(&path)?).await?;
    let etag = &found.layer.etag;
    if is_known(&headers, etag)? {
        return Ok(not_modified(etag));
    }
    let body = Value::Object(found.settings);
    Ok(with_tag(answer(StatusCode::OK, &body, &caller), etag))
}

/// Replaces an object, or makes it: needs `If-Match` or `If-None-Match`. 201 for a new one.
async fn put<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let place = place(&path)?;
    let precondition = precondition(&headers)?;
    let members = body::json(&headers, request).await?;
    let saved = use_case::put(&app, &caller, &place, members, &precondition).await?;
    Ok(changed(saved, &caller))
}

/// Puts a merge patch (RFC 7396) over an object, or over an empty one. 201 for a new one.
async fn patch<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let place = place(&path)?;
    let precondition = precondition(&headers)?;
    let members: Map<String, Value> = body::merge_patch(&headers, request).await?;
    let saved = use_case::patch(&app, &caller, &place, members, &precondition).await?;
    Ok(changed(saved, &caller))
}

/// Removes an object: needs `If-Match` or `If-None-Match`.
async fn remove<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    use_case::remove(&app, &caller, &place(&path)?, &precondition(&headers)?).await?;
    Ok(answer(StatusCode::OK, &json!({ "success": true }), &caller))
}

fn changed(saved: use_case::Saved, caller: &Caller) -> Response {
    let status = if saved.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let body = Value::Object(saved.stored.settings);
    with_tag(answer(status, &body, caller), &saved.stored.layer.etag)
}

/// The place that a path names: its kind, and its name unless it is the global one.
fn place(path: &[String]) -> Result<Place, Refusal> {
    match path {
        [kind] if kind == "global" => parse(kind, ""),
        [kind, name] if matches!(kind.as_str(), "app" | "device") => parse(kind, name),
        _ => Err(Refusal::NotFound),
    }
}

fn parse(kind: &str, name: &str) -> Result<Place, Refusal> {
    Place::parse(kind, name).map_err(|refused| Refusal::Service(refused.into()))
}

fn answer(status: StatusCode, body: &Value, caller: &Caller) -> Response {
    let mut response = json_response(status, body);
    let user = UserId(caller.user.id.clone());
    response.extensions_mut().insert(user);
    response
}
