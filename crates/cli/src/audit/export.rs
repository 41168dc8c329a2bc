//! `portcullis audit export`.

use std::path::PathBuf;

use portcullis_service::Store;
use portcullis_service::audit::DEFAULT_ENTERPRISE_NUMBER;
use portcullis_store::SqlStore;

use super::{Form, Format};
use crate::database::Sqlite;

/// Events read at a time.
const PAGE: u32 = 1000;

#[derive(clap::Args)]
pub(crate) struct Export {
    /// Form of a line.
    #[arg(long, value_enum, default_value = "rfc5424")]
    format: Format,
    /// Only events with a higher number: the last one of the export before.
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// Host name in RFC 5424 lines.
    #[arg(long, default_value = "-")]
    hostname: String,
    /// Private enterprise number in RFC 5424 lines.
    #[arg(long, default_value_t = DEFAULT_ENTERPRISE_NUMBER)]
    enterprise: u32,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// A dump to read instead, as `wrangler d1 export DB --remote --output FILE` writes it.
    #[arg(long)]
    dump: Option<PathBuf>,
}

pub(super) fn run(args: &Export) -> Result<(), String> {
    let database = match &args.dump {
        Some(dump) => Sqlite::from_dump(dump)?,
        None => Sqlite::open_existing(&args.db)?,
    };
    let store = SqlStore::new(database);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    let mut out = std::io::stdout().lock();
    let form = Form {
        format: args.format,
        hostname: &args.hostname,
        enterprise: args.enterprise,
    };
    let mut goes_on = form.begin(&mut out);
    let mut after = args.after;
    while goes_on {
        let page = runtime
            .block_on(store.audit_page(after, PAGE))
            .map_err(|error| error.to_string())?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.id;
        goes_on = page.iter().all(|event| form.write(&mut out, event));
    }
    Ok(())
}
