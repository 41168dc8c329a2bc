//! An object of settings that is within its limits.

use serde_json::{Map, Value};

use super::Refused;

/// Longest object, in bytes of JSON without white space.
pub const MAX_OBJECT_BYTES: usize = 32 * 1024;
/// Most members of an object at its first level.
pub const MAX_MEMBERS: usize = 256;
/// Longest name of a member at any depth, in bytes.
pub const MAX_KEY_BYTES: usize = 128;

/// A JSON object that may be kept as settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    members: Map<String, Value>,
    text: String,
}

impl Object {
    /// Takes members that were read with a limit of depth.
    ///
    /// # Errors
    /// [`Refused::TooLarge`] and [`Refused::Invalid`].
    pub fn new(members: Map<String, Value>) -> Result<Self, Refused> {
        if members.len() > MAX_MEMBERS {
            return Err(Refused::TooLarge);
        }
        check_names(&members)?;
        let value = Value::Object(members);
        let text = value.to_string();
        match value {
            Value::Object(members) if text.len() <= MAX_OBJECT_BYTES => Ok(Self { members, text }),
            _ => Err(Refused::TooLarge),
        }
    }

    /// Its members.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// It as JSON without white space.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its members.
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        self.members
    }
}

fn check_names(members: &Map<String, Value>) -> Result<(), Refused> {
    for (name, value) in members {
        if name.is_empty() || name.len() > MAX_KEY_BYTES {
            let problem = format!("names of members have 1 to {MAX_KEY_BYTES} bytes");
            return Err(Refused::Invalid(problem));
        }
        if name.chars().any(char::is_control) {
            let problem = "names of members have no control characters";
            return Err(Refused::Invalid(problem.to_owned()));
        }
        check_value(value)?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), Refused> {
    match value {
        Value::Object(members) => check_names(members),
        Value::Array(items) => items.iter().try_for_each(check_value),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Object, Refused> {
        Object::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn an_object_of_exactly_the_longest_length_is_taken_and_one_byte_more_is_not() {
        let of = |chars: usize| json!({ "a": "x".repeat(chars) });
        let overhead = r#"{"a":""}"#.len();
        let longest = read(&of(MAX_OBJECT_BYTES - overhead)).unwrap();
        assert_eq!(longest.text().len(), MAX_OBJECT_BYTES);
        let error = read(&of(MAX_OBJECT_BYTES - overhead + 1)).unwrap_err();
        assert_eq!(error, Refused::TooLarge);
    }

    #[test]
    fn as_many_members_as_there_may_be_are_taken_and_one_more_is_not() {
        let of = |count: usize| {
            let members = (0..count).map(|n| (format!("k{n}"), json!(n)));
            Object::new(members.collect())
        };
        assert!(of(MAX_MEMBERS).is_ok());
        assert_eq!(of(MAX_MEMBERS + 1).unwrap_err(), Refused::TooLarge);
    }

    #[test]
    fn a_name_is_held_to_its_limits_at_every_depth() {
        let named = |name: &str| json!({ "a": [{ "b": { name: 1 } }] });
        assert!(read(&named(&"k".repeat(MAX_KEY_BYTES))).is_ok());
        for name in [&*"k".repeat(MAX_KEY_BYTES + 1), "", "a\nb", "a\0"] {
            let refused = read(&named(name)).unwrap_err();
            assert!(matches!(refused, Refused::Invalid(_)), "{name:?}");
        }
    }
}
