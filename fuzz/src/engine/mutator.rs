//! Changes inputs, mostly in ways that keep some sense.

use super::random::Random;

/// Longer inputs are cut.
const MAX_INPUT_BYTES: usize = 64 * 1024;
/// Changes to one input, at most.
const MAX_CHANGES: usize = 6;
/// Pieces that are moved around, at most.
const MAX_PIECE_BYTES: usize = 64;

/// What trips readers of any language.
const ODD: &[&str] = &[
    "",
    "\0",
    "\u{7f}",
    "\u{feff}",
    "\u{2028}",
    "é",
    "日本",
    "🦀",
    "\\",
    "\"",
    "'",
    "\r\n",
    "-",
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1e309",
    "0.1",
    "1.",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "[[[[",
    "((((",
    "!!!!",
    ",",
    "null",
    "true",
    "__proto__",
];

/// Makes inputs from inputs.
#[derive(Debug)]
pub(super) struct Mutator {
    random: Random,
    words: &'static [&'static str],
}

impl Mutator {
    pub(super) const fn new(seed: u64, words: &'static [&'static str]) -> Self {
        let random = Random::new(seed);
        Self { random, words }
    }

    /// One of the pool, changed in one place or several.
    pub(super) fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.random.pick(pool).cloned().unwrap_or_default();
        for _ in 0..=self.random.below(MAX_CHANGES) {
            self.change(&mut input, pool);
        }
        input.truncate(MAX_INPUT_BYTES);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let at = self.random.below(input.len() + 1);
        match self.random.below(10) {
            0 => self.flip(input, at),
            1 => self.replace(input, at, 0, &[]),
            2 | 3 => self.word(input, at),
            4 => self.swap_word(input, at),
            5 => {
                let copy = self.piece(input);
                self.replace(input, at, 0, &copy);
            }
            6 => {
                let other = self.random.pick(pool).cloned().unwrap_or_default();
                let copy = self.piece(&other);
                self.replace(input, at, 0, &copy);
            }
            7 => {
                let other = self.random.pick(pool).cloned().unwrap_or_default();
                let copy = self.line(&other);
                let start = line_start(input, at);
                self.replace(input, start, 0, &copy);
            }
            8 => {
                let start = line_start(input, at);
                let end = line_end(input, at);
                splice(input, start, end - start, &[]);
            }
            _ => {
                let length = self.random.below(MAX_PIECE_BYTES);
                splice(input, at, length, &[]);
            }
        }
    }

    fn flip(&mut self, input: &mut [u8], at: usize) {
        let bit = self.random.below(8);
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn word(&mut self, input: &mut Vec<u8>, at: usize) {
        let list = if self.random.below(4) == 0 {
            ODD
        } else {
            self.words
        };
        let word = self.random.pick(list).copied().unwrap_or_default();
        self.replace(input, at, 0, word.as_bytes());
    }

    /// Another word in the place of the one at `at`.
    fn swap_word(&mut self, input: &mut Vec<u8>, at: usize) {
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':');
        let before = input
            .iter()
            .take(at)
            .rev()
            .take_while(|byte| is_word(byte))
            .count();
        let after = input
            .iter()
            .skip(at)
            .take_while(|byte| is_word(byte))
            .count();
        let word = self.random.pick(self.words).copied().unwrap_or_default();
        splice(input, at - before, before + after, word.as_bytes());
    }

    /// Puts `with` in the place of `length` bytes, or of a few.
    fn replace(&mut self, input: &mut Vec<u8>, at: usize, length: usize, with: &[u8]) {
        let length = if with.is_empty() {
            1 + self.random.below(8)
        } else {
            length
        };
        splice(input, at, length, with);
    }

    fn piece(&mut self, input: &[u8]) -> Vec<u8> {
        let start = self.random.below(input.len());
        let length = 1 + self.random.below(MAX_PIECE_BYTES);
        input.iter().skip(start).take(length).copied().collect()
    }

    fn line(&mut self, input: &[u8]) -> Vec<u8> {
        let at = self.random.below(input.len());
        let start = line_start(input, at);
        let end = line_end(input, at);
        input
            .iter()
            .skip(start)
            .take(end - start)
            .copied()
            .collect()
    }
}

/// Puts `with` in the place of `length` bytes at `at`; both are cut to what there is.
fn splice(input: &mut Vec<u8>, at: usize, length: usize, with: &[u8]) {
    let start = at.min(input.len());
    let end = (start + length).min(input.len());
    input.splice(start..end, with.iter().copied());
}

fn line_start(input: &[u8], at: usize) -> usize {
    let behind = input.iter().take(at).rev();
    at.min(input.len()) - behind.take_while(|byte| **byte != b'\n').count()
}

fn line_end(input: &[u8], at: usize) -> usize {
    let at = at.min(input.len());
    let rest = input
        .iter()
        .skip(at)
        .take_while(|byte| **byte != b'\n')
        .count();
    (at + rest + 1).min(input.len())
}
