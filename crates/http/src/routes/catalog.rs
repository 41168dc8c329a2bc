//! `/api/v1/records/:type` and `/api/v1/records/:type/:id`: records that decisions and searches are
//! about.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use http::{StatusCode, Uri};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::catalog::{self as use_case, Registered};
use portcullis_service::tenants::{MAX_PAGE, Page};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer, answer_with};
use crate::body::Members;
use crate::call::{Call, Guarded};
use crate::{Shared, body, query};

/// Records of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 100;

/// The endpoints, from `/{type}` on.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new().route("/{type}", get(list::<S, H>)).route(
        "/{type}/{id}",
        get(one::<S, H>).put(put::<S, H>).delete(remove::<S, H>),
    )
}

/// Registers a record or replaces it: `{properties}`. 201 for a new one.
async fn put<S: Store, H: Host>(
    Path((kind, id)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let properties = match members.take("properties") {
        Some(Value::Object(properties)) => properties,
        other => {
            return Err(Refusal::Validation(format!(
                "[body.properties] Invalid input: expected object, received {}",
                body::type_name(other.as_ref())
            )));
        }
    };
    let (record, is_new) = use_case::put(&app, &caller, &kind, &id, properties, &context).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer_with(status, &told(&record), caller.user.id))
}

/// A record: `{type, id, properties, updatedAt}`.
async fn one<S: Store, H: Host>(
    Path((kind, id)): Path<(String, String)>,
    Call(app, caller, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    let record = use_case::get(&app, &caller, &kind, &id).await?;
    Ok(answer(&told(&record), caller.user.id))
}

/// Forgets a record.
async fn remove<S: Store, H: Host>(
    Path((kind, id)): Path<(String, String)>,
    Call(app, caller, context, ..): Call<Guarded, S, H>,
) -> Result<Response, Refusal> {
    use_case::remove(&app, &caller, &kind, &id, &context).await?;
    let body = json!({ "success": true });
    Ok(answer(&body, caller.user.id))
}

/// Records of a type in order of their ids: `{records, next}`, `?limit=100&after=ID`.
async fn list<S: Store, H: Host>(
    Path(kind): Path<String>,
    Call(app, caller, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (after, limit) = asked(&uri)?;
    // One more than asked for tells whether there is another page.
    let page = Page {
        after: &after,
        limit: limit + 1,
    };
    let mut records = use_case::list(&app, &caller, &kind, page).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = records.len() > limit;
    records.truncate(limit);
    let next = records
        .last()
        .filter(|_| has_more)
        .map(|one| one.id.as_str());
    let told: Vec<Value> = records.iter().map(told).collect();
    let body = json!({ "records": told, "next": next });
    Ok(answer(&body, caller.user.id))
}

fn asked(uri: &Uri) -> Result<(String, u32), Refusal> {
    let (mut after, mut limit) = (String::new(), DEFAULT_PAGE);
    for (name, value) in query::parameters(uri) {
        match &*name {
            "after" => after = value.into_owned(),
            "limit" => limit = query::number("limit", &value, 1, MAX_PAGE)?,
            _ => {}
        }
    }
    Ok((after, limit))
}

fn told(record: &Registered) -> Value {
    json!({
        "type": record.kind,
        "id": record.id,
        "properties": record.properties,
        "updatedAt": to_rfc3339(record.updated_at_ms),
    })
}
