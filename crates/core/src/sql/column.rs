//! Columns as values of the declared types: what isn't of the type is NULL.

use alloc::vec::Vec;

use super::fragment::{Fragment, sql};
use crate::condition::{Datum, Scalar, Type};
use crate::policy::{FieldId, Resource};

/// What stands for each field of a resource in SQL.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    resource: &'a Resource,
    texts: Vec<Fragment>,
}

/// A field in SQL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    /// The column, or what stands for it; of any type.
    pub(super) text: &'a Fragment,
    /// The declared type.
    pub(super) kind: Type,
}

impl<'a> Columns<'a> {
    /// The columns themselves, by their bare names.
    #[must_use]
    pub fn of(resource: &'a Resource) -> Self {
        let names = resource.fields.iter();
        Self {
            resource,
            texts: names.map(|field| Fragment::name(&field.name)).collect(),
        }
    }

    /// The same with something else for one field.
    pub fn replace(&mut self, field: FieldId, text: Fragment) {
        if let Some(slot) = self.texts.get_mut(usize::from(field)) {
            *slot = text;
        }
    }

    /// The value of a field, NULL where it isn't of the declared type; a list is its JSON text.
    #[must_use]
    pub fn value(&self, field: FieldId) -> Fragment {
        self.column(field)
            .map_or_else(|| Fragment::text("NULL"), Column::value)
    }

    pub(super) fn column(&self, field: FieldId) -> Option<Column<'_>> {
        Some(Column {
            text: self.texts.get(usize::from(field))?,
            kind: self.resource.field(field)?.kind,
        })
    }
}

impl Column<'_> {
    /// Its value or NULL; without affinity and collation of the column.
    pub(super) fn value(self) -> Fragment {
        let pattern = match self.kind {
            Type::One(Scalar::Text) => "CASE typeof(@0) WHEN 'text' THEN @0 END",
            Type::One(Scalar::Bool) => {
                "CASE WHEN typeof(@0) = 'integer' AND @0 IN (0, 1) THEN @0 END"
            }
            Type::One(Scalar::Int) => {
                "CASE WHEN typeof(@0) = 'integer' THEN @0 \
                 WHEN typeof(@0) = 'real' AND @0 = CAST(@0 AS INTEGER) THEN CAST(@0 AS INTEGER) END"
            }
            Type::One(Scalar::Float) => {
                "CASE WHEN typeof(@0) IN ('integer', 'real') AND @0 > -9e999 AND @0 < 9e999 \
                 THEN CAST(@0 AS REAL) END"
            }
            Type::List(scalar) => return self.list(scalar),
        };
        sql(pattern, &[self.text])
    }

    /// Whether it isn't null, as SQL that gives 1 or 0.
    pub(super) fn is_known(self) -> Fragment {
        match self.kind {
            Type::One(Scalar::Text) => sql("(typeof(@0) = 'text')", &[self.text]),
            _ => sql("(@0 IS NOT NULL)", &[&self.value()]),
        }
    }

    /// The JSON text or, so that no function of JSON fails on it, NULL.
    fn json(self) -> Fragment {
        // A NUL would end the text for SQLite's reader of JSON, whatever follows it.
        let pattern = "CASE WHEN typeof(@0) = 'text' AND instr(CAST(@0 AS BLOB), x'00') = 0 \
                       AND json_valid(@0) THEN @0 END";
        sql(pattern, &[self.text])
    }

    /// The JSON text of a list whose members are all of the type, or NULL.
    fn list(self, scalar: Scalar) -> Fragment {
        let is_member = match scalar {
            Scalar::Text => "`$e`.`type` = 'text'",
            Scalar::Bool => "`$e`.`type` IN ('true', 'false')",
            Scalar::Int => {
                "`$e`.`type` IN ('integer', 'real') \
                 AND `$e`.`value` = CAST(`$e`.`value` AS INTEGER)"
            }
            Scalar::Float => {
                "`$e`.`type` IN ('integer', 'real') \
                 AND `$e`.`value` > -9e999 AND `$e`.`value` < 9e999"
            }
        };
        let json = self.json();
        let pattern = "CASE WHEN json_type(@0) = 'array' AND NOT EXISTS (SELECT 1 FROM @1 \
                       WHERE NOT (@2)) THEN @3 END";
        let each = self.each();
        sql(
            pattern,
            &[&json, &each, &Fragment::text(is_member), self.text],
        )
    }

    /// The members, as the table `$e`.
    ///
    /// The column goes through a subquery of its own: beside `json_each` a column named `value` or
    /// `id` would be one of `json_each`'s.
    fn each(self) -> Fragment {
        let pattern = "(SELECT @0 AS `$l`) AS `$s`, json_each(`$s`.`$l`) AS `$e`";
        sql(pattern, &[&self.json()])
    }

    /// A query for the members of a list.
    pub(super) fn members(self) -> Fragment {
        let pattern = match self.kind {
            Type::List(Scalar::Float) => "SELECT CAST(`$e`.`value` AS REAL) FROM @0",
            _ => "SELECT `$e`.`value` FROM @0",
        };
        sql(pattern, &[&self.each()])
    }

    /// Characters of a text or members of a list; NULL for null.
    pub(super) fn size(self) -> Fragment {
        if matches!(self.kind, Type::List(_)) {
            return sql("json_array_length(@0)", &[&self.value()]);
        }
        // `length` stops at a NUL. As a JSON string the text has none: there every `\\` counts as
        // one, then every other `\x` as one and every `\uxxxx` as one.
        let pattern = "CASE WHEN instr(CAST(@0 AS BLOB), x'00') THEN (SELECT \
             length(`$t`) - 2 - (length(`$t`) - length(replace(`$t`, '\\', ''))) \
             - 2 * (length(`$t`) - length(replace(`$t`, '\\u', ''))) \
             FROM (SELECT replace(json_quote(@0), '\\\\', '_') AS `$t`)) ELSE length(@0) END";
        sql(pattern, &[&self.value()])
    }
}

/// The largest whole number that a double has without gaps below.
const EXACT: u64 = 1 << 53;

/// A single value as a parameter.
pub(super) fn parameter(value: &Datum) -> Fragment {
    match value {
        Datum::Null | Datum::List(_) => Fragment::text("NULL"),
        Datum::Bool(value) => Fragment::param(Datum::Int((*value).into())),
        Datum::Int(value) if value.unsigned_abs() > EXACT => {
            use alloc::string::ToString;
            // Hosts whose numbers are doubles would bind another one.
            let text = Fragment::param(Datum::Text(value.to_string()));
            sql("CAST(@0 AS INTEGER)", &[&text])
        }
        Datum::Float(value) => sql(
            "CAST(@0 AS REAL)",
            &[&Fragment::param(Datum::Float(*value))],
        ),
        Datum::Int(_) | Datum::Text(_) => Fragment::param(value.clone()),
    }
}

/// A set of values as one parameter that `json_each` reads.
pub(super) fn set(values: &[Datum]) -> Fragment {
    use alloc::string::ToString;
    let members = values.iter().map(|value| match value {
        Datum::Bool(value) => crate::json::Value::from(i64::from(*value)),
        value => value.to_json(),
    });
    let json = crate::json::Value::Array(members.collect());
    Fragment::param(Datum::Text(json.to_string()))
}
