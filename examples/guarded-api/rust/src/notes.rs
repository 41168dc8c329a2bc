//! The notes that a caller may see and change: each call is one statement, and the policy is part of it.

use portcullis_core::condition::Datum;
use portcullis_core::decide::Subject;
use portcullis_core::json::{Map, Value};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use portcullis_store::Driver;
use portcullis_store::rows::{Rows, Select, Where};
use serde_json::json;
use worker::Response;

use crate::answer::{Refusal, json_answer};

const NOTE: &str = "note";
/// What a caller may give; `owner_id` comes from its token, by the policy's default.
const GIVEN: [&str; 3] = ["team_id", "title", "remark"];
const CHANGED: [&str; 3] = ["title", "remark", "archived"];

/// The table of notes, bound to a caller.
pub(crate) struct Notes<'a, D> {
    rows: Rows<'a, D>,
}

type Answer = Result<Response, Refusal>;

impl<'a, D: Driver> Notes<'a, D> {
    pub(crate) fn of(
        database: &'a D,
        policy: &'a Policy,
        caller: &'a Subject,
        now: UnixSecs,
    ) -> Self {
        Self {
            rows: Rows::bind(database, policy, caller, now),
        }
    }

    /// Every note that the caller may read; a remark that it may not is null.
    pub(crate) async fn list(&self) -> Answer {
        let notes = self.select(Where::Everything).await?;
        json_answer(200, &json!({ "notes": notes }))
    }

    /// The titles of a team's notes, for who may read its report.
    pub(crate) async fn report(&self, team: &str) -> Answer {
        let of_team = Where::is("team_id", Datum::Text(team.to_owned()));
        let notes = self.select(of_team).await?;
        let titles: Vec<_> = notes.iter().filter_map(|note| note.get("title")).collect();
        json_answer(200, &json!({ "team": team, "titles": titles }))
    }

    /// Makes a note under an id that the caller chooses.
    pub(crate) async fn write(&self, id: &str, members: Map<String, Value>) -> Answer {
        let mut values = given(&GIVEN, members)?;
        values.push(("id", Datum::Text(id.to_owned())));
        values.push(("archived", Datum::Bool(false)));
        let made = self.rows.insert(NOTE, &values).await?;
        if made == 0 {
            let message = "You may not write notes in this team.".to_owned();
            return json_answer(403, &json!({ "code": "forbidden", "message": message }));
        }
        json_answer(201, &json!({ "id": id }))
    }

    /// Changes a note: one that isn't there and one that the caller may not change are the same to it.
    pub(crate) async fn change(&self, id: &str, members: Map<String, Value>) -> Answer {
        let values = given(&CHANGED, members)?;
        let changed = self.rows.update(NOTE, &by_id(id), &values).await?;
        done(id, changed)
    }

    /// Deletes a note; as [`Self::change`].
    pub(crate) async fn delete(&self, id: &str) -> Answer {
        let deleted = self.rows.delete(NOTE, &by_id(id)).await?;
        done(id, deleted)
    }

    async fn select(&self, filter: Where) -> Result<Vec<Map<String, Value>>, Refusal> {
        let select = Select {
            filter,
            ..Select::default()
        };
        let page = self.rows.select(NOTE, &select).await?;
        let note = |row: &Vec<Datum>| {
            let members = page.fields.iter().zip(row);
            members
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect()
        };
        Ok(page.rows.iter().map(note).collect())
    }
}

fn by_id(id: &str) -> Where {
    Where::is("id", Datum::Text(id.to_owned()))
}

fn done(id: &str, count: u64) -> Answer {
    if count == 0 {
        return Err(Refusal::NotFound);
    }
    json_answer(200, &json!({ "id": id }))
}

/// Members of a body that are taken, with their values; their types are checked against the policy.
fn given(
    taken: &'static [&'static str],
    members: Map<String, Value>,
) -> Result<Vec<(&'static str, Datum)>, Refusal> {
    let mut values = Vec::new();
    for (name, value) in members {
        let known = taken.iter().find(|known| **known == name);
        let Some(known) = known else {
            // Mass assignment (CWE-915): what isn't for the caller to set is refused, not passed over.
            let message = format!(
                "`{}` can't be set",
                name.chars().take(32).collect::<String>()
            );
            return Err(Refusal::Invalid("unknown_field", message));
        };
        let value = match value {
            Value::Null => Datum::Null,
            Value::Bool(flag) => Datum::Bool(flag),
            Value::String(text) => Datum::Text(text),
            _ => {
                return Err(Refusal::Invalid(
                    "wrong_type",
                    format!("`{known}` is no text and no flag"),
                ));
            }
        };
        values.push((*known, value));
    }
    Ok(values)
}
