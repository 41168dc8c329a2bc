//! Threads that do nothing but hash passwords.
//!
//! The allocator keeps freed memory for each thread that asked for it: on the runtime's many threads,
//! which take turns, tens of megabytes a hash add up to hundreds. So there are a few of their own, and
//! each has the memory of argon2 from one hash to the next.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use portcullis_issue::password::HashMemory;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&mut HashMemory) + Send>;

/// The threads; they end when this is dropped and their work is done.
#[derive(Debug)]
pub(crate) struct HashThreads {
    work: Sender<Work>,
}

impl HashThreads {
    /// Starts so many.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        let (work, taken) = channel();
        let taken = Arc::new(Mutex::new(taken));
        for number in 0..count {
            let taken = Arc::clone(&taken);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || {
                    let mut memory = HashMemory::default();
                    while run_next(&taken, &mut memory) {}
                })?;
        }
        Ok(Self { work })
    }

    /// Runs something on one of them; `None` when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut HashMemory) -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move |memory: &mut HashMemory| {
            // Nobody waits any more when the request was broken off.
            let _ = done.send(work(memory));
        });
        self.work.send(work).ok()?;
        result.await.ok()
    }
}

/// Waits for work and does it; false when there will be none.
fn run_next(taken: &Mutex<Receiver<Work>>, memory: &mut HashMemory) -> bool {
    let work = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(work) = work else { return false };
    // A panic ends what was asked for, and not the thread.
    let _ = catch_unwind(AssertUnwindSafe(|| work(memory)));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_gives_nothing_and_the_next_runs() {
        let threads = HashThreads::start(1).unwrap();
        assert_eq!(threads.run(|_| -> u8 { panic!("of the test") }).await, None);
        assert_eq!(threads.run(|_| 7).await, Some(7));
    }

    #[tokio::test]
    async fn as_many_run_at_once_as_there_are_threads() {
        let threads = HashThreads::start(2).unwrap();
        let together = Arc::new(std::sync::Barrier::new(2));
        let meet = || {
            let together = Arc::clone(&together);
            threads.run(move |_| together.wait().is_leader())
        };
        let (one, other) = tokio::join!(meet(), meet());
        assert_ne!(one.unwrap(), other.unwrap());
    }
}
