//! Clock, randomness and log of workerd.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use portcullis_service::{
    GeneratedKey, Host, Job, Outcome, OutgoingRequest, SIGNATURE_BYTES, Signer,
};
use worker::send::SendFuture;
use worker::{
    AbortController, Date, Delay, Env, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect,
};

use crate::hasher::Hashers;
use crate::signing;

/// How long the receiver of a webhook may take.
const POST_WITHIN: Duration = Duration::from_secs(10);

/// The runtime that we are in.
#[derive(Debug)]
pub(crate) struct Workerd {
    hashers: Option<Hashers>,
}

impl Workerd {
    /// The runtime with these bindings.
    ///
    /// # Errors
    /// A sentence for the log: what is wrong, and in which binding.
    pub(crate) fn new(env: &Env) -> Result<Self, String> {
        Ok(Self {
            hashers: Hashers::from_env(env)?,
        })
    }
}

impl Host for Workerd {
    fn now_ms(&self) -> i64 {
        Date::now().as_millis().cast_signed()
    }

    #[cfg(target_arch = "wasm32")]
    fn fill_random(&self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Without randomness there are no secrets.
            stop();
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fill_random(&self, _out: &mut [u8]) {
        stop();
    }

    fn hash_password(&self, job: Job) -> impl Future<Output = Result<Outcome, String>> + Send {
        SendFuture::new(async move {
            let Some(hashers) = &self.hashers else {
                // One thread: hashes of one isolate follow each other, so their memory never adds up.
                return Ok(job.run_in_growing_memory());
            };
            let mut random = [0; 4];
            self.fill_random(&mut random);
            hashers.hash(u32::from_le_bytes(random), &job).await
        })
    }

    fn make_key(&self) -> impl Future<Output = Result<GeneratedKey, String>> + Send {
        SendFuture::new(signing::make_key())
    }

    fn sign(
        &self,
        signer: &Signer,
        message: &[u8],
    ) -> impl Future<Output = Result<[u8; SIGNATURE_BYTES], String>> + Send {
        SendFuture::new(signing::sign_es256(signer, message))
    }

    fn post(&self, request: OutgoingRequest) -> impl Future<Output = Result<u16, String>> + Send {
        SendFuture::new(async move {
            let controller = AbortController::default();
            let signal = controller.signal();
            let outcome = within(POST_WITHIN, send(request, &signal));
            if let Some(outcome) = outcome.await {
                outcome.map_err(|error| error.to_string())
            } else {
                controller.abort();
                Err("no answer in time".to_owned())
            }
        })
    }

    fn log(&self, line: &str) {
        log(line);
    }
}

/// Stops this isolate where going on would be worse.
#[cfg(target_arch = "wasm32")]
pub(crate) fn stop() -> ! {
    core::arch::wasm32::unreachable()
}

/// The crate is compiled for other targets by the linter alone.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn stop() -> ! {
    std::process::abort()
}

/// Writes one line of the log.
pub(crate) fn log(line: &str) {
    worker::console_log!("{line}");
}

/// What came of a future, if it is there within the time.
pub(crate) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut late = pin!(Delay::from(time));
    poll_fn(|context| {
        if let Poll::Ready(outcome) = future.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        late.as_mut().poll(context).map(|()| None)
    })
    .await
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
