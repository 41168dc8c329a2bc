//! A row of another product, by column.

use std::collections::BTreeMap;

use super::field::Field;

/// A row. Columns are found whatever the adapter called them: `emailVerified`, `email_verified`,
/// `EMAILVERIFIED`.
#[derive(Debug, Default)]
pub(super) struct Record {
    columns: BTreeMap<String, Field>,
}

impl Record {
    pub(super) fn put(&mut self, column: &str, field: Field) {
        self.columns.insert(known_form(column), field);
    }

    /// The value of a column, whose name is in lower case without underscores.
    pub(super) fn field(&self, column: &str) -> &Field {
        self.columns.get(column).unwrap_or(&Field::Null)
    }

    /// A text that isn't empty.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.field(column).text().filter(|text| !text.is_empty())
    }

    /// A text that a row can't do without.
    pub(super) fn required(&self, column: &str) -> Result<String, String> {
        let text = self
            .text(column)
            .ok_or_else(|| format!("it has no `{column}`"))?;
        // SQL text can't hold a NUL, and no id or name has one.
        if text.contains('\0') {
            return Err(format!("its `{column}` has a NUL character"));
        }
        Ok(text)
    }

    /// A point in time in milliseconds; `None` where the column is empty.
    pub(super) fn time_ms(&self, column: &str) -> Result<Option<i64>, String> {
        match self.field(column) {
            Field::Null => Ok(None),
            field => field
                .time_ms()
                .map(Some)
                .ok_or_else(|| format!("its `{column}` isn't a time")),
        }
    }

    /// A truth value; `false` where the column is empty.
    pub(super) fn flag(&self, column: &str) -> Result<bool, String> {
        match self.field(column) {
            Field::Null => Ok(false),
            field => field
                .flag()
                .ok_or_else(|| format!("its `{column}` is neither true nor false")),
        }
    }
}

fn known_form(column: &str) -> String {
    let plain = column.chars().filter(|c| *c != '_');
    plain.flat_map(char::to_lowercase).collect()
}
