//! Natural numbers of any size, as far as reading and writing doubles needs them.

use alloc::vec;
use alloc::vec::Vec;

/// Five to the power of [`FIVES`], the largest that a limb holds.
const FIVE_TO_FIVES: u32 = 1_220_703_125;
const FIVES: u32 = 13;

/// A natural number: 32 bits a limb, the lowest first, the highest not 0.
pub(super) struct Natural(Vec<u32>);

impl Natural {
    pub(super) fn new(value: u64) -> Self {
        let mut natural = Self(Vec::new());
        for limb in [value >> 32, value & u64::from(u32::MAX)] {
            natural.0.insert(0, u32::try_from(limb).unwrap_or(0));
        }
        natural.trim();
        natural
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Multiplies by a power of five.
    pub(super) fn times_five_to(&mut self, power: u32) {
        for _ in 0..power / FIVES {
            self.scale(FIVE_TO_FIVES, 0);
        }
        for _ in 0..power % FIVES {
            self.scale(5, 0);
        }
    }

    pub(super) fn double(&mut self) {
        self.scale(2, 0);
    }

    /// Puts zeros below until there are as many limbs as in another, and returns how many bits they are.
    pub(super) fn widen_to(&mut self, other: &Self) -> i32 {
        let mut wide = vec![0; other.0.len().saturating_sub(self.0.len())];
        let bits = i32::try_from(wide.len() * 32).unwrap_or(0);
        wide.append(&mut self.0);
        self.0 = wide;
        bits
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
    #[inline(never)]
    pub(super) fn scale(&mut self, factor: u32, mut carry: u32) {
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(factor) + u64::from(carry);
            *limb = product as u32;
            carry = (product >> 32) as u32;
        }
        if carry > 0 {
            self.0.push(carry);
        }
    }

    #[inline(never)]
    pub(super) fn is_less(&self, other: &Self) -> bool {
        let (left, right) = (&self.0, &other.0);
        left.len()
            .cmp(&right.len())
            .then_with(|| left.iter().rev().cmp(right.iter().rev()))
            .is_lt()
    }

    /// Subtracts another if it isn't larger, and says whether it did.
    #[inline(never)]
    pub(super) fn reduce(&mut self, other: &Self) -> bool {
        if self.is_less(other) {
            return false;
        }
        let others = other.0.iter().copied().chain(core::iter::repeat(0));
        let mut borrow = false;
        for (limb, other) in self.0.iter_mut().zip(others) {
            let (difference, first) = limb.overflowing_sub(other);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
        self.trim();
        true
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}
