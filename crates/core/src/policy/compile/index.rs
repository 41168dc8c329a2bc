//! Names and their numbers.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::names::{
    MAX_POLICY_NAMES, MAX_RESOURCE_FIELDS, is_identifier, is_permission, is_plain_identifier,
};
use super::super::{PolicyErrorKind, Position};
use super::problem::Problems;

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

    /// What several of them are called.
    pub(super) const fn many(&self) -> &'static str {
        self.many
    }

    /// Notes a name that names of this kind don't look like.
    pub(super) fn check(&self, name: &str, at: Option<Position>, problems: &mut Problems) {
        if (self.is_valid)(name) {
            return;
        }
        let kind = PolicyErrorKind::MalformedName {
            what: self.one,
            name: name.to_string(),
            expected: self.expected,
        };
        problems.note(kind, at);
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
    names: Vec<String>,
    /// Where the search for a name begins: at its hash, and goes on to the next empty slot. 0 is
    /// empty, others are one more than a name's number; at most half of them are taken.
    slots: Vec<u16>,
}

impl Index {
    pub(super) const fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            names: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// How many names there are.
    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Numbers a name; a malformed one, a repeated one and one too many is a problem.
    pub(super) fn add(&mut self, name: &str, at: Option<Position>, problems: &mut Problems) -> u16 {
        self.kind.check(name, at, problems);
        let id = u16::try_from(self.len()).unwrap_or(u16::MAX);
        if id >= self.kind.max {
            problems.too_many(self.kind.many, self.kind.max.into(), at);
            return 0;
        }
        if self.get(name).is_some() {
            problems.duplicate(self.kind.one, name, at);
        }
        self.names.push(name.to_string());
        if self.len() * 2 > self.slots.len() {
            self.widen();
        } else {
            self.place(id);
        }
        id
    }

    /// Twice as many slots, and every name in its own again.
    fn widen(&mut self) {
        let wider = (self.slots.len() * 2).max(8);
        self.slots.clear();
        self.slots.resize(wider, 0);
        for id in (0..).take(self.len()) {
            self.place(id);
        }
    }

    /// Puts a name's number into the first empty slot from its hash on.
    fn place(&mut self, id: u16) {
        let name = self.names.get(usize::from(id));
        let mut at = self.first_slot(name.map_or("", String::as_str));
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at = self.next_slot(at);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = id + 1;
        }
    }

    /// The number of a name.
    pub(super) fn get(&self, name: &str) -> Option<u16> {
        let mut at = self.first_slot(name);
        loop {
            let id = self.slots.get(at)?.checked_sub(1)?;
            if self.names.get(usize::from(id))? == name {
                return Some(id);
            }
            at = self.next_slot(at);
        }
    }

    /// FNV-1a; the number of slots is a power of two.
    fn first_slot(&self, name: &str) -> usize {
        let mut hash: usize = 0x811c_9dc5;
        for byte in name.bytes() {
            hash = (hash ^ usize::from(byte)).wrapping_mul(0x0100_0193);
        }
        (hash ^ (hash >> 15)) & self.slots.len().wrapping_sub(1)
    }

    const fn next_slot(&self, at: usize) -> usize {
        (at + 1) & self.slots.len().wrapping_sub(1)
    }

    /// The number of a name that must be there; 0 when it isn't.
    pub(super) fn find(&self, name: &str, at: Option<Position>, problems: &mut Problems) -> u16 {
        let found = self.get(name);
        if found.is_none() {
            problems.unknown(self.kind.one, name, &self.names, at);
        }
        found.unwrap_or(0)
    }

    /// The numbers of names that must be there, none of them twice.
    pub(super) fn find_all(
        &self,
        names: &[String],
        at: Option<Position>,
        problems: &mut Problems,
    ) -> Vec<u16> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let id = self.find(name, at, problems);
            if ids.contains(&id) {
                problems.repeated(self.kind.one, name, at);
            }
            ids.push(id);
        }
        ids
    }
}

/// One of the words of the language; its number is its place among them.
pub(super) fn word(
    what: &'static str,
    words: &[&'static str],
    found: &str,
    at: Option<Position>,
    problems: &mut Problems,
) -> usize {
    for (number, word) in words.iter().enumerate() {
        if *word == found {
            return number;
        }
    }
    problems.unknown(what, found, words, at);
    0
}

/// What people call something: its label, or its name.
pub(super) fn label(label: &str, name: &str) -> String {
    if label.is_empty() { name } else { label }.to_string()
}
