//! One run of a target on an input.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    time::Duration,
};

use super::now;
use crate::targets::Target;

/// An input that takes longer is a failure: nobody may stop a server with 64 KiB.
const MAX_TIME: Duration = Duration::from_secs(2);
/// Attempts to make a failing input smaller.
const MAX_SHRINKS: usize = 4_000;

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are caught and told by [`Trial::run`] alone.
pub(super) fn silence_panics() {
    panic::set_hook(Box::new(|info| {
        PANIC.with_borrow_mut(|text| *text = format!("panic: {info}").replace('\n', " "));
    }));
}

/// Running a target.
#[derive(Debug)]
pub(super) struct Trial;

impl Trial {
    /// A number that stands for what came of it; an error for a panic, a broken promise or a long wait.
    pub(super) fn run(target: &Target, input: &[u8]) -> Result<u64, String> {
        let began = now();
        let result = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)))
            .map_err(|_| PANIC.with_borrow(Clone::clone))?;
        let took = began.elapsed();
        if took > MAX_TIME {
            return Err(format!("it took {} ms", took.as_millis()));
        }
        result
    }
}

/// A part of the input that fails, too, as small as can be found in a short time.
pub(super) fn shrink(target: &Target, input: &[u8]) -> Vec<u8> {
    let mut small = input.to_vec();
    let mut piece = small.len() / 2;
    let mut left = MAX_SHRINKS;
    while piece > 0 && left > 0 {
        let mut start = 0;
        while start < small.len() && left > 0 {
            left -= 1;
            let mut candidate = small.clone();
            candidate.drain(start..(start + piece).min(small.len()));
            if Trial::run(target, &candidate).is_err() {
                small = candidate;
            } else {
                start += piece;
            }
        }
        piece /= 2;
    }
    small
}
