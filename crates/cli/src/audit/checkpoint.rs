//! `portcullis audit checkpoint`: signs how far the audit log is, and prints it for keeping elsewhere.

use std::path::{Path, PathBuf};

use portcullis_issue::keyring::KeyRecord;
use portcullis_issue::secret::Secrets;
use portcullis_service::audit::chain::{
    AuditChain, CHECKPOINT_TYP, ChainHead, NewCheckpoint, link_old, sign_with,
};
use portcullis_service::{Store, keys};
use portcullis_store::{SqlStore, Statement};
use serde_json::json;

use crate::database::Sqlite;
use crate::host::{SystemEntropy, make_key, now_ms};
use crate::secret;

/// Sign how far the audit log is, and print the newest checkpoint as a line of JSON.
///
/// `serve` and the worker sign every ten minutes and every thousand records. A line that is kept where the
/// database's administrator can't reach is what `audit verify --checkpoints` finds a rewritten log by.
#[derive(clap::Args)]
pub(crate) struct Checkpoint {
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// Server secrets, as `serve` takes them. Default: the file beside the database.
    #[arg(long, env = "PORTCULLIS_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(args: &Checkpoint) -> Result<(), String> {
    let database = Sqlite::open_existing(&args.db)?;
    let signing = Signing::open(&database, args.secret.as_deref(), &args.db)?;
    sign(&signing)?;
    let newest = Statement::new(
        "SELECT upto, hash, at_ms, jwk, jws FROM audit_checkpoint ORDER BY id DESC LIMIT 1",
        Vec::new(),
    );
    let rows = database.read(&newest)?;
    let Some(row) = rows.first() else {
        return Err("there are no audit records to sign yet".to_owned());
    };
    let told = |error: portcullis_service::StoreError| error.to_string();
    let line = json!({
        "upto": row.integer("upto").map_err(told)?,
        "hash": row.text("hash").map_err(told)?,
        "at": row.integer("at_ms").map_err(told)?,
        "jwk": row.text("jwk").map_err(told)?,
        "jws": row.text("jws").map_err(told)?,
    });
    println!("{line}");
    Ok(())
}

/// What signing takes: the store, the keys in it, and what opens them.
pub(super) struct Signing {
    /// The store.
    pub(super) store: SqlStore<Sqlite>,
    /// The stored keys, one of them active.
    pub(super) keys: Vec<KeyRecord>,
    /// What opens them.
    pub(super) secrets: Secrets,
    runtime: tokio::runtime::Runtime,
}

impl Signing {
    /// Opens the keys, making what the ring needs by now.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn open(database: &Sqlite, secret: Option<&str>, db: &Path) -> Result<Self, String> {
        let text = secret::load(secret, db)?;
        let secrets =
            Secrets::parse(&text).map_err(|error| format!("PORTCULLIS_SECRET: {error}"))?;
        let store = SqlStore::new(database.clone());
        let runtime = runtime()?;
        let now_secs = u64::try_from(now_ms() / 1000).unwrap_or(0);
        let mut entropy = SystemEntropy;
        let work = keys::maintain(&store, &secrets, &mut entropy, make_key, now_secs);
        let keys = runtime.block_on(work).map_err(|fault| fault.to_string())?;
        Ok(Self {
            store,
            keys,
            secrets,
            runtime,
        })
    }

    /// Opens the keys of a dump as they are: one made here wouldn't be known to the worker.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn of_dump(database: &Sqlite, secret: &str) -> Result<Self, String> {
        let secrets =
            Secrets::parse(secret).map_err(|error| format!("PORTCULLIS_SECRET: {error}"))?;
        let runtime = runtime()?;
        let store = SqlStore::new(database.clone());
        let keys = runtime
            .block_on(store.signing_keys())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            store,
            keys,
            secrets,
            runtime,
        })
    }

    /// Waits for the store.
    pub(super) fn wait<T, E: core::fmt::Display>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, String> {
        self.runtime
            .block_on(work)
            .map_err(|error| error.to_string())
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())
}

/// Makes every link that is missing from before there was a chain, and a checkpoint if there are new records.
///
/// # Errors
/// A sentence.
pub(super) fn sign(signing: &Signing) -> Result<ChainHead, String> {
    let head = signing.wait(link_old(&signing.store, usize::MAX))?;
    if head.fresh > 0 {
        let claims = head.claims(now_ms());
        let signed = sign_with(&signing.keys, &signing.secrets, CHECKPOINT_TYP, &claims)
            .map_err(|fault| fault.to_string())?;
        let new = NewCheckpoint::new(claims, signed);
        // Another may have been first: what it signed covers as much.
        signing.wait(signing.store.add_checkpoint(&new))?;
    }
    Ok(head)
}
