//! Numbers modulo n, the order of the group.

use crate::inverse::{Modulus, invert};
use crate::limbs::{self, LIMB_BITS, LIMB_COUNT, LIMB_MASK, Limbs, ZERO};

/// n, the order of the group (SEC 2 section 2.4.2).
pub(crate) const N: Limbs = [
    0x1c63_2551,
    0x1dce_5617,
    0x5e7_a13c,
    0xdf5_5b4e,
    0x1fff_fbce,
    0x1fff_ffff,
    0x3_ffff,
    0x1fe0_0000,
    0xff_ffff,
];
/// R^2 modulo n, R = 2^261.
const R2: Limbs = [
    0x148d_9ef5,
    0xf4e_7f75,
    0x14c6_a651,
    0x3f8_b765,
    0x1658_61f1,
    0x1256_d7d8,
    0x1c18_5b23,
    0xd4c_ab0f,
    0x84_b655,
];
/// n and its inverse modulo 2^29.
const MODULUS: Modulus = Modulus {
    limbs: N,
    inverse: 0x11ff_43b1,
};

/// A number in 0..n.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar(Limbs);

impl Scalar {
    /// Takes a number in 0..n; `None` for others.
    pub(crate) const fn parse(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs::from_be_bytes(bytes);
        if limbs::less(&limbs, &N) {
            Some(Self(limbs))
        } else {
            None
        }
    }

    /// Takes a 256-bit number modulo n, as SEC 1 section 4.1.4 step 3 turns a digest into one.
    pub(crate) const fn reduce(bytes: &[u8; 32]) -> Self {
        Self(limbs::normalise(limbs::from_be_bytes(bytes), &N))
    }

    /// Whether this is 0.
    pub(crate) const fn is_zero(&self) -> bool {
        limbs::is_zero(&self.0)
    }

    /// The number, in 0..n.
    pub(crate) const fn limbs(&self) -> &Limbs {
        &self.0
    }

    /// `self` and false, or `n - self` and true, whichever number is at most n / 2.
    pub(crate) const fn halved(&self) -> (Limbs, bool) {
        let negative = limbs::sub(&N, &self.0);
        if limbs::less(&negative, &self.0) {
            (negative, true)
        } else {
            (self.0, false)
        }
    }
}

/// The multipliers `z / s` and `r / s` of SEC 1 section 4.1.4 step 4; `None` if `s` has no inverse.
pub(crate) fn multipliers(digest: &Scalar, r: &Scalar, s: &Scalar) -> Option<(Scalar, Scalar)> {
    // In Montgomery form, so that a product with a plain number is a plain number.
    let inverse = montgomery_mul(&invert(&s.0, &MODULUS), &R2);
    // A slip in the inversion must not decide a signature: it is proven before it is used.
    let one = [1, 0, 0, 0, 0, 0, 0, 0, 0];
    if montgomery_mul(&s.0, &inverse) != one {
        return None;
    }
    let times_inverse = |x: &Scalar| Scalar(montgomery_mul(&x.0, &inverse));
    Some((times_inverse(digest), times_inverse(r)))
}

/// `a b / 2^261` modulo n, in 0..n, of numbers in 0..n.
///
/// A column takes at most nine products of 2^58 from `a b` and nine from the multiples of n.
#[expect(
    clippy::indexing_slicing,
    reason = "sums of two loop counters below nine, in an array of eighteen"
)]
fn montgomery_mul(a: &Limbs, b: &Limbs) -> Limbs {
    let mut columns = [0i64; 2 * LIMB_COUNT];
    for i in 0..LIMB_COUNT {
        for j in 0..LIMB_COUNT {
            columns[i + j] += a[i] * b[j];
        }
    }
    for i in 0..LIMB_COUNT {
        let multiple = columns[i].wrapping_mul(-MODULUS.inverse) & LIMB_MASK;
        for j in 0..LIMB_COUNT {
            columns[i + j] += multiple * N[j];
        }
        columns[i + 1] += columns[i] >> LIMB_BITS;
    }
    let mut high = ZERO;
    high.iter_mut()
        .zip(columns.iter().skip(LIMB_COUNT))
        .for_each(|(limb, column)| *limb = *column);
    limbs::normalise(limbs::carry(high), &N)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::testing::{number, slow_mul};
    use proptest::prelude::*;

    /// `n + offset` as bytes.
    fn order_plus(offset: i64) -> [u8; 32] {
        limbs::to_be_bytes(&limbs::add(&N, &number(offset)))
    }

    proptest! {
        #[test]
        fn multipliers_times_s_are_digest_and_r(numbers in any::<[[u8; 32]; 3]>()) {
            let [digest, r, s] = numbers.map(|bytes| Scalar::reduce(&bytes));
            let (u, v) = multipliers(&digest, &r, &s).unwrap();
            prop_assert_eq!(slow_mul(&u.0, &s.0, &N), digest.0);
            prop_assert_eq!(slow_mul(&v.0, &s.0, &N), r.0);
        }

        #[test]
        fn halved_number_is_the_number_or_its_negative(bytes in any::<[u8; 32]>()) {
            let whole = Scalar::reduce(&bytes);
            let (half, negative) = whole.halved();
            let back = if negative { limbs::sub(&N, &half) } else { half };
            prop_assert_eq!(back, whole.0);
            prop_assert!(!limbs::less(&N, &limbs::add(&half, &half)));
        }
    }

    #[test]
    fn number_below_the_order_is_read_and_the_order_is_not() {
        assert!(Scalar::parse(&order_plus(-1)).is_some_and(|last| !last.is_zero()));
        assert!(Scalar::parse(&order_plus(0)).is_none());
        assert!(Scalar::parse(&[0xff; 32]).is_none());
    }

    #[test]
    fn digest_from_the_order_on_is_taken_modulo_it() {
        assert!(Scalar::reduce(&order_plus(-1)) == Scalar::parse(&order_plus(-1)).unwrap());
        assert!(Scalar::reduce(&order_plus(0)).is_zero());
        assert_eq!(Scalar::reduce(&order_plus(7)).limbs(), &number(7));
    }

    #[test]
    fn zero_has_no_multipliers() {
        let [zero, one] = [0, 1].map(|small| Scalar(number(small)));
        assert!(multipliers(&one, &one, &zero).is_none());
    }
}
