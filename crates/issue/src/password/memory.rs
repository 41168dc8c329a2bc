//! The memory of argon2, kept from one hash to the next.

use core::fmt;

use argon2::Block;
use zeroize::Zeroize;

/// Blocks of argon2 for one hash after another: an allocator that is given tens of megabytes back for
/// every hash, by several threads, may keep many times what runs at once.
///
/// They are wiped after each hash, and hold nothing of a password in between.
#[derive(Default)]
pub struct HashMemory {
    blocks: Vec<Block>,
}

impl HashMemory {
    /// So many blocks of a KiB for one hash; `None` when there is no memory for them.
    pub(super) fn take(&mut self, count: usize) -> Option<Blocks<'_>> {
        if self.blocks.len() < count {
            // What is there isn't copied to where the new ones are.
            self.blocks = Vec::new();
            self.blocks.try_reserve_exact(count).ok()?;
            self.blocks.resize(count, Block::new());
        }
        self.blocks.get_mut(..count).map(Blocks)
    }

    /// Gives back what is beyond so many KiB.
    pub(super) fn keep(&mut self, kib: u32) {
        let count = usize::try_from(kib).unwrap_or(usize::MAX);
        if self.blocks.len() > count {
            self.blocks.truncate(count);
            self.blocks.shrink_to_fit();
        }
    }
}

impl fmt::Debug for HashMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashMemory({} KiB)", self.blocks.len())
    }
}

/// Blocks in use, wiped when they aren't any more, also after a panic.
pub(super) struct Blocks<'a>(&'a mut [Block]);

impl AsMut<[Block]> for Blocks<'_> {
    fn as_mut(&mut self) -> &mut [Block] {
        self.0
    }
}

impl Drop for Blocks<'_> {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_wiped(memory: &HashMemory) -> bool {
        let bytes = |block: &Block| block.as_ref().iter().all(|word| *word == 0);
        memory.blocks.iter().all(bytes)
    }

    #[test]
    fn blocks_are_wiped_after_each_use_and_also_after_a_panic() {
        let mut memory = HashMemory::default();
        let fill = |blocks: &mut Blocks<'_>| {
            for block in blocks.as_mut() {
                block.as_mut().fill(7);
            }
        };
        fill(&mut memory.take(16).unwrap());
        assert!(is_wiped(&memory));
        let work = std::panic::AssertUnwindSafe(|| {
            let mut blocks = memory.take(16).unwrap();
            fill(&mut blocks);
            panic!("of the test");
        });
        assert!(std::panic::catch_unwind(work).is_err());
        assert!(is_wiped(&memory));
    }

    #[test]
    fn what_is_there_is_used_again_and_what_is_too_much_given_back() {
        let mut memory = HashMemory::default();
        let place = |memory: &mut HashMemory, count| {
            let mut blocks = memory.take(count).unwrap();
            assert_eq!(blocks.as_mut().len(), count);
            blocks.as_mut().as_ptr()
        };
        let first = place(&mut memory, 32);
        assert_eq!(place(&mut memory, 8), first);
        assert_eq!(place(&mut memory, 32), first);
        place(&mut memory, 64);
        memory.keep(32);
        assert_eq!((memory.blocks.len(), memory.blocks.capacity()), (32, 32));
        memory.keep(64);
        assert_eq!(memory.blocks.len(), 32);
    }

    #[test]
    fn memory_that_there_is_not_is_told() {
        let mut memory = HashMemory::default();
        assert!(memory.take(usize::MAX / 2048).is_none());
        assert!(memory.take(8).is_some());
    }
}
