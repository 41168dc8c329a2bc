//! Searches of the audit log: each reads an index in the order in which it answers.

use portcullis_service::AuditStatus;
use portcullis_service::audit::{Action, Filter, Place};

use crate::{Statement, Value};

/// Who did it, where it wasn't the account's owner; word for word as in the index.
const BY: &str = "coalesce(json_extract(fields, '$.by'), json_extract(fields, '$.act'))";
const LATEST_FIRST: &str = "ORDER BY at_ms DESC, id DESC";

/// Records that a filter finds, latest first, those before a place.
///
/// What narrows most chooses the index; what else is asked for is looked at in each record.
#[must_use]
pub fn search(filter: &Filter, before: Option<Place>, limit: u32) -> Statement {
    let mut params = Params::default();
    let limit = params.add(i64::from(limit));
    if let Some(id) = &filter.request_id {
        let by_index = format!("request_id = {}", params.add(id.as_str()));
        let rest = rest(filter, before, Sought::Request, &mut params);
        let one = arm("audit_request", &by_index, &rest, &limit);
        return params.statement(one);
    }
    if let Some(actor) = &filter.actor {
        let actor = params.add(actor.as_str());
        let rest = rest(filter, before, Sought::Actor, &mut params);
        let others = format!("{BY} IS NOT NULL AND {BY} = {actor}");
        let own = format!("user_id = {actor} AND {BY} IS NULL");
        let both = format!(
            "SELECT * FROM (SELECT * FROM ({}) UNION ALL SELECT * FROM ({})) {LATEST_FIRST} LIMIT {limit}",
            arm("audit_actor", &others, &rest, &limit),
            arm("audit_subject", &own, &rest, &limit),
        );
        return params.statement(both);
    }
    if let Some(subject) = &filter.subject {
        let by_index = format!("user_id = {}", params.add(subject.as_str()));
        let rest = rest(filter, before, Sought::Subject, &mut params);
        let one = arm("audit_subject", &by_index, &rest, &limit);
        return params.statement(one);
    }
    match &filter.action {
        Some(Action::Is(action)) => {
            let by_index = format!("action = {}", params.add(action.as_str()));
            let rest = rest(filter, before, Sought::Action, &mut params);
            let one = arm("audit_action", &by_index, &rest, &limit);
            params.statement(one)
        }
        Some(Action::Begins(start)) => {
            let (least, end) = range(start, &mut params);
            let rest = rest(filter, before, Sought::Action, &mut params);
            let all = beginning(&least, &end, &rest, &limit);
            params.statement(all)
        }
        None => {
            let is_failure = filter.status == Some(AuditStatus::Fail);
            let rest = rest(filter, before, Sought::Time, &mut params);
            let one = if is_failure {
                arm("audit_failure", "status = 'fail'", &rest, &limit)
            } else {
                arm("audit_time", "1", &rest, &limit)
            };
            params.statement(one)
        }
    }
}

/// The latest records that one index finds.
fn arm(index: &str, by_index: &str, rest: &str, limit: &str) -> String {
    format!(
        "SELECT * FROM audit INDEXED BY {index} WHERE {by_index}{rest} {LATEST_FIRST} LIMIT {limit}"
    )
}

/// The latest records of all actions from `least` to before `end`: the names are found by jumping from
/// one to the next in the index, then each is searched by itself.
fn beginning(least: &str, end: &str, rest: &str, limit: &str) -> String {
    let next = |after: &str| {
        format!("(SELECT min(action) FROM audit WHERE action {after} AND action < {end})")
    };
    format!(
        "WITH RECURSIVE named(name) AS (SELECT {} UNION ALL SELECT {} FROM named WHERE name IS NOT \
         NULL) SELECT audit.* FROM named CROSS JOIN audit WHERE audit.id IN (SELECT id FROM audit \
         INDEXED BY audit_action WHERE action = named.name{rest} {LATEST_FIRST} LIMIT {limit}) \
         ORDER BY audit.at_ms DESC, audit.id DESC LIMIT {limit}",
        next(&format!(">= {least}")),
        next("> named.name"),
    )
}

/// The least text that begins like this, and the least after all of them.
fn range(start: &str, params: &mut Params) -> (String, String) {
    // The dot is followed by the slash.
    let end = start
        .strip_suffix('.')
        .map_or_else(|| format!("{start}\u{10FFFF}"), |start| format!("{start}/"));
    (params.add(start), params.add(end))
}

/// What the index of a search has found already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    Time,
    Action,
    Subject,
    Actor,
    Request,
}

/// What a record must be besides, each with `AND` before it.
fn rest(filter: &Filter, before: Option<Place>, sought: Sought, params: &mut Params) -> String {
    let mut all = String::new();
    let mut and = |condition: String| {
        all.push_str(" AND ");
        all.push_str(&condition);
    };
    if let Some(from_ms) = filter.from_ms {
        and(format!("at_ms >= {}", params.add(from_ms)));
    }
    if let Some(to_ms) = filter.to_ms {
        and(format!("at_ms < {}", params.add(to_ms)));
    }
    if let Some(place) = before {
        let at_ms = params.add(place.at_ms);
        and(format!("(at_ms, id) < ({at_ms}, {})", params.add(place.id)));
    }
    if let Some(actor) = filter.actor.as_deref().filter(|_| sought != Sought::Actor) {
        and(format!("coalesce({BY}, user_id) = {}", params.add(actor)));
    }
    if let Some(subject) = filter
        .subject
        .as_deref()
        .filter(|_| sought != Sought::Subject)
    {
        and(format!("user_id = {}", params.add(subject)));
    }
    match filter.action.as_ref().filter(|_| sought != Sought::Action) {
        Some(Action::Is(action)) => and(format!("action = {}", params.add(action.as_str()))),
        Some(Action::Begins(start)) => {
            let (least, end) = range(start, params);
            and(format!("action >= {least} AND action < {end}"));
        }
        None => {}
    }
    if let Some(status) = filter.status {
        and(format!("status = {}", params.add(status.as_str())));
    }
    all
}

/// Values of `?1`, `?2`, ….
#[derive(Default)]
struct Params(Vec<Value>);

impl Params {
    fn add(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }

    fn statement(self, sql: String) -> Statement {
        Statement::new(sql, self.0)
    }
}
