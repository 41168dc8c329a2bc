//! Doubles from 64 bits of a decimal number, when these tell which double is nearest.

/// Five to this power has 63 bits, and its inverse is kept with 64.
const STEP: u32 = 27;

/// 2^126 / 5^[`STEP`], rounded.
const INVERSE: Wide = Wide {
    bits: 0x9e74_d1b7_91e0_7e48,
    power: -126,
};

/// More than all roundings below come to, in units of the last of 64 bits: up to 14 of [`INVERSE`] with half
/// a unit and up to 15 of products with two, and as many for digits that were left out.
const MAX_ERROR: u64 = 128;

/// A number with 64 bits, the highest set, times 2 to a power.
#[derive(Clone, Copy)]
struct Wide {
    bits: u64,
    power: i32,
}

impl Wide {
    const fn new(value: u64) -> Self {
        let shift = value.leading_zeros();
        Self {
            bits: value << shift,
            power: -shift.cast_signed(),
        }
    }

    fn times(self, other: Self) -> Self {
        let high = (u128::from(self.bits) * u128::from(other.bits)) >> 64;
        let product = Self::new(high as u64);
        Self {
            bits: product.bits,
            power: self.power + other.power + product.power + 64,
        }
    }
}

/// The double nearest to `digits` times 10 to the power of `exponent`, give or take 2^-59 of it; `None`
/// when that could be either of two, and beyond the largest double.
///
/// `digits` aren't 0, and `exponent` is within a few hundred.
pub(super) fn estimate(digits: u64, exponent: i32) -> Option<f64> {
    let (steps, rest) = if exponent < 0 {
        let steps = exponent.unsigned_abs().div_ceil(STEP);
        (steps, steps * STEP - exponent.unsigned_abs())
    } else {
        (
            exponent.unsigned_abs() / STEP,
            exponent.unsigned_abs() % STEP,
        )
    };
    let step = if exponent < 0 {
        INVERSE
    } else {
        Wide::new(5_u64.pow(STEP))
    };
    let mut value = Wide::new(digits).times(Wide::new(5_u64.pow(rest)));
    for _ in 0..steps {
        value = value.times(step);
    }
    nearest(value.bits, value.power + exponent)
}

/// The double nearest to `bits` times 2 to a power, unless the next one may be as near (IEEE 754).
fn nearest(bits: u64, power: i32) -> Option<f64> {
    // The power of the highest bit; doubles below 2^-1022 have as many bits fewer as they are below it.
    let highest = power + 63;
    let kept = 53 + (highest + 1022).min(0);
    if highest > 1023 {
        return None;
    }
    if kept < 0 {
        // Less than half of the smallest double.
        return (bits < u64::MAX - MAX_ERROR).then_some(0.0);
    }
    let dropped = 64 - kept.unsigned_abs();
    let half = 1 << (dropped - 1);
    let rest = bits & (half | (half - 1));
    if rest.abs_diff(half) <= MAX_ERROR {
        return None;
    }
    let mantissa = bits.checked_shr(dropped).unwrap_or(0) + u64::from(rest > half);
    // The first of 53 bits is not stored; adding lets a carry of rounding reach the exponent.
    let biased = u64::try_from(highest + 1022).unwrap_or(0) << 52;
    let value = f64::from_bits(biased + mantissa);
    value.is_finite().then_some(value)
}
