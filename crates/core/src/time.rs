//! Points in time as plain numbers. Nothing here reads a clock.

use core::fmt;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (RFC 7519 section 2).
///
/// The host reads its clock and passes the result; the core never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSecs(u64);

impl UnixSecs {
    /// Takes seconds since the epoch.
    #[must_use]
    pub const fn new(secs: u64) -> Self {
        Self(secs)
    }

    /// Takes milliseconds since the epoch, as JavaScript's `Date.now()` counts them, and drops the
    /// fraction of a second.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis / 1000)
    }

    /// Returns seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns this time `secs` seconds later, or the last representable time.
    #[must_use]
    pub const fn plus_secs(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Returns how many seconds `self` is after `earlier`, or 0 if it isn't.
    #[must_use]
    pub const fn secs_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixSecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for UnixSecs {
    fn from(secs: u64) -> Self {
        Self(secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_lose_their_fraction() {
        assert_eq!(UnixSecs::from_millis(1_999), UnixSecs::new(1));
        assert_eq!(UnixSecs::from_millis(2_000), UnixSecs::new(2));
    }

    #[test]
    fn additions_stop_at_the_end_of_time() {
        assert_eq!(
            UnixSecs::new(u64::MAX).plus_secs(1),
            UnixSecs::new(u64::MAX)
        );
        assert_eq!(UnixSecs::new(5).secs_since(UnixSecs::new(9)), 0);
    }
}
