//! From JavaScript's clock to the core's.

use portcullis_core::time::UnixSecs;

/// Whole seconds since the epoch, from milliseconds as `Date.now()` counts them.
///
/// A number that can't be a time counts as the end of time, at which everything has expired.
pub(crate) fn unix_secs(millis: f64) -> UnixSecs {
    // Fail closed: a NaN cast to an integer is 0, the one time at which nothing has expired.
    if !(millis.is_finite() && millis >= 0.0) {
        return UnixSecs::new(u64::MAX);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative by the check above; casts of floats saturate"
    )]
    UnixSecs::from_millis(millis as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_begins_at_its_first_millisecond() {
        assert_eq!(unix_secs(1_999.9), UnixSecs::new(1));
        assert_eq!(unix_secs(2_000.0), UnixSecs::new(2));
    }

    #[test]
    fn what_is_no_time_is_the_end_of_time() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
            assert_eq!(unix_secs(bad), UnixSecs::new(u64::MAX), "{bad}");
        }
    }
}
