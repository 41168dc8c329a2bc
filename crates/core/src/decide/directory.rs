//! Which scope lies in which.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

use super::order::{Entry, key};
use super::{Code, RawScope, ScopePath};
use crate::policy::Policy;

/// What is known about where scopes lie, and whose word counts.
///
/// A caller that names `team:t7` rarely knows its state, and a caller that could choose the state
/// could choose one where it has power. So a host that knows its scopes passes a closed directory:
/// its word replaces the caller's, and a scope that it doesn't list isn't there. A host that has
/// already looked them up, and tests of a policy alone, pass an open one: the path counts as it is
/// written.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// In their order; `None` when open.
    listed: Option<Vec<Entry>>,
}

impl Directory {
    /// Takes every path as it is written.
    #[must_use]
    pub const fn open() -> Self {
        Self { listed: None }
    }

    /// Knows `paths` alone, each a full path such as `state:ca/team:t7`, and the global scope.
    ///
    /// A path that isn't one of this policy is left out. A scope that is listed in two places is in
    /// none: nothing says which is meant.
    #[must_use]
    pub fn closed<'a>(policy: &Policy, paths: impl Iterator<Item = &'a str>) -> Self {
        let sorted: BinaryHeap<Entry> = paths
            .filter_map(|path| ScopePath::parse_text(policy, path).ok())
            .map(|scope| Entry { scope, number: 0 })
            .collect();
        Self {
            listed: Some(sorted.into_sorted_vec()),
        }
    }

    /// The path of a scope, with the ancestors that this directory vouches for.
    ///
    /// # Errors
    /// As [`ScopePath::parse`]; [`Code::UnknownTenant`] for a tenant that isn't listed,
    /// [`Code::UnknownScope`] for another scope.
    pub fn resolve(&self, policy: &Policy, raw: &RawScope) -> Result<ScopePath, Code> {
        self.resolve_path(policy, ScopePath::parse(policy, raw)?)
    }

    pub(crate) fn resolve_path(&self, policy: &Policy, path: ScopePath) -> Result<ScopePath, Code> {
        let depth = path.depth();
        self.find(path).ok_or_else(|| match policy.tenants() {
            Some(tenants) if tenants.depth == depth => Code::UnknownTenant,
            _ => Code::UnknownScope,
        })
    }

    /// The path of a scope that a request says somebody else has a role at; `None` when there is no
    /// such scope.
    ///
    /// Confused deputy: an ancestor that only the caller vouches for must not bring a scope under
    /// the caller's power.
    pub(crate) fn known(&self, path: ScopePath) -> Option<ScopePath> {
        self.find(path)
    }

    /// The listed path of a scope.
    fn find(&self, path: ScopePath) -> Option<ScopePath> {
        let Some(listed) = &self.listed else {
            return Some(path);
        };
        if path.depth() == 0 {
            return Some(path);
        }
        let wanted = key(&path);
        let start = listed.partition_point(|entry| key(&entry.scope) < wanted);
        let mut found = listed.iter().skip(start).map(|entry| &entry.scope);
        let first = found.next().filter(|scope| key(scope) == wanted)?;
        let is_elsewhere_too = found
            .take_while(|scope| key(scope) == wanted)
            .any(|scope| scope != first);
        (!is_elsewhere_too).then(|| first.clone())
    }
}
