//! Clock, randomness and log of workerd.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use portcullis_service::{Host, OutgoingRequest};
use worker::send::SendFuture;
use worker::{
    AbortController, Date, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
};

/// How long the receiver of a webhook may take.
const POST_WITHIN: Duration = Duration::from_secs(10);

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

    fn post(&self, request: OutgoingRequest) -> impl Future<Output = Result<u16, String>> + Send {
        SendFuture::new(async move {
            let controller = AbortController::default();
            let signal = controller.signal();
            let mut answered = pin!(send(request, &signal));
            let mut late = pin!(Delay::from(POST_WITHIN));
            let outcome = poll_fn(|context| {
                if let Poll::Ready(outcome) = answered.as_mut().poll(context) {
                    return Poll::Ready(Some(outcome));
                }
                late.as_mut().poll(context).map(|()| None)
            });
            if let Some(outcome) = outcome.await {
                outcome.map_err(|error| error.to_string())
            } else {
                controller.abort();
                Err("no answer in time".to_owned())
            }
        })
    }

    fn log(&self, line: &str) {
        worker::console_log!("{line}");
    }
}

/// Sends a request and reads the answer to its end: an unread body holds the connection.
async fn send(request: OutgoingRequest, signal: &worker::AbortSignal) -> worker::Result<u16> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    // Server-side request forgery (CWE-918): a redirect could lead anywhere.
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(request.body.into()));
    let request = Request::new_with_init(&request.url, &init)?;
    let mut response = Fetch::Request(request).send_with_signal(signal).await?;
    let status = response.status_code();
    let _ = response.bytes().await;
    Ok(status)
}
