//! Audit records as JSON.

use serde_json::{Value, json};

use super::to_rfc3339;
use crate::AuditEvent;

/// One event as a JSON object; written out it is one line, whatever is in it.
#[must_use]
pub fn to_json(event: &AuditEvent) -> Value {
    json!({
        "id": event.id,
        "at": to_rfc3339(event.at_ms),
        "action": event.action,
        "status": event.status.as_str(),
        "userId": event.user_id,
        "scope": event.scope,
        "requestId": event.request_id,
        "latencyMs": event.latency_ms,
        "ipAddress": event.ip_address,
        "userAgent": event.user_agent,
        "fields": event.fields,
    })
}
