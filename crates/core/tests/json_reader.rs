//! The strict reader held against `serde_json`: it accepts the same texts and reads the same values.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops when it can't go on"
)]

use portcullis_core::json::{JsonError, Value, parse};
use proptest::prelude::*;

const FULL: &str = concat!(
    r#"{"a":[1,-2,2.5,1e3,-0,0.0,1E-7,12345678901234567890,-9223372036854775808,true,false,null],"#,
    r#""\u00e9\n\ud83d\ude00":{"":{},"x":[[],[[{}]]]},"t":"\"\\\/\b\f\r\t\u0041 ä€😀"} "#
);

/// Whether two values are equal, doubles but for the last bits, which `serde_json` doesn't promise.
fn are_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= (one.abs() * 2.0 * f64::EPSILON).max(1e-323)
        }
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.into_iter().all(|(one, other)| are_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().eq(other.keys());
            let mut pairs = one.values().zip(other.values());
            names && pairs.all(|(one, other)| are_equal(one, other))
        }
        _ => one == other,
    }
}

#[track_caller]
fn agrees(text: &str) {
    let expected: Option<Value> = serde_json::from_str(text).ok();
    match (parse(text.as_bytes(), 1 << 20), expected) {
        (Ok(read), Some(expected)) => assert!(are_equal(&read, &expected), "{text}: {read}"),
        (Err(_), None) | (Err(JsonError::DuplicateMember { .. }), Some(_)) => (),
        (read, expected) => panic!("{text:?}: {read:?} where {expected:?} is expected"),
    }
}

#[test]
fn every_text_one_character_away_from_json_is_read_as_serde_json_reads_it() {
    agrees(FULL);
    for (at, old) in FULL.char_indices() {
        let (before, rest) = FULL.split_at(at);
        let after = rest.get(old.len_utf8()..).unwrap();
        agrees(&[before, after].concat());
        for new in "\"\\/{}[],: 019-+.eEtnudD\u{0}\n\u{7f}é".chars() {
            agrees(&format!("{before}{new}{after}"));
            agrees(&format!("{before}{new}{rest}"));
        }
    }
}

#[test]
fn doubles_are_read_to_the_last_bit() {
    for text in [
        "0.1",
        "2.2250738585072011e-308",
        "179769313486231570000e288",
        "8.589973439413488e9",
    ] {
        let read = parse(text.as_bytes(), 100).unwrap();
        assert_eq!(read.as_f64(), Some(text.parse().unwrap()), "{text}");
    }
    let zero = parse(b"-0", 9).unwrap();
    assert!(zero.as_f64().unwrap().is_sign_negative());
}

proptest! {
    #[test]
    fn every_heap_of_brackets_and_digits_is_read_as_serde_json_reads_it(
        text in "[\\[\\]{},:\"a0-2eE+.\\- \\\\u]{0,14}"
    ) {
        agrees(&text);
    }

    #[test]
    fn every_number_is_read_as_serde_json_reads_it(
        text in "-?(0|[1-9][0-9]{0,24})([.][0-9]{1,24})?([eE][+-]?[0-9]{1,3})?"
    ) {
        agrees(&text);
    }

    #[test]
    fn every_string_comes_back(text: String) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(parse(json.as_bytes(), 1 << 20).unwrap(), Value::String(text));
        agrees(&json);
    }
}
