//! Counting tests.

use std::fmt;

/// How a suite went.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed; at least as many as are listed.
    pub(crate) failed: u64,
    /// Tests that said they can't run here.
    pub(crate) skipped: u64,
    /// What is known of the failed ones.
    pub(crate) failures: Vec<Failure>,
}

/// A failed test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its full name.
    pub(crate) name: String,
    /// What it said.
    pub(crate) details: String,
}

impl Tally {
    /// One test that passed.
    pub(crate) fn one_passed() -> Self {
        Self {
            passed: 1,
            ..Self::default()
        }
    }

    /// One test that failed.
    pub(crate) fn broken(name: &str, details: &str) -> Self {
        let failure = Failure {
            name: name.to_owned(),
            details: details.to_owned(),
        };
        Self {
            failed: 1,
            failures: vec![failure],
            ..Self::default()
        }
    }

    /// Both together.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures.iter().cloned());
        self
    }

    /// Itself, or a failure if no test passed or failed: an empty suite proves nothing.
    pub(crate) fn or_empty(self, suite: &str) -> Self {
        if self.passed + self.failed > 0 {
            return self;
        }
        let broken = Self::broken(
            &format!("{suite}: no test was found"),
            "a suite without tests proves nothing",
        );
        Self {
            skipped: self.skipped,
            ..broken
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "✗ {}", self.name)?;
        for line in self.details.lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_without_tests_fails_and_one_with_a_test_stays() {
        let empty = Tally {
            skipped: 3,
            ..Tally::default()
        }
        .or_empty("wasm");
        assert_eq!((empty.passed, empty.failed, empty.skipped), (0, 1, 3));
        assert_eq!(Tally::one_passed().or_empty("wasm"), Tally::one_passed());
    }

    #[test]
    fn sums_keep_every_failure() {
        let sum = Tally::one_passed()
            .plus(&Tally::broken("a", ""))
            .plus(&Tally::broken("b", ""));
        assert_eq!(sum.to_string(), "1 passed, 2 failed");
        assert_eq!(sum.failures.len(), 2);
    }
}
