//! Doubles to decimal numbers, as short as they come back exactly.

use alloc::string::{String, ToString};

use super::natural::Natural;
use super::to_double;

/// So many digits tell every double from its neighbours.
const MAX_DIGITS: i32 = 17;

/// A finite double as JSON writes it, with a point or an exponent: `0.5`, `2.0`, `1e+300`.
pub(crate) fn shortest(value: f64) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (digits, exponent) = digits(value.abs());
    let mut text = digits.to_string();
    let len = i32::try_from(text.len()).unwrap_or(0);
    // Where the point is, counted from the first digit.
    let point = len.saturating_add(exponent);
    if (-4..=16).contains(&point) {
        for _ in point..1 {
            text.insert(0, '0');
        }
        for _ in 0..exponent {
            text.push('0');
        }
        insert_point(&mut text, point.max(1));
        if exponent >= 0 {
            text.push('0');
        }
    } else {
        if len > 1 {
            insert_point(&mut text, 1);
        }
        text.push_str(if point > 0 { "e+" } else { "e" });
        text += &point.saturating_sub(1).to_string();
    }
    [sign, &text].concat()
}

fn insert_point(text: &mut String, at: i32) {
    // Digits are one byte each.
    let at = usize::try_from(at).unwrap_or(0).min(text.len());
    text.insert(at, '.');
}

/// The fewest digits, as a number, and the power of ten that they are times; of those the nearest.
fn digits(value: f64) -> (u64, i32) {
    let (mut numerator, mut denominator) = fraction(value);
    let mut exponent = 0;
    if numerator.is_zero() {
        return (0, 0);
    }
    // Until the fraction is in 1..10.
    while numerator.is_less(&denominator) {
        numerator.scale(10, 0);
        exponent -= 1;
    }
    loop {
        denominator.scale(10, 0);
        if numerator.is_less(&denominator) {
            break;
        }
        exponent += 1;
    }
    let mut digits = 0;
    numerator.scale(10, 0);
    for place in 0..MAX_DIGITS {
        digits *= 10;
        while numerator.reduce(&denominator) {
            digits += 1;
        }
        numerator.double();
        let is_half = !numerator.is_less(&denominator) && !denominator.is_less(&numerator);
        let is_up = denominator.is_less(&numerator) || is_half && digits & 1 == 1;
        let up = u64::from(is_up);
        for digits in [digits + up, digits + 1 - up] {
            let exponent = exponent - place;
            if to_double(&digits.to_string(), exponent) == Some(value) {
                return match digits {
                    10 => (1, exponent + 1),
                    _ => (digits, exponent),
                };
            }
        }
        numerator.scale(5, 0);
    }
    (digits, exponent - MAX_DIGITS + 1)
}

/// A double as a quotient of two natural numbers (IEEE 754).
fn fraction(value: f64) -> (Natural, Natural) {
    let bits = value.to_bits();
    let stored = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    let mantissa = bits & ((1 << 52) - 1) | u64::from(stored > 0) << 52;
    let power = stored.max(1) - 1075;
    let (mut numerator, mut denominator) = (Natural::new(mantissa), Natural::new(1));
    let scaled = if power < 0 {
        &mut denominator
    } else {
        &mut numerator
    };
    for _ in 0..power.unsigned_abs() {
        scaled.double();
    }
    (numerator, denominator)
}
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn agrees(value: f64) {
        assert_eq!(shortest(value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn doubles_are_written_as_serde_json_writes_them() {
        for value in [
            0.0,
            1.0,
            0.1,
            0.5,
            2.5,
            1e15,
            1e16,
            1e17,
            1.5e16,
            1e-4,
            1e-5,
            1e-6,
            1.25e-5,
            1.25e-6,
            123_456.789,
            1e22,
            1e23,
            5e-324,
            1e300,
            f64::MAX,
            f64::MIN_POSITIVE,
            9_007_199_254_740_993.0,
            0.3,
            2.0 / 3.0,
        ] {
            agrees(value);
            agrees(-value);
        }
    }

    #[test]
    fn powers_of_two_whose_neighbours_are_not_equally_far_are_written_so_too() {
        for power in -1074..1024 {
            agrees(2_f64.powi(power));
        }
    }

    proptest! {
        #[test]
        fn every_double_is_written_as_serde_json_writes_it(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            agrees(value);
        }

        #[test]
        fn short_decimals_come_back_as_they_were(digits in 0_u64..1_000_000_000_000_000, exponent in -20_i32..20) {
            agrees(to_double(&digits.to_string(), exponent).unwrap());
        }
    }
}
