//! Merge patches (RFC 7396).

use serde_json::{Map, Value};

/// Puts a patch over an object (RFC 7396 section 2): members that are `null` in the patch go, objects
/// are merged member by member, everything else replaces. As deep as the patch, which is read with a
/// limit.
pub fn merge_patch(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(inner) => {
                let below = target.entry(name.as_str()).or_insert(Value::Null);
                if let Value::Object(below) = below {
                    merge_patch(below, inner);
                } else {
                    let mut fresh = Map::new();
                    merge_patch(&mut fresh, inner);
                    *below = Value::Object(fresh);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(target: &Value, patch: &Value) -> Value {
        let mut target = target.as_object().unwrap().clone();
        merge_patch(&mut target, patch.as_object().unwrap());
        Value::Object(target)
    }

    #[test]
    fn the_cases_of_rfc_7396_appendix_a_between_objects() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            assert_eq!(merged(&target, &patch), result, "{target} {patch}");
        }
    }

    #[test]
    fn a_patch_applied_twice_is_as_one_applied_once() {
        let patch = json!({"a":{"b":null,"c":{"d":[null,1]}},"e":null,"f":2});
        let once = merged(&json!({"a":{"b":1},"e":{"x":1},"g":0}), &patch);
        assert_eq!(merged(&once, &patch), once);
    }
}
