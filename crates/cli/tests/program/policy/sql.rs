//! `policy sql`: a predicate that SQLite understands.

use serde_json::{Value, json};

use super::{CLINIC, Place, refused, root, says, says_json, write};

/// The ids that a predicate picks from a table of to-dos.
fn ids(rows: &Value) -> Vec<String> {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE todos (id TEXT, organization_id TEXT, owner_id TEXT, title TEXT, done INTEGER,
             archived INTEGER, salary_note TEXT);
             INSERT INTO todos (id, organization_id, owner_id, archived) VALUES
             ('mine', 'acme', 'ann', 0), ('theirs', 'acme', 'bob', 0), ('old', 'acme', 'ann', 1),
             ('elsewhere', 'globex', 'ann', 0), ('nowhere', NULL, 'ann', 0);",
        )
        .unwrap();
    let sql = rows["sql"].as_str().unwrap();
    let values = rows["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| match value {
            Value::String(text) => rusqlite::types::Value::Text(text.clone()),
            Value::Bool(flag) => rusqlite::types::Value::Integer(i64::from(*flag)),
            number => rusqlite::types::Value::Integer(number.as_i64().unwrap()),
        });
    let mut statement = connection
        .prepare(&format!("SELECT id FROM todos WHERE {sql} ORDER BY id"))
        .unwrap();
    let found = statement
        .query_map(rusqlite::params_from_iter(values), |row| row.get(0))
        .unwrap();
    found.map(Result::unwrap).collect()
}

#[test]
fn the_predicate_picks_the_rows_that_the_rules_allow() {
    let policy = root().join("examples/record-policies/policy.toml");
    let principal =
        json!({"id": "ann", "attributes": {"organization": "acme", "organization_role": "member"}});
    let ask = |action: &str| {
        says_json(&[
            "sql",
            policy.to_str().unwrap(),
            "--principal",
            &principal.to_string(),
            "--resource",
            "todo",
            "--action",
            action,
            "--json",
        ])
    };
    let read = ask("read");
    assert_eq!(read["table"], "todos");
    assert_eq!(ids(&read["rows"]), ["mine", "old", "theirs"]);
    assert_eq!(read["fields"]["title"], true);
    assert_eq!(
        ids(&read["fields"]["salary_note"]),
        ["elsewhere", "mine", "nowhere", "old"]
    );
    assert_eq!(ids(&ask("delete")["rows"]), ["mine"]);
    assert!(
        !read["rows"]["sql"].as_str().unwrap().contains("acme"),
        "values are parameters"
    );
}

#[test]
fn people_get_the_text_and_its_parameters() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let text = says(&[
        "sql",
        &file,
        "--principal",
        r#"{"id": "u1", "grants": ["NURSE@ward:w7"]}"#,
        "--resource",
        "record",
        "--action",
        "read",
    ]);
    assert!(text.starts_with("-- rows of records\n"), "{text}");
    assert!(
        text.contains("`ward_id`") && text.contains("= \"w7\"\n"),
        "{text}"
    );
}

#[test]
fn what_there_is_not_is_answered_with_what_there_is() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let ask = |more: &[&str]| refused(&[&["sql", &file, "--principal", "{}"], more].concat());
    assert_eq!(
        ask(&["--resource", "recrod", "--action", "read"]),
        "the policy has no resource `recrod`; it has: record"
    );
    assert_eq!(
        ask(&["--resource", "record", "--action", "export"]),
        "the resource `record` has no action `export`; it has: read, create, update, delete"
    );
    assert_eq!(
        ask(&[
            "--resource",
            "record",
            "--action",
            "read",
            "--scope",
            "ward:w7"
        ]),
        "records of `record` say themselves where they are; leave `--scope` out"
    );
}
