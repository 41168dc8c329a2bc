//! What the bound client reads and writes is what the decision allows, on random policies and rows.

use portcullis_core::condition::{Datum, Type};
use portcullis_core::decide::{Directory, Principal, Request, Subject, check};
use portcullis_core::json::{Map, Value};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{Rows, RowsError, Select, Where};
use std::sync::Mutex;

use crate::generate::{FIELDS, policy, principal};
use crate::random_table::{records, table};
use crate::random_values::values;
use crate::support::{Dice, Memory, done};

const NOW: UnixSecs = UnixSecs::new(1_795_308_739);
const WORLDS: u64 = 150;
/// No statement of these tests is longer, in bytes, though some policies have 65 rules about fields.
const LONGEST: usize = 80_000;

/// A table under a policy, and somebody.
struct World {
    policy: Policy,
    subject: Subject,
    database: Memory,
    told: String,
}

impl World {
    fn new(dice: &mut Dice, seed: u64) -> Self {
        let text = policy(dice);
        let policy = toml::parse(&text).unwrap();
        let connection = table(dice, false);
        let principal = principal(dice);
        let parsed: Principal = serde_json::from_value(principal.clone()).unwrap();
        Self {
            subject: Subject::compile(&policy, &parsed),
            policy,
            database: Memory {
                connection: Mutex::new(connection),
                asked: Mutex::default(),
            },
            told: format!("seed {seed}\n{principal}\n{text}"),
        }
    }

    fn rows(&self) -> Rows<'_, Memory> {
        Rows::bind(&self.database, &self.policy, &self.subject, NOW)
    }

    fn records(&self) -> Vec<(i64, Map<String, Value>)> {
        records(&self.database.connection.lock().unwrap())
    }

    fn allows(&self, action: &str, record: &Map<String, Value>, fields: &[&str]) -> bool {
        let request = Request {
            resource: Some("doc".to_owned()),
            action: Some(action.to_owned()),
            record: Some(record.clone()),
            fields: Some(fields.iter().map(|field| (*field).to_owned()).collect()),
            ..Request::default()
        };
        check(
            &self.policy,
            &self.subject,
            &request,
            &Directory::open(),
            NOW,
        )
        .is_allowed()
    }
}

fn with(record: &Map<String, Value>, values: &[(&str, Datum)]) -> Map<String, Value> {
    let mut record = record.clone();
    for (name, value) in values {
        record.insert((*name).to_owned(), value.to_json());
    }
    record
}

#[test]
fn pages_show_the_allowed_rows_and_of_them_the_allowed_fields() {
    let (mut shown, mut longest) = (0, 0);
    for seed in 1_000..1_000 + WORLDS {
        let mut dice = Dice(seed);
        let world = World::new(&mut dice, seed);
        let page = done(world.rows().select("doc", &Select::default())).unwrap();
        let kinds: Vec<_> = page
            .fields
            .iter()
            .map(|name| *FIELDS.iter().find(|(field, _)| field == name).unwrap())
            .collect();
        let mut expected = Vec::new();
        for (_, record) in world.records() {
            if !world.allows("read", &record, &[]) {
                continue;
            }
            let row = kinds.iter().map(|(name, kind)| {
                let value = Datum::conform(&record[*name], Type::parse(kind).unwrap());
                if world.allows("read", &record, &[name]) {
                    value
                } else {
                    Datum::Null
                }
            });
            expected.push(row.collect::<Vec<_>>());
            for (name, _) in FIELDS.iter().filter(|field| !kinds.contains(field)) {
                assert!(
                    !world.allows("read", &record, &[name]),
                    "{name}\n{}",
                    world.told
                );
            }
        }
        let sorted = |rows: &[Vec<Datum>]| {
            // SQLite writes -0.0 as 0.0.
            let text = |row| format!("{row:?}").replace("Float(-0.0)", "Float(0.0)");
            let mut rows: Vec<_> = rows.iter().map(text).collect();
            rows.sort();
            rows
        };
        assert_eq!(sorted(&page.rows), sorted(&expected), "{}", world.told);
        shown += page.rows.len();
        longest = longest.max(world.database.longest());
    }
    println!("{shown} rows; the longest statement has {longest} bytes");
    assert!(shown > 500, "{shown}");
    assert!(longest > 10_000 && longest < LONGEST, "{longest}");
}

#[test]
fn an_update_changes_the_rows_that_may_be_changed_as_they_are_and_become() {
    let (mut changed, mut kept, mut longest) = (0, 0, 0);
    for seed in 2_000..2_000 + 2 * WORLDS {
        let mut dice = Dice(seed);
        let world = World::new(&mut dice, seed);
        let values = values(&mut dice, 8);
        if values.is_empty() {
            continue;
        }
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let before = world.records();
        let expected: Vec<_> = before
            .iter()
            .map(|(id, old)| {
                let new = with(old, &values);
                let may =
                    world.allows("update", old, &names) && world.allows("update", &new, &names);
                (*id, if may { new } else { old.clone() }, may)
            })
            .collect();
        let count = expected.iter().filter(|(_, _, may)| *may).count();
        match done(world.rows().update("doc", &Where::Everything, &values)) {
            Ok(rows) => assert_eq!(rows, count as u64, "{values:?}\n{}", world.told),
            Err(RowsError::FieldForbidden { .. }) => assert_eq!(count, 0, "{}", world.told),
            Err(error) => panic!("{error}\n{}", world.told),
        }
        let after: Vec<_> = expected
            .into_iter()
            .map(|(id, record, _)| (id, record))
            .collect();
        assert_eq!(world.records(), after, "{values:?}\n{}", world.told);
        changed += count;
        longest = longest.max(world.database.longest());
        kept += before.len() - count;
    }
    println!("{changed} changed; the longest statement has {longest} bytes");
    assert!(longest < LONGEST, "{longest}");
    assert!(changed > 300 && kept > 300, "{changed}, {kept}");
}

#[test]
fn an_insert_makes_the_row_that_may_be_made() {
    let (mut made, mut refused) = (0, 0);
    for seed in 3_000..3_000 + 4 * WORLDS {
        let mut dice = Dice(seed);
        let world = World::new(&mut dice, seed);
        let values = values(&mut dice, 2);
        let nulls = FIELDS
            .iter()
            .map(|(name, _)| ((*name).to_owned(), Value::Null));
        let record = with(&nulls.collect(), &values);
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let may = world.allows("create", &record, &names);
        let before = world.records().len();
        match done(world.rows().insert("doc", &values)) {
            Ok(rows) => assert_eq!(rows, u64::from(may), "{values:?}\n{}", world.told),
            Err(RowsError::FieldForbidden { .. }) => assert!(!may, "{}", world.told),
            Err(error) => panic!("{error}\n{}", world.told),
        }
        let records = world.records();
        assert_eq!(records.len(), before + usize::from(may));
        if may {
            assert_eq!(records.last().unwrap().1, record, "{}", world.told);
            made += 1;
        } else {
            refused += 1;
        }
    }
    assert!(made > 50 && refused > 50, "{made}, {refused}");
}
