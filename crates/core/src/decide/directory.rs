//! Which scope lies in which.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Code, RawScope, ScopePath};
use crate::policy::{Depth, Policy};

/// What is known about where scopes lie, and whose word counts.
///
/// A caller that names `team:t7` rarely knows its state, and a caller that could choose the state
/// could choose one where it has power. So a host that knows its scopes passes a closed directory:
/// its word replaces the caller's. A host that has already looked them up, and tests of a policy
/// alone, pass an open one: the path counts as it is written.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    closed: bool,
    parents: BTreeMap<(Depth, String), ScopePath>,
}

impl Directory {
    /// Takes every path as it is written.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            closed: false,
            parents: BTreeMap::new(),
        }
    }

    /// Takes ancestors from `paths` alone, each a full path such as `state:ca/team:t7`.
    ///
    /// A path that isn't one of this policy vouches for nothing and is left out.
    #[must_use]
    pub fn closed<'a>(policy: &Policy, paths: impl Iterator<Item = &'a str>) -> Self {
        let mut parents = BTreeMap::new();
        for path in paths.filter_map(|path| ScopePath::parse_text(policy, path).ok()) {
            parents.insert((path.depth(), path.leaf().to_string()), path);
        }
        Self {
            closed: true,
            parents,
        }
    }

    /// The path of a scope, with the ancestors that this directory vouches for.
    ///
    /// # Errors
    /// As [`ScopePath::parse`].
    pub fn resolve(&self, policy: &Policy, raw: &RawScope) -> Result<ScopePath, Code> {
        let path = ScopePath::parse(policy, raw)?;
        if !self.closed || path.depth() <= 1 {
            return Ok(path);
        }
        let depth = path.depth();
        let key = (depth, path.leaf().to_string());
        let above = usize::from(depth).saturating_sub(1);
        let ancestors: Vec<_> = match self.parents.get(&key) {
            Some(known) => (1..depth)
                .map(|at| known.id_at(at).map(ToString::to_string))
                .collect(),
            // Confused deputy: an ancestor that only the caller vouches for confers nothing.
            None => alloc::vec![None; above],
        };
        Ok(path.with_ancestors(&ancestors))
    }
}
