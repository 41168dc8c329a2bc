//! JSON from left to right, each part once: what is there is told to the one who asks for it.

use alloc::borrow::Cow;
use alloc::string::String;

use super::{JsonError, Number, excerpt};
use crate::limits::MAX_JSON_DEPTH;
use crate::number::{split, to_double};

/// A strict reader of one JSON text.
///
/// The first error is kept, and nothing follows it: what is asked for afterwards comes out empty. So
/// callers ask for all that they want and for the error once, with [`Self::finish`]. The same goes
/// for what is JSON but not what was asked for, as far as the rest of the text has no error.
#[derive(Debug)]
pub struct Reader<'t> {
    text: &'t str,
    at: usize,
    levels_left: usize,
    error: Option<JsonError>,
    pub(super) misfit: Option<super::shape::Misfit>,
}

impl<'t> Reader<'t> {
    /// A reader at the beginning of a text of at most `max_bytes` bytes.
    #[must_use]
    pub fn new(text: &'t str, max_bytes: usize) -> Self {
        let mut reader = Self {
            text,
            at: 0,
            levels_left: MAX_JSON_DEPTH,
            error: None,
            misfit: None,
        };
        if text.len() > max_bytes {
            reader.refuse(JsonError::TooLarge {
                actual_bytes: text.len(),
                max_bytes,
            });
        }
        reader
    }

    /// What was wrong with the text first, its end included, where nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        if self.peek() != 0 || self.at < self.text.len() {
            self.unexpected();
        }
        match self.error.take() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that isn't white space, which stays there; 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.byte()
    }

    /// Steps into an object or an array, whose bracket is next.
    pub(super) fn enter(&mut self) {
        self.at += 1;
        match self.levels_left.checked_sub(1) {
            Some(left) => self.levels_left = left,
            None => self.refuse(JsonError::TooDeep),
        }
    }

    /// Whether another member or element follows; if not, the bracket is left behind.
    #[inline(never)]
    pub(super) fn more(&mut self, closing: u8, is_first: bool) -> bool {
        let next = self.peek();
        if next == closing {
            self.at += 1;
            self.levels_left += 1;
            return false;
        }
        if is_first {
            return true;
        }
        if next == b',' {
            self.at += 1;
            return true;
        }
        self.unexpected();
        false
    }

    /// The name of a member, and the colon after it.
    #[inline(never)]
    pub(super) fn name(&mut self) -> Cow<'t, str> {
        if self.peek() != b'"' {
            self.unexpected();
        }
        let name = self.string();
        if self.peek() == b':' {
            self.at += 1;
        } else {
            self.unexpected();
        }
        name
    }

    /// A string, whose quote is next.
    #[inline(never)]
    pub(super) fn string(&mut self) -> Cow<'t, str> {
        self.at += 1;
        let plain = self.plain();
        if self.byte() == b'"' {
            self.at += 1;
            return Cow::Borrowed(plain);
        }
        Cow::Owned(self.escaped(plain))
    }

    /// What comes before the next quote, escape or control character.
    #[inline(never)]
    fn plain(&mut self) -> &'t str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The rest of a string that has escapes.
    #[inline(never)]
    fn escaped(&mut self, begun: &str) -> String {
        let mut text = String::from(begun);
        while self.byte() == b'\\' {
            self.at += 1;
            let character = self.escape();
            text.extend(character);
            if character.is_none() {
                self.unexpected();
            }
            text.push_str(self.plain());
        }
        if self.byte() == b'"' {
            self.at += 1;
        } else {
            self.unexpected();
        }
        text
    }

    /// The character of an escape, behind its backslash; `None` when it is none.
    fn escape(&mut self) -> Option<char> {
        let letter = self.byte();
        self.at += 1;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => {
                self.at -= 1;
                return None;
            }
        };
        Some(character)
    }

    /// Four hexadecimal digits, or two times four for what lies beyond them (RFC 8259 section 7); half a
    /// pair is no character.
    fn code_point(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        for expected in *b"\\u" {
            if self.byte() != expected {
                return None;
            }
            self.at += 1;
        }
        let second = self.code_unit()?.checked_sub(0xdc00)?;
        if second >= 0x400 {
            return None;
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    fn code_unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.byte()).to_digit(16)?;
            self.at += 1;
        }
        Some(unit)
    }

    /// A number; `None` when it isn't one, or beyond the largest double.
    #[inline(never)]
    pub(super) fn number(&mut self) -> Option<Number> {
        let start = self.at;
        while matches!(self.byte(), b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') {
            self.at += 1;
        }
        let number = parsed(self.text.get(start..self.at).unwrap_or_default());
        if number.is_none() {
            self.at = start;
            self.unexpected();
        }
        number
    }

    /// `true`, `false` or `null`.
    pub(super) fn word(&mut self, word: &str) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
        } else {
            self.unexpected();
        }
    }

    pub(super) fn duplicate(&mut self, name: &str) {
        let name = excerpt(name);
        self.refuse(JsonError::DuplicateMember { name });
    }

    /// Keeps that what is next can't be there.
    #[inline(never)]
    pub(super) fn unexpected(&mut self) {
        let end = self.text.len().min(self.at + 1);
        let (mut line, mut column) = (1, 0);
        for byte in self.text.bytes().take(end) {
            column += 1;
            if byte == b'\n' {
                line += 1;
                column = 0;
            }
        }
        self.refuse(JsonError::Syntax { line, column });
    }

    /// Keeps an error unless there was one before it; nothing follows it.
    #[inline(never)]
    fn refuse(&mut self, error: JsonError) {
        self.at = self.text.len();
        self.error.get_or_insert(error);
    }
}

fn parsed(written: &str) -> Option<Number> {
    let (digits, exponent) = split(written)?;
    let is_negative = written.starts_with('-');
    if exponent.is_none() && written != "-0" {
        let whole = if is_negative {
            written.parse().ok().map(|whole: i64| whole.into())
        } else {
            digits.parse().ok().map(|whole: u64| whole.into())
        };
        if whole.is_some() {
            return whole;
        }
    }
    let double = to_double(digits, exponent.unwrap_or(0))?;
    Number::from_f64(if is_negative { -double } else { double })
}
