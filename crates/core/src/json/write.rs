//! JSON written piece by piece, for where derived writers would be too large.

use alloc::string::{String, ToString};
use core::mem;

/// A JSON text in the making.
///
/// Commas come by themselves; that brackets are closed and members have values is for the caller to
/// see to.
#[derive(Debug, Default)]
pub struct JsonText {
    text: String,
}

impl JsonText {
    /// A text with nothing in it yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    #[must_use]
    pub fn finish(&mut self) -> String {
        mem::take(&mut self.text)
    }

    /// Begins an object or a list, with `{` or `[`.
    #[inline(never)]
    pub fn open(&mut self, bracket: char) {
        self.separate();
        self.text.push(bracket);
    }

    /// Ends an object or a list, with `}` or `]`.
    #[inline(never)]
    pub fn close(&mut self, bracket: char) {
        self.text.push(bracket);
    }

    /// The name of the member whose value comes next.
    #[inline(never)]
    pub fn name(&mut self, name: &str) {
        self.text(name);
        self.text.push(':');
    }

    /// A string.
    #[inline(never)]
    pub fn text(&mut self, value: &str) {
        self.separate();
        self.text.push('"');
        for character in value.chars() {
            self.escaped(character);
        }
        self.text.push('"');
    }

    /// A whole number.
    #[inline(never)]
    pub fn whole(&mut self, value: u64) {
        self.raw(&value.to_string());
    }

    /// `true` or `false`.
    pub fn flag(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// A value that is JSON already.
    #[inline(never)]
    pub fn raw(&mut self, json: &str) {
        self.separate();
        self.text.push_str(json);
    }

    /// A member that is a string.
    #[inline(never)]
    pub fn text_member(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text(value);
    }

    /// A member that is a list: its name, and its opening bracket.
    #[inline(never)]
    pub fn open_list(&mut self, name: &str) {
        self.name(name);
        self.open('[');
    }

    fn separate(&mut self) {
        // A string ends in its quote, so these are structure wherever they are last.
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }

    fn escaped(&mut self, character: char) {
        let short = match character {
            '"' | '\\' => character,
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\0'..='\u{1f}' => {
                let code = u32::from(character);
                self.text.push_str("\\u00");
                self.text.push(if code < 16 { '0' } else { '1' });
                self.text.extend(char::from_digit(code % 16, 16));
                return;
            }
            _ => {
                self.text.push(character);
                return;
            }
        };
        self.text.push('\\');
        self.text.push(short);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_json_escapes_them() {
        let mut all: String = ('\0'..='\u{100}').collect();
        all.push_str("\u{2028}\u{10ffff}");
        let mut out = JsonText::new();
        out.text(&all);
        assert_eq!(out.finish(), serde_json::to_string(&all).unwrap());
    }

    #[test]
    fn commas_stand_between_values_and_nowhere_else() {
        let mut out = JsonText::new();
        out.open('{');
        out.open_list("a[");
        out.close(']');
        out.open_list("b:");
        out.whole(u64::MAX);
        out.text("{");
        out.text("[");
        out.flag(false);
        out.open('[');
        out.close(']');
        out.raw("{}");
        out.close(']');
        out.text_member("c", ":");
        out.close('}');
        assert_eq!(
            out.finish(),
            r#"{"a[":[],"b:":[18446744073709551615,"{","[",false,[],{}],"c":":"}"#
        );
    }
}
