//! Clock, randomness and log of workerd.

use portcullis_service::Host;
use worker::Date;

/// The runtime that we are in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workerd;

impl Host for Workerd {
    fn now_ms(&self) -> i64 {
        Date::now().as_millis().cast_signed()
    }

    #[cfg(target_arch = "wasm32")]
    fn fill_random(&self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Without randomness there are no secrets: stop this isolate rather than go on.
            core::arch::wasm32::unreachable();
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fill_random(&self, _out: &mut [u8]) {
        // The crate is compiled for other targets by the linter alone.
        std::process::abort();
    }

    async fn run_heavy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        // One thread: hashes of one isolate follow each other, so their memory never adds up.
        work()
    }

    fn log(&self, line: &str) {
        worker::console_log!("{line}");
    }
}
