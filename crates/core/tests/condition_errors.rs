//! Conditions that are refused: where, with which code, and what the message says.

#![expect(clippy::unwrap_used, reason = "a test")]

mod condition_support;

use condition_support::read;
use portcullis_core::condition::{
    MAX_CONDITION_BYTES, MAX_CONDITION_DEPTH, MAX_CONDITION_TERMS, MAX_LIST_MEMBERS,
};

fn refused(text: &str, code: &str, offset: usize, message: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.kind.to_string(), message, "{text}");
    assert_eq!((error.code(), error.offset), (code, offset), "{text}");
}

#[test]
fn what_cannot_stand_there_is_named_with_what_could() {
    let value = "a literal, `auth.…`, `record.…`, `request.…` or `size(…)`";
    let operator = "an operator such as `==`, `in`, `.startsWith(…)` or `&&`, or the end";
    let more = "`&&`, `||` or the end";
    for (text, offset, found, expected) in [
        ("", 0, "the end", value),
        ("  ", 2, "the end", value),
        ("auth.flag &&", 12, "the end", value),
        ("auth.flag && && true", 13, "`&&`", value),
        ("()", 1, "`)`", value),
        ("auth.count = 3", 11, "`=`", "`==`"),
        ("auth.flag & true", 10, "`&`", "`&&`"),
        ("auth.flag | true", 10, "`|`", "`||`"),
        ("auth.flag and true", 10, "`and`", operator),
        (
            "auth.count - 1 == 2",
            11,
            "`-`",
            "`-` right in front of a number",
        ),
        ("auth.count -1 == 2", 11, "`-1`", operator),
        (
            "'é' == 'é' ; x",
            11,
            "`;`",
            "a name, a literal or an operator",
        ),
        (
            "\u{a0}true",
            0,
            "`\u{a0}`",
            "a name, a literal or an operator",
        ),
        ("auth == 'a'", 5, "`==`", "`.` and a name"),
        ("auth. == 'a'", 6, "`==`", "a name"),
        ("auth.id.endsWith('a')", 8, "`endsWith`", "`startsWith`"),
        ("auth.id.startsWith 'a'", 19, "`'a'`", "`(`"),
        ("auth.id.startsWith('a' true", 23, "`true`", "`)`"),
        ("has auth.id", 4, "`auth`", "`(`"),
        ("has('a')", 4, "`'a'`", "a path such as `record.NAME`"),
        ("has(rec.x)", 4, "`rec`", "a path such as `record.NAME`"),
        ("has(auth.id", 11, "the end", "`)`"),
        ("size auth.id == 1", 5, "`auth`", "`(`"),
        ("size(auth.id == 1", 13, "`==`", "`)`"),
        ("(auth.flag", 10, "the end", "`&&`, `||` or `)`"),
        ("auth.flag)", 9, "`)`", more),
        ("1 == 1 == 1", 7, "`==`", more),
        ("(auth.flag) == true", 12, "`==`", more),
        (
            "auth.count in [1, [2]]",
            18,
            "`[`",
            "a literal that isn't a list",
        ),
        (
            "auth.count in [1, auth.count]",
            18,
            "`auth`",
            "a literal that isn't a list",
        ),
        (
            "auth.count in [1,]",
            17,
            "`]`",
            "a literal that isn't a list",
        ),
        ("auth.count in [1 2]", 17, "`2`", "`,` or `]`"),
    ] {
        let message = format!("found {found}; expected {expected}");
        refused(text, "condition_syntax", offset, &message);
    }
}

#[test]
fn a_comparison_is_negated_in_parentheses_alone() {
    let message = "found `!`; expected parentheses behind it, as in `!(a == b)`";
    refused("!auth.flag == true", "condition_syntax", 0, message);
    refused(
        "true && !!auth.flag != true",
        "condition_syntax",
        9,
        message,
    );
    refused("!1 in [1]", "condition_syntax", 0, message);
    for text in [
        "!(auth.flag == true)",
        "!((1 in [1]))",
        "!auth.flag && 1 == 1",
        "!has(auth.id)",
        "!auth.id.startsWith('a')",
        "!!true",
    ] {
        assert!(read(text).is_ok(), "{text}");
    }
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    for (text, offset, message) in [
        (
            "auth.cout == 1",
            5,
            "no attribute of principals is named `cout`; did you mean `count`?",
        ),
        (
            "auth.ID == 'a'",
            5,
            "no attribute of principals is named `ID`; did you mean `id`?",
        ),
        (
            "auth.nothing_like_it",
            5,
            "no attribute of principals is named `nothing_like_it`",
        ),
        (
            "request.tim > 1",
            8,
            "no attribute of requests is named `tim`; did you mean `time`?",
        ),
        (
            "record.ownerid == 'a'",
            7,
            "no field of the record is named `ownerid`; did you mean `owner_id`?",
        ),
        ("record.x", 7, "no field of the record is named `x`"),
        (
            "record.id == 'a'",
            7,
            "no field of the record is named `id`",
        ),
        (
            "recrd.owner_id == 'a'",
            0,
            "no value is named `recrd`; did you mean `record`?",
        ),
        ("user.id == 'a'", 0, "no value is named `user`"),
        (
            "auth.flag == True",
            13,
            "no value is named `True`; did you mean `true`?",
        ),
    ] {
        refused(text, "condition_unknown_name", offset, message);
    }
}

#[test]
fn types_that_do_not_fit_are_refused_at_the_operator() {
    let equal = "`==` and `!=` take two values of one type that aren't lists, or one and `null`";
    let order = "`<`, `<=`, `>` and `>=` take two `int`, two `float` or two `string`";
    let member = "`in` takes a value and a list of its type";
    let start = "`startsWith` takes two `string`";
    let alone = "a value without a comparison has to be a `bool`";
    let list = "members of a list are of one type, and none is null";
    for (text, offset, rule, found) in [
        ("auth.id == 1", 8, equal, "`string` and `int`"),
        ("auth.count != 1.0", 11, equal, "`int` and `float`"),
        (
            "auth.teams == auth.teams",
            11,
            equal,
            "`list<string>` and `list<string>`",
        ),
        ("[] == []", 3, equal, "`[]` and `[]`"),
        ("auth.flag < true", 10, order, "`bool` and `bool`"),
        ("auth.count < 1.5", 11, order, "`int` and `float`"),
        ("auth.count >= null", 11, order, "`int` and `null`"),
        (
            "auth.counts > auth.counts",
            12,
            order,
            "`list<int>` and `list<int>`",
        ),
        (
            "auth.id in auth.counts",
            8,
            member,
            "`string` and `list<int>`",
        ),
        ("auth.id in auth.id", 8, member, "`string` and `string`"),
        (
            "auth.teams in auth.teams",
            11,
            member,
            "`list<string>` and `list<string>`",
        ),
        ("null in auth.teams", 5, member, "`null` and `list<string>`"),
        ("auth.id in null", 8, member, "`string` and `null`"),
        ("auth.id.startsWith(1)", 8, start, "`string` and `int`"),
        (
            "auth.teams.startsWith('a')",
            11,
            start,
            "`list<string>` and `string`",
        ),
        ("true && auth.id", 8, alone, "`string`"),
        ("null", 0, alone, "`null`"),
        ("!auth.count", 1, alone, "`int`"),
        ("size(auth.id)", 0, alone, "`int`"),
        (
            "size(auth.flag) == 1",
            5,
            "`size` takes a `string` or a list",
            "`bool`",
        ),
        (
            "size(null) == 1",
            5,
            "`size` takes a `string` or a list",
            "`null`",
        ),
        (
            "auth.count in [1, 'a']",
            18,
            list,
            "`list<int>` and `string`",
        ),
        (
            "auth.ratio in [1.0, 2]",
            20,
            list,
            "`list<float>` and `int`",
        ),
        ("auth.count in [null]", 15, list, "`[]` and `null`"),
    ] {
        let message = format!("{rule}; found {found}");
        refused(text, "condition_wrong_type", offset, &message);
    }
}

#[test]
fn malformed_numbers_are_refused_whole() {
    for number in [
        "007",
        "1.",
        "1.e3",
        "12ab",
        "1e",
        "1e+",
        "0x10",
        "1_000",
        "-00",
        "1.5.2",
        "1.startsWith",
    ] {
        let message =
            format!("`{number}` isn't a number; expected one such as `7`, `-7`, `0.5` or `1.5e-3`");
        refused(
            &format!("auth.count == {number}"),
            "condition_malformed_number",
            14,
            &message,
        );
    }
}

#[test]
fn numbers_out_of_range_are_refused_and_the_last_ones_within_accepted() {
    for number in [
        "9223372036854775808",
        "-9223372036854775809",
        "1e309",
        "-1.8e308",
        "1e99999999999999",
    ] {
        let message = format!(
            "`{number}` is out of range; an `int` has 64 bits, a `float` is a finite double"
        );
        refused(
            &format!("{number} == 1"),
            "condition_number_out_of_range",
            0,
            &message,
        );
    }
    for number in ["9223372036854775807", "-9223372036854775808"] {
        assert!(read(&format!("{number} == 1")).is_ok(), "{number}");
    }
    for number in [
        "1.7976931348623157e308",
        "1e-99999999999999",
        "0e99999999999999",
        "5e-324",
    ] {
        assert!(read(&format!("{number} == 1.0")).is_ok(), "{number}");
    }
}

#[test]
fn texts_end_on_their_line_and_have_known_escapes() {
    let unclosed = "a text that isn't closed; expected its quote on the same line";
    for text in [
        "auth.id == 'a",
        "auth.id == 'a\"",
        "auth.id == 'a\nb'",
        "auth.id == '\\",
        "auth.id == 'a\\'",
    ] {
        refused(text, "condition_unclosed_text", 11, unclosed);
    }
    let message = "`\\u` isn't an escape; expected `\\\\`, `\\'`, `\\\"`, `\\n`, `\\r` or `\\t`";
    refused("'é' == '\\u00e9'", "condition_unknown_escape", 8, message);
}

#[test]
fn offsets_count_characters_and_display_counts_from_one() {
    let error = read("'日本' == 1").unwrap_err();
    assert_eq!(error.offset, 5);
    let place = error.to_string();
    assert!(
        place.starts_with("at character 6: `==` and `!=` take"),
        "{place}"
    );
}

#[test]
fn a_condition_of_2048_bytes_is_read_and_one_of_2049_is_not() {
    let padded = |bytes: usize| format!("true{}", " ".repeat(bytes - 4));
    assert!(read(&padded(MAX_CONDITION_BYTES)).is_ok());
    let text = padded(MAX_CONDITION_BYTES + 1);
    refused(&text, "condition_too_large", 0, "more than 2048 bytes");
}

#[test]
fn nesting_of_32_is_read_and_of_33_is_not() {
    let groups = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    let negations = |depth: usize| format!("{}true", "!".repeat(depth));
    let list = |depth: usize| format!("{}1 in [1]{}", "(".repeat(depth - 1), ")".repeat(depth - 1));
    let call = |depth: usize| format!("{}has(auth.id)", "!".repeat(depth - 1));
    for nested in [groups, negations, list, call] {
        assert!(read(&nested(MAX_CONDITION_DEPTH)).is_ok());
        let error = read(&nested(MAX_CONDITION_DEPTH + 1)).unwrap_err();
        assert_eq!(error.code(), "condition_too_large");
        assert_eq!(error.kind.to_string(), "more than 32 levels of nesting");
    }
    refused(
        &"!".repeat(2_000),
        "condition_too_large",
        32,
        "more than 32 levels of nesting",
    );
    let siblings = format!("{}true", "(true) && ".repeat(100));
    assert!(read(&siblings).is_ok());
}

#[test]
fn a_condition_of_256_operators_and_operands_is_read_and_of_257_is_not() {
    // `true` and 127 times `&& true` are 255; `!` is one more.
    let terms = |odd: usize| format!("{}true{}", "!".repeat(odd), "&&true".repeat(127));
    assert!(read(&terms(MAX_CONDITION_TERMS - 255)).is_ok());
    let message = "more than 256 operators and operands";
    refused(&terms(2), "condition_too_large", 764, message);
}

#[test]
fn a_list_of_1000_members_is_read_and_of_1001_is_not() {
    let list = |members: usize| format!("1 in [{}1]", "1,".repeat(members - 1));
    assert!(read(&list(MAX_LIST_MEMBERS)).is_ok());
    let message = "more than 1000 members of a list";
    refused(
        &list(MAX_LIST_MEMBERS + 1),
        "condition_too_large",
        2006,
        message,
    );
}

#[test]
fn foreign_text_in_messages_is_short_and_on_one_line() {
    let error = read(&format!("auth.{}", "x".repeat(500))).unwrap_err();
    assert!(error.kind.to_string().chars().count() < 120, "{error}");
    let error = read("auth.id == '\\\u{1b}'").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
}
