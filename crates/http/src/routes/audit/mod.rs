//! `/api/v1/admin/audit`: searching the audit log, and taking it away.

mod asked;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Uri};
use portcullis_service::audit::{
    self as use_case, AuditSettings, CSV_HEADER, MAX_EXPORT, MAX_PAGE, to_csv, to_json, to_rfc5424,
};
use portcullis_service::{AuditEvent, Host, Store};
use serde_json::{Value, json};

use self::asked::{Asked, Format};
use crate::Shared;
use crate::answer::{Refusal, answer, append, no_store};
use crate::call::{Call, Guarded};
use crate::log::UserId;

/// Records of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 50;
/// Where the next page of an export begins; the body has records alone.
const NEXT: HeaderName = HeaderName::from_static("x-portcullis-next");

/// The endpoints.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/", get(search::<S, H>))
        .route("/export", get(export::<S, H>))
}

/// Records that a search finds, latest first: `{events, next}`, `?action=auth.&limit=50&cursor=NEXT`.
async fn search<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = Asked::read(uri.query(), DEFAULT_PAGE, MAX_PAGE, false)?;
    let (filter, before) = (&asked.filter, asked.before);
    let page = use_case::search(&app, &caller, filter, before, asked.limit, &context).await?;
    let events: Vec<Value> = page.events.iter().map(to_json).collect();
    let next = page.next.map(|place| place.to_string());
    Ok(answer(
        &json!({ "events": events, "next": next }),
        caller.user.id,
    ))
}

/// Records as lines: those that a search finds, latest first, or with `after` all with a greater
/// number, oldest first. `x-portcullis-next` says where the next page begins.
async fn export<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = Asked::read(uri.query(), MAX_EXPORT, MAX_EXPORT, true)?;
    let (events, next) = if let Some(after) = asked.after {
        let page = use_case::export_after(&app, &caller, after, asked.limit, &context).await?;
        (page.events, page.next.map(|next| next.to_string()))
    } else {
        let (filter, before) = (&asked.filter, asked.before);
        let page =
            use_case::export_found(&app, &caller, filter, before, asked.limit, &context).await?;
        (page.events, page.next.map(|next| next.to_string()))
    };
    let settings = &app.settings;
    let hostname = settings.audit.hostname(&settings.origin);
    let text = lines(&events, asked.format, &settings.audit, hostname);
    let mut response = file(text, asked.format);
    if let Some(next) = next {
        append(response.headers_mut(), NEXT, &next);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

fn lines(
    events: &[AuditEvent],
    format: Format,
    settings: &AuditSettings,
    hostname: &str,
) -> String {
    let mut text = String::new();
    if format == Format::Csv {
        text.push_str(CSV_HEADER);
        text.push_str("\r\n");
    }
    for event in events {
        match format {
            Format::Csv => text.push_str(&to_csv(event)),
            Format::Jsonl => text.push_str(&to_json(event).to_string()),
            Format::Rfc5424 => text.push_str(&to_rfc5424(event, hostname, settings.enterprise)),
        }
        text.push_str(if format == Format::Csv { "\r\n" } else { "\n" });
    }
    text
}

/// A file to save: never shown as a page of this origin.
fn file(text: String, format: Format) -> Response {
    let (kind, disposition) = match format {
        Format::Csv => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"audit.csv\"",
        ),
        Format::Jsonl => (
            "application/x-ndjson",
            "attachment; filename=\"audit.jsonl\"",
        ),
        Format::Rfc5424 => (
            "text/plain; charset=utf-8",
            "attachment; filename=\"audit.log\"",
        ),
    };
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    no_store(headers);
    response
}
