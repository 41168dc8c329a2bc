//! Comparisons: what values are equal, ordered, null, or an error.

use portcullis_core::condition::{Comparison, Datum, Facts, Place, Term, Test, Truth};
use portcullis_core::time::UnixSecs;

use super::{AUTH, all_are, empty, full, recordless};
use crate::condition_support::{Names, outcome, read};

#[test]
fn comparisons_of_known_values_are_true() {
    all_are(
        Truth::True,
        full,
        &[
            "true",
            "!false",
            "(true)",
            "record.owner_id == auth.id",
            "auth.id == 'u1'",
            "auth.id != \"u2\"",
            "request.time == 1000",
            "request.time > 999 && request.time >= 1000 && request.time < 1001 && request.time <= 1000",
            "auth.flag",
            "auth.flag == true",
            "record.flag != false",
            "auth.count == 7 && auth.count > -8 && auth.count <= 7",
            "auth.ratio == 1.5 && auth.ratio < 2.0 && auth.ratio >= 15e-1 && auth.ratio > -1E+0",
            "0.0 == -0.0",
            "1 < 2",
            "'a' < 'b' && 'a' <= 'a' && 'b' > 'ab'",
            "auth.count in auth.counts",
            "auth.ratio in record.ratios",
            "auth.flag in request.flags",
            "'red' in auth.teams",
            "request.owner_id in ['u1', 'u2']",
            "auth.id.startsWith('u')",
            "auth.id . startsWith ( '' )",
            "'u1x'.startsWith(auth.id)",
            "size(auth.teams) == 2",
            "size('né') == 2 && size('𝄞') == 1 && size('') == 0 && size([]) == 0",
            "2 >= size(auth.id)",
            "has(auth.teams) && has(record.flag) && has(request.count)",
            "has(auth.id) && has(request.time)",
            "null == null",
            "auth.teams != null",
        ],
    );
}

#[test]
fn comparisons_of_other_values_are_false() {
    all_are(
        Truth::False,
        full,
        &[
            "false",
            "!!false",
            "record.owner_id == 'U1'",
            "request.time < 1000",
            "auth.count > 7",
            "auth.count in []",
            "'green' in auth.teams",
            "auth.owner_id in ['u', 'u11']",
            "auth.id.startsWith('u11')",
            "null != null",
            "auth.flag == null",
            "auth.teams == null",
            "[] == null",
        ],
    );
}

#[test]
fn null_equals_null_alone() {
    all_are(
        Truth::True,
        empty,
        &[
            "record.owner_id == null",
            "null == record.flags",
            "record.owner_id == auth.owner_id",
            "record.owner_id != auth.id",
            "record.flag != true && record.flag != false",
            "!has(auth.teams) && !has(record.flag) && !has(request.count)",
        ],
    );
    all_are(
        Truth::False,
        empty,
        &[
            "record.owner_id == auth.id",
            "record.owner_id == ''",
            "has(record.owner_id)",
        ],
    );
}

#[test]
fn null_is_an_error_where_a_value_is_needed() {
    all_are(
        Truth::Error,
        empty,
        &[
            "auth.count < 1",
            "1 >= record.count",
            "record.owner_id > 'a'",
            "request.ratio <= auth.ratio",
            "'a' in auth.teams",
            "auth.owner_id in record.teams",
            "auth.owner_id.startsWith('a')",
            "'a'.startsWith(record.owner_id)",
            "size(record.owner_id) == 1",
            "size(record.owner_id) != 1",
            "size(record.teams) == null",
            "auth.flag",
            "!record.flag",
        ],
    );
}

#[test]
fn null_is_a_member_of_no_list() {
    assert_eq!(empty("auth.owner_id in ['a']"), Truth::False);
    assert_eq!(empty("auth.owner_id in []"), Truth::False);
    let text = "auth.owner_id in record.teams";
    assert_eq!(outcome(text, "{}", Some(AUTH), "{}"), Truth::False);
}

#[test]
fn a_list_with_a_null_or_another_type_is_null() {
    for teams in [
        "[\"red\", null]",
        "[\"red\", 1]",
        "[[\"red\"]]",
        "\"red\"",
        "{}",
    ] {
        let auth = format!("{{\"teams\": {teams}}}");
        assert_eq!(
            outcome("auth.teams == null", &auth, None, "{}"),
            Truth::True,
            "{teams}"
        );
        assert_eq!(
            outcome("'red' in auth.teams", &auth, None, "{}"),
            Truth::Error,
            "{teams}"
        );
    }
}

#[test]
fn without_a_record_every_field_is_an_error_and_with_one_an_absent_field_is_null() {
    let texts = [
        "has(record.owner_id)",
        "record.owner_id == null",
        "record.owner_id != auth.id",
        "null == record.teams",
        "auth.id in record.teams",
        "record.count in []",
        "size(record.teams) == 0",
        "record.flag",
    ];
    all_are(Truth::Error, recordless, &texts);
    assert_eq!(empty("has(record.owner_id)"), Truth::False);
    assert_eq!(empty("record.owner_id == null"), Truth::True);
    assert_eq!(recordless("auth.id == 'u1' || record.flag"), Truth::True);
}

#[test]
fn strings_are_ordered_by_the_bytes_of_utf8() {
    // UTF-16 orders these two the other way round.
    assert_eq!(full("'\u{ff5e}' < '\u{1d11e}'"), Truth::True);
    assert_eq!(full("'Z' < 'a'"), Truth::True);
    assert_eq!(full("'é' > 'z'"), Truth::True);
    assert_eq!(full("'a' < 'a\u{0}'"), Truth::True);
}

#[test]
fn escapes_stand_for_one_character_in_both_quotes() {
    for (text, expected) in [
        (r"auth.id == '\\\'\n\r\t'", "\\'\n\r\t"),
        (r#"auth.id == "\\\"'\n""#, "\\\"'\n"),
        (r#"auth.id == '"é\"'"#, "\"é\""),
    ] {
        let constant = Term::Constant(Datum::Text(expected.into()));
        let test = Test::Compare(Comparison::Equal, Term::Place(Place::AuthId), constant);
        assert_eq!(read(text), Ok(test.clone()), "{text}");
        let again = test.to_text(&Names::new().vocabulary());
        assert_eq!(read(&again), Ok(test), "{again}");
    }
}

#[test]
fn integers_keep_64_bits() {
    assert_eq!(
        full("9223372036854775807 > 9223372036854775806"),
        Truth::True
    );
    assert_eq!(
        full("-9223372036854775808 < -9223372036854775807"),
        Truth::True
    );
    let auth = r#"{"count": 9007199254740993}"#;
    assert_eq!(
        outcome("auth.count == 9007199254740993", auth, None, "{}"),
        Truth::True
    );
    assert_eq!(
        outcome("auth.count == 9007199254740992", auth, None, "{}"),
        Truth::False
    );
}

#[test]
fn a_time_beyond_64_bits_is_the_last_one() {
    let test = read("request.time == 9223372036854775807").unwrap();
    let facts = Facts {
        auth_id: &Datum::Null,
        auth: &[],
        record: None,
        request: &[],
        now: UnixSecs::new(u64::MAX),
    };
    assert_eq!(test.evaluate(&facts), Truth::True);
}
