//! What belongs to one request: what its login has seen, what it asked of the store, what it wrote.
//!
//! A store and its driver live as long as the server, so they find the request that they work for in
//! a variable that is set while the request's future is polled. It holds no promise and no lock.

use core::any::Any;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::Caller;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Request>>> = const { RefCell::new(None) };
}

/// One request, as the store sees it.
#[derive(Debug, Default)]
pub struct Request {
    seen_seq: i64,
    seen_bookmark: Option<String>,
    statements: AtomicU32,
    round_trips: AtomicU32,
    has_written: AtomicBool,
    written_seq: AtomicI64,
    bookmark: Mutex<Option<String>>,
    acting: OnceLock<Acting>,
    /// What a driver keeps for the time of the request, such as a session of its database.
    driver: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// Somebody who acts for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// The user's id.
    pub user_id: String,
    /// Who acts for the user: see [`Caller::acting`].
    pub actor: String,
}

impl Request {
    /// A request of a login that has seen the access change `seq` and, where the database has
    /// replicas, its state at `bookmark`.
    #[must_use]
    pub fn new(seq: i64, bookmark: Option<String>) -> Self {
        Self {
            seen_seq: seq,
            seen_bookmark: bookmark,
            ..Self::default()
        }
    }

    /// Number of the newest access change that the login has seen; 0 when it has seen none.
    #[must_use]
    pub const fn seen_seq(&self) -> i64 {
        self.seen_seq
    }

    /// The state of the database that the login has seen.
    #[must_use]
    pub fn seen_bookmark(&self) -> Option<&str> {
        self.seen_bookmark.as_deref()
    }

    /// Counts one round trip to the database with so many statements.
    pub fn count(&self, statements: usize) {
        let statements = u32::try_from(statements).unwrap_or(u32::MAX);
        self.statements.fetch_add(statements, Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    /// Statements and round trips until now.
    #[must_use]
    pub fn counted(&self) -> (u32, u32) {
        let statements = self.statements.load(Ordering::Relaxed);
        (statements, self.round_trips.load(Ordering::Relaxed))
    }

    /// Notes that it has written.
    pub fn note_write(&self) {
        self.has_written.store(true, Ordering::Relaxed);
    }

    /// Whether it has written.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.has_written.load(Ordering::Relaxed)
    }

    /// Notes that its writes come up to this access change.
    pub fn note_seq(&self, seq: i64) {
        self.written_seq.fetch_max(seq, Ordering::Relaxed);
    }

    /// The access change that its writes come up to; 0 when they change nobody's access.
    #[must_use]
    pub fn written_seq(&self) -> i64 {
        self.written_seq.load(Ordering::Relaxed)
    }

    /// Notes the state of the database after a write.
    pub fn note_bookmark(&self, bookmark: String) {
        *self.bookmark.lock().unwrap_or_else(PoisonError::into_inner) = Some(bookmark);
    }

    /// The state of the database after its last write, where that has a name.
    #[must_use]
    pub fn bookmark(&self) -> Option<String> {
        let bookmark = self.bookmark.lock().unwrap_or_else(PoisonError::into_inner);
        bookmark.clone()
    }

    /// Who called for whom, when it wasn't the user in person.
    #[must_use]
    pub fn acting(&self) -> Option<&Acting> {
        self.acting.get()
    }

    /// What the driver keeps for the time of the request, made when it is first asked for; `None` if
    /// that has another type.
    pub fn of_driver<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.driver.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

/// The request that is being served, if there is one.
#[must_use]
pub fn current() -> Option<Arc<Request>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Notes for the log that this caller acts for somebody else, if it does. Done wherever a caller is
/// looked up, so that no handler can forget it.
pub(crate) fn note_acting(caller: &Caller) {
    if let (Some(actor), Some(request)) = (caller.acting(), current()) {
        request.acting.get_or_init(|| Acting {
            user_id: caller.user.id.clone(),
            actor: actor.to_owned(),
        });
    }
}

/// Runs a future as part of a request.
pub fn serve<F: Future>(request: Arc<Request>, future: F) -> Served<F> {
    Served {
        request,
        future: Box::pin(future),
    }
}

/// A future that is part of a request.
pub struct Served<F> {
    request: Arc<Request>,
    future: Pin<Box<F>>,
}

impl<F> core::fmt::Debug for Served<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

impl<F: Future> Future for Served<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = Entered::new(Arc::clone(&self.request));
        self.future.as_mut().poll(context)
    }
}

/// Sets the variable, and puts back what was there, also when the future panics.
struct Entered(Option<Arc<Request>>);

impl Entered {
    fn new(request: Arc<Request>) -> Self {
        Self(CURRENT.replace(Some(request)))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::{pending, ready};
    use core::pin::pin;
    use core::task::Waker;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_future_sees_its_request_while_it_is_polled_and_nobody_sees_it_after() {
        let outer = Arc::new(Request::new(7, None));
        let inner = Arc::new(Request::new(8, None));
        let seen = || current().map(|request| request.seen_seq());
        let work = async {
            let before = seen();
            let within = serve(inner, async { seen() }).await;
            (before, within, seen())
        };
        let mut served = pin!(serve(outer, work));
        assert_eq!(
            poll(served.as_mut()),
            Poll::Ready((Some(7), Some(8), Some(7)))
        );
        assert_eq!(seen(), None);
    }

    #[test]
    fn a_future_that_waits_leaves_no_request_behind() {
        let mut served = pin!(serve(Arc::new(Request::new(7, None)), pending::<()>()));
        assert_eq!(poll(served.as_mut()), Poll::Pending);
        assert!(current().is_none());
        let other = serve(Arc::default(), ready(current().is_none()));
        assert_eq!(poll(pin!(other)), Poll::Ready(true));
    }

    #[test]
    fn the_driver_keeps_one_thing_for_the_time_of_a_request() {
        let request = Request::default();
        assert_eq!(request.of_driver(|| 5_u8), Some(&5));
        assert_eq!(request.of_driver(|| 6_u8), Some(&5));
        assert_eq!(request.of_driver(|| "another type"), None);
    }
}
