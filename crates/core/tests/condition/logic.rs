//! And, or, not, and how a condition is written back.

use portcullis_core::condition::Truth;

use super::{empty, full};
use crate::condition_support::{Names, read};

#[test]
fn and_or_and_not_follow_kleenes_tables() {
    use Truth::{Error, False, True};
    // `record.flag` of a record without one is an error.
    let write = |truth| match truth {
        True => "true",
        False => "false",
        Error => "record.flag",
    };
    let rank = |truth| match truth {
        False => 0,
        Error => 1,
        True => 2,
    };
    for a in [True, False, Error] {
        let not = empty(&format!("!({})", write(a)));
        assert_eq!(rank(not), 2 - rank(a), "!{a:?}");
        for b in [True, False, Error] {
            let and = empty(&format!("{} && {}", write(a), write(b)));
            assert_eq!(rank(and), rank(a).min(rank(b)), "{a:?} && {b:?}");
            let or = empty(&format!("{} || {}", write(a), write(b)));
            assert_eq!(rank(or), rank(a).max(rank(b)), "{a:?} || {b:?}");
        }
    }
}

#[test]
fn not_binds_more_tightly_than_and_which_binds_more_tightly_than_or() {
    assert_eq!(full("true || false && false"), Truth::True);
    assert_eq!(full("(true || false) && false"), Truth::False);
    assert_eq!(
        full("!(auth.count == 8) && !auth.id.startsWith('v')"),
        Truth::True
    );
    assert_eq!(full("!false && false"), Truth::False);
}

#[test]
fn the_canonical_text_has_parentheses_only_where_they_matter() {
    for (text, canonical) in [
        ("  true\t", "true"),
        ("record.owner_id==auth.id", "record.owner_id == auth.id"),
        (
            "((auth.flag))&&(auth.count>3)",
            "auth.flag && auth.count > 3",
        ),
        ("(auth.flag && true) || false", "auth.flag && true || false"),
        (
            "auth.flag && (true || false)",
            "auth.flag && (true || false)",
        ),
        (
            "(auth.flag && true) && false",
            "(auth.flag && true) && false",
        ),
        ("!((auth.count == 8))", "!(auth.count == 8)"),
        ("!!auth.flag", "!!auth.flag"),
        (
            "!(auth.id.startsWith(\"it's\"))",
            r"!auth.id.startsWith('it\'s')",
        ),
        ("auth.count in[1,2]", "auth.count in [1, 2]"),
        ("1e3 < 0.10", "1000.0 < 0.1"),
        ("has ( record.flag )", "has(record.flag)"),
        ("size(\nauth.teams)!=-0", "size(auth.teams) != 0"),
    ] {
        let test = read(text).unwrap();
        assert_eq!(
            test.to_text(&Names::new().vocabulary()),
            canonical,
            "{text}"
        );
        assert_eq!(read(canonical), Ok(test), "{canonical}");
    }
}
