//! Rules for a password that somebody chooses.

use core::fmt;

/// The shortest new password, in UTF-16 code units.
pub const MIN_UTF16_UNITS: usize = 8;

/// The longest new password, in UTF-16 code units.
pub const MAX_UTF16_UNITS: usize = 128;

/// A password that meets the rules for new ones; hidden in `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NewPassword<'a>(&'a str);

impl<'a> NewPassword<'a> {
    /// The password as it was given.
    #[must_use]
    pub fn expose(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for NewPassword<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(hidden)")
    }
}

/// Checks the length of a password that somebody chooses: 8 to 128 UTF-16 code units.
///
/// The unit is that of JavaScript's `length`, so that a page and Better Auth's clients count the
/// same. There is no rule about kinds of characters (NIST SP 800-63B section 3.1.1.2 advises
/// against them).
///
/// # Errors
/// [`NewPasswordError`] with the length and the bound.
pub fn parse_new_password(text: &str) -> Result<NewPassword<'_>, NewPasswordError> {
    let actual_units = text.encode_utf16().count();
    if actual_units < MIN_UTF16_UNITS {
        return Err(NewPasswordError::TooShort {
            actual_units,
            min_units: MIN_UTF16_UNITS,
        });
    }
    if actual_units > MAX_UTF16_UNITS {
        return Err(NewPasswordError::TooLong {
            actual_units,
            max_units: MAX_UTF16_UNITS,
        });
    }
    Ok(NewPassword(text))
}

/// Why a password can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPasswordError {
    /// It is too long.
    TooLong {
        /// Its length in UTF-16 code units.
        actual_units: usize,
        /// The longest allowed.
        max_units: usize,
    },
    /// It is too short.
    TooShort {
        /// Its length in UTF-16 code units.
        actual_units: usize,
        /// The shortest allowed.
        min_units: usize,
    },
}

impl fmt::Display for NewPasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong {
                actual_units,
                max_units,
            } => write!(
                f,
                "password has {actual_units} characters, at most {max_units} are allowed"
            ),
            Self::TooShort {
                actual_units,
                min_units,
            } => write!(
                f,
                "password has {actual_units} characters, at least {min_units} are needed"
            ),
        }
    }
}

impl core::error::Error for NewPasswordError {}
