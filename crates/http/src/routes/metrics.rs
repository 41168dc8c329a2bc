//! `GET /metrics`: counters and timings in the text format of Prometheus.

use core::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::{Extension, extract::Request};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use portcullis_service::audit::{SinkState, Waiting};
use portcullis_service::operation::waits_ms;
use portcullis_service::{Context, Host, Store, guard};

use crate::answer::{Refusal, no_store};
use crate::{MoreMetrics, Shared, client};

/// The text format, version 0.0.4.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the server knows of itself: with the scrape token, or for who may read metrics.
pub(crate) async fn metrics<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, _body) = request.into_parts();
    let shown = scrape_token(&head.headers);
    let token = app.settings.metrics_token.as_ref();
    let is_scraper = token
        .zip(shown)
        .is_some_and(|(token, shown)| token.is(shown));
    if !is_scraper {
        let caller = client::guarded_caller(&app, &head.headers, &context).await?;
        guard::require_global(&app, &caller, &guard::METRICS, &context).await?;
    }
    let waiting = app
        .store
        .waiting()
        .await
        .map_err(portcullis_service::Error::from)?;
    let sinks = app
        .store
        .audit_sinks()
        .await
        .map_err(portcullis_service::Error::from)?;
    let now_ms = app.host.now_ms();
    let mut text = String::new();
    write_gauges(&mut text, &waiting, &sinks, now_ms);
    if let Some(as_of_ms) = app.feed.as_of_ms() {
        let age_ms = now_ms.saturating_sub(as_of_ms).max(0);
        write_gauge(
            &mut text,
            "portcullis_feed_age_seconds",
            "Since what is known of access changes was as new as the database.",
            &[("", seconds(age_ms))],
        );
    }
    if let Some(MoreMetrics(more)) = head.extensions.get() {
        more(&mut text);
    }
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    no_store(headers);
    Ok(response)
}

fn scrape_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn write_gauges(text: &mut String, waiting: &Waiting, sinks: &[SinkState], now_ms: i64) {
    let mail = [
        ("{state=\"waiting\"}", waiting.mail.to_string()),
        ("{state=\"dead\"}", waiting.dead_mail.to_string()),
    ];
    write_gauge(
        text,
        "portcullis_mail",
        "Mail that hasn't been delivered.",
        &mail,
    );
    write_gauge(
        text,
        "portcullis_webhook_changes",
        "Changes to tenants that the webhook hasn't been told.",
        &[("", waiting.changes.to_string())],
    );
    let of = |value: &dyn Fn(&SinkState) -> String| -> Vec<(String, String)> {
        let each = sinks.iter();
        each.map(|sink| (format!("{{sink=\"{}\"}}", sink.name), value(sink)))
            .collect()
    };
    let behind = of(&|sink| sink.newest.saturating_sub(sink.upto).max(0).to_string());
    write_gauge(
        text,
        "portcullis_audit_push_records",
        "Audit records that a receiver hasn't.",
        &borrowed(&behind),
    );
    let late = of(&|sink| seconds(waits_ms(sink, now_ms)));
    write_gauge(
        text,
        "portcullis_audit_push_age_seconds",
        "Since when the oldest of them waits.",
        &borrowed(&late),
    );
}

fn borrowed(values: &[(String, String)]) -> Vec<(&str, String)> {
    let each = values.iter();
    each.map(|(labels, value)| (labels.as_str(), value.clone()))
        .collect()
}

fn write_gauge(text: &mut String, name: &str, help: &str, values: &[(&str, String)]) {
    if values.is_empty() {
        return;
    }
    // Writing to a String can't fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
