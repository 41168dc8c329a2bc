//! `/api/v1/me/settings`: what applications keep for the caller.

mod answer;
mod conditions;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::user_settings::{self as use_case, Place};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

pub(crate) use answer::refused;

use self::answer::{layer, not_modified, with_tag};
use self::conditions::{is_known, precondition};
use crate::answer::{Refusal, answer, answer_with};
use crate::call::{Call, Known};
use crate::{Shared, body, query};

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
    Call(app, caller, ..): Call<Known, S, H>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (mut application, mut device) = (None, None);
    for (name, value) in query::parameters(&uri) {
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
    Ok(with_tag(answer(&body, caller.user.id), &found.etag))
}

/// All objects of the caller, without what is in them: `{layers, bytes, maxBytes, maxObjects}`.
async fn layers<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
) -> Result<Response, Refusal> {
    let found = use_case::layers(&app, &caller).await?;
    let layers: Vec<Value> = found.iter().map(layer).collect();
    let body = json!({
        "layers": layers,
        "bytes": found.iter().map(|one| one.bytes).sum::<i64>(),
        "maxBytes": use_case::MAX_USER_BYTES,
        "maxObjects": use_case::MAX_OBJECTS,
    });
    Ok(answer(&body, caller.user.id))
}

/// An object as it was put, with its `ETag`.
async fn one<S: Store, H: Host>(
    Path(path): Path<Vec<String>>,
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let found = use_case::get(&app, &caller, &place(&path)?).await?;
    let etag = &found.layer.etag;
    if is_known(&headers, etag)? {
        return Ok(not_modified(etag));
    }
    let body = Value::Object(found.settings);
    Ok(with_tag(answer(&body, caller.user.id), etag))
}

/// Replaces an object, or makes it: needs `If-Match` or `If-None-Match`. 201 for a new one.
async fn put<S: Store, H: Host>(
    Path(path): Path<Vec<String>>,
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let place = place(&path)?;
    let precondition = precondition(&headers)?;
    let members = body::json(&headers, request).await?.into_map();
    let saved = use_case::put(&app, &caller, &place, members, &precondition).await?;
    Ok(changed(saved, caller.user.id))
}

/// Puts a merge patch (RFC 7396) over an object, or over an empty one. 201 for a new one.
async fn patch<S: Store, H: Host>(
    Path(path): Path<Vec<String>>,
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let place = place(&path)?;
    let precondition = precondition(&headers)?;
    let members = body::merge_patch(&headers, request).await?.into_map();
    let saved = use_case::patch(&app, &caller, &place, members, &precondition).await?;
    Ok(changed(saved, caller.user.id))
}

/// Removes an object: needs `If-Match` or `If-None-Match`.
async fn remove<S: Store, H: Host>(
    Path(path): Path<Vec<String>>,
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    use_case::remove(&app, &caller, &place(&path)?, &precondition(&headers)?).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

fn changed(saved: use_case::Saved, user_id: String) -> Response {
    let status = if saved.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let body = Value::Object(saved.stored.settings);
    with_tag(
        answer_with(status, &body, user_id),
        &saved.stored.layer.etag,
    )
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
