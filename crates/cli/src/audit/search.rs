//! `portcullis audit search`.

use std::path::PathBuf;

use portcullis_service::AuditStatus;
use portcullis_service::audit::{
    Action, AuditLog as _, DEFAULT_ENTERPRISE_NUMBER, Filter, Place, parse_time,
};
use portcullis_store::SqlStore;

use super::{Form, Format};
use crate::database::Sqlite;

/// Events read at a time.
const PAGE: u32 = 500;

#[derive(clap::Args)]
pub(crate) struct Search {
    /// Who did it: an account's id, `operator`, or a service that acted for somebody.
    #[arg(long)]
    actor: Option<String>,
    /// The id of the account that it is about.
    #[arg(long)]
    subject: Option<String>,
    /// What was done, such as `auth.login`, or all that begins with `auth.`.
    #[arg(long)]
    action: Option<String>,
    /// Not before this time: `2026-11-22`, `2026-11-22T08:00:00Z`, or Unix milliseconds.
    #[arg(long, value_parser = time)]
    from: Option<i64>,
    /// Before this time.
    #[arg(long, value_parser = time)]
    to: Option<i64>,
    /// In which request.
    #[arg(long)]
    request_id: Option<String>,
    /// How it came out.
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Most records that are written.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Form of a line.
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Status {
    /// It was done.
    Ok,
    /// It was refused or failed.
    Fail,
}

fn time(text: &str) -> Result<i64, String> {
    parse_time(text).ok_or_else(|| {
        "write a time such as 2026-11-22, 2026-11-22T08:00:00Z, or Unix milliseconds".to_owned()
    })
}

pub(super) fn run(args: &Search) -> Result<(), String> {
    let filter = Filter {
        actor: args.actor.clone(),
        subject: args.subject.clone(),
        action: args.action.as_deref().map(Action::parse),
        from_ms: args.from,
        to_ms: args.to,
        request_id: args.request_id.clone(),
        status: args.status.map(|status| match status {
            Status::Ok => AuditStatus::Ok,
            Status::Fail => AuditStatus::Fail,
        }),
    };
    let store = SqlStore::new(Sqlite::open_existing(&args.db)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    let mut out = std::io::stdout().lock();
    let form = Form {
        format: args.format,
        hostname: "-",
        enterprise: DEFAULT_ENTERPRISE_NUMBER,
    };
    let (mut goes_on, mut left, mut before) = (form.begin(&mut out), args.limit, None);
    while goes_on && left > 0 {
        let limit = left.min(PAGE);
        let page = runtime
            .block_on(store.search_audit(&filter, before, limit))
            .map_err(|error| error.to_string())?;
        before = page.last().map(Place::of);
        goes_on = before.is_some() && page.iter().all(|event| form.write(&mut out, event));
        left -= limit;
    }
    Ok(())
}
