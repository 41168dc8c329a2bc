//! Known scopes.

use crate::{Statement, Value};

/// Scopes that a holder of `scopes` reaches: those on whose path the leaf of one of them lies, and
/// all for a holder of the global scope. Sets go through `json_each`, as D1 binds at most 100
/// parameters.
pub(crate) fn within(scopes: &[String], leaves: Option<&[String]>, limit: u32) -> Statement {
    let held: Vec<&str> = scopes
        .iter()
        // The empty leaf behind a last slash would read as the global scope.
        .filter(|path| !path.ends_with('/'))
        .map(|path| path.rsplit('/').next().unwrap_or_default())
        .collect();
    Statement::new(
        "SELECT path FROM scope WHERE (?2 IS NULL OR leaf IN (SELECT value FROM json_each(?2))) \
         AND EXISTS (SELECT 1 FROM json_each(?1) held WHERE held.value = '' \
         OR instr('/' || scope.path || '/', '/' || held.value || '/') > 0) \
         ORDER BY path LIMIT ?3",
        vec![
            json(&held),
            leaves.map_or(Value::Null, json),
            i64::from(limit).into(),
        ],
    )
}

/// A list of texts for `json_each`.
pub(crate) fn json<T: AsRef<str>>(texts: &[T]) -> Value {
    let list: Vec<_> = texts
        .iter()
        .map(|text| serde_json::Value::from(text.as_ref()))
        .collect();
    serde_json::Value::from(list).to_string().into()
}
