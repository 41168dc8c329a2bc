//! Decimal numbers to doubles, correctly rounded.

use super::estimate::estimate;
use super::natural::Natural;

/// As many digits as can matter: half-way between two doubles there are at most 767, and what
/// follows is then more than half-way or isn't.
const MAX_DIGITS: usize = 800;

/// Numbers of so many digits have 64 bits.
const MAX_SHORT: i32 = 19;

/// Whole numbers of so many digits are doubles.
const MAX_EXACT: i32 = 15;

/// Ten to this power and the powers below it are doubles.
const MAX_EXACT_POWER: u32 = 22;

/// The double nearest to `digits` times 10 to the power of `exponent`, ties to even; `None` beyond
/// the largest double.
///
/// `digits` are ASCII; other bytes are skipped, so a decimal point may stay in.
#[inline(never)]
pub(crate) fn to_double(digits: &str, exponent: i32) -> Option<f64> {
    let (mut count, mut short) = (0_i32, 0_u64);
    for digit in significant(digits) {
        if count < MAX_SHORT {
            short = short * 10 + u64::from(digit);
        }
        count = count.saturating_add(1);
    }
    // Less than this power of ten, and not less than a tenth of it.
    let magnitude = exponent.saturating_add(count);
    if count == 0 || magnitude < -323 {
        return Some(0.0);
    }
    if magnitude > 309 {
        return None;
    }
    if count <= MAX_EXACT && exponent.unsigned_abs() <= MAX_EXACT_POWER {
        return Some(exact(short, exponent));
    }
    let left_out = (count - MAX_SHORT).max(0);
    estimate(short, exponent + left_out).or_else(|| compared(digits, exponent))
}

/// Digits from the first on that isn't 0.
fn significant(digits: &str) -> impl Iterator<Item = u8> {
    let digits = digits.bytes().filter(u8::is_ascii_digit);
    digits
        .map(|digit| digit - b'0')
        .skip_while(|digit| *digit == 0)
}

/// The double nearest to a number, found with all of its digits.
fn compared(digits: &str, mut exponent: i32) -> Option<f64> {
    let mut digits = significant(digits);
    let mut numerator = Natural::new(0);
    for digit in digits.by_ref().take(MAX_DIGITS) {
        numerator.scale(10, digit.into());
    }
    let mut is_more = false;
    for digit in digits {
        exponent = exponent.saturating_add(1);
        is_more |= digit != 0;
    }
    if is_more {
        numerator.scale(10, 1);
        exponent -= 1;
    }
    // Of ten's two factors the five makes the numbers long; the two goes into the exponent.
    let mut denominator = Natural::new(1);
    let scaled = if exponent < 0 {
        &mut denominator
    } else {
        &mut numerator
    };
    scaled.times_five_to(exponent.unsigned_abs());
    quotient(numerator, denominator, exponent)
}

/// Both factors are doubles, so that their product or quotient is correctly rounded.
#[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
fn exact(digits: u64, exponent: i32) -> f64 {
    let mut power = 1.0;
    for _ in 0..exponent.unsigned_abs() {
        power *= 10.0;
    }
    if exponent < 0 {
        digits as f64 / power
    } else {
        digits as f64 * power
    }
}

/// The double nearest to a quotient of two numbers that aren't 0, times 2 to a power.
fn quotient(mut numerator: Natural, mut denominator: Natural, mut power: i32) -> Option<f64> {
    // What is asked for is numerator / denominator * 2^power throughout; then the first factor is in 1..2.
    power += denominator.widen_to(&numerator) - numerator.widen_to(&denominator);
    while numerator.is_less(&denominator) {
        numerator.double();
        power -= 1;
    }
    while !numerator.is_less(&denominator) {
        denominator.double();
        power += 1;
    }
    numerator.double();
    power -= 1;
    if power > 1023 {
        return None;
    }
    // Doubles have 53 bits, those below 2^-1022 as many fewer as they are below it (IEEE 754).
    let bits = 53 + (power + 1022).min(0);
    let mut mantissa = 0_u64;
    let mut next_bit = || {
        let bit = numerator.reduce(&denominator);
        numerator.double();
        bit
    };
    for _ in 0..bits {
        mantissa = mantissa << 1 | u64::from(next_bit());
    }
    let half = bits >= 0 && next_bit();
    if half && (!numerator.is_zero() || mantissa & 1 == 1) {
        mantissa += 1;
    }
    // The first bit of a mantissa of 53 is not stored; adding lets a carry of rounding reach the exponent.
    let biased = u64::try_from(power + 1022).unwrap_or(0) << 52;
    let value = f64::from_bits(biased + mantissa);
    value.is_finite().then_some(value)
}
#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn of(digits: &str, exponent: i32) -> Option<u64> {
        to_double(digits, exponent).map(f64::to_bits)
    }

    fn expected(digits: &str, exponent: i32) -> Option<u64> {
        let value: f64 = format!("{digits}e{exponent}").parse().unwrap();
        value.is_finite().then_some(value.to_bits())
    }

    #[test]
    fn hard_cases_are_rounded_as_the_standard_library_rounds_them() {
        for (digits, exponent) in [
            ("0", 0),
            ("0", 999_999),
            ("1", 0),
            ("3", 0),
            ("01", -1),
            ("9007199254740993", 0),
            ("9007199254740995", 0),
            ("17976931348623157", 292),
            ("17976931348623158", 292),
            ("17976931348623159", 292),
            ("1", 309),
            ("1", i32::MAX),
            ("1", i32::MIN),
            ("22250738585072011", -324),
            ("22250738585072014", -324),
            ("5", -324),
            ("49406564584124654", -340),
            ("24703282292062327", -340),
            ("24703282292062328", -340),
            ("2", -324),
            ("3", -324),
            ("1", -330),
            ("179769313486231580793", 289),
        ] {
            assert_eq!(
                of(digits, exponent),
                expected(digits, exponent),
                "{digits}e{exponent}"
            );
        }
        let half_way = format!("1{}1", "0".repeat(700));
        assert_eq!(of(&half_way, -701), expected(&half_way, -701));
        // Half-way between two doubles, then more than that, far beyond the digits that are kept.
        for end in ["0", "1"] {
            let digits = format!("9007199254740993{}{end}", "0".repeat(4_000));
            assert_eq!(of(&digits, -4_001), expected(&digits, -4_001));
            assert_eq!(of(&digits, -4_000), expected(&digits, -4_000));
        }
        let point = format!("0.{}123", "0".repeat(400));
        assert_eq!(of(&point, 400 - 403), expected("123", 400 - 403));
    }

    proptest! {
        #[test]
        fn any_decimal_is_rounded_as_the_standard_library_rounds_it(
            digits in "[0-9]{1,40}", exponent in -380_i32..320
        ) {
            prop_assert_eq!(of(&digits, exponent), expected(&digits, exponent));
        }

        #[test]
        fn every_double_comes_back_from_its_shortest_digits(bits in any::<u64>()) {
            let value = f64::from_bits(bits).abs();
            prop_assume!(value.is_finite());
            let text = format!("{value:e}");
            let (digits, exponent) = text.split_once('e').unwrap();
            let fraction = digits.len().saturating_sub(2);
            let exponent = exponent.parse::<i32>().unwrap() - i32::try_from(fraction).unwrap();
            prop_assert_eq!(of(digits, exponent), Some(value.to_bits()));
        }
    }
}
