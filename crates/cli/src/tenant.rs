//! `portcullis tenant`.

use std::path::{Path, PathBuf};

use portcullis_issue::random::random_id;
use portcullis_service::tenants::{
    Authority, Condition, Ground, MAX_OWNED, NewChange, Outcome, Record, TenantStore, Write,
    is_name, is_slug,
};
use portcullis_service::{AuditEvent, AuditStatus, Email, Store, StoreError};
use portcullis_store::{MIGRATIONS, SqlStore, all_tenants};

use crate::database::{Sqlite, tables};
use crate::host::{SystemEntropy, now_ms};
use crate::policy;

/// Rows read at a time by `list`.
const PAGE: u32 = 500;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make a tenant, and print its id.
    Add {
        /// What people call it.
        name: String,
        /// The address of the account that owns it.
        #[arg(long)]
        owner: String,
        /// Short unique name: letters a to z, digits and `-`. Default: the id in lower case.
        #[arg(long)]
        slug: Option<String>,
        /// Policy: a file, or the name of a shipped one.
        #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
        policy: String,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// List tenants with the number of their members.
    List {
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Write the migrations into a directory, with the names of tables that `PORTCULLIS_TABLES`
    /// gives: for `migrations_dir` in `wrangler.toml`.
    Migrations {
        /// The directory; it is made where it isn't there.
        dir: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Add {
            name,
            owner,
            slug,
            policy,
            db,
        } => add(name, owner, slug.as_deref(), policy, db),
        Command::List { db } => list(db),
        Command::Migrations { dir } => write_migrations(dir),
    }
}

fn add(name: &str, owner: &str, slug: Option<&str>, policy: &str, db: &Path) -> Result<(), String> {
    let policy = policy::load(policy)?;
    let level = policy
        .tenants()
        .and_then(|tenants| policy.levels().get(usize::from(tenants.depth)))
        .ok_or_else(|| format!("the policy `{}` has no tenants", policy.name()))?;
    let email = Email::parse(owner).ok_or_else(|| format!("`{owner}` isn't an e-mail address"))?;
    let id = random_id(&mut SystemEntropy);
    let slug = slug.map_or_else(|| id.to_ascii_lowercase(), str::to_owned);
    if !is_name(name.trim()) {
        return Err(format!("`{name}` isn't a name of 1 to 100 characters"));
    }
    if !is_slug(&slug) {
        return Err(format!(
            "`{slug}` isn't a slug: 1 to 63 letters a to z, digits and `-`, not at an end"
        ));
    }
    let scope = format!("{level}:{id}");
    let write = Write::CreateTenant {
        id: id.clone(),
        name: name.trim().to_owned(),
        slug,
        member_id: random_id(&mut SystemEntropy),
        scope: scope.clone(),
        max_owned: MAX_OWNED,
    };
    let database = Sqlite::open_existing(db)?;
    database.require_tables()?;
    let tables = database.tables().clone();
    let store = SqlStore::with_tables(database, tables);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    let made = runtime.block_on(make(&store, email.as_str(), &id, &scope, &write))?;
    println!("{made}");
    Ok(())
}

async fn make(
    store: &SqlStore<Sqlite>,
    owner: &str,
    id: &str,
    scope: &str,
    write: &Write,
) -> Result<String, String> {
    let told = |error: StoreError| error.to_string();
    let found = store.credential_by_email(owner).await.map_err(told)?;
    let user = found
        .map(|known| known.user)
        .ok_or_else(|| format!("there is no account `{owner}`"))?;
    let change_id = random_id(&mut SystemEntropy);
    let now = now_ms();
    let authority = Authority {
        user_id: user.id.clone(),
        actor: None,
        ground: Ground::Epoch(user.epoch),
    };
    let event = record(&user.id, scope, now);
    let change = NewChange {
        id: &change_id,
        tenant_id: Some(id),
        authority: &authority,
        write,
        at_ms: now,
        is_told: false,
        event: &event,
    };
    match store.change(&change).await.map_err(told)? {
        Outcome::Done(change) => match change.record {
            Record::Tenant(tenant) => Ok(tenant.id),
            _ => Err("the record isn't a tenant".to_owned()),
        },
        Outcome::Refused(Condition::NameTaken) => Err("the slug is taken".to_owned()),
        Outcome::Refused(Condition::Limit) => Err(format!(
            "`{owner}` owns {MAX_OWNED} tenants, which is the most"
        )),
        _ => Err(format!(
            "`{owner}` is disabled, or was changed in this moment; try again"
        )),
    }
}

fn record(user_id: &str, scope: &str, at_ms: i64) -> AuditEvent {
    let mut fields = serde_json::Map::new();
    fields.insert("by".to_owned(), "operator".into());
    AuditEvent {
        id: 0,
        at_ms,
        action: "rbac.tenant.create".to_owned(),
        status: AuditStatus::Ok,
        user_id: Some(user_id.to_owned()),
        scope: Some(scope.to_owned()),
        request_id: random_id(&mut SystemEntropy),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields,
    }
}

fn list(db: &Path) -> Result<(), String> {
    let database = Sqlite::open_existing(db)?;
    database.require_tables()?;
    let told = |error: StoreError| error.to_string();
    let mut after = String::new();
    loop {
        let rows = database.read(&all_tenants(database.tables(), &after, PAGE))?;
        for row in &rows {
            println!(
                "{}\t{}\t{}\tmembers={}",
                row.text("id").map_err(told)?,
                row.text("slug").map_err(told)?,
                row.text("name").map_err(told)?,
                row.integer("members").map_err(told)?,
            );
        }
        match rows.last() {
            Some(row) => after = row.text("id").map_err(told)?,
            None => return Ok(()),
        }
    }
}

fn write_migrations(dir: &Path) -> Result<(), String> {
    let tables = tables()?;
    let told = |error: std::io::Error| format!("`{}`: {error}", dir.display());
    std::fs::create_dir_all(dir).map_err(told)?;
    for migration in MIGRATIONS {
        std::fs::write(
            dir.join(migration.name),
            tables.migration(migration).as_bytes(),
        )
        .map_err(told)?;
    }
    eprintln!("{} migrations are in `{}`", MIGRATIONS.len(), dir.display());
    Ok(())
}
