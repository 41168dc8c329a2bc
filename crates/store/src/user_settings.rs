//! Settings of users.

use portcullis_service::StoreError;
use portcullis_service::user_settings::{
    Change, Layer, MAX_MEMBERS, MAX_OBJECT_BYTES, MAX_OBJECTS, MAX_USER_BYTES, NewSettings, Place,
    Precondition, Stored, Tags, UserSettingsStore, Written,
};

use crate::scopes::json;
use crate::{Driver, Row, SqlStore, Statement, Value};

impl<D: Driver> UserSettingsStore for SqlStore<D> {
    async fn user_settings(
        &self,
        user_id: &str,
        places: &[Place],
    ) -> Result<Vec<Stored>, StoreError> {
        self.all(at(user_id, places), stored).await
    }

    async fn user_settings_layers(&self, user_id: &str) -> Result<Vec<Layer>, StoreError> {
        self.all(layers(user_id), layer).await
    }

    async fn write_user_settings(
        &self,
        new: &NewSettings<'_>,
    ) -> Result<Option<Written>, StoreError> {
        let state = || state(new.user_id, new.place);
        let statements = vec![state(), write(new), state()];
        written(&self.driver().batch(statements).await?)
    }

    async fn remove_user_settings(
        &self,
        user_id: &str,
        place: &Place,
        precondition: &Precondition,
    ) -> Result<Option<Written>, StoreError> {
        let state = || state(user_id, place);
        let statements = vec![state(), remove(user_id, place, precondition), state()];
        written(&self.driver().batch(statements).await?)
    }
}

fn at(user_id: &str, places: &[Place]) -> Statement {
    let keys: Vec<String> = places
        .iter()
        .map(|place| format!("{} {}", place.kind(), place.name()))
        .collect();
    Statement::new(
        "SELECT name AS id, * FROM user_setting WHERE user_id = ?1 \
         AND kind || ' ' || name IN (SELECT value FROM json_each(?2))",
        vec![user_id.into(), json(&keys)],
    )
}

fn layers(user_id: &str) -> Statement {
    Statement::new(
        "SELECT name AS id, kind, name, bytes, etag, updated_at_ms FROM user_setting \
         WHERE user_id = ?1 ORDER BY kind, name",
        vec![user_id.into()],
    )
}

/// How a place is, and how many objects the user has; no row when there is no such user.
fn state(user_id: &str, place: &Place) -> Statement {
    Statement::new(
        "SELECT u.id, s.kind, s.name, s.body, s.bytes, s.etag, s.updated_at_ms, \
         (SELECT count(*) FROM user_setting WHERE user_id = ?1) AS objects \
         FROM user u LEFT JOIN user_setting s \
         ON s.user_id = u.id AND s.kind = ?2 AND s.name = ?3 WHERE u.id = ?1",
        vec![user_id.into(), place.kind().into(), place.name().into()],
    )
}

/// What must be so for a write, with the place in `?1` to `?3` and the tags in `?4` and `?5`.
macro_rules! precondition {
    () => {
        "(?4 IS NULL OR EXISTS (SELECT 1 FROM user_setting s JOIN json_each(?4) tag \
         ON tag.value IN ('*', s.etag) WHERE s.user_id = ?1 AND s.kind = ?2 AND s.name = ?3)) \
         AND NOT EXISTS (SELECT 1 FROM user_setting s JOIN json_each(?5) tag \
         ON tag.value IN ('*', s.etag) WHERE s.user_id = ?1 AND s.kind = ?2 AND s.name = ?3)"
    };
}

/// Lost update (CWE-362): the condition, the limits and the change are one statement. A row comes
/// back when it was done.
fn write(new: &NewSettings<'_>) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO user_setting (user_id, kind, name, body, bytes, etag, updated_at_ms) \
             SELECT ?1, ?2, ?3, n.body, length(CAST(n.body AS BLOB)), ?7, ?8 FROM (\
             SELECT u.id, CASE ?9 WHEN 1 THEN json_patch(coalesce((SELECT s.body \
             FROM user_setting s WHERE s.user_id = ?1 AND s.kind = ?2 AND s.name = ?3), '{}'), ?6) \
             ELSE ?6 END AS body FROM user u WHERE u.id = ?1) n WHERE ",
            precondition!(),
            " AND length(CAST(n.body AS BLOB)) <= ?10 \
             AND (SELECT count(*) FROM json_each(n.body)) <= ?11 \
             AND (SELECT coalesce(sum(o.bytes), 0) FROM user_setting o WHERE o.user_id = ?1 \
             AND NOT (o.kind = ?2 AND o.name = ?3)) + length(CAST(n.body AS BLOB)) <= ?12 \
             AND (SELECT count(*) FROM user_setting o WHERE o.user_id = ?1 \
             AND NOT (o.kind = ?2 AND o.name = ?3)) < ?13 \
             ON CONFLICT (user_id, kind, name) DO UPDATE SET body = excluded.body, \
             bytes = excluded.bytes, etag = excluded.etag, updated_at_ms = excluded.updated_at_ms \
             RETURNING etag"
        ),
        vec![
            new.user_id.into(),
            new.place.kind().into(),
            new.place.name().into(),
            tags(new.precondition.matches.as_ref()),
            tags(new.precondition.none_matches.as_ref()),
            new.text.into(),
            new.etag.into(),
            new.at_ms.into(),
            (new.change == Change::Patch).into(),
            limit(MAX_OBJECT_BYTES),
            limit(MAX_MEMBERS),
            limit(MAX_USER_BYTES),
            limit(MAX_OBJECTS),
        ],
    )
}

fn remove(user_id: &str, place: &Place, condition: &Precondition) -> Statement {
    Statement::new(
        concat!(
            "DELETE FROM user_setting WHERE user_id = ?1 AND kind = ?2 AND name = ?3 AND ",
            precondition!(),
            " RETURNING etag"
        ),
        vec![
            user_id.into(),
            place.kind().into(),
            place.name().into(),
            tags(condition.matches.as_ref()),
            tags(condition.none_matches.as_ref()),
        ],
    )
}

/// A JSON list of tags, or of `*`, which is no tag of ours: one that is sent as a tag holds for nothing.
fn tags(tags: Option<&Tags>) -> Value {
    match tags {
        None => Value::Null,
        Some(Tags::Any) => json(&["*"]),
        Some(Tags::These(tags)) => {
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            json(
                &tags
                    .into_iter()
                    .filter(|tag| *tag != "*")
                    .collect::<Vec<_>>(),
            )
        }
    }
}

fn limit(limit: usize) -> Value {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

/// The three results of a write: the state before, the row of what was done, the state after.
fn written(results: &[Vec<Row>]) -> Result<Option<Written>, StoreError> {
    let [before, done, after] = results else {
        return Err(StoreError::new("a write of settings has three results"));
    };
    let (Some(before), Some(after)) = (before.first(), after.first()) else {
        return Ok(None);
    };
    let is_there = |row: &Row| row.optional_text("kind").map(|kind| kind.is_some());
    Ok(Some(Written {
        done: !done.is_empty(),
        existed: is_there(before)?,
        now: is_there(after)?.then(|| stored(after)).transpose()?,
        objects: after.integer("objects")?,
    }))
}

fn layer(row: &Row) -> Result<Layer, StoreError> {
    let name = row.text("name")?;
    let place = Place::parse(&row.text("kind")?, &name)
        .map_err(|_| row.inconsistent("name", "the name of a place of its kind"))?;
    Ok(Layer {
        place,
        bytes: row.integer("bytes")?,
        etag: row.text("etag")?,
        updated_at_ms: row.integer("updated_at_ms")?,
    })
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    let settings = serde_json::from_str(&row.text("body")?)
        .map_err(|_| row.inconsistent("body", "a JSON object"))?;
    Ok(Stored {
        layer: layer(row)?,
        settings,
    })
}
