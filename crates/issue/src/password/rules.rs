//! Rules for a password that somebody chooses.

use core::fmt;

use zeroize::Zeroizing;

use super::MAX_PASSWORD_BYTES;
use super::common::{fold, is_about, is_common};
use super::normal::normal_form;

/// The longest new password in code points. (NIST asks to allow at least 64.)
const MAX_CODE_POINTS: usize = 1024;

/// What a password that somebody chooses must be like (NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS
/// 5.0 section 6.2).
///
/// Its length counts, and that nobody guesses it: there is no rule about kinds of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Least number of code points when the password is all that an account signs in with; 15 by
    /// default.
    pub min: usize,
    /// Least number of code points when the account has a second factor; 8 by default.
    pub min_with_second_factor: usize,
    /// Whether common passwords are refused, and those that say no more than whose they are.
    pub refuses_common: bool,
    /// Words that everybody knows of this server, such as the product's name.
    pub words: Vec<String>,
}

impl Rules {
    /// Fewer code points can't be allowed by any setting.
    pub const LEAST_MIN: usize = 8;
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            min: 15,
            min_with_second_factor: 8,
            refuses_common: true,
            words: vec!["portcullis".to_owned()],
        }
    }
}

impl Rules {
    /// Checks a password that somebody chooses, and brings it to its normal form, NFKC.
    ///
    /// `about` is what is known of its owner, such as address and name.
    ///
    /// # Errors
    /// [`NewPasswordError`].
    pub fn check(
        &self,
        typed: &str,
        has_second_factor: bool,
        about: &[&str],
    ) -> Result<NewPassword, NewPasswordError> {
        // Before anything that takes time.
        if typed.len() > MAX_PASSWORD_BYTES {
            return Err(NewPasswordError::too_long(typed));
        }
        let normal = normal_form(typed);
        let lengths = [typed.chars().count(), normal.chars().count()];
        // One code point can stand for many and many for one: neither makes a password longer here.
        let [shorter, longer] = [lengths.iter().min(), lengths.iter().max()];
        let min = if has_second_factor {
            self.min_with_second_factor
        } else {
            self.min
        };
        match shorter {
            Some(&actual) if actual < min => {
                return Err(NewPasswordError::TooShort { actual, min });
            }
            _ => {}
        }
        let is_longer = longer.is_some_and(|&actual| actual > MAX_CODE_POINTS);
        if is_longer || normal.len() > MAX_PASSWORD_BYTES {
            return Err(NewPasswordError::too_long(&normal));
        }
        if self.refuses_common {
            let folded = fold(&normal);
            if is_common(&folded) {
                return Err(NewPasswordError::Common);
            }
            let words = self.words.iter().map(String::as_str);
            if is_about(&folded, words.chain(about.iter().copied())) {
                return Err(NewPasswordError::AboutOwner);
            }
        }
        Ok(NewPassword(normal))
    }
}

/// Checks a password that an operator sets by the default [`Rules`], knowing nothing of its owner.
///
/// # Errors
/// [`NewPasswordError`].
pub fn parse_new_password(typed: &str) -> Result<NewPassword, NewPasswordError> {
    Rules::default().check(typed, false, &[])
}

/// A password that meets the rules for new ones, in its normal form; hidden in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(Zeroizing<String>);

impl NewPassword {
    /// The password in NFKC, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(hidden)")
    }
}

/// Why a password can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPasswordError {
    /// It says no more than whose it is, or what it is for.
    AboutOwner,
    /// Many people have it, or anybody would try it.
    Common,
    /// It is too long.
    TooLong {
        /// Its length in code points.
        actual: usize,
        /// The longest allowed, if those take no more than 4,096 bytes.
        max: usize,
    },
    /// It is too short.
    TooShort {
        /// Its length in code points.
        actual: usize,
        /// The shortest allowed.
        min: usize,
    },
}

impl NewPasswordError {
    fn too_long(password: &str) -> Self {
        Self::TooLong {
            actual: password.chars().count(),
            max: MAX_CODE_POINTS,
        }
    }
}

impl fmt::Display for NewPasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboutOwner => {
                f.write_str("password is made of the account's address or name alone")
            }
            Self::Common => f.write_str("password is one of those that everybody tries"),
            Self::TooLong { actual, max } => write!(
                f,
                "password has {actual} characters, at most {max} and {MAX_PASSWORD_BYTES} bytes are \
                 allowed"
            ),
            Self::TooShort { actual, min } => write!(
                f,
                "password has {actual} characters, at least {min} are needed"
            ),
        }
    }
}

impl core::error::Error for NewPasswordError {}
