//! Decimal numbers to doubles, correctly rounded.
//!
//! The standard library does the same from a table of 10 KB, which a page would have to load; numbers
//! in policies are few, so this may be slow.

use alloc::vec;
use alloc::vec::Vec;

/// The double nearest to `digits` times 10 to the power of `exponent`, ties to even; `None` beyond
/// the largest double.
///
/// `digits` are ASCII; other bytes are skipped, so a decimal point may stay in.
pub(super) fn to_double(digits: &str, exponent: i32) -> Option<f64> {
    let digits = digits.bytes().filter(u8::is_ascii_digit);
    let digits: Vec<u8> = digits.skip_while(|digit| *digit == b'0').collect();
    let magnitude = exponent.saturating_add(i32::try_from(digits.len()).ok()?);
    if digits.is_empty() || magnitude < -330 {
        return Some(0.0);
    }
    if magnitude > 310 {
        return None;
    }
    let mut numerator = Natural(vec![]);
    for digit in digits {
        numerator.times_ten_plus(digit - b'0');
    }
    let mut denominator = Natural(vec![1]);
    let scaled = if exponent < 0 {
        &mut denominator
    } else {
        &mut numerator
    };
    for _ in 0..exponent.unsigned_abs() {
        scaled.times_ten_plus(0);
    }
    quotient(numerator, denominator)
}

/// The double nearest to a quotient of two numbers that aren't 0.
fn quotient(mut numerator: Natural, mut denominator: Natural) -> Option<f64> {
    // The quotient is numerator / denominator * 2^power throughout; then the first factor is in 1..2.
    let mut power =
        denominator.widen_to(numerator.0.len()) - numerator.widen_to(denominator.0.len());
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
        let bit = !numerator.is_less(&denominator);
        if bit {
            numerator.subtract(&denominator);
        }
        numerator.double();
        bit
    };
    for _ in 0..bits {
        mantissa = mantissa << 1 | u64::from(next_bit());
    }
    let half = bits >= 0 && next_bit();
    let is_more_than_half = !numerator.0.is_empty();
    if half && (is_more_than_half || mantissa & 1 == 1) {
        mantissa += 1;
    }
    // The first bit of a mantissa of 53 is not stored; adding lets a carry of rounding reach the exponent.
    let biased = u64::try_from(power + 1022).unwrap_or(0) << 52;
    let value = f64::from_bits(biased + mantissa);
    value.is_finite().then_some(value)
}

/// A natural number: 32 bits a limb, the lowest first, the highest not 0.
struct Natural(Vec<u32>);

impl Natural {
    fn times_ten_plus(&mut self, digit: u8) {
        self.scale(10, u32::from(digit));
    }

    fn double(&mut self) {
        self.scale(2, 0);
    }

    /// Puts zeros below until there are as many limbs, and returns how many bits they are.
    fn widen_to(&mut self, limbs: usize) -> i32 {
        let mut wide = vec![0; limbs.saturating_sub(self.0.len())];
        let bits = i32::try_from(wide.len() * 32).unwrap_or(0);
        wide.append(&mut self.0);
        self.0 = wide;
        bits
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
    fn scale(&mut self, factor: u32, mut carry: u32) {
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(factor) + u64::from(carry);
            *limb = product as u32;
            carry = (product >> 32) as u32;
        }
        if carry > 0 {
            self.0.push(carry);
        }
    }

    fn is_less(&self, other: &Self) -> bool {
        let (left, right) = (&self.0, &other.0);
        left.len()
            .cmp(&right.len())
            .then_with(|| left.iter().rev().cmp(right.iter().rev()))
            .is_lt()
    }

    /// Subtracts a number that isn't larger.
    fn subtract(&mut self, other: &Self) {
        let others = other.0.iter().copied().chain(core::iter::repeat(0));
        let mut borrow = false;
        for (limb, other) in self.0.iter_mut().zip(others) {
            let (difference, first) = limb.overflowing_sub(other);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
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
