//! Futures without a runtime.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// The result of a future that never waits, as the drivers of these tests don't.
pub(crate) fn done<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(output) = future.as_mut().poll(&mut context) else {
        panic!("the driver of these tests never waits")
    };
    output
}
