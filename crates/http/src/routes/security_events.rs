//! `GET /api/v1/me/security-events`.

use axum::response::Response;
use http::Uri;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::security_events::{self as use_case, MAX_PAGE, SecurityEvent};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer};
use crate::call::{Call, Known};

/// Events of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 50;

/// What happened to the caller's account, latest first: `{events, next}`, `?limit=50&cursor=NEXT`.
pub(crate) async fn security_events<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (before, limit) = asked(&uri)?;
    let page = use_case::list(&app, &caller, before, limit).await?;
    let events: Vec<Value> = page.events.iter().map(told).collect();
    let next = page.next.map(|next| next.to_string());
    let body = json!({ "events": events, "next": next });
    Ok(answer(&body, caller.user.id))
}

fn asked(uri: &Uri) -> Result<(Option<i64>, u32), Refusal> {
    let (mut before, mut limit) = (None, DEFAULT_PAGE);
    let wrong = |name: &str, expected: &str| {
        Refusal::Validation(format!("[query.{name}] Invalid input: expected {expected}"))
    };
    let query = uri.query().unwrap_or_default().as_bytes();
    for (name, value) in form_urlencoded::parse(query) {
        match &*name {
            "cursor" => {
                let number = value.parse().ok();
                let number = number.filter(|number: &i64| (1..1 << 53).contains(number));
                before = Some(number.ok_or_else(|| wrong("cursor", "the next of a page"))?);
            }
            "limit" => {
                let number = value.parse().ok();
                let number = number.filter(|number| (1..=MAX_PAGE).contains(number));
                limit = number
                    .ok_or_else(|| wrong("limit", &format!("number from 1 to {MAX_PAGE}")))?;
            }
            _ => {}
        }
    }
    Ok((before, limit))
}

fn told(event: &SecurityEvent) -> Value {
    json!({
        "id": event.id.to_string(),
        "type": event.kind,
        "outcome": event.status.as_str(),
        "at": to_rfc3339(event.at_ms),
        "ipAddress": event.ip_address,
        "userAgent": event.user_agent,
        "requestId": event.request_id,
        "metadata": event.metadata,
    })
}
