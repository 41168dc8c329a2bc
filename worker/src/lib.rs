//! Portcullis on workerd: bindings become settings, D1 becomes a driver, the router answers.

mod analytics;
mod config;
mod d1;
mod exchange;
mod hasher;
mod platform;
mod signing;

use core::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use axum::body::Body;
use portcullis_http::{Areas, MailQueued};
use portcullis_service::audit::chain;
use portcullis_service::feed::Feed;
use portcullis_service::{
    App, Host as _, NoHooks, accounts, audit, feed, hooks, keys, mail, session, throttle,
};
use portcullis_store::{SqlStore, Watched};
use tower_service::Service;
use worker::{Context, Env, Result, ScheduleContext, ScheduledEvent, event, web_sys};

use crate::d1::D1;
use crate::platform::Workerd;

type WorkerApp = App<SqlStore<Watched<D1>>, Workerd>;

/// What this isolate makes once: bindings don't change while it lives.
///
/// It holds data alone, so no request waits for another. What belongs to one request is in
/// [`portcullis_service::request`].
struct Isolate {
    app: Arc<WorkerApp>,
    areas: Areas<SqlStore<Watched<D1>>, Workerd>,
    /// When this isolate last went to tell the collector of audit records, Unix milliseconds.
    pushed_ms: Cell<i64>,
}

/// How often an isolate that answers requests looks whether the collector is to be told something; the
/// schedule does every minute.
const PUSH_EVERY_MS: i64 = 5_000;

thread_local! {
    static ISOLATE: RefCell<Option<Rc<Isolate>>> = const { RefCell::new(None) };
}

/// Answers a request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response> {
    let Some(request) = exchange::read(&request).await? else {
        return exchange::answer(empty(http::StatusCode::BAD_REQUEST)).await;
    };
    let isolate = match isolate(&env) {
        Ok(isolate) => isolate,
        Err(problem) => return exchange::answer(misconfigured(&problem)).await,
    };
    let is_change =
        *request.method() != http::Method::GET && request.uri().path().contains("/rbac/");
    let mut router = isolate.areas.of(request.uri().path());
    // The router's error type has no values.
    let response = router.call(request).await?;
    if is_change && isolate.app.settings.webhook.is_some() {
        after(&context, &isolate, Afterwards::Webhook);
    }
    if response.extensions().get::<MailQueued>().is_some() && isolate.app.settings.mail.is_on() {
        after(&context, &isolate, Afterwards::Mail);
    }
    if isolate.is_push_due() {
        after(&context, &isolate, Afterwards::AuditPush);
    }
    analytics::write(&env, &response);
    exchange::answer(response).await
}

/// What may be left to do when the answer is out.
enum Afterwards {
    Webhook,
    Mail,
    AuditPush,
}

/// Does it, then. Out of line: the first request of an isolate waits for all code on its way.
#[inline(never)]
fn after(context: &Context, isolate: &Isolate, what: Afterwards) {
    let app = Arc::clone(&isolate.app);
    context.wait_until(async move {
        match what {
            Afterwards::Webhook => report("webhook", tell_webhook(&app).await),
            Afterwards::Mail => report("mail", hand_mail_on(&app).await),
            Afterwards::AuditPush => report("audit push", push_audit(&app).await),
        }
    });
}

impl Isolate {
    /// Whether the collector is to be told now, after this answer.
    fn is_push_due(&self) -> bool {
        let now_ms = self.app.host.now_ms();
        let is_due = self.app.settings.audit.collector.is_some()
            && !(0..PUSH_EVERY_MS).contains(&(now_ms - self.pushed_ms.get()));
        if is_due {
            self.pushed_ms.set(now_ms);
        }
        is_due
    }
}

/// Rotates the signing keys when that is due, and tells the webhook what couldn't be told before.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let app = match isolate(&env) {
        Ok(isolate) => Arc::clone(&isolate.app),
        Err(problem) => return report("scheduled", Err(problem)),
    };
    let rotated = keys::rotate(&app).await.map(drop);
    report("scheduled", rotated.map_err(|error| format!("{error:?}")));
    report("webhook", tell_webhook(&app).await);
    let pruned = feed::prune(&app).await;
    report("feed", pruned.map_err(|error| format!("{error:?}")));
    report("mail", hand_mail_on(&app).await);
    report("audit push", push_audit(&app).await);
    let pruned = accounts::prune(&app).await;
    report("accounts", pruned.map_err(|error| format!("{error:?}")));
    let pruned = throttle::prune(&app).await.map(drop);
    report("throttle", pruned.map_err(|error| format!("{error:?}")));
    let pruned = session::prune(&app).await.map(drop);
    report("sessions", pruned.map_err(|error| format!("{error:?}")));
    let signed = chain::checkpoint(&app, false).await.map(drop);
    report("audit", signed.map_err(|error| format!("{error:?}")));
}

async fn push_audit(app: &WorkerApp) -> core::result::Result<(), String> {
    let Some(webhook) = &app.settings.audit.collector else {
        return Ok(());
    };
    let host = &app.host;
    let pushed = audit::push(app, &audit::Collector { webhook, host }).await;
    pushed.map(drop).map_err(|error| format!("{error:?}"))
}

async fn tell_webhook(app: &WorkerApp) -> core::result::Result<(), String> {
    let told = hooks::deliver(app).await.map(drop);
    told.map_err(|error| format!("{error:?}"))
}

async fn hand_mail_on(app: &WorkerApp) -> core::result::Result<(), String> {
    let delivered = mail::deliver(app).await.map(drop);
    delivered.map_err(|error| format!("{error:?}"))
}

fn report(what: &str, outcome: core::result::Result<(), String>) {
    if let Err(problem) = outcome {
        let line = serde_json::json!({ "level": "error", "msg": what, "error": problem });
        platform::log(&line.to_string());
    }
}

fn isolate(env: &Env) -> core::result::Result<Rc<Isolate>, String> {
    if let Some(isolate) = ISOLATE.with_borrow(Clone::clone) {
        return Ok(isolate);
    }
    let app = Arc::new(app(env)?);
    if app.settings.mail.is_logged() {
        let problem =
            "PORTCULLIS_MAIL=log writes links that sign in into the log: for development alone";
        let line = serde_json::json!({ "level": "warn", "msg": "mail", "error": problem });
        platform::log(&line.to_string());
    }
    let areas = Areas::new(Arc::clone(&app));
    let isolate = Rc::new(Isolate {
        app,
        areas,
        pushed_ms: Cell::new(0),
    });
    ISOLATE.set(Some(Rc::clone(&isolate)));
    Ok(isolate)
}

fn app(env: &Env) -> core::result::Result<WorkerApp, String> {
    let database = env
        .d1("DB")
        .map_err(|_| "the worker has no D1 binding named `DB`; see wrangler.toml".to_owned())?;
    let feed = Arc::<Feed>::default();
    let database = D1::new(database, config::reads_replicas(env)?);
    let driver = Watched::new(database, feed.written());
    Ok(App {
        settings: Arc::new(config::settings(env)?),
        store: SqlStore::with_tables(driver, config::tables(env)?),
        host: Workerd::new(env)?,
        rings: Arc::default(),
        policies: Arc::default(),
        throttle: Arc::default(),
        feed,
        hooks: Arc::new(NoHooks),
    })
}

/// Fails closed: without settings nothing is answered. The reason goes to the log alone.
fn misconfigured(problem: &str) -> http::Response<Body> {
    let line = serde_json::json!({ "level": "error", "msg": "misconfigured", "error": problem });
    platform::log(&line.to_string());
    empty(http::StatusCode::INTERNAL_SERVER_ERROR)
}

fn empty(status: http::StatusCode) -> http::Response<Body> {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
