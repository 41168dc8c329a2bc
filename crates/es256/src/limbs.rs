//! 256-bit integers as nine limbs of 29 bits, least significant first.
//!
//! WebAssembly multiplies 64 by 64 bits to the low 64. Limbs of 29 bits leave room to add up a
//! whole column of products in one `i64` without a carry, and nine of them hold 261 bits.
#![expect(
    clippy::indexing_slicing,
    reason = "loop counters below the length of fixed-size arrays; `for` and iterators are not const"
)]
#![expect(
    clippy::cast_sign_loss,
    reason = "each value is masked to the width of its target first, and `From` is not const"
)]

/// Bits of one limb.
pub(crate) const LIMB_BITS: u32 = 29;
/// Limbs of one number.
pub(crate) const LIMB_COUNT: usize = 9;
/// The bits of one limb, set.
pub(crate) const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;

/// Nine limbs; the last one carries the sign where a number may be negative.
pub(crate) type Limbs = [i64; LIMB_COUNT];

/// Zero.
pub(crate) const ZERO: Limbs = [0; LIMB_COUNT];

/// Reads 32 big-endian bytes.
pub(crate) const fn from_be_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = ZERO;
    let (mut pending, mut pending_bits, mut filled, mut at) = (0i64, 0, 0, 32);
    while at > 0 {
        at -= 1;
        pending |= (bytes[at] as i64) << pending_bits;
        pending_bits += 8;
        if pending_bits >= LIMB_BITS {
            limbs[filled] = pending & LIMB_MASK;
            filled += 1;
            pending >>= LIMB_BITS;
            pending_bits -= LIMB_BITS;
        }
    }
    limbs[LIMB_COUNT - 1] = pending;
    limbs
}

/// Writes a number in 0..2^256, its limbs in 0..2^29, as 32 big-endian bytes.
pub(crate) const fn to_be_bytes(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (mut pending, mut pending_bits, mut taken, mut at) = (0i64, 0, 0, 32);
    while at > 0 {
        at -= 1;
        if pending_bits < 8 && taken < LIMB_COUNT {
            pending |= limbs[taken] << pending_bits;
            pending_bits += LIMB_BITS;
            taken += 1;
        }
        bytes[at] = (pending & 0xff) as u8;
        pending >>= 8;
        pending_bits = pending_bits.saturating_sub(8);
    }
    bytes
}

/// Brings limbs 0 to 7 into 0..2^29 and leaves the rest, sign included, in limb 8.
pub(crate) const fn carry(mut limbs: Limbs) -> Limbs {
    let mut i = 0;
    while i < LIMB_COUNT - 1 {
        limbs[i + 1] = limbs[i + 1].wrapping_add(limbs[i] >> LIMB_BITS);
        limbs[i] &= LIMB_MASK;
        i += 1;
    }
    limbs
}

/// `a + b`, carried.
pub(crate) const fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let mut sum = *a;
    let mut i = 0;
    while i < LIMB_COUNT {
        sum[i] = sum[i].wrapping_add(b[i]);
        i += 1;
    }
    carry(sum)
}

/// `a - b`, carried; the last limb is negative if and only if `a < b`.
pub(crate) const fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let mut difference = *a;
    let mut i = 0;
    while i < LIMB_COUNT {
        difference[i] = difference[i].wrapping_sub(b[i]);
        i += 1;
    }
    carry(difference)
}

/// Whether a carried number is negative.
pub(crate) const fn is_negative(limbs: &Limbs) -> bool {
    limbs[LIMB_COUNT - 1] < 0
}

/// Whether `a < b`, both carried.
pub(crate) const fn less(a: &Limbs, b: &Limbs) -> bool {
    is_negative(&sub(a, b))
}

/// Whether every limb is zero, which for a carried number means that it is zero.
pub(crate) const fn is_zero(limbs: &Limbs) -> bool {
    let (mut any, mut i) = (0, 0);
    while i < LIMB_COUNT {
        any |= limbs[i];
        i += 1;
    }
    any == 0
}

/// Brings a carried number into `0..modulus` by adding or taking away the modulus.
///
/// One step for each multiple that the number is away, so a caller keeps that small.
pub(crate) const fn normalise(mut limbs: Limbs, modulus: &Limbs) -> Limbs {
    while is_negative(&limbs) {
        limbs = add(&limbs, modulus);
    }
    loop {
        let less = sub(&limbs, modulus);
        if is_negative(&less) {
            return limbs;
        }
        limbs = less;
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A small number, which may be negative.
    pub(crate) fn number(small: i64) -> Limbs {
        carry([small, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// `a b` modulo m by doubling and adding, for numbers in 0..m.
    pub(crate) fn slow_mul(a: &Limbs, b: &Limbs, modulus: &Limbs) -> Limbs {
        let mut product = ZERO;
        for limb in b.iter().rev() {
            for bit in (0..LIMB_BITS).rev() {
                product = normalise(add(&product, &product), modulus);
                if limb >> bit & 1 == 1 {
                    product = normalise(add(&product, a), modulus);
                }
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_survive_the_way_through_limbs(bytes in any::<[u8; 32]>()) {
            let limbs = from_be_bytes(&bytes);
            prop_assert!(limbs.iter().all(|limb| (0..=LIMB_MASK).contains(limb)));
            prop_assert_eq!(to_be_bytes(&limbs), bytes);
        }

        #[test]
        fn order_of_limbs_is_the_order_of_bytes(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
            prop_assert_eq!(less(&from_be_bytes(&a), &from_be_bytes(&b)), a < b);
        }
    }

    #[test]
    fn number_below_another_is_less_and_the_same_is_not() {
        let mut one = [0; 32];
        one[31] = 1;
        let (zero, one) = (ZERO, from_be_bytes(&one));
        assert!(less(&zero, &one));
        assert!(!less(&one, &one));
        assert!(!less(&one, &zero));
    }
}
