//! Predicates for policies that a person would write.

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Code, Principal, ScopePath, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::sql::{FieldAccess, Filter, Given};
use portcullis_core::time::UnixSecs;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};

use crate::support::bound;

const CLINIC: &str = r#"
name = "clinic"
scopes = ["region", "ward"]
[roles.NURSE]
[roles.DIRECTOR]
superuser_at = "region"
[permissions]
"record:read" = ["NURSE"]
[auth]
teams = "list<string>"
[resources.record]
table = "records"
scope = { region = "region_id", ward = "ward_id" }
[resources.record.fields]
id = "string"
owner_id = "string"
region_id = "string"
ward_id = "string"
locked = "bool"
[[rules]]
name = "own"
effect = "allow"
resource = "record"
actions = ["update"]
when = "record.owner_id == auth.id"
[[rules]]
name = "locked"
effect = "deny"
resource = "record"
actions = ["update", "delete"]
when = "record.locked"
[[rules]]
name = "teams"
effect = "allow"
resource = "record"
actions = ["create"]
when = "record.owner_id in auth.teams"
"#;

fn clinic() -> Policy {
    toml::parse(CLINIC).unwrap()
}

fn subject(policy: &Policy, principal: Value) -> Subject {
    let principal: Principal = serde_json::from_value(principal).unwrap();
    Subject::compile(policy, &principal)
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn filter(grants: Value, action: &str) -> Filter {
    let policy = clinic();
    let subject = subject(&policy, json!({"id": "ann", "grants": grants}));
    policy
        .filter(&subject, "record", action, &Given::default())
        .unwrap()
}

#[test]
fn what_is_known_beforehand_is_decided_beforehand() {
    let filter_of = |grants| filter(grants, "delete");
    assert_eq!(filter_of(json!([])).sql, "0");
    assert_eq!(filter(json!(["NURSE@ward:w1"]), "delete").sql, "0");
    let policy = toml::parse(&CLINIC.replace("scope = {", "#")).unwrap();
    let nurse = subject(&policy, json!({"id": "ann", "grants": ["NURSE"]}));
    let given = Given::default();
    assert_eq!(
        policy.filter(&nurse, "record", "read", &given).unwrap().sql,
        "1"
    );
    let expired = subject(
        &policy,
        json!({"id": "ann", "grants": ["NURSE"], "expiresSecs": 10}),
    );
    let at = |secs| Given {
        now: UnixSecs::new(secs),
        ..Given::default()
    };
    assert_eq!(
        policy
            .filter(&expired, "record", "read", &at(9))
            .unwrap()
            .sql,
        "1"
    );
    assert_eq!(
        policy
            .filter(&expired, "record", "read", &at(10))
            .unwrap()
            .sql,
        "0"
    );
}

#[test]
fn no_value_is_in_the_text() {
    let filter = filter(json!([]), "update");
    assert_eq!(
        filter.sql,
        "((`owner_id` IS ? COLLATE BINARY AND typeof(`owner_id`) = 'text') \
         AND ((typeof(`region_id`) IN ('text', 'null')) AND (typeof(`ward_id`) IN ('text', 'null'))) \
         AND (NOT COALESCE(CASE WHEN typeof(`locked`) = 'integer' AND `locked` IN (0, 1) \
         THEN `locked` END, 1)))"
    );
    assert_eq!(filter.params, [Datum::Text("ann".into())]);
}

#[test]
fn unknown_names_and_scopes_beside_columns_have_their_codes() {
    let policy = clinic();
    let subject = subject(&policy, json!({"id": "ann"}));
    let given = Given::default();
    let ask = |resource, action| policy.filter(&subject, resource, action, &given);
    assert_eq!(ask("ghost", "read"), Err(Code::UnknownPermission));
    assert_eq!(ask("record", "burn"), Err(Code::UnknownPermission));
    let scope = Some(ScopePath::parse_text(&policy, "region:n").unwrap());
    let given = Given {
        scope,
        ..Given::default()
    };
    assert_eq!(
        policy.filter(&subject, "record", "read", &given),
        Err(Code::MalformedRequest)
    );
}

/// A row of the table and which of the grants reach it.
fn reached(grants: &Value, region: Option<&str>, ward: Option<&str>) -> bool {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE records (id, owner_id, region_id, ward_id, locked) ")
        .unwrap();
    connection
        .execute(
            "INSERT INTO records VALUES ('1', 'bob', ?1, ?2, 0)",
            (region, ward),
        )
        .unwrap();
    let filter = filter(grants.clone(), "read");
    let sql = format!("SELECT count(*) FROM records WHERE {}", filter.sql);
    let params = params_from_iter(bound(&filter, true));
    connection
        .query_row(&sql, params, |row| row.get::<_, i64>(0))
        .unwrap()
        == 1
}

#[test]
fn a_grant_covers_a_row_unless_a_known_id_above_differs() {
    let grants = json!(["NURSE@region:n/ward:w1"]);
    assert!(reached(&grants, Some("n"), Some("w1")));
    assert!(reached(&grants, None, Some("w1")), "null is not known");
    assert!(!reached(&grants, Some("s"), Some("w1")));
    assert!(!reached(&grants, Some("n"), Some("w2")));
    assert!(!reached(&grants, Some("n"), None));
    assert!(reached(&json!(["NURSE@ward:w1"]), Some("s"), Some("w1")));
    assert!(reached(&json!(["NURSE@region:n"]), Some("n"), Some("w9")));
    assert!(!reached(&json!(["NURSE@region:n"]), None, Some("w9")));
    assert!(reached(&json!(["NURSE"]), None, None));
}

#[test]
fn a_thousand_teams_of_fifty_regions_are_two_parameters() {
    let grants: Vec<String> = (0..1_000)
        .map(|number| format!("NURSE@region:s{}/ward:t{number}", number % 50))
        .collect();
    let grants = json!(grants);
    let filter = filter(grants.clone(), "read");
    assert_eq!(filter.params.len(), 2, "{}", filter.sql);
    assert!(filter.sql.len() < 500, "{}", filter.sql);
    assert!(reached(&grants, Some("s49"), Some("t999")));
    assert!(reached(&grants, None, Some("t999")));
    assert!(!reached(&grants, Some("s48"), Some("t999")));
    assert!(!reached(&grants, Some("s49"), Some("t1000")));
}

#[test]
fn one_leaf_under_several_regions_is_each_of_them_and_no_mixture() {
    let grants = json!([
        "NURSE@region:n/ward:w1",
        "NURSE@region:s/ward:w1",
        "NURSE@region:e/ward:w2"
    ]);
    assert!(reached(&grants, Some("n"), Some("w1")));
    assert!(reached(&grants, Some("s"), Some("w1")));
    assert!(!reached(&grants, Some("e"), Some("w1")));
    assert!(!reached(&grants, Some("n"), Some("w2")));
}

#[test]
fn a_superuser_reaches_rows_at_its_level_and_deeper_only() {
    assert!(reached(&json!(["DIRECTOR"]), Some("n"), None));
    assert!(reached(&json!(["DIRECTOR"]), None, Some("w1")));
    assert!(
        !reached(&json!(["DIRECTOR"]), None, None),
        "a global row is above a region"
    );
    assert!(reached(
        &json!(["DIRECTOR@region:n"]),
        Some("n"),
        Some("w1")
    ));
    assert!(!reached(
        &json!(["DIRECTOR@region:n"]),
        Some("s"),
        Some("w1")
    ));
    assert!(!reached(
        &json!(["DIRECTOR@ward:w1"]),
        Some("n"),
        Some("w1")
    ));
}

#[test]
fn a_list_of_thousands_is_one_parameter() {
    let policy = clinic();
    let teams: Vec<String> = (0..5_000).map(|number| format!("t{number}")).collect();
    let principal = json!({"id": "ann", "attributes": {"teams": teams}});
    let subject = subject(&policy, principal);
    let filter = policy
        .filter(&subject, "record", "create", &Given::default())
        .unwrap();
    assert_eq!(filter.params.len(), 1);
}

#[test]
fn a_column_that_is_missing_is_an_error_and_never_a_string_of_its_name() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE records (id, region_id, ward_id, locked)")
        .unwrap();
    let policy = clinic();
    let mallory = subject(&policy, json!({"id": "owner_id"}));
    let filter = policy
        .filter(&mallory, "record", "update", &Given::default())
        .unwrap();
    let sql = format!("SELECT id FROM records WHERE {}", filter.sql);
    let error = connection.prepare(&sql).unwrap_err().to_string();
    assert!(error.contains("no such column"), "{error}");
}

/// SQLite turns text into a number to compare it with a column of numbers; the decision doesn't.
#[test]
fn a_number_in_a_column_of_numbers_is_never_the_text_of_it() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE records (id, owner_id INTEGER, region_id, ward_id, locked INTEGER); \
             INSERT INTO records VALUES ('r1', 5, NULL, NULL, 0);",
        )
        .unwrap();
    let policy = clinic();
    let five = subject(&policy, json!({"id": "5", "attributes": {"teams": ["5"]}}));
    for action in ["update", "create"] {
        let filter = policy
            .filter(&five, "record", action, &Given::default())
            .unwrap();
        let sql = format!("SELECT count(*) FROM records WHERE {}", filter.sql);
        let params = params_from_iter(bound(&filter, true));
        let count: i64 = connection
            .query_row(&sql, params, |row| row.get(0))
            .unwrap();
        assert_eq!(count, 0, "{action}: {}", filter.sql);
    }
}

#[test]
fn an_index_on_the_owner_or_the_ward_is_used() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE records (id TEXT, owner_id TEXT, region_id TEXT, ward_id TEXT, locked INTEGER) STRICT; \
             CREATE INDEX by_owner ON records (owner_id); CREATE INDEX by_ward ON records (ward_id);",
        )
        .unwrap();
    let plan = |filter: &Filter| {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT id FROM records WHERE {}",
            filter.sql
        );
        let mut prepared = connection.prepare(&sql).unwrap();
        let lines = prepared.query_map(params_from_iter(bound(filter, false)), |row| {
            row.get::<_, String>(3)
        });
        lines
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let own = plan(&filter(json!([]), "update"));
    assert!(own.contains("USING INDEX by_owner"), "{own}");
    let ward = plan(&filter(json!(["NURSE@ward:w1", "NURSE@ward:w2"]), "read"));
    assert!(ward.contains("USING INDEX by_ward"), "{ward}");
}

#[test]
fn fields_are_never_always_or_sometimes_allowed() {
    let rules = r#"
        [[rules]]
        name = "names"
        effect = "allow"
        resource = "record"
        actions = ["read"]
        when = "record.owner_id == auth.id"
        fields = ["id"]
        [[rules]]
        name = "hidden"
        effect = "deny"
        resource = "record"
        actions = ["read"]
        fields = ["locked"]
    "#;
    let policy = toml::parse(&format!("{CLINIC}{rules}")).unwrap();
    let of = |principal| {
        let subject = subject(&policy, principal);
        policy
            .access(&subject, "record", "read", &Given::default())
            .unwrap()
            .fields
    };
    let plain = of(json!({"id": "ann"}));
    assert_eq!(
        plain[0],
        FieldAccess::Always,
        "whoever sees the row sees its id"
    );
    assert_eq!(plain[1], FieldAccess::Never);
    let nurse = of(json!({"id": "ann", "grants": ["NURSE@ward:w1"]}));
    assert_eq!(nurse[0], FieldAccess::Always);
    assert!(
        matches!(nurse[1], FieldAccess::When(_)),
        "in the ward, but not in one's own elsewhere"
    );
    assert_eq!(
        nurse[4],
        FieldAccess::Never,
        "a deny rule takes it from everyone"
    );
}
