//! Whether properties are those of a record of the policy.

use core::fmt;

use portcullis_core::condition::{Datum, Scalar, Type};
use portcullis_core::policy::{Policy, Resource};
use serde_json::{Map, Value};

use super::Refused;

/// Longest id of a record, in bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Most bytes that the properties of a record have as JSON.
pub const MAX_PROPERTIES_BYTES: usize = 32 * 1024;
/// Most members of a list.
const MAX_MEMBERS: usize = 1_000;
/// The field that holds a record's own id, where the policy declares it.
const ID: &str = "id";

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The id is empty, too long, or has control characters.
    Id,
    /// The type has no such field; its fields are these.
    UnknownField {
        /// The field.
        field: String,
        /// Those that there are.
        known: String,
    },
    /// A value isn't of the field's type.
    Type {
        /// The field.
        field: String,
        /// Its type.
        expected: String,
    },
    /// The field `id` says something else than the record's id.
    OtherId,
    /// A text has the character NUL, which SQL can't hold.
    Nul {
        /// The field.
        field: String,
    },
    /// The properties are too large.
    TooLarge,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => write!(
                f,
                "the id isn't 1 to {MAX_ID_BYTES} bytes without control characters"
            ),
            Self::UnknownField { field, known } => {
                let field: String = field.chars().take(64).collect();
                write!(f, "there is no field `{field}`; there are: {known}")
            }
            Self::Type { field, expected } => write!(f, "`{field}` isn't of its type, {expected}"),
            Self::OtherId => f.write_str("the field `id` isn't the record's id"),
            Self::Nul { field } => write!(f, "`{field}` holds the character NUL"),
            Self::TooLarge => write!(
                f,
                "the properties have more than {MAX_PROPERTIES_BYTES} bytes as JSON"
            ),
        }
    }
}

/// The properties of a record as they are stored: only declared fields, each of its type or null,
/// with the record's own id in the field `id` where there is one.
///
/// # Errors
/// [`Refused::NoType`], and [`Refused::Record`] with the first problem.
pub fn checked(
    policy: &Policy,
    kind: &str,
    id: &str,
    properties: Map<String, Value>,
) -> Result<Map<String, Value>, Refused> {
    let resource = policy
        .resource_id(kind)
        .and_then(|id| policy.resource(id))
        .ok_or(Refused::NoType)?;
    problem(resource, id, &properties).map_err(Refused::Record)?;
    let properties = with_id(resource, id, properties);
    let bytes = Value::Object(properties.clone()).to_string().len();
    if bytes > MAX_PROPERTIES_BYTES {
        return Err(Refused::Record(Problem::TooLarge));
    }
    Ok(properties)
}

/// Puts a record's own id into its field `id`, where its type has one that can hold it.
#[must_use]
pub fn with_id(
    resource: &Resource,
    id: &str,
    mut properties: Map<String, Value>,
) -> Map<String, Value> {
    if let Some(value) = own_id(resource, id) {
        properties.insert(ID.to_owned(), value);
    }
    properties
}

fn own_id(resource: &Resource, id: &str) -> Option<Value> {
    let field = resource.field(resource.field_id(ID)?)?;
    match field.kind {
        Type::One(Scalar::Text) => Some(Value::from(id)),
        Type::One(Scalar::Int) => id.parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

fn problem(resource: &Resource, id: &str, properties: &Map<String, Value>) -> Result<(), Problem> {
    if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        return Err(Problem::Id);
    }
    for (name, value) in properties {
        let field = resource.field_id(name).and_then(|id| resource.field(id));
        let Some(field) = field else {
            let known: Vec<_> = resource
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            return Err(Problem::UnknownField {
                field: name.clone(),
                known: known.join(", "),
            });
        };
        if name == ID && !value.is_null() && own_id(resource, id).is_some_and(|own| own != *value) {
            return Err(Problem::OtherId);
        }
        let is_of_type = value.is_null() || Datum::conform(value, field.kind) != Datum::Null;
        if !is_of_type
            || value
                .as_array()
                .is_some_and(|list| list.len() > MAX_MEMBERS)
        {
            return Err(Problem::Type {
                field: name.clone(),
                expected: field.kind.to_string(),
            });
        }
        if has_nul(value) {
            return Err(Problem::Nul {
                field: name.clone(),
            });
        }
    }
    Ok(())
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        portcullis_core::policy::toml::parse(
            "name = \"p\"\nversion = \"1.0.0\"\ndefault_tier = \"t\"\n[roles.R]\n[permissions]\n\"a:b\" = [\"R\"]\n\
             [[tiers]]\nname = \"t\"\n[resources.doc.fields]\nid = \"string\"\nsize = \"int\"\n\
             tags = \"list<string>\"\n",
        )
        .unwrap()
    }

    fn check(id: &str, properties: Value) -> Result<Value, Refused> {
        let Value::Object(properties) = properties else {
            panic!("an object");
        };
        checked(&policy(), "doc", id, properties).map(Value::Object)
    }

    #[test]
    fn a_record_has_its_own_id_and_values_of_their_types() {
        let given = serde_json::json!({ "size": 5.0, "tags": ["a"] });
        let kept = serde_json::json!({ "id": "7", "size": 5.0, "tags": ["a"] });
        assert_eq!(check("7", given), Ok(kept));
        assert_eq!(
            check("7", serde_json::json!({ "id": "7", "size": null })),
            Ok(serde_json::json!({ "id": "7", "size": null }))
        );
    }

    #[test]
    fn what_is_no_record_of_its_type_is_refused_with_the_field() {
        let refused = |properties| match check("7", properties) {
            Err(Refused::Record(problem)) => problem.to_string(),
            other => panic!("{other:?}"),
        };
        for (properties, expected) in [
            (
                serde_json::json!({ "sise": 5 }),
                "there is no field `sise`; there are: id, size, tags",
            ),
            (
                serde_json::json!({ "size": "5" }),
                "`size` isn't of its type, int",
            ),
            (
                serde_json::json!({ "tags": ["a", null] }),
                "`tags` isn't of its type, list<string>",
            ),
            (
                serde_json::json!({ "id": "8" }),
                "the field `id` isn't the record's id",
            ),
            (
                serde_json::json!({ "tags": ["a\0"] }),
                "`tags` holds the character NUL",
            ),
        ] {
            assert_eq!(refused(properties), expected);
        }
        let none = serde_json::Map::new();
        let unknown = checked(&policy(), "dog", "7", none);
        assert_eq!(unknown, Err(Refused::NoType));
    }

    #[test]
    fn ids_and_properties_have_a_longest_length() {
        let none = || serde_json::json!({});
        assert!(check(&"i".repeat(MAX_ID_BYTES), none()).is_ok());
        let problem = Err(Refused::Record(Problem::Id));
        assert_eq!(check(&"i".repeat(MAX_ID_BYTES + 1), none()), problem);
        assert_eq!(check("", none()), problem);
        assert_eq!(check("a\nb", none()), problem);
        // {"id":"7","tags":["…"]}
        let around = 22;
        let longest = "t".repeat(MAX_PROPERTIES_BYTES - around);
        assert!(check("7", serde_json::json!({ "tags": [longest] })).is_ok());
        let longer = "t".repeat(MAX_PROPERTIES_BYTES - around + 1);
        assert_eq!(
            check("7", serde_json::json!({ "tags": [longer] })),
            Err(Refused::Record(Problem::TooLarge))
        );
    }
}
