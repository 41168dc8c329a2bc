//! Names and their numbers.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::names::{
    MAX_POLICY_NAMES, MAX_RESOURCE_FIELDS, MAX_SCOPE_LEVELS, is_identifier, is_permission,
    is_plain_identifier, nearest,
};
use super::super::{PolicyError, PolicyErrorKind, Position};

/// What names of one kind look like, and how many there may be.
#[derive(Debug)]
pub(super) struct Kind {
    one: &'static str,
    many: &'static str,
    expected: &'static str,
    is_valid: fn(&str) -> bool,
    max: u16,
}

impl Kind {
    const fn new(one: &'static str, many: &'static str) -> Self {
        Self {
            one,
            many,
            expected: "a letter, then letters, digits, `_`, `-` or `.`, at most 64 bytes",
            is_valid: is_identifier,
            max: MAX_POLICY_NAMES,
        }
    }

    const fn plain(one: &'static str, many: &'static str, max: u16) -> Self {
        Self {
            expected: "a letter, then letters, digits or `_`, at most 64 bytes",
            is_valid: is_plain_identifier,
            max,
            ..Self::new(one, many)
        }
    }

    /// What one of them is called.
    pub(super) const fn one(&self) -> &'static str {
        self.one
    }

    /// Refuses a name that names of this kind don't look like.
    pub(super) fn check(&self, name: &str, at: Option<Position>) -> Result<(), PolicyError> {
        if (self.is_valid)(name) {
            return Ok(());
        }
        let kind = PolicyErrorKind::MalformedName {
            what: self.one,
            name: name.to_string(),
            expected: self.expected,
        };
        Err(kind.at(at))
    }
}

pub(super) static ACTION: Kind = Kind {
    max: MAX_RESOURCE_FIELDS,
    ..Kind::new("action", "actions of a resource")
};
pub(super) static APP: Kind = Kind::new("app", "apps");
pub(super) static AUTH: Kind = Kind::plain(
    "attribute of principals",
    "attributes of principals",
    MAX_POLICY_NAMES,
);
pub(super) static CONTEXT: Kind = Kind::plain(
    "attribute of requests",
    "attributes of requests",
    MAX_POLICY_NAMES,
);
pub(super) static FIELD: Kind = Kind::plain("field", "fields of a resource", MAX_RESOURCE_FIELDS);
pub(super) static PERMISSION: Kind = Kind {
    expected: "`noun:verb`, such as `report:run`, at most 64 bytes",
    is_valid: is_permission,
    ..Kind::new("permission", "permissions")
};
pub(super) static RESOURCE: Kind = Kind::new("resource", "resources");
pub(super) static ROLE: Kind = Kind::new("role", "roles");
pub(super) static RULE: Kind = Kind::new("rule", "rules");
pub(super) static SCOPE_LEVEL: Kind = Kind::new("scope level", "scope levels");
pub(super) static TABLE: Kind = Kind::new("table", "tables");
pub(super) static TIER: Kind = Kind::new("tier", "tiers");

/// The names of one kind, numbered in the order they were added.
#[derive(Debug, Clone)]
pub(super) struct Index {
    kind: &'static Kind,
    ids: BTreeMap<String, u16>,
}

impl Index {
    pub(super) const fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            ids: BTreeMap::new(),
        }
    }

    /// Numbers names in their order, refusing malformed and repeated ones.
    pub(super) fn of<'a>(
        kind: &'static Kind,
        names: impl Iterator<Item = (&'a String, Option<Position>)>,
    ) -> Result<Self, PolicyError> {
        let mut index = Self::new(kind);
        for (name, at) in names {
            index.add(name, at)?;
        }
        Ok(index)
    }

    pub(super) fn add(&mut self, name: &str, at: Option<Position>) -> Result<u16, PolicyError> {
        self.kind.check(name, at)?;
        let id = u16::try_from(self.ids.len())
            .ok()
            .filter(|id| *id < self.kind.max)
            .ok_or_else(|| too_many(self.kind.many, self.kind.max.into(), at))?;
        if self.ids.insert(name.to_string(), id).is_some() {
            let (what, name) = (self.kind.one, name.to_string());
            return Err(PolicyErrorKind::Duplicate { what, name }.at(at));
        }
        Ok(id)
    }

    pub(super) fn get(&self, name: &str) -> Option<u16> {
        self.ids.get(name).copied()
    }

    /// The number of a name that must be there.
    pub(super) fn find(&self, name: &str, at: Option<Position>) -> Result<u16, PolicyError> {
        let known = self.ids.keys().map(String::as_str);
        self.get(name)
            .ok_or_else(|| unknown(self.kind.one, name, known, at))
    }

    /// The numbers of names that must be there, none of them twice.
    pub(super) fn find_all(
        &self,
        names: &[String],
        at: Option<Position>,
    ) -> Result<Vec<u16>, PolicyError> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let id = self.find(name, at)?;
            if ids.contains(&id) {
                return Err(repeated(self.kind, name, at));
            }
            ids.push(id);
        }
        Ok(ids)
    }
}

pub(super) fn repeated(kind: &Kind, name: &str, at: Option<Position>) -> PolicyError {
    let (what, name) = (kind.one, name.to_string());
    PolicyErrorKind::Repeated { what, name }.at(at)
}

pub(super) fn too_many_levels(at: Option<Position>) -> PolicyError {
    too_many(SCOPE_LEVEL.many, MAX_SCOPE_LEVELS, at)
}

fn too_many(what: &'static str, max: usize, at: Option<Position>) -> PolicyError {
    PolicyErrorKind::TooMany { what, max }.at(at)
}

/// One of the words of the language; its number is its place among them.
pub(super) fn word(
    what: &'static str,
    words: &[&'static str],
    found: &str,
    at: Option<Position>,
) -> Result<usize, PolicyError> {
    let known = words.iter().position(|word| *word == found);
    known.ok_or_else(|| unknown(what, found, words.iter().copied(), at))
}

pub(super) fn unknown<'a>(
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    at: Option<Position>,
) -> PolicyError {
    PolicyErrorKind::UnknownName {
        what,
        name: name.to_string(),
        nearest: nearest(name, known).map(ToString::to_string),
    }
    .at(at)
}

/// What people call something: its label, or its name.
pub(super) fn label(label: &str, name: &str) -> String {
    if label.is_empty() { name } else { label }.to_string()
}
