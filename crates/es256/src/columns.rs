//! The two halves of a field multiplication: column sums, and their Montgomery reduction.
//!
//! Everything is written out: a compiler keeps the limbs in registers, and a loop would cost a
//! third more. Sums wrap by name; the bounds below say why none does.
//!
//! INVARIANT (size of limbs): an element is *tight* if limbs 0 to 7 are in 0..2^29 and limb 8, which
//! has the sign, is under 2^29 in size. The difference of two tight elements has limbs of at most
//! 2^29 in size (factor 1), their sum of at most twice that (factor 2). A column has at most eight
//! products of full limbs and some small ones with a top limb, so as long as the factors multiply
//! to at most 3, it stays below 3 * 8 * 2^58 + 2^60 < 2^63.
//!
//! INVARIANT (size of values): `reduce` of columns worth `t` returns a value in
//! `t / 2^261 .. t / 2^261 + p`, and 2^261 is 32 times p. `point` keeps every value within 12 p,
//! whose top limb is under 2^28.
#![expect(
    clippy::inline_always,
    reason = "each is one half of a multiplication; through memory it would be no gain"
)]

use crate::limbs::{LIMB_BITS, LIMB_MASK, Limbs};

/// Column sums of a product: the sum of `columns[k] * 2^(29 k)`.
pub(crate) type Columns = [i64; 17];

/// The sum of products of limbs.
macro_rules! dot {
    ($($a:ident * $b:ident),+) => { 0i64$(.wrapping_add($a.wrapping_mul($b)))+ };
}

/// The columns of `a * b`: 81 multiplications.
#[inline(always)]
#[rustfmt::skip]
pub(crate) const fn product(a: &Limbs, b: &Limbs) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *a;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = *b;
    [
        dot!(a0 * b0),
        dot!(a0 * b1, a1 * b0),
        dot!(a0 * b2, a1 * b1, a2 * b0),
        dot!(a0 * b3, a1 * b2, a2 * b1, a3 * b0),
        dot!(a0 * b4, a1 * b3, a2 * b2, a3 * b1, a4 * b0),
        dot!(a0 * b5, a1 * b4, a2 * b3, a3 * b2, a4 * b1, a5 * b0),
        dot!(a0 * b6, a1 * b5, a2 * b4, a3 * b3, a4 * b2, a5 * b1, a6 * b0),
        dot!(a0 * b7, a1 * b6, a2 * b5, a3 * b4, a4 * b3, a5 * b2, a6 * b1, a7 * b0),
        dot!(a0 * b8, a1 * b7, a2 * b6, a3 * b5, a4 * b4, a5 * b3, a6 * b2, a7 * b1, a8 * b0),
        dot!(a1 * b8, a2 * b7, a3 * b6, a4 * b5, a5 * b4, a6 * b3, a7 * b2, a8 * b1),
        dot!(a2 * b8, a3 * b7, a4 * b6, a5 * b5, a6 * b4, a7 * b3, a8 * b2),
        dot!(a3 * b8, a4 * b7, a5 * b6, a6 * b5, a7 * b4, a8 * b3),
        dot!(a4 * b8, a5 * b7, a6 * b6, a7 * b5, a8 * b4),
        dot!(a5 * b8, a6 * b7, a7 * b6, a8 * b5),
        dot!(a6 * b8, a7 * b7, a8 * b6),
        dot!(a7 * b8, a8 * b7),
        dot!(a8 * b8),
    ]
}

/// The columns of `a * a`: 45 multiplications.
#[inline(always)]
#[rustfmt::skip]
pub(crate) const fn square(a: &Limbs) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = *a;
    let [d0, d1, d2, d3, d4, d5, d6, d7] =
        [a0 << 1, a1 << 1, a2 << 1, a3 << 1, a4 << 1, a5 << 1, a6 << 1, a7 << 1];
    [
        dot!(a0 * a0),
        dot!(d0 * a1),
        dot!(d0 * a2, a1 * a1),
        dot!(d0 * a3, d1 * a2),
        dot!(d0 * a4, d1 * a3, a2 * a2),
        dot!(d0 * a5, d1 * a4, d2 * a3),
        dot!(d0 * a6, d1 * a5, d2 * a4, a3 * a3),
        dot!(d0 * a7, d1 * a6, d2 * a5, d3 * a4),
        dot!(d0 * a8, d1 * a7, d2 * a6, d3 * a5, a4 * a4),
        dot!(d1 * a8, d2 * a7, d3 * a6, d4 * a5),
        dot!(d2 * a8, d3 * a7, d4 * a6, a5 * a5),
        dot!(d3 * a8, d4 * a7, d5 * a6),
        dot!(d4 * a8, d5 * a7, a6 * a6),
        dot!(d5 * a8, d6 * a7),
        dot!(d6 * a8, a7 * a7),
        dot!(d7 * a8),
        dot!(a8 * a8),
    ]
}

/// Columns times 2.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "a counter below the length of the array; the compiler unrolls it"
)]
pub(crate) const fn doubled(mut columns: Columns) -> Columns {
    let mut i = 0;
    while i < columns.len() {
        columns[i] <<= 1;
        i += 1;
    }
    columns
}

/// One step of the reduction: column, carry of the column below, and the four multiples of p's
/// upper terms, 2^96, 2^192, -2^224 and 2^256, that end in this column.
///
/// As bits: `m3 << 9`, `m6 << 18`, `-(m7 << 21)`, `m8 << 24`, where `m3` is the multiple of three
/// columns below, and so on.
macro_rules! step {
    ($column:expr, $carry:expr, $m3:expr, $m6:expr, $m7:expr, $m8:expr) => {{
        let high = ($m8 << 3).wrapping_sub($m7);
        let high = (high << 3).wrapping_add($m6);
        let high = (high << 9).wrapping_add($m3);
        $column
            .wrapping_add($carry >> LIMB_BITS)
            .wrapping_add(high << 9)
    }};
}

/// Columns divided by 2^261 modulo p, plus `extra`, tight.
///
/// p is -1 modulo 2^96, so the multiple of p that clears a column is the column itself, and adding
/// it takes shifts alone. Limbs of `extra` may be as large as 2^33.
#[inline(always)]
pub(crate) const fn reduce(columns: Columns, extra: &Limbs) -> Limbs {
    let [
        c0,
        c1,
        c2,
        c3,
        c4,
        c5,
        c6,
        c7,
        c8,
        c9,
        c10,
        c11,
        c12,
        c13,
        c14,
        c15,
        c16,
    ] = columns;
    let [e0, e1, e2, e3, e4, e5, e6, e7, e8] = *extra;
    let m0 = c0 & LIMB_MASK;
    let t1 = c1.wrapping_add(c0 >> LIMB_BITS);
    let m1 = t1 & LIMB_MASK;
    let t2 = c2.wrapping_add(t1 >> LIMB_BITS);
    let m2 = t2 & LIMB_MASK;
    let t3 = step!(c3, t2, m0, 0i64, 0i64, 0i64);
    let m3 = t3 & LIMB_MASK;
    let t4 = step!(c4, t3, m1, 0i64, 0i64, 0i64);
    let m4 = t4 & LIMB_MASK;
    let t5 = step!(c5, t4, m2, 0i64, 0i64, 0i64);
    let m5 = t5 & LIMB_MASK;
    let t6 = step!(c6, t5, m3, m0, 0i64, 0i64);
    let m6 = t6 & LIMB_MASK;
    let t7 = step!(c7, t6, m4, m1, m0, 0i64);
    let m7 = t7 & LIMB_MASK;
    let t8 = step!(c8, t7, m5, m2, m1, m0);
    let m8 = t8 & LIMB_MASK;
    let t9 = step!(c9.wrapping_add(e0), t8, m6, m3, m2, m1);
    let t10 = step!(c10.wrapping_add(e1), t9, m7, m4, m3, m2);
    let t11 = step!(c11.wrapping_add(e2), t10, m8, m5, m4, m3);
    let t12 = step!(c12.wrapping_add(e3), t11, 0i64, m6, m5, m4);
    let t13 = step!(c13.wrapping_add(e4), t12, 0i64, m7, m6, m5);
    let t14 = step!(c14.wrapping_add(e5), t13, 0i64, m8, m7, m6);
    let t15 = step!(c15.wrapping_add(e6), t14, 0i64, 0i64, m8, m7);
    let t16 = step!(c16.wrapping_add(e7), t15, 0i64, 0i64, 0i64, m8);
    [
        t9 & LIMB_MASK,
        t10 & LIMB_MASK,
        t11 & LIMB_MASK,
        t12 & LIMB_MASK,
        t13 & LIMB_MASK,
        t14 & LIMB_MASK,
        t15 & LIMB_MASK,
        t16 & LIMB_MASK,
        e8.wrapping_add(t16 >> LIMB_BITS),
    ]
}
