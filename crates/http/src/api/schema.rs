//! Small words to write JSON schemas with.

use serde_json::{Map, Value, json};

/// A schema of the document, by its name.
#[must_use]
pub fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Text.
#[must_use]
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// Text of at most so many characters, and not empty.
#[must_use]
pub fn text_to(max: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": max })
}

/// Text or null.
#[must_use]
pub fn nullable_text() -> Value {
    json!({ "type": ["string", "null"] })
}

/// One of these texts.
#[must_use]
pub fn one_of(texts: &[&str]) -> Value {
    json!({ "type": "string", "enum": texts })
}

/// A time in UTC (RFC 3339).
#[must_use]
pub fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// A time in UTC or null.
#[must_use]
pub fn nullable_time() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

/// An id: 32 letters and digits.
#[must_use]
pub fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9A-Za-z]{32}$" })
}

/// `true` or `false`.
#[must_use]
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number of at least zero.
#[must_use]
pub fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A whole number between these.
#[must_use]
pub fn number(min: i64, max: i64) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

/// A list.
#[must_use]
pub fn list(of: Value) -> Value {
    let members = [("type", Value::from("array")), ("items", of)];
    Value::Object(
        members
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
    )
}

/// An object with any members.
#[must_use]
pub fn any_object() -> Value {
    json!({ "type": "object" })
}

/// An object with these members; a name that ends in `?` may be absent.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in members {
        let plain = name.trim_end_matches('?');
        if plain == name {
            required.push(plain.to_owned());
        }
        properties.insert(plain.to_owned(), schema);
    }
    let mut object = json!({ "type": "object", "properties": properties });
    if let (Some(members), false) = (object.as_object_mut(), required.is_empty()) {
        members.insert("required".to_owned(), required.into());
    }
    object
}

/// An object that has these members and no others: for answers, where one too many is a leak.
#[must_use]
pub fn exactly<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut object = object(members);
    if let Some(members) = object.as_object_mut() {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    object
}

/// A schema with an example.
#[must_use]
pub fn like(mut schema: Value, example: impl Into<Value>) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.insert("examples".to_owned(), json!([example.into()]));
    }
    schema
}
