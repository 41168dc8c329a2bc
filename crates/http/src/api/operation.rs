//! The audit log for administrators, and what watches over the server.

use portcullis_service::audit::{MAX_EXPORT, MAX_PAGE};
use portcullis_service::guard;
use serde_json::{Value, json};

use super::schema::{
    any_object, count, exactly, list, named, nullable_text, number, one_of, text, text_to, time,
};
use super::{Access, Endpoint};

const AUDIT: &str = "Audit log";
const OPERATION: &str = "Operation";
const TIME: &str = "A time such as `2026-11-22T00:00:00Z`, a day, or Unix milliseconds.";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![search(), export(), health(), ready(), metrics()]
}

/// Schemas that are named.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![(
        "AuditEvent",
        exactly([
            ("id", count()),
            ("at", time()),
            ("action", text()),
            ("status", one_of(&["ok", "fail"])),
            ("userId", nullable_text()),
            ("scope", nullable_text()),
            ("requestId", text()),
            ("latencyMs", count()),
            ("ipAddress", text()),
            ("userAgent", text()),
            ("fields", any_object()),
        ]),
    )]
}

fn filtered(endpoint: Endpoint, max: u32) -> Endpoint {
    endpoint
        .query(
            "actor",
            text_to(200),
            "Who did it: an account's id, `operator`, or a service that acted for somebody.",
        )
        .query(
            "subject",
            text_to(200),
            "The id of the account that it is about.",
        )
        .query(
            "action",
            text_to(200),
            "What was done, such as `auth.login`; with a dot at its end all that begins so.",
        )
        .query("from", text(), TIME)
        .query("to", text(), TIME)
        .query("requestId", text_to(200), "In which request.")
        .query("status", one_of(&["ok", "fail"]), "How it came out.")
        .query("cursor", text(), "The `next` of the page before.")
        .query("limit", number(1, i64::from(max)), "Most records.")
        .refuses(400, &["VALIDATION_ERROR"])
}

fn search() -> Endpoint {
    let endpoint = super::get(
        "/api/v1/admin/audit",
        "searchAudit",
        AUDIT,
        Access::Guarded(&guard::AUDIT_READ),
    );
    filtered(endpoint, MAX_PAGE)
        .says("Finds audit records, latest first.", "")
        .json(
            200,
            "The records.",
            exactly([
                ("events", list(named("AuditEvent"))),
                ("next", nullable_text()),
            ]),
        )
}

fn export() -> Endpoint {
    let endpoint = super::get(
        "/api/v1/admin/audit/export",
        "exportAudit",
        AUDIT,
        Access::Guarded(&guard::AUDIT_EXPORT),
    );
    filtered(endpoint, MAX_EXPORT)
        .says(
            "Takes audit records away as lines.",
            "Those that a search finds, latest first; or with `after` all with a greater number, oldest first. \
             `x-portcullis-next` of the answer is the `cursor` or `after` of the next page.",
        )
        .query("after", count(), "The number of the last record of the page before; 0 begins.")
        .query("format", one_of(&["rfc5424", "jsonl", "csv"]), "The form of a line; `jsonl` unless said.")
        .answers_with(200, "The records.", "application/x-ndjson", text())
        .or_as(200, "text/csv", text())
        .or_as(200, "text/plain", text())
}

fn health() -> Endpoint {
    let access =
        Access::Public("a probe has no account, and it says nothing but that the process answers");
    super::get("/health", "health", OPERATION, access)
        .says("The process answers.", "")
        .json(200, "It does.", exactly([("status", one_of(&["ok"]))]))
}

fn ready() -> Endpoint {
    let access =
        Access::Public("a probe has no account, and it says what is wrong without details");
    let checks = json!({
        "type": "object",
        "additionalProperties": one_of(&["ok", "warn", "fail"]),
    });
    let found = |word: &str| exactly([("status", one_of(&[word])), ("checks", checks.clone())]);
    super::get("/ready", "ready", OPERATION, access)
        .says(
            "Whether requests can be answered.",
            "The database answers and has every migration, and there is a key that signs. What was found is told \
             again for a second.",
        )
        .json(200, "They can.", found("ready"))
        .json(503, "They can't.", found("unready"))
}

fn metrics() -> Endpoint {
    super::get(
        "/metrics",
        "metrics",
        OPERATION,
        Access::Guarded(&guard::METRICS),
    )
    .says(
        "Counters and timings in the text format of Prometheus.",
        "Whoever shows the token of `PORTCULLIS_METRICS_TOKEN` as bearer token needs no account.",
    )
    .answers_with(200, "The metrics.", "text/plain", text())
}
