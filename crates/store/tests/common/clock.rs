//! A host whose time is set.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use portcullis_issue::Entropy;
use portcullis_service::{Host, OutgoingRequest};

use crate::seeded::Seeded;

/// Its time stands until it is moved; what it draws is the same in every run.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) now_ms: AtomicI64,
    drawn: AtomicU64,
}

impl Clock {
    pub(crate) fn at(now_ms: i64) -> Self {
        Self {
            now_ms: AtomicI64::new(now_ms),
            drawn: AtomicU64::new(1),
        }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Host for Clock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed)).fill(out);
    }

    async fn post(&self, _request: OutgoingRequest) -> Result<u16, String> {
        Err("nobody is told anything".to_owned())
    }

    fn log(&self, _line: &str) {}
}
