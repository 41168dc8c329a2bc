//! The first thing that is wrong with a document.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::super::names::nearest;
use super::super::{PolicyError, PolicyErrorKind, Position};

/// Remembers the first thing that is wrong, and forgets what comes after it.
///
/// Compiling goes on with a number 0 or nothing in the place of what is wrong; whoever began it asks
/// [`Self::check`] before using what came out.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Option<PolicyError>,
}

impl Problems {
    /// Whether something is wrong.
    pub(super) const fn exist(&self) -> bool {
        self.first.is_some()
    }

    /// Refuses a document in which something is wrong.
    pub(super) fn check(self) -> Result<(), PolicyError> {
        match self.first {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    #[inline(never)]
    pub(super) fn note(&mut self, kind: PolicyErrorKind, at: Option<Position>) {
        if self.first.is_none() {
            self.first = Some(kind.at(at));
        }
    }

    #[inline(never)]
    pub(super) fn duplicate(&mut self, what: &'static str, name: &str, at: Option<Position>) {
        let name = name.to_string();
        self.note(PolicyErrorKind::Duplicate { what, name }, at);
    }

    #[inline(never)]
    pub(super) fn repeated(&mut self, what: &'static str, name: &str, at: Option<Position>) {
        let name = name.to_string();
        self.note(PolicyErrorKind::Repeated { what, name }, at);
    }

    pub(super) fn too_many(&mut self, what: &'static str, max: usize, at: Option<Position>) {
        self.note(PolicyErrorKind::TooMany { what, max }, at);
    }

    /// Notes a name that is none of the known ones, with the one that it is nearest to.
    #[inline(never)]
    pub(super) fn unknown<T: AsRef<str>>(
        &mut self,
        what: &'static str,
        name: &str,
        known: &[T],
        at: Option<Position>,
    ) {
        // Looking for the nearest takes long; only the first is told.
        if self.exist() {
            return;
        }
        let mut names = Vec::with_capacity(known.len());
        for name in known {
            names.push(name.as_ref());
        }
        let nearest = nearest(name, &names).map(ToString::to_string);
        let name = name.to_string();
        self.note(
            PolicyErrorKind::UnknownName {
                what,
                name,
                nearest,
            },
            at,
        );
    }
}
