//! Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, in Montgomery form with R = 2^261.
//!
//! Results are tight, and so are arguments unless a function says otherwise; `columns` has the
//! bounds. An element has several forms, so elements are compared by `is_zero` of a difference.

use crate::columns::{doubled, product, reduce, square};
use crate::inverse::{Modulus, invert};
use crate::limbs::{self, LIMB_MASK, Limbs, ZERO};

/// p, the size of the field (SEC 2 section 2.4.2).
pub(crate) const P: Limbs = [
    0x1fff_ffff,
    0x1fff_ffff,
    0x1fff_ffff,
    0x1ff,
    0,
    0,
    0x4_0000,
    0x1fe0_0000,
    0xff_ffff,
];
/// R^2 modulo p: multiplying by it enters the Montgomery form.
const R2: Fe = Fe([
    0xc00,
    0,
    0x1fff_0000,
    0x1fdf_ffff,
    0x1fbf_ffff,
    0x1fff_ffff,
    0x1fff_ffff,
    0x1fff_fffe,
    0x13,
]);
/// R^3 modulo p: undoes what inverting an element in Montgomery form takes away.
const R3: Fe = Fe([
    0x5_0000,
    0x1ff4_0000,
    0x1eff_ffff,
    0xdff_ffff,
    0x7ff_ffff,
    0x1fff_ffff,
    0xb,
    0x10,
    0xc00,
]);
/// p and its inverse modulo 2^29, which is -1.
const MODULUS: Modulus = Modulus {
    limbs: P,
    inverse: LIMB_MASK,
};

/// A field element in Montgomery form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fe(pub(crate) Limbs);

impl Fe {
    /// One.
    pub(crate) const ONE: Self = Self::from_canonical(&[1, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// Takes a number below p.
    pub(crate) const fn from_canonical(limbs: &Limbs) -> Self {
        Self(limbs::normalise(mul(&Self(*limbs), &R2).0, &P))
    }

    /// The number in 0..p.
    pub(crate) const fn to_canonical(self) -> Limbs {
        limbs::normalise(mul(&self, &Self([1, 0, 0, 0, 0, 0, 0, 0, 0])).0, &P)
    }

    /// Whether this is 0 modulo p, for a value within 16 p.
    ///
    /// The lowest limb of a tight multiple `k p` is `-k` modulo 2^29, which settles all but one
    /// case in sixteen million at once.
    pub(crate) const fn is_zero(&self) -> bool {
        let [low, ..] = self.0;
        low.wrapping_add(16) & LIMB_MASK <= 32 && limbs::is_zero(&self.to_canonical())
    }

    /// The same element with the least representation.
    pub(crate) const fn normalised(self) -> Self {
        Self(limbs::normalise(self.0, &P))
    }

    /// `1 / self`; zero for zero.
    pub(crate) const fn inverse(&self) -> Self {
        mul(&Self(invert(&limbs::normalise(self.0, &P), &MODULUS)), &R3)
    }

    /// `self - other`, factor 1, to be multiplied or carried.
    pub(crate) const fn minus(&self, other: &Self) -> Self {
        self.plus_times(other, -1)
    }

    /// `self + factor * other`, not carried.
    #[expect(clippy::inline_always, reason = "nine additions, cheaper than a call")]
    #[inline(always)]
    pub(crate) const fn plus_times(&self, other: &Self, factor: i64) -> Self {
        let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = self.0;
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = other.0;
        macro_rules! each {
            ($($a:ident $b:ident),+) => { Self([$($a.wrapping_add($b.wrapping_mul(factor))),+]) };
        }
        each!(a0 b0, a1 b1, a2 b2, a3 b3, a4 b4, a5 b5, a6 b6, a7 b7, a8 b8)
    }

    /// `factor * self`, tight again; the factor is small.
    pub(crate) const fn times(&self, factor: i64) -> Self {
        Self(limbs::carry(Self(ZERO).plus_times(self, factor).0))
    }
}

/// `a * b`; factors may multiply to 3.
#[inline(never)]
pub(crate) const fn mul(a: &Fe, b: &Fe) -> Fe {
    Fe(reduce(product(&a.0, &b.0), &ZERO))
}

/// `a * b - c`; factors of `a` and `b` may multiply to 3.
#[inline(never)]
pub(crate) const fn mul_minus(a: &Fe, b: &Fe, c: &Fe) -> Fe {
    Fe(reduce(product(&a.0, &b.0), &Fe(ZERO).minus(c).0))
}

/// `a^2`; the factor may be 1.
#[inline(never)]
pub(crate) const fn sqr(a: &Fe) -> Fe {
    Fe(reduce(square(&a.0), &ZERO))
}

/// `2 a^2`; the factor may be 1.
#[inline(never)]
pub(crate) const fn double_sqr(a: &Fe) -> Fe {
    Fe(reduce(doubled(square(&a.0)), &ZERO))
}

/// `a^2 - c`; the factor of `a` may be 1, limbs of `c` are below 2^33.
#[inline(never)]
pub(crate) const fn sqr_minus(a: &Fe, c: &Fe) -> Fe {
    Fe(reduce(square(&a.0), &Fe(ZERO).minus(c).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::testing::{number, slow_mul};
    use proptest::prelude::*;

    /// R modulo p.
    const R: Limbs = [
        0x20,
        0,
        0,
        0x1fff_c000,
        0x1fff_ffff,
        0x1fff_ffff,
        0x1f7f_ffff,
        0x3ff_ffff,
        0,
    ];

    /// The number in 0..p for limbs of any form.
    fn modulo(limbs: &Limbs) -> Limbs {
        limbs::normalise(limbs::carry(*limbs), &P)
    }

    /// `a b` modulo p of limbs of any form, by additions alone.
    fn slow(a: &Limbs, b: &Limbs) -> Limbs {
        slow_mul(&modulo(a), &modulo(b), &P)
    }

    /// `result R + c R` is `a b`: what `mul_minus` and its kin promise.
    #[track_caller]
    fn assert_value(result: &Fe, c: &Fe, a: &Limbs, b: &Limbs) {
        let sum = limbs::add(&modulo(&result.0), &modulo(&c.0));
        assert_eq!(slow(&sum, &R), slow(a, b), "{a:x?} {b:x?}");
    }

    /// As `assert_value`, and the result is tight.
    #[track_caller]
    fn assert_product(result: &Fe, c: &Fe, a: &Limbs, b: &Limbs) {
        assert_value(result, c, a, b);
        let [low @ .., top] = result.0;
        let tight = low.iter().all(|limb| (0..=LIMB_MASK).contains(limb));
        assert!(tight && top.abs() < 1 << 29, "{:x?}", result.0);
    }

    #[track_caller]
    fn assert_all_products(a: &Fe, b: &Fe, c: &Fe) {
        let zero = Fe(ZERO);
        assert_product(&mul(a, b), &zero, &a.0, &b.0);
        assert_product(&mul_minus(a, b, c), c, &a.0, &b.0);
        assert_product(&sqr(a), &zero, &a.0, &a.0);
        assert_product(&sqr_minus(a, c), c, &a.0, &a.0);
        assert_product(&double_sqr(a), &zero, &a.0, &limbs::add(&a.0, &a.0));
    }

    /// Elements of tight limbs and of differences of such, with values within 12 p.
    fn element() -> impl Strategy<Value = Fe> {
        let limb = -LIMB_MASK..=LIMB_MASK;
        let top = -0xc00_0000i64..=0xc00_0000;
        (prop::array::uniform8(limb), top, any::<bool>()).prop_map(|(low, top, positive)| {
            let mut limbs = [top; 9];
            for (place, limb) in limbs.iter_mut().zip(low) {
                *place = if positive { limb.abs() } else { limb };
            }
            Fe(limbs)
        })
    }

    proptest! {
        #[test]
        fn products_are_those_of_additions_alone(a in element(), b in element(), c in element()) {
            assert_all_products(&a, &b, &c);
        }

        #[test]
        fn product_with_an_inverse_is_one(bytes in any::<[u8; 32]>()) {
            let number = limbs::normalise(limbs::from_be_bytes(&bytes), &P);
            let element = Fe::from_canonical(&number);
            prop_assert_eq!(element.to_canonical(), number);
            let one = mul(&element, &element.inverse()).to_canonical();
            prop_assert_eq!(one, Fe::ONE.to_canonical());
        }
    }

    #[test]
    fn limbs_of_largest_size_do_not_wrap() {
        let top = 0xc00_0000;
        for (sign_a, sign_b) in [(1, 1), (1, -1), (-1, -1)] {
            let full = |sign: i64, factor: i64| {
                let limb = sign * factor * (LIMB_MASK + 1);
                Fe([limb, limb, limb, limb, limb, limb, limb, limb, sign * top])
            };
            let largest_subtracted = Fe([1 << 32; 9]);
            assert_all_products(&full(sign_a, 1), &full(sign_b, 3), &Fe(ZERO));
            let (a, b) = (full(sign_a, 1), full(sign_b, 3));
            assert_value(
                &mul_minus(&a, &b, &largest_subtracted),
                &largest_subtracted,
                &a.0,
                &b.0,
            );
        }
    }

    #[test]
    fn multiples_of_p_are_zero_and_their_neighbours_are_not() {
        for k in -16..=16 {
            let multiple = limbs::carry(P.map(|limb| limb * k));
            assert!(Fe(multiple).is_zero(), "{k}");
            assert!(!Fe(limbs::add(&multiple, &number(1))).is_zero(), "{k}");
            assert!(!Fe(limbs::sub(&multiple, &number(1))).is_zero(), "{k}");
        }
    }

    #[test]
    fn inverse_of_zero_is_zero() {
        assert!(Fe(ZERO).inverse().is_zero());
    }
}
