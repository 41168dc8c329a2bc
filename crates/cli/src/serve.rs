//! `portcullis serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use portcullis_http::PeerAddress;
use portcullis_issue::secret::Secrets;
use portcullis_service::feed::{self, Feed};
use portcullis_service::keys::RingCache;
use portcullis_service::{
    App, GivenPolicy, Host, NoHooks, Settings, SettingsError, Sources, accounts, audit, hooks,
    keys, mail, session, throttle,
};
use portcullis_store::{SqlStore, Watched};
use tokio::net::TcpListener;

use crate::database::{self, Sqlite};
use crate::host::Process;
use crate::metrics::{self, Metrics};
use crate::syslog::Syslog;
use crate::{pages, policy, secret, user};

/// How often it is looked whether the signing keys are due.
const ROTATION_CHECK: std::time::Duration = std::time::Duration::from_hours(1);
/// How often it is looked whether the audit log is to be signed.
const CHECKPOINT_CHECK: std::time::Duration = std::time::Duration::from_mins(1);
/// How often it is looked whether the webhook is to be told something.
const WEBHOOK_CHECK: std::time::Duration = std::time::Duration::from_secs(1);
/// How often it is looked whether receivers of audit records are to be told something.
const PUSH_CHECK: std::time::Duration = std::time::Duration::from_secs(1);
/// How long requests under way get once the server is told to stop: less than the ten seconds after
/// which container runtimes kill it.
const STOP_WITHIN: std::time::Duration = std::time::Duration::from_secs(8);

type ServeApp = App<SqlStore<Watched<Sqlite>>, Process>;

/// Run the server, with SQLite in a file.
///
/// The database, the secret beside it and the first administrator are made when they aren't there.
/// Stops on Ctrl-C and SIGTERM after the requests that are under way, within eight seconds.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8787", env = "PORTCULLIS_LISTEN")]
    listen: SocketAddr,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    pub(crate) db: PathBuf,
    /// Policy: a file, or the name of a shipped one (field-ops, naval-unit, release-tiers).
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    pub(crate) policy: String,
    /// Origin that browsers use; issuer of tokens. Default: http:// and the address listened on.
    #[arg(long, env = "PORTCULLIS_ORIGIN")]
    origin: Option<String>,
    /// Other origins whose pages may call with cookies, separated by commas.
    #[arg(long, default_value = "", env = "PORTCULLIS_TRUSTED_ORIGINS")]
    trusted_origins: String,
    /// Server secrets, `2:newest,1:older`, or one alone; at least 32 bytes each. Default: a file
    /// beside the database.
    #[arg(long, env = "PORTCULLIS_SECRET", hide_env_values = true)]
    pub(crate) secret: Option<String>,
    /// What new password hashes cost; older ones are brought up to it when their owners sign in.
    #[arg(long, default_value = user::PASSWORD_COST, env = "PORTCULLIS_PASSWORD_COST")]
    password_cost: String,
    /// Header with the request id, when a proxy in front sets it.
    #[arg(long, env = "PORTCULLIS_REQUEST_ID_HEADER")]
    request_id_header: Option<String>,
    /// Header with the client's address, when a proxy in front sets it.
    #[arg(long, env = "PORTCULLIS_CLIENT_IP_HEADER")]
    client_ip_header: Option<String>,
    /// Let permissions be made, changed and deleted at run time: `on` or `off`. Who may is said by
    /// `permissions.write` of `--rbac-authorization`.
    #[arg(long, default_value = "off", env = "PORTCULLIS_RBAC_PERMISSION_WRITES")]
    rbac_permission_writes: String,
    /// Permissions that are needed instead of being owner or member of a tenant, as JSON:
    /// `{"roles.write":"role:manage"}`.
    #[arg(long, default_value = "", env = "PORTCULLIS_RBAC_AUTHORIZATION")]
    rbac_authorization: String,
    /// What owners of a tenant may put into its roles: `any` permission, or only those `held`.
    #[arg(long, default_value = "any", env = "PORTCULLIS_RBAC_OWNERS_GRANT")]
    rbac_owners_grant: String,
    /// URL that is told of changes to tenants, their members, roles and permissions.
    #[arg(
        long,
        default_value = "",
        env = "PORTCULLIS_WEBHOOK_URL",
        hide_env_values = true
    )]
    webhook_url: String,
    /// Secret that signs what is sent there: 24 to 64 bytes, or `whsec_` and base64 of them.
    #[arg(
        long,
        default_value = "",
        env = "PORTCULLIS_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    webhook_secret: String,
    /// Permission that asking about others takes, at the AuthZEN endpoints. Default: nobody may.
    #[arg(long, default_value = "", env = "PORTCULLIS_AUTHZEN_PERMISSION")]
    authzen_permission: String,
    /// Permission that registering and reading records takes. Default: nobody may.
    #[arg(long, default_value = "", env = "PORTCULLIS_RECORDS_PERMISSION")]
    records_permission: String,
    /// E-mail address of the first administrator, for a database without accounts.
    #[arg(
        long,
        default_value = "admin@portcullis.local",
        env = "PORTCULLIS_ADMIN_EMAIL"
    )]
    admin_email: String,
}

/// Serves until it is told to stop.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    // Before anything is made, so that a taken port leaves nothing behind.
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let listener = runtime
        .block_on(TcpListener::bind(args.listen))
        .map_err(|error| {
            format!(
                "can't listen on {}: {error}; stop what uses it, or choose another with `--listen`",
                args.listen
            )
        })?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (settings, host) = everything(args, cores)?;
    let syslog = Syslog::new(&settings)?;
    let database = Sqlite::open(&args.db)?;
    database.require_tables()?;
    let tables = database.tables().clone();
    let feed = Arc::<Feed>::default();
    let app = Arc::new(App {
        settings: Arc::new(settings),
        store: SqlStore::with_tables(Watched::new(database, feed.written()), tables),
        host,
        rings: Arc::new(RingCache::default()),
        policies: Arc::default(),
        throttle: Arc::default(),
        feed,
        hooks: Arc::new(NoHooks),
    });
    runtime.block_on(serve(args, listener, app, syslog))
}

async fn serve(
    args: &Args,
    listener: TcpListener,
    app: Arc<ServeApp>,
    syslog: Option<Syslog>,
) -> Result<(), String> {
    keys::signing(&app).await.map_err(|error| match error {
        portcullis_service::Error::Fault(fault) => fault.to_string(),
        portcullis_service::Error::Denied(_) => "no signing key".to_owned(),
    })?;
    // After all that can fail: its password is shown once, and only here.
    let database = app.store.driver().inner();
    let administrator = user::first_administrator(database, &app.settings, &args.admin_email)?;
    announce(args, &app.settings, administrator);
    tokio::spawn(sign_audit_log(Arc::clone(&app)));
    tokio::spawn(rotate_hourly(Arc::clone(&app)));
    if app.settings.webhook.is_some() {
        tokio::spawn(tell_webhook(Arc::clone(&app)));
    }
    if app.settings.mail.is_on() {
        tokio::spawn(hand_mail_on(Arc::clone(&app)));
    }
    if let Some(syslog) = syslog {
        tokio::spawn(push_to_syslog(Arc::clone(&app), syslog));
    }
    if app.settings.audit.collector.is_some() {
        tokio::spawn(push_to_collector(Arc::clone(&app)));
    }
    let metrics = Metrics::of(app.host.queue());
    let router: Router = portcullis_http::router(Arc::clone(&app))
        .layer(from_fn_with_state(metrics, metrics::counted))
        .layer(from_fn(with_peer))
        .fallback(pages::page);
    let serving = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stop_signal());
    tokio::select! {
        ended = serving.into_future() => ended.map_err(|error| error.to_string())?,
        () = overdue() => {}
    }
    app.host.log(r#"{"level":"info","msg":"stopped"}"#);
    Ok(())
}

/// Settings and host, or everything that is wrong with them: before anything is made.
fn everything(args: &Args, cores: usize) -> Result<(Settings, Process), String> {
    let mut problems = Vec::new();
    let settings = settings(args).map_err(|error| problems.extend(error.problems()));
    let host = Process::new(cores).map_err(|problem| problems.push(problem));
    let tables = database::tables().map_err(|problem| problems.push(problem));
    match (settings, host, tables) {
        (Ok(settings), Ok(host), Ok(_)) => Ok((settings, host)),
        _ => Err(told(&problems)),
    }
}

fn settings(args: &Args) -> Result<Settings, SettingsError> {
    let mut settings = read_settings(args)?;
    // Made when all else is right, if there is none yet.
    let secrets = secret::load(args.secret.as_deref(), &args.db).map_err(SettingsError::Named)?;
    settings.secrets = Secrets::parse(&secrets).map_err(SettingsError::Secrets)?;
    Ok(settings)
}

/// The settings, without making anything; where there is no secret yet, one that is kept nowhere.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn read_settings(args: &Args) -> Result<Settings, SettingsError> {
    let listened = format!("http://{}", args.listen);
    let chosen = |name: &'static str| {
        Some(match name {
            "PORTCULLIS_RBAC_PERMISSION_WRITES" => args.rbac_permission_writes.clone(),
            "PORTCULLIS_RBAC_AUTHORIZATION" => args.rbac_authorization.clone(),
            "PORTCULLIS_RBAC_OWNERS_GRANT" => args.rbac_owners_grant.clone(),
            "PORTCULLIS_AUTHZEN_PERMISSION" => args.authzen_permission.clone(),
            "PORTCULLIS_RECORDS_PERMISSION" => args.records_permission.clone(),
            "PORTCULLIS_WEBHOOK_URL" => args.webhook_url.clone(),
            "PORTCULLIS_WEBHOOK_SECRET" => args.webhook_secret.clone(),
            // Settings without a flag of their own are read from the environment alone.
            name => return std::env::var(name).ok(),
        })
    };
    let mut settings = Settings::load(Sources {
        origin: args.origin.as_deref().unwrap_or(&listened),
        secrets: secret::found(args.secret.as_deref(), &args.db),
        policy: policy::load(&args.policy).map(GivenPolicy::from),
        trusted_origins: &args.trusted_origins,
        password_cost: Some(&args.password_cost),
        value: &chosen,
    })?;
    settings
        .request_id_header
        .clone_from(&args.request_id_header);
    settings.client_ip_header.clone_from(&args.client_ip_header);
    Ok(settings)
}

/// Everything that is wrong with the settings, a line each.
fn told(problems: &[String]) -> String {
    match problems {
        [problem] => problem.clone(),
        problems => format!(
            "{} settings are wrong:\n  {}",
            problems.len(),
            problems.join("\n  ")
        ),
    }
}

/// Does what the signing keys need, and deletes counts that say nothing any more, once an hour.
async fn rotate_hourly(app: Arc<ServeApp>) {
    let mut hours = tokio::time::interval(ROTATION_CHECK);
    loop {
        hours.tick().await;
        if let Err(portcullis_service::Error::Fault(fault)) = keys::rotate(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "rotation", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
        if let Err(portcullis_service::Error::Fault(fault)) = feed::prune(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "feed", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
        if let Err(portcullis_service::Error::Fault(fault)) = accounts::prune(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "accounts", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
        if let Err(portcullis_service::Error::Fault(fault)) = throttle::prune(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "throttle", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
        if let Err(portcullis_service::Error::Fault(fault)) = session::prune(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "sessions", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
    }
}

/// Signs how far the audit log is, when that is due, and gives records from before there was a chain their links.
async fn sign_audit_log(app: Arc<ServeApp>) {
    let mut minutes = tokio::time::interval(CHECKPOINT_CHECK);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        if let Err(portcullis_service::Error::Fault(fault)) =
            audit::chain::checkpoint(&app, false).await
        {
            let line = serde_json::json!({
                "level": "error", "msg": "audit", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
    }
}

/// Tells the webhook what has happened, within a second, and again what failed.
async fn tell_webhook(app: Arc<ServeApp>) {
    let mut seconds = tokio::time::interval(WEBHOOK_CHECK);
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        if let Err(portcullis_service::Error::Fault(fault)) = hooks::deliver(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "webhook", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
    }
}

/// Hands mail on, within a second, and again what failed.
async fn hand_mail_on(app: Arc<ServeApp>) {
    let mut seconds = tokio::time::interval(WEBHOOK_CHECK);
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        if let Err(portcullis_service::Error::Fault(fault)) = mail::deliver(&app).await {
            let line = serde_json::json!({
                "level": "error", "msg": "mail", "error": fault.to_string(),
            });
            app.host.log(&line.to_string());
        }
    }
}

/// Tells the syslog receiver what is in the audit log, within a second, and again what failed.
async fn push_to_syslog(app: Arc<ServeApp>, syslog: Syslog) {
    let mut seconds = tokio::time::interval(PUSH_CHECK);
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        report_push(&app, audit::push(&*app, &syslog).await);
    }
}

/// As [`push_to_syslog`], for the collector.
async fn push_to_collector(app: Arc<ServeApp>) {
    let mut seconds = tokio::time::interval(PUSH_CHECK);
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        if let Some(webhook) = &app.settings.audit.collector {
            let host = &app.host;
            let collector = audit::Collector { webhook, host };
            report_push(&app, audit::push(&*app, &collector).await);
        }
    }
}

fn report_push(app: &ServeApp, pushed: Result<audit::Pushed, portcullis_service::Error>) {
    if let Err(portcullis_service::Error::Fault(fault)) = pushed {
        let line = serde_json::json!({
            "level": "error", "msg": "audit push", "error": fault.to_string(),
        });
        app.host.log(&line.to_string());
    }
}

/// Tells a person what runs where; the log proper goes to standard output.
fn announce(args: &Args, settings: &Settings, administrator: Option<user::Administrator>) {
    let origin = &settings.origin;
    eprintln!("portcullis {} serves {origin}", env!("CARGO_PKG_VERSION"));
    eprintln!(
        "  policy    {} {}",
        settings.policy.name(),
        settings.policy.document().version
    );
    eprintln!("  database  {}", args.db.display());
    eprintln!("  pages     {origin}/  {origin}/login/  {origin}/demo/  {origin}/docs/");
    if !pages::has_module() {
        eprintln!(
            "            without the browser module: the demo asks the API instead; `cargo xtask \
             build browser` builds it"
        );
    }
    if settings.mail.is_logged() {
        eprintln!(
            "  mail      into the log, with links that sign in: for development alone \
             (PORTCULLIS_MAIL=log)"
        );
    }
    if let Some(made) = administrator {
        eprintln!("  first administrator, shown once:");
        eprintln!("    e-mail    {}", made.email);
        match made.password {
            Some(password) => eprintln!("    password  {password}"),
            None => eprintln!("    password  as in PORTCULLIS_ADMIN_PASSWORD"),
        }
    }
}

/// Hands the connection's address on to the router.
async fn with_peer(mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(address)| PeerAddress(address.ip().to_string()));
    if let Some(address) = address {
        request.extensions_mut().insert(address);
    }
    next.run(request).await
}

/// Ends a while after the signal to stop. A client that never finishes its request (slowloris)
/// would keep the server from stopping for ever.
async fn overdue() {
    stop_signal().await;
    tokio::time::sleep(STOP_WITHIN).await;
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
