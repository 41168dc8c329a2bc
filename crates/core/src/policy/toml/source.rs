//! The text of a policy file and the places in it.

use alloc::vec::Vec;
use core::ops::Range;

use super::super::Position;

/// A policy file; finds lines in it without reading it from the start each time.
pub(super) struct Source<'t> {
    text: &'t str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: core::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The place of the byte at `offset`.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index));
        let before = start.and_then(|start| self.text.get(*start..offset));
        let column = before.map_or(0, |before| before.chars().count());
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// The place of the first character inside a string that reads `value`, its quotes and all at
    /// `span`; `None` when escapes make what is read differ from what is written.
    pub(super) fn inside(&self, span: &Range<usize>, value: &str) -> Option<Position> {
        let written = self.text.get(span.clone())?;
        // A line break right after three quotes isn't part of the string.
        let opening = [
            "'''\r\n",
            "'''\n",
            "'''",
            "\"\"\"\r\n",
            "\"\"\"\n",
            "\"\"\"",
            "'",
            "\"",
        ];
        let opening = opening
            .iter()
            .find(|quotes| written.starts_with(**quotes))?;
        let closing = if opening.len() < 3 { 1 } else { 3 };
        let end = written.len().checked_sub(closing)?;
        (written.get(opening.len()..end)? == value)
            .then(|| self.position(span.start + opening.len()))
    }

    /// The place of the character number `index` of what a string at `span` reads, escapes counted
    /// as what they stand for.
    pub(super) fn character(&self, span: &Range<usize>, index: usize) -> Option<Position> {
        let written = self.text.get(span.clone())?;
        let is_basic = written.starts_with('"');
        let long = written.starts_with("\"\"\"") || written.starts_with("'''");
        let mut rest = written.get(if long { 3 } else { 1 }..)?;
        if long {
            let trimmed = rest.strip_prefix('\r').unwrap_or(rest);
            rest = trimmed.strip_prefix('\n').unwrap_or(rest);
        }
        for _ in 0..index {
            rest = skip_blank_escapes(rest, is_basic);
            rest = after_character(rest, is_basic)?;
        }
        rest = skip_blank_escapes(rest, is_basic);
        Some(self.position(span.start + written.len() - rest.len()))
    }
}

/// What follows line breaks that a backslash at the end of a line takes away.
fn skip_blank_escapes(mut rest: &str, is_basic: bool) -> &str {
    while let Some(after) = rest.strip_prefix('\\').filter(|_| is_basic) {
        let blank = after.trim_start_matches([' ', '\t']);
        if !blank.starts_with(['\n', '\r']) {
            break;
        }
        rest = blank.trim_start();
    }
    rest
}

/// What follows the first character, which may be written as an escape.
fn after_character(rest: &str, is_basic: bool) -> Option<&str> {
    let mut chars = rest.chars();
    if chars.next()? == '\\' && is_basic {
        let digits = match chars.next()? {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        return chars.as_str().get(digits..);
    }
    Some(chars.as_str())
}
