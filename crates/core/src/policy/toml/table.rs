//! TOML tables, read key by key, every error with its place.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use ::toml::de::{DeTable, DeValue};

use super::super::names::nearest;
use super::super::{PolicyError, PolicyErrorKind, Position};
use super::source::Source;

const NAMES: &str = "a list of names";

/// A TOML table that remembers which of its keys were read, so that the rest can be refused.
pub(super) struct Table<'t> {
    source: &'t Source<'t>,
    path: String,
    members: &'t DeTable<'t>,
    span: Range<usize>,
    read: Vec<&'static str>,
}

/// One member of a table whose keys are names.
pub(super) struct Entry<'t> {
    source: &'t Source<'t>,
    path: String,
    pub(super) name: &'t str,
    pub(super) at: Position,
    value: &'t DeValue<'t>,
    span: Range<usize>,
}

impl<'t> Table<'t> {
    pub(super) fn new(
        source: &'t Source<'t>,
        path: String,
        members: &'t DeTable<'t>,
        span: Range<usize>,
    ) -> Self {
        Self {
            source,
            path,
            members,
            span,
            read: Vec::new(),
        }
    }

    pub(super) fn position(&self) -> Position {
        self.source.position(self.span.start)
    }

    fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_string()
        } else {
            alloc::format!("{}.{key}", self.path)
        }
    }

    pub(super) fn missing(&self, key: &str, because: &'static str) -> PolicyError {
        PolicyErrorKind::Missing {
            path: self.path_to(key),
            because,
        }
        .at(Some(self.position()))
    }

    fn value(&mut self, key: &'static str) -> Option<(&'t DeValue<'t>, Range<usize>)> {
        self.read.push(key);
        self.members
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| (value.get_ref(), value.span()))
    }

    fn wrong_type(&self, key: &str, span: &Range<usize>, expected: &'static str) -> PolicyError {
        wrong_type(self.source, self.path_to(key), span, expected)
    }

    pub(super) fn string(&mut self, key: &'static str) -> Result<Option<String>, PolicyError> {
        Ok(self.text(key)?.map(|(text, _)| text.to_string()))
    }

    pub(super) fn required(
        &mut self,
        key: &'static str,
        because: &'static str,
    ) -> Result<String, PolicyError> {
        self.string(key)?.ok_or_else(|| self.missing(key, because))
    }

    /// A string that, when it is there, says something: empty text would silently mean the default.
    pub(super) fn choice(
        &mut self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<Option<String>, PolicyError> {
        match self.text(key)? {
            Some(("", span)) => Err(self.wrong_type(key, &span, expected)),
            other => Ok(other.map(|(text, _)| text.to_string())),
        }
    }

    /// A string and the place of its first character; see [`Source::inside`].
    pub(super) fn placed_string(
        &mut self,
        key: &'static str,
    ) -> Result<Option<(String, Option<Position>)>, PolicyError> {
        Ok(self
            .text(key)?
            .map(|(text, span)| (text.to_string(), self.source.inside(&span, text))))
    }

    /// The string of a key and where it stands, quotes and all.
    pub(super) fn text(
        &mut self,
        key: &'static str,
    ) -> Result<Option<(&'t str, Range<usize>)>, PolicyError> {
        match self.value(key) {
            None => Ok(None),
            Some((DeValue::String(text), span)) => Ok(Some((text.as_ref(), span))),
            Some((_, span)) => Err(self.wrong_type(key, &span, "a string")),
        }
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<u32>, PolicyError> {
        const SHAPE: &str = "a whole number from 0 to 4294967295";
        match self.value(key) {
            None => Ok(None),
            Some((DeValue::Integer(number), span)) => {
                u32::from_str_radix(number.as_str(), number.radix())
                    .map(Some)
                    .map_err(|_| self.wrong_type(key, &span, SHAPE))
            }
            Some((_, span)) => Err(self.wrong_type(key, &span, SHAPE)),
        }
    }

    /// A list of names.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Vec<String>>, PolicyError> {
        let Some((value, span)) = self.value(key) else {
            return Ok(None);
        };
        let names = strings(self.source, &self.path_to(key), value, &span, NAMES)?;
        Ok(Some(names.into_iter().map(|(name, _)| name).collect()))
    }

    /// A list of names, each with its place.
    pub(super) fn placed_strings(
        &mut self,
        key: &'static str,
    ) -> Result<Vec<(String, Position)>, PolicyError> {
        let Some((value, span)) = self.value(key) else {
            return Ok(Vec::new());
        };
        let names = strings(self.source, &self.path_to(key), value, &span, NAMES)?;
        let placed = names.into_iter();
        Ok(placed
            .map(|(name, at)| (name, self.source.position(at)))
            .collect())
    }

    /// The table of a key and the place of its header, or of its key.
    pub(super) fn table(
        &mut self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<Option<Table<'t>>, PolicyError> {
        let Some((value, span)) = self.value(key) else {
            return Ok(None);
        };
        match value {
            DeValue::Table(table) => Ok(Some(Table::new(
                self.source,
                self.path_to(key),
                table,
                span,
            ))),
            _ => Err(self.wrong_type(key, &span, expected)),
        }
    }

    /// The members of a table whose keys are names, in the order of the file.
    pub(super) fn entries(&mut self, key: &'static str) -> Result<Vec<Entry<'t>>, PolicyError> {
        let Some(table) = self.table(key, "a table")? else {
            return Ok(Vec::new());
        };
        let mut members: Vec<_> = table.members.iter().collect();
        // The reader sorts by key; a policy keeps the order of its file.
        members.sort_by_key(|(name, _)| name.span().start);
        Ok(members
            .into_iter()
            .map(|(name, value)| Entry {
                source: self.source,
                path: table.path_to(name.get_ref()),
                name: name.get_ref(),
                at: self.source.position(name.span().start),
                value: value.get_ref(),
                span: value.span(),
            })
            .collect())
    }

    /// A list of tables.
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<Vec<Table<'t>>, PolicyError> {
        let Some((value, span)) = self.value(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(items) = value else {
            return Err(self.wrong_type(key, &span, expected));
        };
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(table) => Ok(Table::new(
                    self.source,
                    self.path_to(key),
                    table,
                    item.span(),
                )),
                _ => Err(self.wrong_type(key, &item.span(), expected)),
            })
            .collect()
    }

    /// Refuses keys that nothing asked for: a misspelt key must not silently mean its default.
    pub(super) fn finish(self, expected: &'static str) -> Result<(), PolicyError> {
        let unknown = self
            .members
            .keys()
            .filter(|key| !self.read.iter().any(|read| read == key.get_ref()))
            .min_by_key(|key| key.span().start);
        unknown.map_or(Ok(()), |key| {
            let nearest = nearest(key.get_ref(), &self.read);
            Err(PolicyErrorKind::UnknownKey {
                key: self.path_to(key.get_ref()),
                expected,
                nearest: nearest.map(ToString::to_string),
            }
            .at(Some(self.source.position(key.span().start))))
        })
    }
}

impl<'t> Entry<'t> {
    /// The value when it is a string.
    pub(super) fn string(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        }
    }

    /// The value, which must be a string.
    pub(super) fn required_string(&self, expected: &'static str) -> Result<String, PolicyError> {
        self.string().ok_or_else(|| self.wrong_type(expected))
    }

    /// The value when it is a list, which must be one of names.
    pub(super) fn strings(
        &self,
        expected: &'static str,
    ) -> Result<Option<Vec<String>>, PolicyError> {
        if !matches!(self.value, DeValue::Array(_)) {
            return Ok(None);
        }
        let names = strings(self.source, &self.path, self.value, &self.span, expected)?;
        Ok(Some(names.into_iter().map(|(name, _)| name).collect()))
    }

    /// The value, which must be a table.
    pub(super) fn table(&self, expected: &'static str) -> Result<Table<'t>, PolicyError> {
        match self.value {
            DeValue::Table(table) => Ok(Table::new(
                self.source,
                self.path.clone(),
                table,
                self.span.clone(),
            )),
            _ => Err(self.wrong_type(expected)),
        }
    }

    fn wrong_type(&self, expected: &'static str) -> PolicyError {
        wrong_type(self.source, self.path.clone(), &self.span, expected)
    }
}

/// Strings and where each begins, in bytes.
fn strings(
    source: &Source<'_>,
    path: &str,
    value: &DeValue<'_>,
    span: &Range<usize>,
    expected: &'static str,
) -> Result<Vec<(String, usize)>, PolicyError> {
    let DeValue::Array(items) = value else {
        return Err(wrong_type(source, path.to_string(), span, expected));
    };
    items
        .iter()
        .map(|item| match item.get_ref() {
            DeValue::String(name) => Ok((name.to_string(), item.span().start)),
            _ => Err(wrong_type(source, path.to_string(), &item.span(), expected)),
        })
        .collect()
}

fn wrong_type(
    source: &Source<'_>,
    path: String,
    span: &Range<usize>,
    expected: &'static str,
) -> PolicyError {
    PolicyErrorKind::WrongType { path, expected }.at(Some(source.position(span.start)))
}
