//! The order in which scopes are kept, so that one of them is found without a search.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::ScopePath;
use crate::policy::Depth;

/// A scope and a number that says what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) scope: ScopePath,
    pub(super) number: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        key(&self.scope)
            .cmp(&key(&other.scope))
            .then_with(|| self.scope.cmp(&other.scope))
            .then_with(|| self.number.cmp(&other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Scopes with the same key lie side by side: the same id at the same depth.
pub(super) fn key(scope: &ScopePath) -> (u64, Depth, &str) {
    (scope.leaf_hash(), scope.depth(), scope.leaf())
}

/// Where in a list that is sorted by [`key`] the hashes with the same high bits begin.
///
/// There are about as many buckets as scopes, so a bucket holds one or two of them, however many
/// there are in all.
#[derive(Debug, Clone)]
pub(super) struct Buckets {
    /// One more than there are buckets.
    starts: Vec<u32>,
    shift: u32,
}

/// In a bucket with more scopes than this, which only happens by intent, a binary search is made.
const MAX_SCAN: usize = 8;

impl Buckets {
    /// Of hashes in ascending order, `count` of them.
    pub(super) fn new(count: usize, hashes: impl Iterator<Item = u64>) -> Self {
        let bits = count.next_power_of_two().trailing_zeros().min(24);
        let shift = u64::BITS - bits;
        let mut starts = alloc::vec![0_u32; (1 << bits) + 1];
        for hash in hashes {
            if let Some(start) = starts.get_mut(bucket(hash, shift) + 1) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts, shift }
    }

    /// Those of `sorted` that can have this key; the caller compares.
    #[inline]
    pub(super) fn run<'a, T>(
        &self,
        sorted: &'a [T],
        wanted: (u64, Depth, &str),
        key_of: fn(&T) -> (u64, Depth, &str),
    ) -> &'a [T] {
        let at = bucket(wanted.0, self.shift);
        let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return &[];
        };
        let place = |number: &u32| usize::try_from(*number).unwrap_or(usize::MAX);
        let run = sorted.get(place(start)..place(end)).unwrap_or_default();
        if run.len() <= MAX_SCAN {
            return run;
        }
        let start = run.partition_point(|one| key_of(one) < wanted);
        let end = run.partition_point(|one| key_of(one) <= wanted);
        run.get(start..end).unwrap_or_default()
    }
}

#[inline]
fn bucket(hash: u64, shift: u32) -> usize {
    // The number of buckets is bounded, so it fits 32 bits.
    usize::try_from(hash.checked_shr(shift).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    type Kept = (u64, Depth, String);

    fn key_of(kept: &Kept) -> (u64, Depth, &str) {
        (kept.0, kept.1, &kept.2)
    }

    /// Someone who names scopes could find names that have one hash.
    #[test]
    fn a_thousand_ids_with_one_hash_are_told_apart_by_their_text() {
        let mut sorted: Vec<Kept> = (0..1000).map(|n| (7, 1, format!("t{n}"))).collect();
        sorted.push((7, 2, String::from("t500")));
        sorted.push((u64::MAX, 1, String::from("z")));
        sorted.sort();
        let buckets = Buckets::new(sorted.len(), sorted.iter().map(|kept| kept.0));
        for depth in [1, 2] {
            let run = buckets.run(&sorted, (7, depth, "t500"), key_of);
            assert_eq!(run, [(7, depth, String::from("t500"))]);
        }
        assert_eq!(buckets.run(&sorted, (7, 1, "t1000"), key_of), []);
        assert_eq!(buckets.run(&sorted, (u64::MAX, 1, "z"), key_of).len(), 1);
    }

    #[test]
    fn every_hash_is_found_in_its_bucket() {
        let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for count in [0, 1, 2, 3, 1000] {
            let mut sorted: Vec<Kept> =
                (0..count).map(|n| (spread(n), 1, format!("{n}"))).collect();
            sorted.sort();
            let buckets = Buckets::new(sorted.len(), sorted.iter().map(|kept| kept.0));
            for kept in &sorted {
                assert!(buckets.run(&sorted, key_of(kept), key_of).contains(kept));
            }
            assert!(buckets.run(&sorted, (5, 1, "none"), key_of).len() <= MAX_SCAN);
        }
    }
}
