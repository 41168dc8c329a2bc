//! What an operator does from a terminal, for the audit log.

use portcullis_issue::random::random_id;
use portcullis_service::{AuditEvent, AuditStatus};

use crate::host::{SystemEntropy, now_ms};

/// An event of this moment, with its fields.
pub(crate) fn event(action: &str, fields: &[(&str, serde_json::Value)]) -> AuditEvent {
    let field = |(name, value): &(&str, serde_json::Value)| ((*name).to_owned(), value.clone());
    let mut members: serde_json::Map<_, _> = fields.iter().map(field).collect();
    members.insert("by".to_owned(), "operator".into());
    AuditEvent {
        id: 0,
        at_ms: now_ms(),
        action: action.to_owned(),
        status: AuditStatus::Ok,
        user_id: None,
        scope: None,
        request_id: random_id(&mut SystemEntropy),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields: members,
    }
}
