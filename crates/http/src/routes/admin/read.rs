//! What these endpoints read from bodies.

use portcullis_service::admin::parse_time;
use serde_json::Value;

use crate::body::{Members, type_name};

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
pub(super) fn nullable_time(data: &mut Members, name: &str) -> Option<Option<i64>> {
    let time = match data.get(name)? {
        Value::Null => return Some(None),
        Value::String(text) => parse_time(text),
        Value::Number(number) => parse_time(&number.to_string()),
        _ => None,
    };
    if time.is_none() {
        let received = type_name(data.get(name));
        data.problem(format!(
            "[body.data.{name}] Invalid input: expected date, received {received}"
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
