//! Portcullis on workerd: bindings become settings, D1 becomes a driver, the router answers.

mod config;
mod d1;
mod platform;

use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt;
use portcullis_http::MAX_BODY_BYTES;
use portcullis_service::keys::RingCache;
use portcullis_service::{App, Host, NoHooks, PolicyCache, hooks, keys};
use portcullis_store::SqlStore;
use tower_service::Service;
use worker::{Context, Env, HttpRequest, Result, ScheduleContext, ScheduledEvent, event};

use crate::d1::D1;
use crate::platform::Workerd;

type WorkerApp = App<SqlStore<D1>, Workerd>;

/// Signing keys between requests of one isolate; data alone, so no request waits for another.
static RINGS: std::sync::LazyLock<Arc<RingCache>> = std::sync::LazyLock::new(Arc::default);

/// The policy with the permissions made at run time, between requests of one isolate.
static POLICIES: std::sync::LazyLock<Arc<PolicyCache>> = std::sync::LazyLock::new(Arc::default);

/// Answers a request.
#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, context: Context) -> Result<http::Response<Body>> {
    let (head, body) = request.into_parts();
    let request = http::Request::from_parts(head, Body::from(read_whole(body).await?));
    let app = match app(&env) {
        Ok(app) => Arc::new(app),
        Err(problem) => return Ok(misconfigured(&problem)),
    };
    let is_change =
        *request.method() != http::Method::GET && request.uri().path().contains("/rbac/");
    let mut router = portcullis_http::router(Arc::clone(&app));
    // The router's error type has no values.
    let response = router.call(request).await?;
    if is_change && app.settings.webhook.is_some() {
        context.wait_until(async move { report("webhook", tell_webhook(&app).await) });
    }
    Ok(response)
}

/// Reads a body to its end before anything is decided, keeping no more than the router will take and
/// one byte, so that it can tell. A body that is dropped unread leaves a task of this request behind
/// in the isolate, and later requests wait for it.
async fn read_whole(body: worker::Body) -> Result<Vec<u8>> {
    let mut body = std::pin::pin!(body);
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        let room = (MAX_BODY_BYTES + 1).saturating_sub(kept.len());
        kept.extend(data.iter().take(room));
    }
    Ok(kept)
}

/// Rotates the signing keys when that is due, and tells the webhook what couldn't be told before.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let app = match app(&env) {
        Ok(app) => app,
        Err(problem) => return report("scheduled", Err(problem)),
    };
    let rotated = keys::rotate(&app).await.map(drop);
    report("scheduled", rotated.map_err(|error| format!("{error:?}")));
    report("webhook", tell_webhook(&app).await);
}

async fn tell_webhook(app: &WorkerApp) -> core::result::Result<(), String> {
    let told = hooks::deliver(app).await.map(drop);
    told.map_err(|error| format!("{error:?}"))
}

fn report(what: &str, outcome: core::result::Result<(), String>) {
    if let Err(problem) = outcome {
        let line = serde_json::json!({ "level": "error", "msg": what, "error": problem });
        Workerd.log(&line.to_string());
    }
}

fn app(env: &Env) -> core::result::Result<WorkerApp, String> {
    let database = env
        .d1("DB")
        .map_err(|_| "the worker has no D1 binding named `DB`; see wrangler.toml".to_owned())?;
    Ok(App {
        settings: config::settings(env)?,
        store: SqlStore::with_tables(D1::new(database), config::tables(env)?),
        host: Workerd,
        rings: Arc::clone(&RINGS),
        policies: Arc::clone(&POLICIES),
        hooks: Arc::new(NoHooks),
    })
}

/// Fails closed: without settings nothing is answered. The reason goes to the log alone.
fn misconfigured(problem: &str) -> http::Response<Body> {
    let line = serde_json::json!({ "level": "error", "msg": "misconfigured", "error": problem });
    Workerd.log(&line.to_string());
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
