//! Members of bodies about keys.

use portcullis_service::api_keys::{Refill, Refused};
use portcullis_service::{Denied, Error};
use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::body::Members;

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

/// What keys alone have.
#[expect(
    clippy::option_option,
    reason = "a member that is absent, one that is null, and one with a value are three things"
)]
impl Members {
    /// Whether the body has what only those who manage keys may set; `remaining: null` is what published
    /// clients send for nothing.
    pub(super) fn is_server_only(&self) -> bool {
        let has = |name: &&str| match self.get(name) {
            None => false,
            Some(Value::Null) => *name != "remaining",
            Some(_) => true,
        };
        SERVER_ONLY.iter().any(has)
    }

    /// A whole number; `Some(None)` is null, `None` absent.
    pub(super) fn number(&mut self, name: &str) -> Option<Option<i64>> {
        match self.get(name)? {
            Value::Null => Some(None),
            Value::Number(number) if number.as_i64().is_some() => Some(number.as_i64()),
            _ => {
                self.expected(name, "whole number");
                None
            }
        }
    }

    /// An object; `Some(None)` is null, `None` absent.
    pub(super) fn metadata(&mut self) -> Result<Option<Option<Map<String, Value>>>, Refusal> {
        match self.get("metadata") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::Object(map)) => Ok(Some(Some(map.clone()))),
            Some(_) => Err(Error::from(Refused::MetadataType).into()),
        }
    }

    /// What both `scopes`, a list of names, and `permissions`, verbs by noun, ask for; `None` when both
    /// are absent.
    pub(super) fn scopes(&mut self) -> Option<Vec<String>> {
        let mut scopes = self.scope_names();
        match self.get("permissions") {
            None => {}
            Some(Value::Null) => {
                scopes.get_or_insert_default();
            }
            Some(Value::Object(nouns)) => {
                let all = scopes.get_or_insert_default();
                let mut unread = 0;
                for (noun, verbs) in nouns {
                    match texts(verbs) {
                        Some(verbs) => {
                            all.extend(verbs.iter().map(|verb| format!("{noun}:{verb}")));
                        }
                        None => unread += 1,
                    }
                }
                for _ in 0..unread {
                    self.problem("[body.permissions] Invalid input: expected lists of strings");
                }
            }
            Some(_) => self.expected("permissions", "object"),
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
        self.settle()?;
        Err(Refusal::from(Denied::ApiKeys(refused)))
    }

    fn scope_names(&mut self) -> Option<Vec<String>> {
        let value = self.get("scopes").filter(|value| !value.is_null())?;
        let names = texts(value);
        if !value.is_array() {
            self.expected("scopes", "array");
        } else if names.is_none() {
            self.problem("[body.scopes] Invalid input: expected array of strings");
        }
        names
    }
}

/// A list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array()?.iter();
    list.map(|value| value.as_str().map(str::to_owned))
        .collect()
}
