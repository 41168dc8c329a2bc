//! Modular inversion by division steps (Bernstein and Yang, "Fast constant-time gcd computation and
//! modular inversion", 2019), here in variable time: what is inverted is public.
//!
//! A step looks at the lowest bits of `f` and `g` alone, so 29 of them are done on one limb and
//! collected in a 2 by 2 matrix, which is then applied to the long numbers.
#![expect(
    clippy::indexing_slicing,
    reason = "loop counters below the length of fixed-size arrays; `for` and iterators are not const"
)]
#![expect(
    clippy::many_single_char_names,
    reason = "f, g, d, e and the matrix u, v, q, r are the names of the paper"
)]

use crate::limbs::{self, LIMB_BITS, LIMB_COUNT, LIMB_MASK, Limbs, ZERO};

/// An odd modulus below 2^256.
pub(crate) struct Modulus {
    /// The number itself.
    pub(crate) limbs: Limbs,
    /// Its inverse modulo 2^29.
    pub(crate) inverse: i64,
}

/// Batches of 29 steps after which `g` is zero for any 256-bit start: the paper proves
/// (49 * 256 + 57) / 17 = 741 steps.
const MAX_BATCHES: u32 = 741u32.div_ceil(LIMB_BITS);

/// What 29 steps do: `f` becomes `(u f + v g) / 2^29`, `g` becomes `(q f + r g) / 2^29`.
///
/// INVARIANT: `|u| + |v|` and `|q| + |r|` are at most 2^29.
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// `1 / x` in 0..m for `x` in 0..m; zero if there is none.
pub(crate) const fn invert(x: &Limbs, modulus: &Modulus) -> Limbs {
    // INVARIANT: f = d x and g = e x modulo m, and d, e are within -2m..m.
    let (mut f, mut g) = (modulus.limbs, *x);
    let (mut d, mut e) = (ZERO, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let (mut delta, mut batch) = (1, 0);
    while batch < MAX_BATCHES && !limbs::is_zero(&g) {
        let matrix;
        (matrix, delta) = steps(f[0], g[0], delta);
        (f, g) = apply(&matrix, &f, &g);
        (d, e) = apply_modulo(&matrix, &d, &e, modulus);
        batch += 1;
    }
    if limbs::is_negative(&f) {
        d = limbs::sub(&ZERO, &d);
        f = limbs::sub(&ZERO, &f);
    }
    f[0] -= 1;
    if limbs::is_zero(&f) {
        limbs::normalise(d, &modulus.limbs)
    } else {
        ZERO
    }
}

/// 29 division steps on the lowest limbs.
const fn steps(mut f: i64, mut g: i64, mut delta: i64) -> (Matrix, i64) {
    let (mut u, mut v, mut q, mut r) = (1i64, 0i64, 0i64, 1i64);
    let mut left = LIMB_BITS;
    loop {
        let zeros = (g | (1 << left)).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        delta += zeros as i64;
        left -= zeros;
        if left == 0 {
            return (Matrix { u, v, q, r }, delta);
        }
        if delta > 0 {
            delta = -delta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, -u);
            (v, r) = (r, -v);
        }
        // Until delta is positive again no swap can come, so as many bits of g as that can be
        // cleared at once: adding f is the only move. f (2 - f f) is 1 / f modulo 2^6.
        let bits = min(1 - delta, min(left as i64, 6));
        let inverse = f.wrapping_mul(2i64.wrapping_sub(f.wrapping_mul(f)));
        let w = g.wrapping_mul(inverse).wrapping_neg() & ((1 << bits) - 1);
        g = g.wrapping_add(f.wrapping_mul(w));
        q += u * w;
        r += v * w;
    }
}

/// The smaller one.
const fn min(a: i64, b: i64) -> i64 {
    if a < b { a } else { b }
}

/// The matrix applied to `f` and `g`; the division by 2^29 leaves no remainder.
const fn apply(m: &Matrix, f: &Limbs, g: &Limbs) -> (Limbs, Limbs) {
    let (mut new_f, mut new_g) = (ZERO, ZERO);
    let mut carry_f = (m.u * f[0] + m.v * g[0]) >> LIMB_BITS;
    let mut carry_g = (m.q * f[0] + m.r * g[0]) >> LIMB_BITS;
    let mut i = 1;
    while i < LIMB_COUNT {
        carry_f += m.u * f[i] + m.v * g[i];
        carry_g += m.q * f[i] + m.r * g[i];
        new_f[i - 1] = carry_f & LIMB_MASK;
        new_g[i - 1] = carry_g & LIMB_MASK;
        carry_f >>= LIMB_BITS;
        carry_g >>= LIMB_BITS;
        i += 1;
    }
    new_f[LIMB_COUNT - 1] = carry_f;
    new_g[LIMB_COUNT - 1] = carry_g;
    (new_f, new_g)
}

/// The matrix applied to `d` and `e` modulo m: a multiple of m makes the division by 2^29 exact.
const fn apply_modulo(m: &Matrix, d: &Limbs, e: &Limbs, modulus: &Modulus) -> (Limbs, Limbs) {
    (
        combine(m.u, d, m.v, e, modulus),
        combine(m.q, d, m.r, e, modulus),
    )
}

/// `(a d + b e) / 2^29` modulo m, in -2m..m as `d` and `e` are.
const fn combine(a: i64, d: &Limbs, b: i64, e: &Limbs, modulus: &Modulus) -> Limbs {
    // Starting from a or b where d or e is negative means working with d + m or e + m, in -m..m.
    let mut multiple = (a & (d[LIMB_COUNT - 1] >> 63)) + (b & (e[LIMB_COUNT - 1] >> 63));
    let low = a * d[0] + b * e[0];
    multiple -= (modulus.inverse * (low & LIMB_MASK) + multiple) & LIMB_MASK;
    let mut out = ZERO;
    let mut carry = (low + modulus.limbs[0] * multiple) >> LIMB_BITS;
    let mut i = 1;
    while i < LIMB_COUNT {
        carry += a * d[i] + b * e[i] + modulus.limbs[i] * multiple;
        out[i - 1] = carry & LIMB_MASK;
        carry >>= LIMB_BITS;
        i += 1;
    }
    out[LIMB_COUNT - 1] = carry;
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::P;
    use crate::limbs::testing::{number, slow_mul};
    use crate::scalar::N;
    use proptest::prelude::*;

    const MODULI: [Modulus; 2] = [
        Modulus {
            limbs: P,
            inverse: LIMB_MASK,
        },
        Modulus {
            limbs: N,
            inverse: 0x11ff_43b1,
        },
    ];

    #[track_caller]
    fn assert_inverse(x: &Limbs, modulus: &Modulus) {
        let inverse = invert(x, modulus);
        assert!(limbs::less(&inverse, &modulus.limbs), "{x:x?}");
        assert_eq!(slow_mul(x, &inverse, &modulus.limbs), number(1), "{x:x?}");
    }

    proptest! {
        #[test]
        fn product_with_the_inverse_is_one(bytes in any::<[u8; 32]>()) {
            for modulus in &MODULI {
                let x = limbs::normalise(limbs::from_be_bytes(&bytes), &modulus.limbs);
                assert_inverse(&x, modulus);
            }
        }
    }

    #[test]
    fn numbers_on_the_edges_are_inverted() {
        for modulus in &MODULI {
            assert_eq!((modulus.inverse * modulus.limbs[0]) & LIMB_MASK, 1);
            let mut power = number(1);
            for small in 1..=255 {
                assert_inverse(&number(small), modulus);
                assert_inverse(&limbs::sub(&modulus.limbs, &number(small)), modulus);
                assert_inverse(&power, modulus);
                assert_inverse(&limbs::sub(&modulus.limbs, &power), modulus);
                power = limbs::add(&power, &power);
            }
        }
    }

    #[test]
    fn zero_and_what_shares_a_divisor_have_none() {
        assert_eq!(invert(&ZERO, &MODULI[0]), ZERO);
        let fifteen = Modulus {
            limbs: number(15),
            inverse: inverse_of_small(15),
        };
        assert_eq!(invert(&number(5), &fifteen), ZERO);
        assert_eq!(invert(&number(2), &fifteen), number(8));
    }

    /// The inverse of an odd number modulo 2^29, by Newton's iteration.
    fn inverse_of_small(odd: i64) -> i64 {
        (0..5).fold(odd, |inverse, _| {
            (inverse * ((2 - odd * inverse) & LIMB_MASK)) & LIMB_MASK
        })
    }
}
