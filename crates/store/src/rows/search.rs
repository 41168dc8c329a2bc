//! A caller's own search, by fields that it may read.

use portcullis_core::condition::{Comparison, Datum, Place, Scalar, Term, Test, Truth, Type};
use portcullis_core::policy::FieldId;
use portcullis_core::sql::{Columns, Filter, Fragment, Mask, Masks, all, sql};

use super::{Bound, RowsError};

/// Which rows are meant, among those that the policy allows.
///
/// Values are compared as conditions of policies compare them: by type, texts by their bytes, null
/// with null alone; what would be an error there finds no row.
#[derive(Debug, Clone, PartialEq)]
pub enum Where {
    /// All.
    Everything,
    /// A field compared with a value.
    Compare(String, Comparison, Datum),
    /// A field that is one of these values.
    OneOf(String, Vec<Datum>),
    /// A text that begins with this one.
    StartsWith(String, String),
    /// A list that has this member.
    Contains(String, Datum),
    /// All of them.
    All(Vec<Where>),
    /// At least one of them.
    Any(Vec<Where>),
    /// Not those.
    Not(Box<Where>),
}

impl Where {
    /// A field that has this value.
    #[must_use]
    pub fn is(field: &str, value: Datum) -> Self {
        Self::Compare(field.to_owned(), Comparison::Equal, value)
    }

    fn test(&self, bound: &Bound<'_>) -> Result<Test, RowsError> {
        let tests = |all: &[Self]| -> Result<Vec<Test>, RowsError> {
            all.iter().map(|one| one.test(bound)).collect()
        };
        let record = |id| Term::Place(Place::Record(id));
        Ok(match self {
            Self::Everything => Test::Constant(Truth::True),
            Self::All(all) => Test::And(tests(all)?),
            Self::Any(all) => Test::Or(tests(all)?),
            Self::Not(one) => Test::Not(Box::new(one.test(bound)?)),
            Self::Compare(field, comparison, value) => {
                let id = bound.searchable(field)?;
                let value = bound.typed(id, value)?;
                Test::Compare(*comparison, record(id), Term::Constant(value))
            }
            Self::OneOf(field, values) => {
                let id = bound.searchable(field)?;
                let typed = values.iter().map(|value| bound.typed(id, value));
                // Null is in no list, and no list has a null.
                let known = typed.filter(|value| !matches!(value, Ok(Datum::Null)));
                let values = known.collect::<Result<_, _>>()?;
                Test::In(record(id), Term::Constant(Datum::List(values)))
            }
            Self::StartsWith(field, start) => {
                let id = bound.searchable(field)?;
                let start = bound.of_type(id, Type::One(Scalar::Text), &start.as_str().into())?;
                Test::StartsWith(record(id), Term::Constant(start))
            }
            Self::Contains(field, member) => {
                let id = bound.searchable(field)?;
                let list = bound.typed(id, &Datum::List(vec![member.clone()]))?;
                let Datum::List(mut members) = list else {
                    return Err(bound.wrong_type(id));
                };
                let member = members.pop().unwrap_or_default();
                Test::In(Term::Constant(member), record(id))
            }
        })
    }
}

impl Bound<'_> {
    /// A field that may be searched by: one that is never allowed would tell its values by which
    /// rows are found.
    fn searchable(&self, name: &str) -> Result<FieldId, RowsError> {
        let id = self.field(name)?;
        if *self.mask(id) == Mask::Never {
            return Err(self.forbidden(name));
        }
        Ok(id)
    }

    fn of_type(
        &self,
        field: FieldId,
        kind: Type,
        value: &portcullis_core::json::Value,
    ) -> Result<Datum, RowsError> {
        let declared = self.resource.field(field).map(|field| field.kind);
        if declared != Some(kind) {
            return Err(self.wrong_type(field));
        }
        Ok(Datum::conform(value, kind))
    }

    fn wrong_type(&self, field: FieldId) -> RowsError {
        let declared = self.resource.field(field);
        RowsError::WrongType {
            field: declared.map(|field| field.name.clone()).unwrap_or_default(),
            expected: declared
                .map(|field| field.kind.to_string())
                .unwrap_or_default(),
        }
    }

    /// The parts of a search, all of which must be true, with the fields of each.
    pub(super) fn parts(&self, search: &Where) -> Result<Vec<Part>, RowsError> {
        if let Where::All(all) = search {
            let parts: Vec<Vec<Part>> = all
                .iter()
                .map(|one| self.parts(one))
                .collect::<Result<_, _>>()?;
            return Ok(parts.into_iter().flatten().collect());
        }
        let test = search.test(self)?;
        let mut fields = Vec::new();
        fields_of(&test, &mut fields);
        Ok(vec![Part { test, fields }])
    }

    /// Fields as they may be seen; with `also`, only in rows of which that is true.
    pub(super) fn sight(&self, fields: &[FieldId], also: Option<&Filter>) -> Sight<'_> {
        let masks = self.access.masks(fields, also);
        let mut columns = Columns::of(self.resource);
        for (id, field) in (0..).zip(&self.resource.fields) {
            let shown = match masks.shown(id) {
                // What nobody asked about has no mask.
                None if !fields.contains(&id) => sql("NULL", &[]),
                None => continue,
                Some(when) => {
                    let column = Fragment::name(&field.name);
                    sql("CASE WHEN @0 THEN @1 END", &[when, &column])
                }
            };
            columns.replace(id, shown);
        }
        Sight { masks, columns }
    }
}

/// A part of a search.
pub(super) struct Part {
    test: Test,
    pub(super) fields: Vec<FieldId>,
}

/// Some fields as they may be seen.
pub(super) struct Sight<'a> {
    pub(super) masks: Masks,
    pub(super) columns: Columns<'a>,
}

impl Sight<'_> {
    /// The rows that a search means: what of it is about the columns alone, so that indexes serve,
    /// and what is about masks.
    pub(super) fn found(&self, parts: &[Part]) -> (Filter, Filter) {
        let (mut plain, mut masked) = (Vec::new(), Vec::new());
        for part in parts {
            let is_plain = part.fields.iter().all(|id| self.masks.shown(*id).is_none());
            let side = if is_plain { &mut plain } else { &mut masked };
            side.push(self.columns.filter(&part.test));
        }
        (all(&plain), all(&masked))
    }
}

fn fields_of(test: &Test, fields: &mut Vec<FieldId>) {
    let mut add = |term: &Term| {
        if let Term::Place(Place::Record(id)) = term
            && !fields.contains(id)
        {
            fields.push(*id);
        }
    };
    match test {
        Test::And(all) | Test::Or(all) => all.iter().for_each(|one| fields_of(one, fields)),
        Test::Not(one) => fields_of(one, fields),
        Test::Compare(_, left, right) | Test::In(left, right) | Test::StartsWith(left, right) => {
            add(left);
            add(right);
        }
        // A search has no other tests.
        Test::Constant(_) | Test::Has(_) | Test::IsTrue(_) => (),
    }
}
