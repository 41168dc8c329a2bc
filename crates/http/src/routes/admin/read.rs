//! What these endpoints read from bodies.

use portcullis_service::admin::parse_time;
use serde_json::{Map, Value};

use crate::body;

/// A member that becomes text, whatever it was, as the protocol takes ids.
pub(super) fn id(members: &Map<String, Value>, name: &str, problems: &mut Vec<String>) -> String {
    match members.get(name) {
        Some(Value::Number(number)) => number.to_string(),
        _ => body::text(members, name, problems),
    }
}

/// A member that is text or null and may be absent: `None` is absent.
#[expect(clippy::option_option, reason = "absent leaves it, null takes it away")]
pub(super) fn nullable_text(
    members: &Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<Option<String>> {
    match members.get(name)? {
        Value::Null => Some(None),
        _ => Some(Some(body::text(members, name, problems))),
    }
}

/// Roles: a text, several in one separated by commas, or a list of texts. `None` for anything else.
pub(super) fn roles(value: &Value) -> Option<Vec<String>> {
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let mut roles = Vec::new();
    for role in texts?.into_iter().flat_map(|text| text.split(',')) {
        let role = role.trim();
        if !role.is_empty() && !roles.iter().any(|known| known == role) {
            roles.push(role.to_owned());
        }
    }
    Some(roles)
}

/// A time or null that may be absent: a number of milliseconds or RFC 3339.
#[expect(clippy::option_option, reason = "absent leaves it, null takes it away")]
pub(super) fn nullable_time(
    members: &Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<Option<i64>> {
    let value = members.get(name)?;
    let time = match value {
        Value::Null => return Some(None),
        Value::String(text) => parse_time(text),
        Value::Number(number) => parse_time(&number.to_string()),
        _ => None,
    };
    if time.is_none() {
        problems.push(format!(
            "[body.data.{name}] Invalid input: expected date, received {}",
            body::type_name(Some(value))
        ));
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::roles;

    #[test]
    fn roles_are_a_text_several_or_a_list() {
        let of = |value| roles(&value).map(|roles| roles.join("+"));
        assert_eq!(of(json!("admin")).as_deref(), Some("admin"));
        assert_eq!(
            of(json!("admin, user,admin")).as_deref(),
            Some("admin+user")
        );
        assert_eq!(of(json!(["admin", "user"])).as_deref(), Some("admin+user"));
        assert_eq!(of(json!("")).as_deref(), Some(""));
        for value in [json!(1), json!(["admin", 1]), json!(null), json!({})] {
            assert_eq!(of(value), None);
        }
    }
}
