//! From text to tokens.

use alloc::boxed::Box;
use alloc::string::String;

use super::decimal::to_double;
use super::{ConditionError, ConditionErrorKind};
use crate::json::excerpt;

/// The smallest part of a condition that means something.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    End,
    Name(&'t str),
    Int(i64),
    Float(f64),
    Text(String),
    Symbol(&'static str),
}

/// Operators and brackets, longer ones before those that they begin with.
const SYMBOLS: [&str; 15] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", ".",
];

/// A reader of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Where the last token begins, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    end: usize,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text,
            start: 0,
            end: 0,
        }
    }

    /// The next token; [`Token::End`] from the end on.
    pub(super) fn next(&mut self) -> Result<Token<'t>, ConditionError> {
        let rest = self.text.get(self.end..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.start = self.text.len() - rest.len();
        self.end = self.start;
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        if first.is_ascii_alphabetic() {
            let name = self.take(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            return Ok(Token::Name(name));
        }
        let unsigned = rest.strip_prefix('-').unwrap_or(rest);
        if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number(rest);
        }
        if matches!(first, '\'' | '"') {
            return self.string(rest, first);
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|it| rest.starts_with(it)) {
            self.end += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        self.end += first.len_utf8();
        Err(self.unexpected(match first {
            '=' => "`==`",
            '&' => "`&&`",
            '|' => "`||`",
            '-' => "`-` right in front of a number",
            _ => "a name, a literal or an operator",
        }))
    }

    /// What the last token is, as errors say it.
    pub(super) fn found(&self) -> Box<str> {
        if self.start == self.end {
            return "the end".into();
        }
        let mut found = String::from("`");
        found.push_str(&self.excerpt());
        found.push('`');
        found.into()
    }

    fn excerpt(&self) -> String {
        excerpt(self.text.get(self.start..self.end).unwrap_or_default())
    }

    /// The error that the last token can't stand there.
    pub(super) fn unexpected(&self, expected: &'static str) -> ConditionError {
        let found = self.found();
        self.error(
            self.start,
            ConditionErrorKind::Unexpected { found, expected },
        )
    }

    /// An error at a place in bytes.
    pub(super) fn error(&self, at: usize, kind: ConditionErrorKind) -> ConditionError {
        let before = self.text.get(..at).unwrap_or(self.text);
        ConditionError {
            offset: before.chars().count(),
            kind,
        }
    }

    /// Takes characters as long as they belong to the token.
    fn take(&mut self, rest: &'t str, mut belongs: impl FnMut(char) -> bool) -> &'t str {
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.end = self.start + length;
        rest.get(..length).unwrap_or_default()
    }

    /// `7`, `-7`, `0.5`, `1.5e-3`: as JSON writes numbers.
    fn number(&mut self, rest: &'t str) -> Result<Token<'t>, ConditionError> {
        // Whatever is stuck to it belongs to it, so that `12ab` is one wrong number.
        let mut before = 'e';
        let written = self.take(rest, |c| {
            let sign = matches!(c, '-' | '+') && matches!(before, 'e' | 'E');
            before = c;
            sign || c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
        });
        let found = self.excerpt().into();
        let Some((mantissa, exponent)) = split_number(written) else {
            let kind = ConditionErrorKind::MalformedNumber { found };
            return Err(self.error(self.start, kind));
        };
        let value = match exponent {
            None => written.parse().ok().map(Token::Int),
            Some(exponent) => to_double(mantissa, exponent).map(|value| {
                Token::Float(if written.starts_with('-') {
                    -value
                } else {
                    value
                })
            }),
        };
        value.ok_or_else(|| self.error(self.start, ConditionErrorKind::NumberOutOfRange { found }))
    }

    /// A text between two of `quote`, on one line.
    fn string(&mut self, rest: &'t str, quote: char) -> Result<Token<'t>, ConditionError> {
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\n' | '\r' => break,
                '\\' => {
                    let Some((_, escaped)) = characters.next() else {
                        break;
                    };
                    text.push(match escaped {
                        '\\' | '\'' | '"' => escaped,
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        _ => {
                            let at = self.start + at;
                            let mut found = String::from("\\");
                            found.push_str(&excerpt(escaped.encode_utf8(&mut [0; 4])));
                            return Err(self.error(
                                at,
                                ConditionErrorKind::UnknownEscape {
                                    found: found.into(),
                                },
                            ));
                        }
                    });
                }
                _ if character == quote => {
                    self.end = self.start + at + 1;
                    return Ok(Token::Text(text));
                }
                _ => text.push(character),
            }
        }
        Err(self.error(self.start, ConditionErrorKind::UnclosedText))
    }
}

/// The digits of a number and the power of ten that they are times, `None` for an integer; `None`
/// at all when it isn't written as JSON writes numbers.
fn split_number(written: &str) -> Option<(&str, Option<i32>)> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let power = exponent.map(|it| it.strip_prefix(['+', '-']).unwrap_or(it));
    let is_number = is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && power.is_none_or(is_digits);
    if !is_number {
        return None;
    }
    if fraction.is_none() && exponent.is_none() {
        return Some((mantissa, None));
    }
    let exponent = exponent.unwrap_or("0");
    let beyond = if exponent.starts_with('-') {
        i32::MIN
    } else {
        i32::MAX
    };
    let places = i32::try_from(fraction.map_or(0, str::len)).ok()?;
    let exponent = exponent.parse().unwrap_or(beyond).saturating_sub(places);
    Some((mantissa, Some(exponent)))
}
