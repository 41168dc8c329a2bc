//! Known scopes.

use crate::{Statement, Value};

/// Scopes in or at `scopes`, or with the leaf of one of them; sets go through `json_each`, as D1
/// binds at most 100 parameters.
pub(crate) fn within(scopes: &[String], leaves: Option<&[String]>, limit: u32) -> Statement {
    let own_leaves: Vec<&str> = scopes
        .iter()
        .filter_map(|path| path.rsplit('/').next())
        .collect();
    Statement::new(
        "SELECT path FROM scope WHERE (leaf IN (SELECT value FROM json_each(?2)) \
         OR EXISTS (SELECT 1 FROM json_each(?1) held WHERE held.value = '' \
         OR scope.path = held.value \
         OR substr(scope.path, 1, length(held.value) + 1) = held.value || '/')) \
         AND (?3 IS NULL OR leaf IN (SELECT value FROM json_each(?3))) \
         ORDER BY path LIMIT ?4",
        vec![
            json(scopes),
            json(&own_leaves),
            leaves.map_or(Value::Null, json),
            i64::from(limit).into(),
        ],
    )
}

fn json<T: AsRef<str>>(texts: &[T]) -> Value {
    let list: Vec<_> = texts.iter().map(|text| serde_json::Value::from(text.as_ref())).collect();
    serde_json::Value::from(list).to_string().into()
}
