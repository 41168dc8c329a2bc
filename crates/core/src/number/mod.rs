//! Numbers as JSON and conditions write them, read and written exactly.
//!
//! The standard library does the same from tables of 10 KB, which a page would have to load; the
//! numbers there are few, so the rare ones may be slow.

mod double;
mod estimate;
mod natural;
mod shortest;

pub(crate) use double::to_double;
pub(crate) use shortest::shortest;

/// The digits of a number and the power of ten that they are times, `None` for an integer; `None`
/// at all when it isn't written as JSON writes numbers (RFC 8259 section 6).
///
/// A sign and a point may be among the digits.
pub(crate) fn split(written: &str) -> Option<(&str, Option<i32>)> {
    let byte = |at: usize| written.as_bytes().get(at).copied().unwrap_or(0);
    let after_digits = |mut at: usize| {
        while byte(at).is_ascii_digit() {
            at += 1;
        }
        at
    };
    let start = usize::from(byte(0) == b'-');
    let point = after_digits(start);
    if point == start || byte(start) == b'0' && point > start + 1 {
        return None;
    }
    if point == written.len() {
        return Some((written.get(start..)?, None));
    }
    let mut end = point;
    if byte(point) == b'.' {
        end = after_digits(point + 1);
        if end == point + 1 {
            return None;
        }
    }
    let mantissa = written.get(start..end)?;
    let places = i32::try_from(end.saturating_sub(point + 1)).ok()?;
    let mut exponent = 0_i32;
    if matches!(byte(end), b'e' | b'E') {
        let is_negative = byte(end + 1) == b'-';
        let begin = end + 1 + usize::from(is_negative || byte(end + 1) == b'+');
        end = after_digits(begin);
        if end == begin {
            return None;
        }
        for at in begin..end {
            let digit = i32::from(byte(at) - b'0');
            exponent = exponent.saturating_mul(10).saturating_add(digit);
        }
        if is_negative {
            exponent = -exponent;
        }
    }
    (end == written.len()).then_some((mantissa, Some(exponent.saturating_sub(places))))
}
