//! Inserting, updating and deleting rows.

use portcullis_core::condition::{Datum, Place, Term};
use portcullis_core::policy::FieldId;
use portcullis_core::sql::{Filter, Fragment, Mask, all, sql};

use super::statement::{joined, sendable, stored};
use super::{Bound, Rows, RowsError, Where};
use crate::Driver;

/// Values to write, by field.
type Values = Vec<(FieldId, Datum)>;

impl<D: Driver> Rows<'_, D> {
    /// Makes a row and says how many were made: 1, or 0 when the policy doesn't allow this one.
    ///
    /// Fields that aren't given get their defaults, and null without one: every declared column is
    /// written, as a default of the table's own would escape the check.
    ///
    /// # Errors
    /// A [`RowsError`]: a field that doesn't exist, is given twice or may never be given, a value of
    /// the wrong type, or the database's failure, such as a key that is taken.
    pub async fn insert(&self, resource: &str, values: &[(&str, Datum)]) -> Result<u64, RowsError> {
        let bound = self.bound(resource, "create")?;
        let (given, checks) = bound.given(values)?;
        if checks.is_never() {
            return Ok(0);
        }
        let mut record = Vec::new();
        for (id, field) in (0..).zip(&bound.resource.fields) {
            let value = match given.iter().find(|(other, _)| *other == id) {
                Some((_, value)) => value.clone(),
                None => self.default_of(&bound, id, field.default.as_ref())?,
            };
            record.push((id, stored(&value)));
        }
        let text = sql(
            "INSERT INTO @0 (@1) SELECT @1 FROM (@2) WHERE @3 RETURNING 1 AS `done`",
            &[
                &Fragment::name(&bound.resource.table),
                &bound.names(record.iter().map(|(id, _)| *id)),
                &bound.record(&record),
                &checks,
            ],
        );
        self.write(&text).await
    }

    /// Changes rows and says how many: of those that the search means, the ones that may be updated
    /// as they are and as they would become.
    ///
    /// # Errors
    /// As [`Self::insert`], and as [`Self::select`] for the search.
    pub async fn update(
        &self,
        resource: &str,
        search: &Where,
        values: &[(&str, Datum)],
    ) -> Result<u64, RowsError> {
        let bound = self.bound(resource, "update")?;
        let (given, checks) = bound.given(values)?;
        if given.is_empty() {
            return Err(RowsError::NothingToWrite);
        }
        let found = self.meant(&bound, search)?;
        if checks.is_never() || found.is_never() {
            return Ok(0);
        }
        let record: Vec<_> = (0..)
            .zip(&bound.resource.fields)
            .map(
                |(id, field)| match given.iter().find(|(other, _)| *other == id) {
                    Some((_, value)) => (id, stored(value)),
                    None => (id, Fragment::name(&field.name)),
                },
            )
            .collect();
        let sets: Vec<Fragment> = given
            .iter()
            .map(|(id, value)| sql("@0 = @1", &[&bound.name(*id), &stored(value)]))
            .collect();
        // A row that may be changed now must be one that may be changed afterwards: otherwise a
        // principal could hand rows to others, or take a row's tenant along.
        let text = sql(
            "UPDATE @0 SET @1 WHERE @2 AND @3 AND EXISTS (SELECT 1 FROM (@4) WHERE @2) \
             RETURNING 1 AS `done`",
            &[
                &Fragment::name(&bound.resource.table),
                &joined(&sets, ", "),
                &checks,
                &found,
                &bound.record(&record),
            ],
        );
        self.write(&text).await
    }

    /// Deletes rows and says how many: of those that the search means, the ones that may be.
    ///
    /// # Errors
    /// As [`Self::select`].
    pub async fn delete(&self, resource: &str, search: &Where) -> Result<u64, RowsError> {
        let bound = self.bound(resource, "delete")?;
        let found = self.meant(&bound, search)?;
        if bound.access.rows.is_never() || found.is_never() {
            return Ok(0);
        }
        let text = sql(
            "DELETE FROM @0 WHERE @1 AND @2 RETURNING 1 AS `done`",
            &[
                &Fragment::name(&bound.resource.table),
                &bound.access.rows,
                &found,
            ],
        );
        self.write(&text).await
    }

    async fn write(&self, text: &Fragment) -> Result<u64, RowsError> {
        let results = self.driver.batch(vec![sendable(text)?]).await?;
        Ok(results.first().map_or(0, |rows| rows.len() as u64))
    }

    /// The rows that a search before a write means. It sees what may be read, as a count of rows
    /// tells as much as the rows would.
    fn meant(&self, bound: &Bound<'_>, search: &Where) -> Result<Filter, RowsError> {
        let Ok(readable) = self.bound(&bound.resource.name, "read") else {
            return bound.found(search, None);
        };
        let rows = &readable.access.rows;
        let is_said = rows.is_always() || *rows == bound.access.rows;
        readable.found(search, (!is_said).then_some(rows))
    }

    fn default_of(
        &self,
        bound: &Bound<'_>,
        id: FieldId,
        default: Option<&Term>,
    ) -> Result<Datum, RowsError> {
        let value = match default {
            Some(Term::Constant(value)) => value.clone(),
            Some(Term::Place(Place::AuthId)) => self.subject.id().clone(),
            Some(Term::Place(Place::Auth(number))) => {
                let attributes = self.subject.attributes();
                let value = attributes.get(usize::from(*number));
                value.cloned().unwrap_or_default()
            }
            _ => Datum::Null,
        };
        bound.typed(id, &value)
    }
}

impl Bound<'_> {
    /// The rows that a search means, as one predicate about the resource's columns.
    fn found(&self, search: &Where, also: Option<&Filter>) -> Result<Filter, RowsError> {
        let parts = self.parts(search)?;
        let fields: Vec<FieldId> = parts
            .iter()
            .flat_map(|part| part.fields.iter().copied())
            .collect();
        let sight = self.sight(&fields, also);
        let (plain, masked) = sight.found(&parts);
        if masked.is_always() || masked.is_never() {
            return Ok(all(&[plain, masked]));
        }
        Ok(all(&[plain, sight.masks.around(&masked)]))
    }

    /// The values that are given, and what must be true of a row for them to be.
    fn given(&self, values: &[(&str, Datum)]) -> Result<(Values, Filter), RowsError> {
        let mut given: Values = Vec::with_capacity(values.len());
        for (name, value) in values {
            let id = self.field(name)?;
            if given.iter().any(|(other, _)| *other == id) {
                let field = (*name).to_owned();
                return Err(RowsError::GivenTwice { field });
            }
            if *self.mask(id) == Mask::Never {
                return Err(self.forbidden(name));
            }
            given.push((id, self.typed(id, value)?));
        }
        let ids: Vec<FieldId> = given.iter().map(|(id, _)| *id).collect();
        let masks = self.access.masks(&ids, None);
        let mut shown: Vec<Filter> = Vec::new();
        for when in ids.iter().filter_map(|id| masks.shown(*id)) {
            if !shown.contains(when) {
                shown.push(when.clone());
            }
        }
        let rows = self.access.rows.clone();
        if shown.is_empty() {
            return Ok((given, rows));
        }
        let shown = masks.around(&all(&shown));
        Ok((given, all(&[rows, shown])))
    }

    fn name(&self, id: FieldId) -> Fragment {
        let field = self.resource.field(id);
        field.map_or_else(Fragment::default, |field| Fragment::name(&field.name))
    }

    fn names(&self, ids: impl Iterator<Item = FieldId>) -> Fragment {
        let names: Vec<Fragment> = ids.map(|id| self.name(id)).collect();
        joined(&names, ", ")
    }

    /// A query for one record.
    fn record(&self, values: &[(FieldId, Fragment)]) -> Fragment {
        let columns: Vec<Fragment> = values
            .iter()
            .map(|(id, value)| sql("@0 AS @1", &[value, &self.name(*id)]))
            .collect();
        sql("SELECT @0 LIMIT -1", &[&joined(&columns, ", ")])
    }
}
