//! The operator's policy, read at once or when it is first asked for.

use core::fmt;
use core::ops::Deref;
use std::sync::LazyLock;

use portcullis_core::policy::Policy;

/// A policy that is there as soon as something looks at it.
pub struct GivenPolicy(LazyLock<Policy, Box<dyn FnOnce() -> Policy + Send>>);

impl GivenPolicy {
    /// A policy that is known to be right and is read when it is first asked for: at the edge an isolate
    /// begins with somebody's request in its hands, and that may need none.
    #[must_use]
    pub fn read_later(read: impl FnOnce() -> Policy + Send + 'static) -> Self {
        Self(LazyLock::new(Box::new(read)))
    }
}

impl From<Policy> for GivenPolicy {
    fn from(policy: Policy) -> Self {
        Self::read_later(|| policy)
    }
}

impl Deref for GivenPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0
    }
}

impl fmt::Debug for GivenPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenPolicy").finish_non_exhaustive()
    }
}
