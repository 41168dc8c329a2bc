//! The Unicode normal form of a password.

use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;

/// A password in NFKC, or `None` when it is already.
///
/// The same letter can be typed as one code point or as two, depending on the keyboard and the
/// system; NIST SP 800-63B-4 section 3.1.1.2 asks to bring them together before hashing.
pub(super) fn other_form(password: &str) -> Option<Zeroizing<String>> {
    if password.is_ascii() || is_nfkc(password) {
        return None;
    }
    Some(Zeroizing::new(password.nfkc().collect()))
}

/// A password in NFKC.
pub(super) fn normal_form(password: &str) -> Zeroizing<String> {
    other_form(password).unwrap_or_else(|| Zeroizing::new(password.to_owned()))
}
