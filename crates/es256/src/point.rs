//! Points of P-256, y^2 = x^3 - 3 x + b, and the additions that verification is made of.
//!
//! INVARIANT (size of values, see `columns`): coordinates of an [`Affine`] are in 0..p, of a
//! [`Jacobian`] within 7 p, 6 p and 4 p, of an [`Extended`] within 4 p, 3 p, 2 p and 2 p. Each
//! formula below gives back what it takes: a product of values within `i p` and `j p` is within
//! `(i j / 32 + 1) p`. No difference on the way exceeds 12 p.

use alloc::vec::Vec;

use crate::field::{Fe, double_sqr, mul, mul_minus, sqr, sqr_minus};
use crate::limbs::{self, Limbs, ZERO};

/// The coefficient b of the curve (SEC 2 section 2.4.2).
const B: Fe = Fe::from_canonical(&[
    0x7d2_604b,
    0x1e71_e1f1,
    0x14ec_3d8e,
    0x1a0d_6198,
    0x86b_c651,
    0x1eaa_bb4c,
    0xf9e_cfae,
    0x1b15_4752,
    0x5a_c635,
]);

/// A point other than infinity.
#[derive(Clone, Copy)]
pub(crate) struct Affine {
    /// x.
    pub(crate) x: Fe,
    /// y; the negative of a tight element where a sum takes a subtracted point.
    pub(crate) y: Fe,
}

impl Affine {
    /// G, the base point (SEC 2 section 2.4.2).
    pub(crate) const GENERATOR: Self = Self {
        x: Fe::from_canonical(&[
            0x1898_c296,
            0x509_ca2e,
            0x1acc_e83d,
            0x6fb_025b,
            0x40f_2770,
            0x1372_b1d2,
            0x91f_e2f3,
            0x1e5c_2588,
            0x6b_17d1,
        ]),
        y: Fe::from_canonical(&[
            0x17bf_51f5,
            0x1db2_0341,
            0xc57_b3b2,
            0x1c66_aed6,
            0x19e1_62bc,
            0x15a5_3e07,
            0x1e6e_3b9f,
            0x1c5f_c34f,
            0x4f_e342,
        ]),
    };

    /// Whether the coordinates satisfy the equation of the curve.
    pub(crate) const fn is_on_curve(&self) -> bool {
        let cubic = sqr_minus(&self.x, &Fe::ONE.times(3));
        let cubic = mul_minus(&cubic, &self.x, &Fe(ZERO).minus(&B));
        sqr_minus(&self.y, &cubic).is_zero()
    }

    /// The point, or its negative.
    pub(crate) const fn negated_if(&self, negative: bool) -> Self {
        let y = if negative {
            Fe(ZERO).minus(&self.y)
        } else {
            self.y
        };
        Self { x: self.x, y }
    }
}

/// A point `(x / z^2, y / z^3)`: cheap to double.
///
/// INVARIANT: z is zero, in all its limbs, if and only if this is infinity.
#[derive(Clone, Copy)]
pub(crate) struct Jacobian {
    /// x.
    pub(crate) x: Fe,
    /// y.
    pub(crate) y: Fe,
    /// z.
    pub(crate) z: Fe,
}

impl Jacobian {
    /// The neutral element.
    pub(crate) const INFINITY: Self = Self {
        x: Fe::ONE,
        y: Fe::ONE,
        z: Fe(ZERO),
    };

    /// The point of affine coordinates.
    pub(crate) const fn from_affine(point: &Affine) -> Self {
        Self {
            x: point.x,
            y: Fe(limbs::carry(point.y.0)),
            z: Fe::ONE,
        }
    }

    /// `2 self`; no point but infinity is its own negative, so there is no other case.
    pub(crate) const fn double(&self) -> Self {
        let delta = sqr(&self.z);
        let gamma2 = double_sqr(&self.y);
        let beta2 = mul(&self.x, &gamma2);
        // 3 (x - delta) (x + delta), the derivative 3 x^2 - 3 z^4.
        let alpha = mul(&self.x.plus_times(&delta, 1), &self.x.minus(&delta)).times(3);
        let x = sqr_minus(&alpha, &Fe(ZERO).plus_times(&beta2, 4));
        let gamma8 = Fe(ZERO).plus_times(&sqr(&gamma2), 2);
        let y = mul_minus(&alpha, &Fe(ZERO).plus_times(&beta2, 2).minus(&x), &gamma8);
        let z = mul(&self.y, &Fe(ZERO).plus_times(&self.z, 2));
        Self { x, y, z }
    }

    /// `self + point`, whatever the two are.
    pub(crate) const fn add(&self, point: &Affine) -> Self {
        if limbs::is_zero(&self.z.0) {
            return Self::from_affine(point);
        }
        let zz = sqr(&self.z);
        let run = mul_minus(&point.x, &zz, &self.x);
        let rise = mul_minus(&point.y, &mul(&self.z, &zz), &self.y);
        // A signer can choose points that meet here; the general formula gives 0/0 for them.
        if run.is_zero() {
            return if rise.is_zero() {
                self.double()
            } else {
                Self::INFINITY
            };
        }
        let step = Step::new(&self.x, &self.y, &run, &rise);
        Self {
            x: step.x,
            y: step.y,
            z: mul(&self.z, &run),
        }
    }

    /// Whether the affine x is `x`; never for infinity.
    pub(crate) const fn has_x(&self, x: &Fe) -> bool {
        !limbs::is_zero(&self.z.0) && mul_minus(x, &sqr(&self.z), &self.x).is_zero()
    }
}

/// A point `(x / zz, y / zzz)`, zz^3 = zzz^2: the cheapest to add to.
///
/// INVARIANT: zz is zero, in all its limbs, if and only if this is infinity.
pub(crate) struct Extended {
    x: Fe,
    y: Fe,
    zz: Fe,
    zzz: Fe,
}

impl Extended {
    /// The neutral element.
    pub(crate) const INFINITY: Self = Self {
        x: Fe::ONE,
        y: Fe::ONE,
        zz: Fe(ZERO),
        zzz: Fe(ZERO),
    };

    /// `self + point`, whatever the two are.
    pub(crate) fn add(&mut self, point: &Affine) {
        if limbs::is_zero(&self.zz.0) {
            return self.set(&Jacobian::from_affine(point));
        }
        let run = mul_minus(&point.x, &self.zz, &self.x);
        let rise = mul_minus(&point.y, &self.zzz, &self.y);
        // As in `Jacobian::add`: equal points are doubled, opposite ones vanish.
        if run.is_zero() {
            let twice = Jacobian::from_affine(point).double();
            return self.set(if rise.is_zero() {
                &twice
            } else {
                &Jacobian::INFINITY
            });
        }
        let step = Step::new(&self.x, &self.y, &run, &rise);
        self.x = step.x;
        self.y = step.y;
        self.zz = mul(&self.zz, &step.run2);
        self.zzz = mul(&self.zzz, &step.run3);
    }

    /// Whether the affine x is `x`; never for infinity.
    pub(crate) fn has_x(&self, x: &Fe) -> bool {
        !limbs::is_zero(&self.zz.0) && mul_minus(x, &self.zz, &self.x).is_zero()
    }

    /// Takes the value of a doubled or lifted affine point, or infinity.
    fn set(&mut self, point: &Jacobian) {
        // `from_affine` and one doubling leave x and y larger than this form allows.
        self.x = point.x.normalised();
        self.y = point.y.normalised();
        self.zz = sqr(&point.z);
        self.zzz = mul(&self.zz, &point.z);
    }
}

/// What both additions have in common: the new x and y, from the differences of the coordinates.
struct Step {
    x: Fe,
    y: Fe,
    run2: Fe,
    run3: Fe,
}

impl Step {
    #[expect(
        clippy::inline_always,
        reason = "the parts are used at once by the two callers"
    )]
    #[inline(always)]
    const fn new(x: &Fe, y: &Fe, run: &Fe, rise: &Fe) -> Self {
        let run2 = sqr(run);
        let run3 = mul(run, &run2);
        let corner = mul(x, &run2);
        let new_x = sqr_minus(rise, &run3.plus_times(&corner, 2));
        let new_y = mul_minus(rise, &corner.minus(&new_x), &mul(y, &run3));
        Self {
            x: new_x,
            y: new_y,
            run2,
            run3,
        }
    }
}

/// The inverses of elements, none of them zero and each of a factor of at most 2, with one
/// inversion for all of them.
pub(crate) fn invert_all(elements: &[Fe]) -> Vec<Fe> {
    let mut product = Fe::ONE;
    let mut inverses = Vec::with_capacity(elements.len());
    for element in elements {
        inverses.push(product);
        product = mul(&product, element);
    }
    let mut inverse = product.inverse();
    for (element, place) in elements.iter().zip(&mut inverses).rev() {
        *place = mul(place, &inverse);
        inverse = mul(&inverse, element);
    }
    inverses
}

/// A number of nine limbs as field element if it is below p.
pub(crate) fn parse_coordinate(limbs: &Limbs) -> Option<Fe> {
    limbs::less(limbs, &crate::field::P).then(|| Fe::from_canonical(limbs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::P;
    use crate::wnaf::to_affine;

    /// The same element with `k p` added: other limbs, another size.
    fn shifted(element: &Fe, k: i64) -> Fe {
        Fe(limbs::carry(element.normalised().plus_times(&Fe(P), k).0))
    }

    /// The value is within `limit p`.
    #[track_caller]
    fn assert_within(element: &Fe, limit: i64) {
        let bound = P.map(|limb| limb * limit);
        let above = limbs::sub(&limbs::carry(bound), &element.0);
        let below = limbs::add(&limbs::carry(bound), &element.0);
        assert!(
            !limbs::is_negative(&above) && !limbs::is_negative(&below),
            "{element:x?} {limit}"
        );
    }

    #[track_caller]
    fn assert_jacobian(point: &Jacobian, expected: &Affine) {
        assert_within(&point.x, 7);
        assert_within(&point.y, 6);
        assert_within(&point.z, 4);
        assert_same(&to_affine(point, &point.z.normalised().inverse()), expected);
    }

    #[track_caller]
    fn assert_extended(point: &Extended, expected: &Affine) {
        assert_within(&point.x, 4);
        assert_within(&point.y, 3);
        assert_within(&point.zz, 2);
        assert_within(&point.zzz, 2);
        let affine = Affine {
            x: mul(&point.x, &point.zz.normalised().inverse()),
            y: mul(&point.y, &point.zzz.normalised().inverse()),
        };
        assert_same(&affine, expected);
    }

    #[track_caller]
    fn assert_same(a: &Affine, b: &Affine) {
        assert_eq!(a.x.to_canonical(), b.x.to_canonical());
        assert_eq!(a.y.to_canonical(), b.y.to_canonical());
    }

    fn affine(point: &Jacobian) -> Affine {
        to_affine(point, &point.z.normalised().inverse())
    }

    /// `G, 2 G, .. count G`, from least representations.
    fn multiples(count: usize) -> Vec<Jacobian> {
        let next = |point: &Jacobian| Some(point.add(&Affine::GENERATOR));
        let first = Jacobian::from_affine(&Affine::GENERATOR);
        core::iter::successors(Some(first), next)
            .take(count)
            .collect()
    }

    #[test]
    fn jacobian_coordinates_at_their_limits_give_results_within_them() {
        let other = affine(&Jacobian::from_affine(&Affine::GENERATOR).double());
        for point in multiples(12).iter().skip(2) {
            let lifted = Jacobian::from_affine(&affine(point));
            let (twice, sum) = (affine(&lifted.double()), affine(&lifted.add(&other)));
            let difference = affine(&lifted.add(&other.negated_if(true)));
            for (kx, ky, kz) in shifts([-7, 0, 6], [-6, 0, 5], [-4, 0, 3]) {
                let at_limit = Jacobian {
                    x: shifted(&point.x, kx),
                    y: shifted(&point.y, ky),
                    z: shifted(&point.z, kz),
                };
                assert_jacobian(&at_limit.double(), &twice);
                assert_jacobian(&at_limit.add(&other), &sum);
                assert_jacobian(&at_limit.add(&other.negated_if(true)), &difference);
            }
        }
    }

    #[test]
    fn extended_coordinates_at_their_limits_give_results_within_them() {
        let other = affine(&Jacobian::from_affine(&Affine::GENERATOR).double());
        for point in multiples(12).iter().skip(2) {
            let lifted = Jacobian::from_affine(&affine(point));
            let sum = affine(&lifted.add(&other));
            let difference = affine(&lifted.add(&other.negated_if(true)));
            let zz = sqr(&point.z);
            let zzz = mul(&zz, &point.z);
            for (kx, ky, kz) in shifts([-4, 0, 3], [-3, 0, 2], [-2, 0, 1]) {
                let at_limit = || Extended {
                    x: shifted(&point.x, kx),
                    y: shifted(&point.y, ky),
                    zz: shifted(&zz, kz),
                    zzz: shifted(&zzz, kz),
                };
                for (negative, expected) in [(false, &sum), (true, &difference)] {
                    let mut result = at_limit();
                    result.add(&other.negated_if(negative));
                    assert_extended(&result, expected);
                }
            }
        }
    }

    #[test]
    fn equal_points_are_doubled_and_opposite_ones_vanish_at_every_limit() {
        for point in multiples(6) {
            let (own, twice) = (affine(&point), affine(&point.double()));
            for (kx, ky, kz) in shifts([-4, 0, 3], [-3, 0, 2], [-2, 0, 1]) {
                let zz = sqr(&point.z);
                let jacobian = Jacobian {
                    x: shifted(&point.x, kx),
                    y: shifted(&point.y, ky),
                    z: shifted(&point.z, kz),
                };
                let extended = || Extended {
                    x: jacobian.x,
                    y: jacobian.y,
                    zz: shifted(&zz, kz),
                    zzz: shifted(&mul(&zz, &point.z), kz),
                };
                assert_jacobian(&jacobian.add(&own), &twice);
                assert!(limbs::is_zero(&jacobian.add(&own.negated_if(true)).z.0));
                let mut same = extended();
                same.add(&own);
                assert_extended(&same, &twice);
                let mut opposite = extended();
                opposite.add(&own.negated_if(true));
                assert!(limbs::is_zero(&opposite.zz.0) && !opposite.has_x(&own.x));
            }
        }
    }

    /// Every combination.
    fn shifts(x: [i64; 3], y: [i64; 3], z: [i64; 3]) -> impl Iterator<Item = (i64, i64, i64)> {
        x.into_iter().flat_map(move |x| {
            y.into_iter()
                .flat_map(move |y| z.into_iter().map(move |z| (x, y, z)))
        })
    }
}
