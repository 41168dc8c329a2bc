//! From text to tokens.

use alloc::boxed::Box;
use alloc::string::String;

use super::{ConditionError, ConditionErrorKind};
use crate::json::excerpt;
use crate::number::{split, to_double};

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

/// A reader of tokens, which remembers the first error and gives nothing but [`Token::End`] after it.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Where the last token is.
    pub(super) last: Span,
    error: Option<ConditionError>,
}

/// Where a token begins and ends, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    end: usize,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text,
            last: Span { start: 0, end: 0 },
            error: None,
        }
    }

    /// What came out of the text, unless there was an error.
    pub(super) fn check<T>(self, outcome: T) -> Result<T, ConditionError> {
        match self.error {
            None => Ok(outcome),
            Some(error) => Err(error),
        }
    }

    /// The next token; [`Token::End`] from the end on, and after an error.
    pub(super) fn next(&mut self) -> Token<'t> {
        if self.error.is_some() {
            return Token::End;
        }
        let mut rest = self.text.get(self.last.end..).unwrap_or_default();
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let start = self.text.len() - rest.len();
        self.last = Span { start, end: start };
        let mut characters = rest.chars();
        let Some(first) = characters.next() else {
            return Token::End;
        };
        if first.is_ascii_alphabetic() {
            return Token::Name(self.take(rest, false));
        }
        if first.is_ascii_digit()
            || (first == '-' && characters.next().is_some_and(|c| c.is_ascii_digit()))
        {
            return self.number(rest);
        }
        if matches!(first, '\'' | '"') {
            return self.string(rest, first);
        }
        for symbol in SYMBOLS {
            if rest.starts_with(symbol) {
                self.last.end += symbol.len();
                return Token::Symbol(symbol);
            }
        }
        self.last.end += first.len_utf8();
        self.unexpected(match first {
            '=' => "`==`",
            '&' => "`&&`",
            '|' => "`||`",
            '-' => "`-` right in front of a number",
            _ => "a name, a literal or an operator",
        })
    }

    /// What stands at a token, as errors say it.
    fn found(&self, at: Span) -> Box<str> {
        if at.start == at.end {
            return "the end".into();
        }
        ["`", &self.excerpt(at), "`"].concat().into()
    }

    fn excerpt(&self, at: Span) -> String {
        excerpt(self.text.get(at.start..at.end).unwrap_or_default())
    }

    /// Notes that the last token can't stand there.
    pub(super) fn unexpected(&mut self, expected: &'static str) -> Token<'t> {
        self.unexpected_at(self.last, expected)
    }

    /// Notes that a token can't stand there.
    pub(super) fn unexpected_at(&mut self, at: Span, expected: &'static str) -> Token<'t> {
        let found = self.found(at);
        self.fail(at.start, ConditionErrorKind::Unexpected { found, expected })
    }

    /// Notes an error at a place in bytes, unless there was one before it.
    #[inline(never)]
    pub(super) fn fail(&mut self, at: usize, kind: ConditionErrorKind) -> Token<'t> {
        if self.error.is_none() {
            let before = self.text.get(..at).unwrap_or(self.text);
            self.error = Some(ConditionError {
                offset: before.chars().count(),
                kind,
            });
        }
        Token::End
    }

    /// Takes letters, digits and `_`; in a number points and the signs of exponents, too.
    ///
    /// Whatever is stuck to a number belongs to it, so that `12ab` is one wrong number.
    fn take(&mut self, rest: &'t str, is_number: bool) -> &'t str {
        let mut length = 0;
        let mut before = b'e';
        for byte in rest.bytes() {
            let is_sign = matches!(byte, b'-' | b'+') && matches!(before, b'e' | b'E');
            let is_more = is_number && (is_sign || byte == b'.');
            if !is_more && !byte.is_ascii_alphanumeric() && byte != b'_' {
                break;
            }
            before = byte;
            length += 1;
        }
        self.last.end = self.last.start + length;
        rest.get(..length).unwrap_or_default()
    }

    /// `7`, `-7`, `0.5`, `1.5e-3`: as JSON writes numbers.
    fn number(&mut self, rest: &'t str) -> Token<'t> {
        let written = self.take(rest, true);
        let value = match split(written) {
            None => {
                let found = self.excerpt(self.last).into();
                let kind = ConditionErrorKind::MalformedNumber { found };
                return self.fail(self.last.start, kind);
            }
            Some((_, None)) => written.parse().ok().map(Token::Int),
            Some((mantissa, Some(exponent))) => {
                let sign = if written.starts_with('-') { -1.0 } else { 1.0 };
                to_double(mantissa, exponent).map(|value| Token::Float(sign * value))
            }
        };
        if let Some(token) = value {
            return token;
        }
        let found = self.excerpt(self.last).into();
        let kind = ConditionErrorKind::NumberOutOfRange { found };
        self.fail(self.last.start, kind)
    }

    /// A text between two of `quote`, on one line.
    fn string(&mut self, rest: &'t str, quote: char) -> Token<'t> {
        let start = self.last.start;
        let mut text = String::new();
        let mut characters = rest.char_indices();
        characters.next();
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
                            let escaped = excerpt(escaped.encode_utf8(&mut [0; 4]));
                            let found = ["\\", &escaped].concat().into();
                            let kind = ConditionErrorKind::UnknownEscape { found };
                            return self.fail(start + at, kind);
                        }
                    });
                }
                _ if character == quote => {
                    self.last.end = start + at + 1;
                    return Token::Text(text);
                }
                _ => text.push(character),
            }
        }
        self.fail(start, ConditionErrorKind::UnclosedText)
    }
}
