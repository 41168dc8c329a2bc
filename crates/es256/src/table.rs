//! Tables of multiples: `u P` as a sum of one entry for each window of `u`, without doublings.
//!
//! Window `i` holds `j 2^(8 i) P` for `j` in 1..=128; digits are in -128..=128 and a negative one
//! takes the entry with its sign changed.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::field::{Fe, mul, mul_minus, sqr, sqr_minus};
use crate::limbs::{LIMB_BITS, Limbs};
use crate::point::{Affine, Extended, Jacobian, invert_all};
use crate::scalar::Scalar;
use crate::wnaf::to_affine;

/// Bits of one digit.
const WIDTH: u32 = 8;
/// Windows of a multiplier: it is at most n / 2, below 2^255, so the last carry has room.
const WINDOW_COUNT: usize = 255usize.div_ceil(WIDTH as usize);
/// Entries of one window.
const ENTRY_COUNT: usize = 1 << (WIDTH - 1);

/// The limbs of x and y, each in 0..2^29.
type Entry = [[u32; 9]; 2];

/// Multiples of one point.
pub(crate) struct Table(Box<[[Entry; ENTRY_COUNT]]>);

impl Table {
    /// Computes all multiples of a point, about 4,000 affine additions.
    pub(crate) fn new(point: &Affine) -> Self {
        let mut multiples = Vec::with_capacity(WINDOW_COUNT * ENTRY_COUNT);
        multiples.extend(window_bases(point));
        while multiples.len() < WINDOW_COUNT * ENTRY_COUNT {
            extend_multiples(&mut multiples);
        }
        let mut windows = vec![[Entry::default(); ENTRY_COUNT]; WINDOW_COUNT];
        for (j, multiple) in multiples.chunks_exact(WINDOW_COUNT).enumerate() {
            for (window, point) in windows.iter_mut().zip(multiple) {
                window
                    .iter_mut()
                    .skip(j)
                    .take(1)
                    .for_each(|entry| *entry = pack(point));
            }
        }
        Self(windows.into_boxed_slice())
    }

    /// Memory taken by the multiples.
    pub(crate) const fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// Adds `multiplier P` to `sum`.
    #[expect(
        clippy::indexing_slicing,
        reason = "the remainder by the length of the array is always an index of it"
    )]
    pub(crate) fn add_multiple(&self, sum: &mut Extended, multiplier: &Scalar) {
        let (half, negative) = multiplier.halved();
        for (window, digit) in self.0.iter().zip(digits(&half)) {
            if digit != 0 {
                let index = usize::from(digit.unsigned_abs() - 1) % ENTRY_COUNT;
                sum.add(&unpack(&window[index]).negated_if((digit < 0) != negative));
            }
        }
    }
}

/// `2^(8 i) P` for each window.
fn window_bases(point: &Affine) -> Vec<Affine> {
    let mut bases = vec![Jacobian::from_affine(point); WINDOW_COUNT];
    let mut base = Jacobian::from_affine(point);
    for place in &mut bases {
        *place = base;
        for _ in 0..WIDTH {
            base = base.double();
        }
    }
    let inverses = invert_all(&bases.iter().map(|base| base.z).collect::<Vec<_>>());
    bases
        .iter()
        .zip(&inverses)
        .map(|(base, inverse)| to_affine(base, inverse))
        .collect()
}

/// Appends to `P, .. m P` of each window `(m + 1) P, .. 2 m P`, with one inversion.
///
/// INVARIANT: P has a prime order far above 2 m, so `m P` and `j P` differ in x unless `j` is m,
/// no sum is infinity, and no y is zero: every denominator has an inverse.
fn extend_multiples(multiples: &mut Vec<Affine>) {
    let before_last = multiples.len() - WINDOW_COUNT;
    let last = multiples.split_at(before_last).1.to_vec();
    let runs: Vec<Fe> = multiples
        .iter()
        .zip(last.iter().cycle())
        .enumerate()
        .map(|(at, (a, b))| {
            if at < before_last {
                b.x.minus(&a.x)
            } else {
                b.y.plus_times(&b.y, 1)
            }
        })
        .collect();
    let sums: Vec<Affine> = multiples
        .iter()
        .zip(last.iter().cycle())
        .zip(invert_all(&runs))
        .enumerate()
        .map(|(at, ((a, b), inverse))| {
            let tangent = || sqr(&b.x).minus(&Fe::ONE).times(3);
            let rise = if at < before_last {
                b.y.minus(&a.y)
            } else {
                tangent()
            };
            along(a, b, &mul(&rise, &inverse))
        })
        .collect();
    multiples.extend(sums);
}

/// The sum of two points on a line of the slope given.
fn along(a: &Affine, b: &Affine, slope: &Fe) -> Affine {
    let x = sqr_minus(slope, &a.x.plus_times(&b.x, 1)).normalised();
    let y = mul_minus(slope, &a.x.minus(&x), &a.y).normalised();
    Affine { x, y }
}

/// The digits of a number below 2^255: each in -127..=128, with `sum of digit * 2^(8 i)` the number.
fn digits(limbs: &Limbs) -> [i16; WINDOW_COUNT] {
    let mut digits = [0; WINDOW_COUNT];
    let mut limbs = limbs.iter();
    let (mut pending, mut pending_bits, mut carry) = (0i64, 0, 0);
    for digit in &mut digits {
        if pending_bits < WIDTH {
            pending |= limbs.next().copied().unwrap_or(0) << pending_bits;
            pending_bits += LIMB_BITS;
        }
        let word = (pending & ((1 << WIDTH) - 1)) + carry;
        pending >>= WIDTH;
        pending_bits -= WIDTH;
        carry = i64::from(word > 1 << (WIDTH - 1));
        *digit = i16::try_from(word - (carry << WIDTH)).unwrap_or_default();
    }
    digits
}

/// A point whose coordinates are in 0..p as a table entry.
fn pack(point: &Affine) -> Entry {
    [&point.x, &point.y].map(|fe| fe.0.map(|limb| u32::try_from(limb).unwrap_or_default()))
}

/// The point of a table entry.
fn unpack(entry: &Entry) -> Affine {
    let [x, y] = entry.map(|limbs| Fe(limbs.map(i64::from)));
    Affine { x, y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::testing::number;
    use proptest::prelude::*;

    /// `a` and `b` are one point.
    fn same(a: &Affine, b: &Affine) -> bool {
        a.x.minus(&b.x).times(1).is_zero() && a.y.minus(&b.y).times(1).is_zero()
    }

    proptest! {
        #[test]
        fn digits_add_up_to_the_number(bytes in any::<[u8; 32]>()) {
            let (half, _) = Scalar::reduce(&bytes).halved();
            let mut sum = number(0);
            for digit in digits(&half).into_iter().rev() {
                prop_assert!((-127..=128).contains(&digit));
                sum = crate::limbs::carry(sum.map(|limb| limb << WIDTH));
                sum = crate::limbs::add(&sum, &number(digit.into()));
            }
            prop_assert_eq!(sum, half);
        }
    }

    #[test]
    fn every_entry_is_the_one_before_plus_the_first_of_its_window() {
        let table = Table::new(&Affine::GENERATOR);
        assert_eq!(table.bytes(), WINDOW_COUNT * ENTRY_COUNT * 72);
        let mut base = Jacobian::from_affine(&Affine::GENERATOR);
        for window in &table.0 {
            let first = unpack(&window[0]);
            assert!(same(
                &first,
                &to_affine(&base, &base.z.normalised().inverse())
            ));
            let mut multiple = Jacobian::INFINITY;
            for entry in window {
                multiple = multiple.add(&first);
                let inverse = multiple.z.normalised().inverse();
                assert!(same(&unpack(entry), &to_affine(&multiple, &inverse)));
                assert!(unpack(entry).is_on_curve());
            }
            (0..WIDTH).for_each(|_| base = base.double());
        }
    }
}
