//! Strict JSON reading, and writing.
//!
//! `serde_json` keeps the last of two members with the same name; another parser keeps the first, and
//! a token then means different things to the two (RFC 7515 section 4, RFC 7519 section 4, RFC 8259 section 4).
//! The reader here refuses duplicate members at every level, and stops at a size and at a depth.

use alloc::string::String;
use core::fmt;

use serde_json::Number;
pub use serde_json::{Map, Value};

use crate::limits::{MAX_EXCERPT_CHARS, MAX_JSON_DEPTH};

mod reader;
mod shape;
mod value;
mod write;

pub use reader::Reader;
pub use shape::{Misfit, ReadError};
use value::vacant;
pub use write::JsonText;

/// Why a JSON text was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// An object has two members of the same name, compared after unescaping.
    DuplicateMember {
        /// The name, shortened and without control characters.
        name: String,
    },
    /// The text is valid JSON but not an object.
    NotAnObject,
    /// The bytes aren't UTF-8 (RFC 8259 section 8.1).
    NotUtf8 {
        /// How many bytes from the start are valid.
        valid_up_to: usize,
    },
    /// The text isn't JSON, or something follows it.
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1; 0 stands for the end of the line before.
        column: usize,
    },
    /// Arrays and objects are nested more deeply than [`MAX_JSON_DEPTH`].
    TooDeep,
    /// The text is longer than the caller allows; it wasn't read.
    TooLarge {
        /// The length found, in bytes.
        actual_bytes: usize,
        /// The length allowed, in bytes.
        max_bytes: usize,
    },
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateMember { name } => {
                write!(f, "member `{name}` occurs twice in one object")
            }
            Self::NotAnObject => f.write_str("not a JSON object"),
            Self::NotUtf8 { valid_up_to } => write!(f, "not UTF-8 after byte {valid_up_to}"),
            Self::Syntax { line, column } => write!(f, "not JSON at line {line}, column {column}"),
            Self::TooDeep => write!(f, "nested more than {MAX_JSON_DEPTH} levels deep"),
            Self::TooLarge {
                actual_bytes,
                max_bytes,
            } => write!(
                f,
                "{actual_bytes} bytes of JSON where {max_bytes} are allowed"
            ),
        }
    }
}

impl core::error::Error for JsonError {}

/// Reads one JSON text of at most `max_bytes` bytes, with nothing after it but white space.
///
/// # Errors
/// A [`JsonError`] for anything that isn't UTF-8 JSON of at most [`MAX_JSON_DEPTH`] levels without duplicate
/// members. Numbers beyond the range of a double are a syntax error.
pub fn parse(bytes: &[u8], max_bytes: usize) -> Result<Value, JsonError> {
    if bytes.len() > max_bytes {
        return Err(JsonError::TooLarge {
            actual_bytes: bytes.len(),
            max_bytes,
        });
    }
    let text = core::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8 {
        valid_up_to: error.valid_up_to(),
    })?;
    let mut reader = Reader::new(text, max_bytes);
    let value = reader.value();
    reader.end().map(|()| value)
}

/// Reads one JSON object; otherwise as [`parse`].
///
/// # Errors
/// As [`parse`], and [`JsonError::NotAnObject`] for any other JSON value.
pub fn parse_object(bytes: &[u8], max_bytes: usize) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes, max_bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Shortens foreign text to what an error message may repeat: one line, [`MAX_EXCERPT_CHARS`] characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_EXCERPT_CHARS)
        .map(|c| {
            if c.is_control() || c == '`' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(MAX_EXCERPT_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    fn read(text: &str) -> Result<Value, JsonError> {
        parse(text.as_bytes(), 1 << 20)
    }

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn ordinary_values_come_out_as_serde_json_reads_them() {
        let text = r#" {"a":[1,-2,2.5,1e3,true,false,null,"\u00e9\n"],"b":{"c":{}}} "#;
        assert_eq!(
            read(text).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[test]
    fn duplicate_members_are_refused_at_every_level() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"[[{"a":1,"b":0,"a":2}]]"#,
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(
                error,
                JsonError::DuplicateMember { name: "a".into() },
                "{text}"
            );
        }
    }

    #[test]
    fn a_duplicate_is_seen_through_escapes() {
        let error = read(r#"{"alg":1,"\u0061lg":2}"#).unwrap_err();
        assert_eq!(error.to_string(), "member `alg` occurs twice in one object");
    }

    #[test]
    fn the_same_name_in_different_objects_is_no_duplicate() {
        assert!(read(r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#).is_ok());
    }

    #[test]
    fn depth_is_accepted_up_to_the_limit_and_refused_one_beyond() {
        assert!(read(&nested(MAX_JSON_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_JSON_DEPTH + 1)), Err(JsonError::TooDeep));
        assert_eq!(read(&"{\"a\":".repeat(100_000)), Err(JsonError::TooDeep));
        assert_eq!(read(&"[".repeat(1_000_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn size_is_accepted_up_to_the_limit_and_refused_one_beyond() {
        assert!(parse(b"12345", 5).is_ok());
        let error = parse(b"123456", 5).unwrap_err();
        assert_eq!(error.to_string(), "6 bytes of JSON where 5 are allowed");
    }

    #[test]
    fn trailing_data_and_broken_texts_are_refused_with_their_position() {
        let error = read("{}x").unwrap_err();
        assert_eq!(error.to_string(), "not JSON at line 1, column 3");
        for text in [
            "",
            " ",
            "{",
            "{} {}",
            "{}\0",
            "nul",
            "01",
            "+1",
            "1.",
            ".5",
            "NaN",
            "Infinity",
            "1e999",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1,]",
            "'a'",
            "{a:1}",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\t\"",
            "\u{feff}{}",
            "/**/{}",
        ] {
            assert!(
                matches!(read(text), Err(JsonError::Syntax { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert_eq!(
            parse(b"\"a\xff\"", 9),
            Err(JsonError::NotUtf8 { valid_up_to: 2 })
        );
        // An overlong `"` and a surrogate written as UTF-8.
        assert!(matches!(
            parse(b"\"\xc0\xa2\"", 9),
            Err(JsonError::NotUtf8 { .. })
        ));
        assert!(matches!(
            parse(b"\"\xed\xa0\x80\"", 9),
            Err(JsonError::NotUtf8 { .. })
        ));
    }

    #[test]
    fn only_objects_pass_as_objects() {
        assert!(parse_object(b"{}", 9).is_ok());
        for text in ["[]", "1", "\"{}\"", "null"] {
            assert_eq!(
                parse_object(text.as_bytes(), 9),
                Err(JsonError::NotAnObject)
            );
        }
    }

    #[test]
    fn excerpts_are_one_short_line() {
        assert_eq!(excerpt("a\nb`c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(excerpt(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(excerpt(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
    }
}
