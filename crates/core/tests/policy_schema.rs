//! The published schema of the JSON form says what the reader takes, member by member.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, too, stop at what isn't as they expect"
)]

use portcullis_core::policy::Document;
use serde_json::{Map, Value, json};

const SCHEMA: &str = include_str!("../policy.schema.json");

/// A document in which every member of every part is there.
fn full() -> Value {
    let at = json!({"line": 1, "column": 2});
    json!({
        "format": "portcullis-policy/1", "name": "clinic", "version": "1", "reduced": true,
        "scopes": [{"name": "ward", "at": at}],
        "roles": [{"name": "NURSE", "label": "Nurse", "level": 1, "grant_at": ["ward"], "manages": "equal",
            "inherits": ["AIDE"], "superuser_at": "ward", "at": at}],
        "permissions": [{"name": "record:read", "label": "Read", "roles": ["NURSE"], "tier": "beta", "at": at}],
        "tiers": [{"name": "beta", "label": "Beta", "at": at}], "default_tier": "beta",
        "apps": [{"name": "calendar", "label": "Calendar", "tier": "beta", "at": at}],
        "tenants": {"level": "ward", "owner": ["record:read"], "member": ["record:read"], "at": at},
        "auth": [{"name": "clearance", "type": "int", "at": at}],
        "context": [{"name": "reason", "type": "string", "at": at}],
        "resources": [{"name": "record", "label": "Record", "table": "records", "actions": ["read"],
            "scope": [{"level": "ward", "field": "ward_id"}],
            "fields": [{"name": "ward_id", "type": "string", "default": "'w1'", "at": at}], "at": at}],
        "rules": [{"name": "own", "effect": "allow", "resource": "record", "actions": ["read"], "when": "true",
            "fields": ["ward_id"], "roles": ["NURSE"], "tier": "beta", "message": "No.", "at": at, "when_at": at}],
    })
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The part of the schema that a reference names, or the part itself.
fn resolved<'s>(root: &'s Value, part: &'s Value) -> &'s Value {
    let target = part["$ref"]
        .as_str()
        .or_else(|| part["anyOf"][0]["$ref"].as_str());
    match target {
        Some(target) => resolved(
            root,
            root.pointer(target.strip_prefix('#').unwrap()).unwrap(),
        ),
        None => part,
    }
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// Every object of the document with its part of the schema.
fn pairs<'v>(
    root: &'v Value,
    schema: &'v Value,
    value: &'v Value,
    found: &mut Vec<(&'v Value, &'v Value)>,
) {
    let schema = resolved(root, schema);
    match value {
        Value::Object(object) => {
            found.push((schema, value));
            for (name, value) in object {
                pairs(root, &schema["properties"][name], value, found);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                pairs(root, &schema["items"], entry, found);
            }
        }
        _ => {}
    }
}

/// Whether the reader takes the full document after a change of the object at `index`.
fn reads_with(index: usize, change: impl Fn(&mut Map<String, Value>)) -> bool {
    fn visit(
        value: &mut Value,
        left: &mut usize,
        change: &dyn Fn(&mut Map<String, Value>),
    ) -> bool {
        match value {
            Value::Object(object) => {
                if *left == 0 {
                    change(object);
                    return true;
                }
                *left -= 1;
                object.values_mut().any(|value| visit(value, left, change))
            }
            Value::Array(entries) => entries.iter_mut().any(|value| visit(value, left, change)),
            _ => false,
        }
    }
    let mut document = full();
    let mut left = index;
    assert!(visit(&mut document, &mut left, &change));
    Document::parse_json(&document.to_string()).is_ok()
}

#[test]
fn the_full_document_is_read_and_holds_every_member_that_is_written() {
    let document = Document::parse_json(&full().to_string()).unwrap();
    let written: Value = serde_json::from_str(&document.to_json()).unwrap();
    assert_eq!(written, full());
}

#[test]
fn every_member_of_the_form_is_in_the_schema_with_a_description_and_no_other() {
    let (root, full) = (schema(), full());
    let mut found = Vec::new();
    pairs(&root, &root, &full, &mut found);
    assert!(found.len() > 20);
    for (part, object) in found {
        let described: Vec<_> = members(&part["properties"]).keys().collect();
        assert_eq!(described, members(object).keys().collect::<Vec<_>>());
        assert_eq!(part["additionalProperties"], false);
        for (name, member) in members(&part["properties"]) {
            assert!(member["description"].is_string(), "{name}");
        }
    }
}

#[test]
fn what_the_schema_requires_the_reader_requires_and_nothing_else() {
    let (root, full) = (schema(), full());
    let mut found = Vec::new();
    pairs(&root, &root, &full, &mut found);
    for (index, (part, object)) in found.into_iter().enumerate() {
        let required = part["required"].as_array().unwrap();
        for name in members(object).keys() {
            let read = reads_with(index, |object| drop(object.remove(name)));
            let optional = !required.iter().any(|required| required == name);
            assert_eq!(read, optional, "without `{name}` of {object}");
        }
        assert!(!reads_with(index, |object| drop(
            object.insert("extra".into(), Value::Null)
        )));
    }
}

#[test]
fn null_is_read_where_the_schema_allows_it_and_nowhere_else() {
    let (root, full) = (schema(), full());
    let mut found = Vec::new();
    pairs(&root, &root, &full, &mut found);
    for (index, (part, object)) in found.into_iter().enumerate() {
        for name in members(object).keys() {
            let member = &part["properties"][name];
            let allows = member["type"]
                .as_array()
                .is_some_and(|types| types.contains(&json!("null")))
                || member["anyOf"]
                    .as_array()
                    .is_some_and(|any| any.contains(&json!({"type": "null"})));
            let read = reads_with(index, |object| {
                drop(object.insert(name.clone(), Value::Null));
            });
            assert_eq!(read, allows, "`{name}` of {object}");
        }
    }
}

#[test]
fn every_part_of_the_schema_is_used() {
    let root = schema();
    for name in members(&root["$defs"]).keys() {
        assert!(SCHEMA.contains(&format!("\"#/$defs/{name}\"")), "{name}");
    }
}
