//! Members of bodies about keys.

use portcullis_service::api_keys::{Refill, Refused};
use portcullis_service::{Denied, Error};
use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::body;

/// Members that only those who manage keys may set.
const SERVER_ONLY: [&str; 8] = [
    "permissions",
    "rateLimitEnabled",
    "rateLimitMax",
    "rateLimitTimeWindow",
    "refillAmount",
    "refillInterval",
    "remaining",
    "userId",
];

/// Reads members one by one, and notes what is wrong with them.
pub(super) struct Reader<'a> {
    members: &'a Map<String, Value>,
    pub(super) problems: Vec<String>,
}

#[expect(
    clippy::option_option,
    reason = "a member that is absent, one that is null, and one with a value are three things"
)]
impl<'a> Reader<'a> {
    pub(super) const fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            problems: Vec::new(),
        }
    }

    /// Whether the body has what only those who manage keys may set; `remaining: null` is what published
    /// clients send for nothing.
    pub(super) fn is_server_only(&self) -> bool {
        let has = |name: &&str| match self.members.get(*name) {
            None => false,
            Some(Value::Null) => *name != "remaining",
            Some(_) => true,
        };
        SERVER_ONLY.iter().any(has)
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &str) -> String {
        body::text(self.members, name, &mut self.problems)
    }

    /// A text that may be absent.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.members.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.text(name)),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        body::flag(self.members, name, &mut self.problems)
    }

    /// A whole number; `Some(None)` is null, `None` absent.
    pub(super) fn number(&mut self, name: &str) -> Option<Option<i64>> {
        match self.members.get(name)? {
            Value::Null => Some(None),
            Value::Number(number) if number.as_i64().is_some() => Some(number.as_i64()),
            other => {
                self.expected(name, "whole number", other);
                None
            }
        }
    }

    /// An object; `Some(None)` is null, `None` absent.
    pub(super) fn metadata(&mut self) -> Result<Option<Option<Map<String, Value>>>, Refusal> {
        match self.members.get("metadata") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::Object(map)) => Ok(Some(Some(map.clone()))),
            Some(_) => Err(Error::from(Refused::MetadataType).into()),
        }
    }

    /// What both `scopes`, a list of names, and `permissions`, verbs by noun, ask for; `None` when both
    /// are absent.
    pub(super) fn scopes(&mut self) -> Option<Vec<String>> {
        let mut scopes = self.texts("scopes");
        match self.members.get("permissions") {
            None => {}
            Some(Value::Null) => {
                scopes.get_or_insert_default();
            }
            Some(Value::Object(nouns)) => {
                let all = scopes.get_or_insert_default();
                for (noun, verbs) in nouns {
                    let verbs = verbs.as_array().map(Vec::as_slice);
                    let verbs: Option<Vec<_>> =
                        verbs.and_then(|list| list.iter().map(Value::as_str).collect());
                    match verbs {
                        Some(verbs) => {
                            all.extend(verbs.iter().map(|verb| format!("{noun}:{verb}")));
                        }
                        None => self.problems.push(
                            "[body.permissions] Invalid input: expected lists of strings"
                                .to_owned(),
                        ),
                    }
                }
            }
            Some(other) => self.expected("permissions", "object", other),
        }
        if let Some(scopes) = &mut scopes {
            scopes.sort();
            scopes.dedup();
        }
        scopes
    }

    /// `refillAmount` and `refillInterval`, which go together; `Some(None)` is null.
    pub(super) fn refill(&mut self) -> Result<Option<Option<Refill>>, Refusal> {
        let amount = self.number("refillAmount");
        let interval_ms = self.number("refillInterval");
        let refused = match (amount, interval_ms) {
            (None, None) => return Ok(None),
            (Some(None), Some(None)) => return Ok(Some(None)),
            (Some(Some(amount)), Some(Some(interval_ms))) => {
                return Ok(Some(Some(Refill {
                    amount,
                    interval_ms,
                })));
            }
            (Some(Some(_)), _) => Refused::RefillInterval,
            _ => Refused::RefillAmount,
        };
        body::settle(&self.problems)?;
        Err(Refusal::from(Denied::ApiKeys(refused)))
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.members.get(name)? {
            Value::Null => None,
            Value::Array(list) => {
                let texts = list.iter().map(|value| value.as_str().map(str::to_owned));
                let texts: Option<Vec<_>> = texts.collect();
                if texts.is_none() {
                    self.problems.push(format!(
                        "[body.{name}] Invalid input: expected array of strings"
                    ));
                }
                texts
            }
            other => {
                self.expected(name, "array", other);
                None
            }
        }
    }

    fn expected(&mut self, name: &str, kind: &str, found: &Value) {
        let received = body::type_name(Some(found));
        self.problems.push(format!(
            "[body.{name}] Invalid input: expected {kind}, received {received}"
        ));
    }
}
