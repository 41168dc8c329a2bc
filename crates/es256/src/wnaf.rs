//! `u G + v Q` without a table for Q: both multipliers in non-adjacent form, one run of doublings.
//!
//! Straus' method ("Shamir's trick"), Guide to Elliptic Curve Cryptography, algorithm 3.51.

use crate::field::{Fe, mul, sqr};
use crate::limbs::{LIMB_BITS, LIMB_MASK, Limbs};
use crate::point::{Affine, Jacobian};
use crate::scalar::Scalar;

/// Digits of a 256-bit number: one more than it has bits, for the last carry.
const DIGIT_COUNT: usize = 257;
/// Digit width for G, whose multiples are part of the program.
const GENERATOR_WIDTH: usize = 7;
/// Digit width for Q, whose multiples are made for each call.
const KEY_WIDTH: usize = 5;
/// G, 3 G, 5 G, and so on.
static GENERATOR_MULTIPLES: [Affine; 1 << (GENERATOR_WIDTH - 2)] =
    odd_multiples(&Affine::GENERATOR);

/// `u G + v Q`.
pub(crate) fn linear_combination(u: &Scalar, v: &Scalar, key: &Affine) -> Jacobian {
    let key_multiples: [Affine; 1 << (KEY_WIDTH - 2)] = odd_multiples(key);
    let generator_digits = digits(u.limbs(), GENERATOR_WIDTH);
    let key_digits = digits(v.limbs(), KEY_WIDTH);
    let mut sum = Jacobian::INFINITY;
    for (generator_digit, key_digit) in generator_digits.iter().zip(&key_digits).rev() {
        sum = sum.double();
        if *generator_digit != 0 {
            sum = sum.add(&multiple(&GENERATOR_MULTIPLES, *generator_digit));
        }
        if *key_digit != 0 {
            sum = sum.add(&multiple(&key_multiples, *key_digit));
        }
    }
    sum
}

/// The multiple for an odd digit below `2 COUNT` in size.
#[expect(
    clippy::indexing_slicing,
    reason = "the remainder by the length of the array is always an index of it"
)]
fn multiple<const COUNT: usize>(odd: &[Affine; COUNT], digit: i8) -> Affine {
    odd[usize::from(digit.unsigned_abs() / 2) % COUNT].negated_if(digit < 0)
}

/// `P, 3 P, .. (2 COUNT - 1) P`, coordinates in 0..p, with one inversion for all of them.
///
/// The order of P is prime and far larger than 2 COUNT, so no two points on the way are equal or
/// opposite. Also runs in the compiler, for G.
#[expect(
    clippy::indexing_slicing,
    reason = "loop counters below the length of the arrays; `for` and iterators are not const"
)]
const fn odd_multiples<const COUNT: usize>(point: &Affine) -> [Affine; COUNT] {
    let twice = Jacobian::from_affine(point).double();
    let twice = to_affine(&twice, &twice.z.normalised().inverse());
    let mut jacobian = [Jacobian::from_affine(point); COUNT];
    // The product of z up to and with each point.
    let mut products = [Fe::ONE; COUNT];
    let mut i = 1;
    while i < COUNT {
        jacobian[i] = jacobian[i - 1].add(&twice);
        products[i] = mul(&products[i - 1], &jacobian[i].z);
        i += 1;
    }
    let mut affine = [*point; COUNT];
    let mut inverse = products[COUNT - 1].inverse();
    while i > 1 {
        i -= 1;
        affine[i] = to_affine(&jacobian[i], &mul(&inverse, &products[i - 1]));
        inverse = mul(&inverse, &jacobian[i].z);
    }
    affine
}

/// The affine form of a point, given the inverse of its z.
pub(crate) const fn to_affine(point: &Jacobian, inverse: &Fe) -> Affine {
    let square = sqr(inverse);
    Affine {
        x: mul(&point.x, &square).normalised(),
        y: mul(&point.y, &mul(&square, inverse)).normalised(),
    }
}

/// The non-adjacent form of a number in 0..2^256, least significant digit first.
///
/// A digit is zero, or odd and below `2^(width - 1)` in size; after one, `width - 1` are zero.
fn digits(limbs: &Limbs, width: usize) -> [i8; DIGIT_COUNT] {
    let mut digits = [0; DIGIT_COUNT];
    let (mut at, mut carry) = (0, 0);
    while at < DIGIT_COUNT {
        if bits(limbs, at, 1) == carry {
            at += 1;
            continue;
        }
        let word = bits(limbs, at, width) + carry;
        carry = word >> (width - 1);
        let digit = i8::try_from(word - (carry << width)).unwrap_or_default();
        digits
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|place| *place = digit);
        at += width;
    }
    digits
}

/// `width` bits of a number from bit `at` on, zeros beyond its end.
fn bits(limbs: &Limbs, at: usize, width: usize) -> i64 {
    let limb_bits = LIMB_BITS as usize;
    let limb = |i| limbs.get(i).copied().unwrap_or(0);
    let both = limb(at / limb_bits) | (limb(at / limb_bits + 1) & LIMB_MASK) << limb_bits;
    (both >> (at % limb_bits)) & ((1 << width) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::{self, testing::number};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_add_up_and_keep_their_distance(
            bytes in prop_oneof![any::<[u8; 32]>(), Just([0xff; 32]), Just([0; 32])],
            width in 2..8usize,
        ) {
            let limbs = limbs::from_be_bytes(&bytes);
            let digits = digits(&limbs, width);
            let mut sum = number(0);
            for digit in digits.iter().rev() {
                prop_assert!(*digit == 0 || digit % 2 != 0);
                prop_assert!(i16::from(*digit).abs() < 1 << (width - 1));
                sum = limbs::add(&limbs::add(&sum, &sum), &number((*digit).into()));
            }
            prop_assert_eq!(sum, limbs);
            let filled = |window: &[i8]| window.iter().filter(|digit| **digit != 0).count() > 1;
            prop_assert!(!digits.windows(width).any(filled));
        }
    }

    #[test]
    fn multiples_are_odd_and_on_the_curve() {
        let twice = Jacobian::from_affine(&Affine::GENERATOR).double();
        let twice = to_affine(&twice, &twice.z.normalised().inverse());
        let mut sum = Jacobian::from_affine(&Affine::GENERATOR);
        for multiple in &GENERATOR_MULTIPLES {
            assert!(multiple.is_on_curve() && sum.has_x(&multiple.x));
            sum = sum.add(&twice);
        }
    }
}
