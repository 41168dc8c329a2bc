//! A set of small numbers, one bit each.

use alloc::vec;
use alloc::vec::Vec;

const BITS: usize = 64;

/// A fixed-capacity set of numbers below the capacity given at creation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// An empty set for numbers below `capacity`.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            words: vec![0; capacity.div_ceil(BITS)],
        }
    }

    /// Adds `number`; a number at or over the capacity is left out.
    pub(crate) fn insert(&mut self, number: u16) {
        let number = usize::from(number);
        if let Some(word) = self.words.get_mut(number / BITS) {
            *word |= 1 << (number % BITS);
        }
    }

    /// Whether one of the numbers is in the set.
    pub(crate) fn contains_one_of(&self, numbers: &[u16]) -> bool {
        numbers.iter().any(|number| self.contains(*number))
    }

    /// Whether `number` is in the set.
    #[inline]
    pub(crate) fn contains(&self, number: u16) -> bool {
        let number = usize::from(number);
        self.words
            .get(number / BITS)
            .is_some_and(|word| word >> (number % BITS) & 1 == 1)
    }

    /// Adds every member of `other`.
    pub(crate) fn union_with(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_on_both_sides_of_a_word_boundary_are_kept_apart() {
        let mut set = BitSet::with_capacity(130);
        set.insert(63);
        set.insert(128);
        assert!(set.contains(63) && set.contains(128));
        assert!(!set.contains(62) && !set.contains(64) && !set.contains(129));
    }

    #[test]
    fn a_number_over_the_capacity_is_never_a_member() {
        let mut set = BitSet::with_capacity(64);
        set.insert(64);
        assert!(!set.contains(64));
        assert!(!set.contains(u16::MAX));
    }
}
