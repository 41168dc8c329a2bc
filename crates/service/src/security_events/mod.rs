//! What an owner sees of an account: who signed in, from where, and what was changed.
//!
//! There is no second log: these are the records of the audit log whose action is about the account,
//! found through an index of their own. What is told of a record is chosen here.

use core::future::Future;

use serde_json::{Map, Value};

use crate::{App, AuditEvent, AuditStatus, Caller, Error, Host, Store, StoreError};

/// Greater than any number of an event, and exact as a double, which D1 binds.
const MAX_NUMBER: i64 = 1 << 53;
/// Most events of a page.
pub const MAX_PAGE: u32 = 100;

/// Fields of audit records that owners are told. Others stay inside: one that is forgotten here is
/// missing, one that is forgotten in a list of secrets would be out.
const TOLD: &[&str] = &[
    "act",
    "by",
    "device",
    "displayName",
    "email",
    "externalId",
    "key",
    "link",
    "method",
    "network",
    "reason",
    "role",
    "scope",
    "service",
    "session",
];

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityEvent {
    /// Its number: greater ones are later.
    pub id: i64,
    /// What, dot-style: `auth.login`.
    pub kind: String,
    /// How it came out.
    pub status: AuditStatus,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// The client's address; empty when unknown.
    pub ip_address: String,
    /// The client's `User-Agent`; empty when unknown.
    pub user_agent: String,
    /// The id of the request, for questions to an operator.
    pub request_id: String,
    /// What else there is to say.
    pub metadata: Map<String, Value>,
}

impl From<AuditEvent> for SecurityEvent {
    fn from(event: AuditEvent) -> Self {
        let told = |(name, _): &(String, Value)| TOLD.contains(&name.as_str());
        Self {
            id: event.id,
            kind: event.action,
            status: event.status,
            at_ms: event.at_ms,
            ip_address: event.ip_address,
            user_agent: event.user_agent,
            request_id: event.request_id,
            metadata: event.fields.into_iter().filter(told).collect(),
        }
    }
}

/// A page of events, latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<SecurityEvent>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<i64>,
}

/// Where the events of accounts are read.
pub trait SecurityEventStore: Send + Sync {
    /// Events of an account with a number below `before`, latest first, at most `limit`.
    fn security_events(
        &self,
        user_id: &str,
        before: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<AuditEvent>, StoreError>> + Send;
}

/// The caller's events before `before`, latest first: 1 to [`MAX_PAGE`].
///
/// # Errors
/// [`crate::Denied::ByActor`] for one who acts for the user: where a person signs in from is nobody
/// else's business.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    before: Option<i64>,
    limit: u32,
) -> Result<EventPage, Error> {
    caller.require_in_person()?;
    let limit = limit.clamp(1, MAX_PAGE);
    let before = before.unwrap_or(MAX_NUMBER);
    // One more than asked for tells whether there is another page.
    let mut events = app
        .store
        .security_events(&caller.user.id, before, limit + 1)
        .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = events.len() > wanted;
    events.truncate(wanted);
    Ok(EventPage {
        next: events.last().filter(|_| has_more).map(|event| event.id),
        events: events.into_iter().map(SecurityEvent::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_that_nobody_chose_to_tell_is_not_told() {
        let fields = json!({ "reason": "wrong_password", "phc": "$argon2id$", "token": "t", "session": "s" });
        let event = SecurityEvent::from(AuditEvent {
            id: 3,
            at_ms: 5,
            action: "auth.login".into(),
            status: AuditStatus::Fail,
            user_id: Some("u".into()),
            scope: None,
            request_id: "r".into(),
            latency_ms: 1,
            ip_address: "192.0.2.1".into(),
            user_agent: "a browser".into(),
            fields: fields.as_object().unwrap().clone(),
        });
        let told = json!({ "reason": "wrong_password", "session": "s" });
        assert_eq!(Value::Object(event.metadata), told);
        assert_eq!(
            (event.kind.as_str(), event.user_agent.as_str()),
            ("auth.login", "a browser")
        );
    }
}
