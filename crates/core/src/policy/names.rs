//! What names in a policy may look like, and where in the file they stand.

use serde::{Deserialize, Serialize};

/// The scope that contains every other one; it is never listed in a policy.
pub const GLOBAL: &str = "global";

/// Longest name in bytes of a role, permission, tier, app or scope level.
pub(crate) const MAX_NAME_BYTES: usize = 64;

/// Most roles, permissions, tiers, apps, attributes, resources or rules in one policy, each.
pub(crate) const MAX_POLICY_NAMES: u16 = 10_000;

/// Most fields of one resource.
pub(crate) const MAX_RESOURCE_FIELDS: u16 = 1_000;

/// Most scope levels below `global`.
pub(crate) const MAX_SCOPE_LEVELS: usize = 8;

/// Longest policy file in bytes.
#[cfg(feature = "toml")]
pub(crate) const MAX_POLICY_BYTES: usize = 1 << 20;

/// A place in a policy file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl core::fmt::Display for Position {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Position {
    /// The place of the character number `index` of a text that begins here.
    pub(crate) fn advanced(mut self, text: &str, index: usize) -> Self {
        for character in text.chars().take(index) {
            if character == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self
    }
}

/// Whether `name` can name a role, a tier, an app, a scope level, a resource, an action or a rule: an ASCII letter, then
/// letters, digits, `_`, `-` and `.`, at most 64 bytes in all.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX_NAME_BYTES
        && bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Whether `name` can name a field or an attribute: an identifier without `-` and `.`.
pub(crate) fn is_plain_identifier(name: &str) -> bool {
    is_identifier(name) && !name.contains(['-', '.'])
}

/// Whether `name` is a permission: `noun:verb`, both identifiers.
pub(crate) fn is_permission(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES
        && name
            .split_once(':')
            .is_some_and(|(noun, verb)| is_identifier(noun) && is_identifier(verb))
}

/// The known name that is nearest to `wanted`, if one is near enough to be a likely typing slip; of
/// several the first in the order of the alphabet.
pub(crate) fn nearest<'a>(wanted: &str, known: &[&'a str]) -> Option<&'a str> {
    let reach = (wanted.chars().count() / 3).max(1);
    let mut best = None;
    for name in known {
        let found = (edit_distance(wanted, name), *name);
        if found.0 <= reach && best.is_none_or(|best| found < best) {
            best = Some(found);
        }
    }
    best.map(|(_, name)| name)
}

/// Levenshtein distance in characters, ignoring ASCII case.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: alloc::vec::Vec<usize> = (0..=b.chars().count()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(b.chars()) {
            let substitution = diagonal + usize::from(!ca.eq_ignore_ascii_case(&cb));
            diagonal = *cell;
            left = substitution.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_64_bytes_is_accepted_and_one_of_65_is_not() {
        assert!(is_identifier(&"a".repeat(64)));
        assert!(!is_identifier(&"a".repeat(65)));
    }

    #[test]
    fn a_permission_has_exactly_one_colon_between_two_identifiers() {
        assert!(is_permission("pin:reveal"));
        for bad in ["pin", "pin:", ":reveal", "pin:re:veal", "pin reveal", "9:x"] {
            assert!(!is_permission(bad), "{bad}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered_only_within_a_third_of_its_length() {
        let known = ["STATE_ADMIN", "SUPERVISOR"];
        assert_eq!(nearest("STATE_ADMN", &known), Some("STATE_ADMIN"));
        assert_eq!(nearest("state_admin", &known), Some("STATE_ADMIN"));
        assert_eq!(nearest("GUEST", &known), None);
    }

    #[test]
    fn edit_distance_counts_insertions_deletions_and_substitutions() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("abc", ""), 3);
    }
}
