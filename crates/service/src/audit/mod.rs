//! The audit log: what goes in, how it is searched, and how it leaves.
//!
//! A record is about an account (`user_id`). Who did it is another where `fields.by` or `fields.act`
//! says so: an administrator, an operator at a terminal (`operator`), a service that acts for the user.

pub mod chain;
mod csv;
mod json;
mod ports;
mod push;
mod rfc5424;
mod search;
mod settings;

use serde_json::Map;

use crate::{App, AuditEvent, AuditStatus, Context, Host};

pub use csv::{CSV_HEADER, to_csv};
pub use json::to_json;
pub use ports::{AuditLog, Batch, SettledBatch, SinkState, Waiting};
pub use push::{Collector, Pushed, Sink, push};
pub use rfc5424::{DEFAULT_ENTERPRISE_NUMBER, to_rfc3339, to_rfc5424};
pub use search::{
    Action, Filter, MAX_EXPORT, MAX_PAGE, Page, Place, export_after, export_found, parse_time,
    search,
};
pub use settings::{AuditSettings, SyslogTo};

/// An event of this request, happening now.
pub fn event<S, H: Host>(
    app: &App<S, H>,
    context: &Context,
    action: &str,
    status: AuditStatus,
) -> AuditEvent {
    let now_ms = app.host.now_ms();
    let mut fields = Map::new();
    if !context.trace_id.is_empty() {
        fields.insert("trace".to_owned(), context.trace_id.as_str().into());
    }
    AuditEvent {
        id: 0,
        at_ms: now_ms,
        action: action.to_owned(),
        status,
        user_id: None,
        scope: None,
        request_id: context.request_id.clone(),
        latency_ms: now_ms.saturating_sub(context.started_ms).max(0),
        ip_address: context.ip_address.clone(),
        user_agent: context.user_agent.clone(),
        fields,
    }
}

/// The dot-style action that mirrors a permission: `pin:reveal` becomes `pin.reveal`.
#[must_use]
pub fn action_of(permission: &str) -> String {
    permission.replace(':', ".")
}
