//! The rows that the predicate picks are those whose record is allowed, one by one.

use portcullis_core::decide::{Directory, Principal, RawScope, Request, ScopePath, Subject, check};
use portcullis_core::json::{Map, Value};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::sql::{FieldAccess, Filter, Fragment, Given};
use portcullis_core::time::UnixSecs;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;

use crate::generate::{FIELDS, policy, principal};
use crate::random_table::{ROWS, records, table};
use crate::support::{Dice, bound};

const NOW: u64 = 1_795_308_739;
const POLICIES: u64 = 500;
const PRINCIPALS: usize = 3;

/// Where requests are that say so.
const PLACES: [&str; 5] = [
    "region:r1",
    "ward:w1",
    "region:r2/ward:w1",
    "region:r1/bed:b1",
    "",
];

fn picked(connection: &Connection, filters: &[&Filter], as_doubles: bool) -> Vec<i64> {
    let mut sql = "SELECT rowid FROM \"odd-table.2\" WHERE 1".to_owned();
    let mut params = Vec::new();
    for filter in filters {
        sql.push_str(" AND ");
        sql.push_str(&filter.sql);
        params.extend(bound(filter, as_doubles));
    }
    let mut prepared = connection
        .prepare(&sql)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let rows = prepared
        .query_map(params_from_iter(params), |row| row.get(0))
        .unwrap();
    rows.map(|row| row.unwrap_or_else(|error| panic!("{error}: {sql}")))
        .collect()
}

/// Somebody who wants to do something.
struct Case<'a> {
    policy: &'a Policy,
    subject: Subject,
    action: &'static str,
    /// For a resource whose records don't say where they are.
    scope: Option<&'static str>,
    given: Given,
}

impl Case<'_> {
    fn request(&self, record: &Map<String, Value>, field: Option<&str>) -> Request {
        Request {
            resource: Some("doc".to_owned()),
            action: Some(self.action.to_owned()),
            record: Some(record.clone()),
            fields: field.map(|field| vec![field.to_owned()]),
            scope: self.scope.map(|scope| RawScope::Text(scope.to_owned())),
            context: Some(self.given.context.clone()),
            ..Request::default()
        }
    }

    fn allowed(&self, records: &[(i64, Map<String, Value>)], field: Option<&str>) -> Vec<i64> {
        let is_allowed = |record| {
            let request = self.request(record, field);
            check(
                self.policy,
                &self.subject,
                &request,
                &Directory::open(),
                self.given.now,
            )
            .is_allowed()
        };
        let rows = records.iter().filter(|(_, record)| is_allowed(record));
        rows.map(|(id, _)| *id).collect()
    }
}

/// What a run saw, so that it can't pass by seeing nothing.
#[derive(Debug, Default)]
struct Seen {
    triples: usize,
    some: usize,
    all: usize,
    none: usize,
    fields: usize,
    partial_fields: usize,
    most_params: usize,
    folded: usize,
    longest: usize,
}

#[test]
fn the_predicate_picks_the_rows_that_the_decision_allows() {
    let mut seen = Seen::default();
    for seed in 0..POLICIES {
        agree(seed, &mut seen);
    }
    println!("{seen:?}");
    assert!(seen.triples >= 3_000 && seen.some >= 600, "{seen:?}");
    assert!(seen.partial_fields >= 300 && seen.folded >= 5, "{seen:?}");
}

fn agree(seed: u64, seen: &mut Seen) {
    let mut dice = Dice(seed);
    let text = policy(&mut dice);
    let policy = toml::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let connection = table(&mut dice, true);
    let records = records(&connection);
    for _ in 0..PRINCIPALS {
        let principal = principal(&mut dice);
        let parsed: Principal = serde_json::from_value(principal.clone()).unwrap();
        for action in ["read", "update"] {
            let context = json!({"name": dice.pick(&crate::generate::TEXTS), "n": dice.below(3)});
            let context = if dice.once_in(3) { json!({}) } else { context };
            let is_placed = policy.resources()[0].scope.is_empty() && dice.once_in(2);
            let scope = is_placed.then(|| dice.pick(&PLACES));
            let case = Case {
                policy: &policy,
                subject: Subject::compile(&policy, &parsed),
                action,
                scope,
                given: Given {
                    scope: scope.map(|scope| ScopePath::parse_text(&policy, scope).unwrap()),
                    context: context.as_object().unwrap().clone(),
                    now: UnixSecs::new(NOW),
                },
            };
            let told = format!("seed {seed}, {action}, {scope:?}, {context}\n{principal}\n{text}");
            compare(&case, &connection, &records, seen, &told);
            let (offset, step) = (dice.below(5), 5);
            compare_fields(&case, &connection, &records, seen, (offset, step), &told);
        }
    }
}

fn compare(
    case: &Case<'_>,
    connection: &Connection,
    records: &[(i64, Map<String, Value>)],
    seen: &mut Seen,
    told: &str,
) {
    let access = case
        .policy
        .access(&case.subject, "doc", case.action, &case.given)
        .unwrap();
    let as_doubles = seen.triples.is_multiple_of(2);
    let found = picked(connection, &[&access.rows], as_doubles);
    let allowed = case.allowed(records, None);
    if found != allowed {
        let differing = records
            .iter()
            .find(|(id, _)| found.contains(id) != allowed.contains(id));
        panic!(
            "{told}\n{}\n{:?}\n{differing:?}: {found:?} instead of {allowed:?}",
            access.rows.sql, access.rows.params
        );
    }
    seen.triples += 1;
    seen.most_params = seen.most_params.max(access.rows.params.len());
    seen.folded += usize::from(access.rows.sql.contains("`$p`"));
    seen.longest = seen.longest.max(access.rows.sql.len());
    match found.len() {
        0 => seen.none += 1,
        ROWS => seen.all += 1,
        _ => seen.some += 1,
    }
}

/// Some of the fields, one by one.
fn compare_fields(
    case: &Case<'_>,
    connection: &Connection,
    records: &[(i64, Map<String, Value>)],
    seen: &mut Seen,
    (offset, step): (usize, usize),
    told: &str,
) {
    let access = case
        .policy
        .access(&case.subject, "doc", case.action, &case.given);
    let access = access.unwrap();
    let all = FIELDS.iter().zip(&access.fields).skip(offset).step_by(step);
    for ((name, _), field) in all.filter(|_| !access.rows.is_never()) {
        let found = match field {
            FieldAccess::Never => Vec::new(),
            FieldAccess::Always => picked(connection, &[&access.rows], false),
            FieldAccess::When(when) => {
                seen.partial_fields += 1;
                picked(connection, &[&access.rows, when], false)
            }
        };
        seen.fields += 1;
        let allowed = case.allowed(records, Some(name));
        assert_eq!(found, allowed, "field `{name}`: {field:?}\n{told}");
    }
}

#[test]
fn a_predicate_is_finished_and_complete_wherever_it_stands() {
    let mut dice = Dice(7);
    for _ in 0..50 {
        let text = policy(&mut dice);
        let policy = toml::parse(&text).unwrap();
        let connection = table(&mut dice, true);
        let principal: Principal = serde_json::from_value(principal(&mut dice)).unwrap();
        let subject = Subject::compile(&policy, &principal);
        let filter = policy
            .filter(&subject, "doc", "read", &Given::default())
            .unwrap();
        let not = Fragment {
            sql: format!("NOT {}", filter.sql),
            params: filter.params.clone(),
        };
        let with = picked(&connection, &[&filter], false).len();
        let without = picked(&connection, &[&not], false).len();
        assert_eq!(with + without, ROWS, "no row is neither: {}", filter.sql);
    }
}
