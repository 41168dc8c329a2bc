//! Scopes that were asked about before, under small numbers.

use portcullis_core::decide::Reach;

/// How many scopes are kept at a time, the global one included.
const MAX_REACHES: usize = 1 << INDEX_BITS;
const INDEX_BITS: u32 = 12;
/// Handles stay below 2^31, so that negative numbers are free for denials.
const MAX_GENERATION: u32 = (1 << (31 - INDEX_BITS)) - 1;

/// What a subject reaches at each scope it was asked about.
///
/// A handle is `generation << 12 | index`; 0 is the global scope, always. When 4,096 scopes are
/// kept, all but the global one are dropped and the next generation begins: making one again costs
/// about a microsecond, so dropping all of them costs less than keeping an order of use would. A
/// handle of an earlier generation is recognised and answers nothing.
#[derive(Debug)]
pub(crate) struct Reaches {
    global: Reach,
    others: Vec<Reach>,
    generation: u32,
}

impl Reaches {
    pub(crate) const fn new(global: Reach) -> Self {
        Self {
            global,
            others: Vec::new(),
            generation: 0,
        }
    }

    /// Keeps a scope's reach and returns its handle.
    pub(crate) fn keep(&mut self, reach: Reach) -> i32 {
        if self.others.len() + 1 >= MAX_REACHES {
            self.others.clear();
            self.generation = (self.generation + 1) & MAX_GENERATION;
        }
        self.others.push(reach);
        let index = u32::try_from(self.others.len()).unwrap_or(0);
        i32::try_from(self.generation << INDEX_BITS | index).unwrap_or(0)
    }

    /// The reach under a handle; `None` when it was dropped since.
    #[inline]
    pub(crate) fn find(&self, handle: u32) -> Option<&Reach> {
        if handle == 0 {
            return Some(&self.global);
        }
        if handle >> INDEX_BITS != self.generation {
            return None;
        }
        let index = handle & ((1 << INDEX_BITS) - 1);
        self.others
            .get(usize::try_from(index).ok()?.checked_sub(1)?)
    }
}
