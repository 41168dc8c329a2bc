//! Password hashes inside Durable Objects, whose requests get 30 seconds of processor time on every
//! plan, where the worker's own get 10 milliseconds on the free one.
//!
//! An object does one hash after the other, whole, on the one thread of its isolate: so the memory of
//! two hashes is never held at once, however many wait. Nobody but this worker can call it.

use core::time::Duration;

use portcullis_service::{Job, Outcome};
use worker::{
    DurableObject, Env, Headers, Method, ObjectNamespace, Request, RequestInit, Response, Result,
    State, durable_object,
};

use crate::platform::within;

/// The binding of the objects' class.
const BINDING: &str = "HASHER";
/// How many objects share the work when nothing else is said.
const DEFAULT_OBJECTS: u32 = 8;
const MAX_OBJECTS: u32 = 256;
/// How long an object may take, with what waits before.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// An object that hashes passwords and keeps nothing.
#[durable_object(fetch)]
#[derive(Debug)]
pub struct Hasher {}

impl DurableObject for Hasher {
    fn new(_state: State, _env: Env) -> Self {
        Self {}
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let text = request.text().await?;
        match serde_json::from_str::<Job>(&text) {
            Ok(job) => Response::ok(serde_json::to_string(&job.run_in_growing_memory())?),
            // What was wrong with it could tell of the password.
            Err(_) => Response::error("not a job", 400),
        }
    }
}

/// The objects, seen from the worker.
#[derive(Debug)]
pub(crate) struct Hashers {
    namespace: ObjectNamespace,
    count: u32,
}

impl Hashers {
    /// The objects, if passwords are to be hashed in them: `PORTCULLIS_HASH_IN` is `durable-object`.
    ///
    /// # Errors
    /// A sentence for the log.
    pub(crate) fn from_env(env: &Env) -> core::result::Result<Option<Self>, String> {
        let text = |name: &str| {
            let set = env.var(name).ok().map(|value| value.to_string());
            set.map(|value| value.trim().to_owned())
        };
        let name = "PORTCULLIS_HASH_IN";
        match text(name).as_deref() {
            None | Some("" | "isolate") => return Ok(None),
            Some("durable-object") => {}
            Some(other) => {
                return Err(format!(
                    "{name}: `{other}` is neither `isolate` nor `durable-object`"
                ));
            }
        }
        let namespace = env.durable_object(BINDING).map_err(|_| {
            format!(
                "{name} is `durable-object`, but the worker has no binding named `{BINDING}`; see \
                 wrangler.toml"
            )
        })?;
        let name = "PORTCULLIS_HASH_OBJECTS";
        let count = match text(name).filter(|text| !text.is_empty()) {
            None => DEFAULT_OBJECTS,
            Some(text) => text
                .parse()
                .ok()
                .filter(|count| (1..=MAX_OBJECTS).contains(count))
                .ok_or_else(|| {
                    format!("{name}: `{text}` isn't a number from 1 to {MAX_OBJECTS}")
                })?,
        };
        Ok(Some(Self { namespace, count }))
    }

    /// Has one of the objects do the work; `random` chooses which.
    ///
    /// # Errors
    /// A sentence when it didn't: then nothing is known of the password.
    pub(crate) async fn hash(
        &self,
        random: u32,
        job: &Job,
    ) -> core::result::Result<Outcome, String> {
        let number = random % self.count;
        let asked = within(ANSWER_WITHIN, self.ask(&format!("hasher-{number}"), job)).await;
        let (status, text) = asked
            .ok_or("the hasher didn't answer in time")?
            .map_err(|error| format!("hasher: {error}"))?;
        if status != 200 {
            return Err(format!("the hasher answered with status {status}"));
        }
        serde_json::from_str(&text).map_err(|_| "the hasher's answer can't be read".to_owned())
    }

    async fn ask(&self, object: &str, job: &Job) -> Result<(u16, String)> {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_body(Some(serde_json::to_string(job)?.into()));
        let request = Request::new_with_init("https://hasher/", &init)?;
        let stub = self.namespace.get_by_name(object)?;
        let mut response = stub.fetch_with_request(request).await?;
        Ok((response.status_code(), response.text().await?))
    }
}
