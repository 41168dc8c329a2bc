//! What `examples/guarded-api` says of its notes, on SQLite: its policy and its schema, by the calls that its
//! worker makes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

#[path = "../common/done.rs"]
mod done;
#[path = "../rows/support.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod support;

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Grant, Principal, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{Rows, RowsError, Select, Where};

use support::{Memory, done};

const POLICY: &str = include_str!("../../../../examples/guarded-api/policy.toml");
const SCHEMA: &str = include_str!("../../../../examples/guarded-api/schema.sql");
const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

struct World {
    policy: Policy,
    notes: Memory,
}

impl World {
    /// A note of each of Lea, lead of the red team, Mo, its member, and Bo of the blue team.
    fn new() -> Self {
        let world = Self {
            policy: toml::parse(POLICY).unwrap(),
            notes: Memory::new(SCHEMA),
        };
        for (who, team) in [("lea", "red"), ("mo", "red"), ("bo", "blue")] {
            assert_eq!(
                world.write(who, &format!("of-{who}"), team, &[]),
                Ok(1),
                "{who}"
            );
        }
        world
    }

    fn subject(&self, who: &str) -> Subject {
        let grants: &[&str] = match who {
            "lea" => &["lead@team:red"],
            "mo" => &["member@team:red"],
            "bo" => &["member@team:blue"],
            _ => &[],
        };
        let principal = Principal {
            id: who.to_owned(),
            grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
            ..Principal::default()
        };
        Subject::compile(&self.policy, &principal)
    }

    fn write(
        &self,
        who: &str,
        id: &str,
        team: &str,
        more: &[(&str, Datum)],
    ) -> Result<u64, RowsError> {
        let subject = self.subject(who);
        let rows = Rows::bind(&self.notes, &self.policy, &subject, NOW);
        let mut values = vec![
            ("id", text(id)),
            ("team_id", text(team)),
            ("title", text(&format!("title of {who}"))),
            ("remark", text(&format!("remark of {who}"))),
            ("archived", Datum::Bool(false)),
        ];
        values.extend(more.iter().cloned());
        done(rows.insert("note", &values))
    }

    fn change(&self, who: &str, id: &str, field: &str, value: Datum) -> Result<u64, RowsError> {
        let subject = self.subject(who);
        let rows = Rows::bind(&self.notes, &self.policy, &subject, NOW);
        let search = Where::is("id", text(id));
        done(rows.update("note", &search, &[(field, value)]))
    }

    fn delete(&self, who: &str, id: &str) -> Result<u64, RowsError> {
        let subject = self.subject(who);
        let rows = Rows::bind(&self.notes, &self.policy, &subject, NOW);
        done(rows.delete("note", &Where::is("id", text(id))))
    }

    /// Ids and remarks of what somebody sees.
    fn seen(&self, who: &str) -> Vec<(Datum, Datum)> {
        let subject = self.subject(who);
        let rows = Rows::bind(&self.notes, &self.policy, &subject, NOW);
        let select = Select {
            fields: vec!["id".to_owned(), "remark".to_owned()],
            ..Select::default()
        };
        let page = done(rows.select("note", &select)).unwrap();
        let pair = |row: Vec<Datum>| <[Datum; 2]>::try_from(row).unwrap().into();
        page.rows.into_iter().map(pair).collect()
    }
}

fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

#[test]
fn everybody_sees_their_teams_notes_and_no_remark_but_their_own() {
    let world = World::new();
    let of_red = |remarks: [Datum; 2]| {
        let [lea, mo] = remarks;
        vec![(text("of-lea"), lea), (text("of-mo"), mo)]
    };
    assert_eq!(
        world.seen("lea"),
        of_red([text("remark of lea"), Datum::Null])
    );
    assert_eq!(
        world.seen("mo"),
        of_red([Datum::Null, text("remark of mo")])
    );
    assert_eq!(world.seen("bo"), [(text("of-bo"), text("remark of bo"))]);
    assert_eq!(world.seen("out"), []);
}

#[test]
fn nobody_writes_into_another_team_or_in_anothers_name() {
    let world = World::new();
    assert_eq!(world.write("bo", "x", "red", &[]), Ok(0));
    assert_eq!(world.write("out", "x", "red", &[]), Ok(0));
    assert_eq!(
        world.write("mo", "x", "red", &[("owner_id", text("lea"))]),
        Ok(0)
    );
    let taken = world.write("bo", "of-mo", "blue", &[]);
    assert!(
        matches!(&taken, Err(RowsError::Store(error)) if error.to_string().contains("UNIQUE constraint")),
        "{taken:?}"
    );
}

#[test]
fn a_note_is_changed_by_its_writer_and_what_is_archived_stays() {
    let world = World::new();
    for who in ["lea", "bo", "out"] {
        assert_eq!(
            world.change(who, "of-mo", "title", text("another")),
            Ok(0),
            "{who}"
        );
    }
    assert_eq!(world.change("mo", "of-mo", "title", text("another")), Ok(1));
    assert_eq!(
        world.change("mo", "of-mo", "archived", Datum::Bool(true)),
        Ok(1)
    );
    assert_eq!(
        world.change("mo", "of-mo", "title", text("too late")),
        Ok(0)
    );
    assert_eq!(
        world.change("mo", "of-mo", "archived", Datum::Bool(false)),
        Ok(1)
    );
    assert_eq!(world.change("mo", "of-mo", "title", text("again")), Ok(1));
}

#[test]
fn a_lead_deletes_a_members_note_and_nobody_else_does() {
    let world = World::new();
    for (who, id, count) in [
        ("bo", "of-mo", 0),
        ("mo", "of-lea", 0),
        ("lea", "of-bo", 0),
        ("lea", "of-mo", 1),
        ("bo", "of-bo", 1),
    ] {
        assert_eq!(world.delete(who, id), Ok(count), "{who} {id}");
    }
    assert_eq!(world.seen("mo"), [(text("of-lea"), Datum::Null)]);
}
