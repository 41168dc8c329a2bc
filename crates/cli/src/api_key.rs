//! `portcullis api-key`.

use std::io::Write;
use std::path::{Path, PathBuf};

use portcullis_core::decide::Subject;
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use portcullis_issue::api_key::{ApiKey, DEFAULT_PREFIX};
use portcullis_issue::random::random_id;
use portcullis_service::api_keys::{
    ApiKeyRecord, ApiKeySettings, ApiKeyStore, Holding, KeyChange, KeyPage, KeyRate, MAX_KEYS,
    MAX_NAME_CHARS, NewApiKey, Outcome, Owner, Refused, Rotation, Sort, narrow, within_rights,
};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::catalog::{Account, CatalogStore};
use portcullis_service::{AuditEvent, StoreError};
use portcullis_store::SqlStore;
use serde_json::Value;

use crate::database::Sqlite;
use crate::host::{SystemEntropy, now_ms};
use crate::{operator, policy};

/// The longest life and the longest overlap, in days and hours.
const MAX_DAYS: i64 = 3650;
const MAX_OVERLAP_HOURS: i64 = 720;
/// The name under which a rate is read.
const RATE: &str = "PORTCULLIS_API_KEY_RATE";

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make an API key for an account, or for a tenant by one of its members, and print it: it is kept
    /// nowhere.
    Add(Box<Add>),
    /// List the keys of an account or a tenant: id, first characters, state, scopes, end, last use, name.
    List {
        /// The account's address.
        #[arg(long, required_unless_present = "tenant")]
        user: Option<String>,
        /// The tenant's id.
        #[arg(long, conflicts_with = "user")]
        tenant: Option<String>,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Print another key for the same entry; the old one holds for a while longer, and `list` shows
    /// whether it is still used.
    Rotate {
        /// The key's id.
        id: String,
        /// How long the old key holds, in hours; 0 ends it at once.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=MAX_OVERLAP_HOURS))]
        overlap_hours: i64,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Let nobody use a key, until it is enabled again.
    Disable {
        /// The key's id.
        id: String,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Let a disabled key be used again.
    Enable {
        /// The key's id.
        id: String,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Delete a key.
    Delete {
        /// The key's id.
        id: String,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// The address of the account whose rights bound the key.
    #[arg(long)]
    user: String,
    /// The id of the tenant that it is to belong to; the account is a member.
    #[arg(long)]
    tenant: Option<String>,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// A permission that it is for, such as `pin:reveal`; may be repeated. The account has to hold it.
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// What stands before the key: 1 to 32 letters, digits, _ and -.
    #[arg(long, default_value = DEFAULT_PREFIX, env = "PORTCULLIS_API_KEY_PREFIX")]
    prefix: String,
    /// How many days it lasts; default: until it is deleted.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=MAX_DAYS))]
    days: Option<i64>,
    /// How many times it may be used; default: any number.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    uses: Option<i64>,
    /// How often it may be used, such as `1000/3600`: uses in so many seconds; `off` for any number.
    #[arg(long, default_value = "off", env = RATE)]
    rate: String,
    /// Policy: a file, or the name of a shipped one.
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    policy: String,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

type Keys = SqlStore<Sqlite>;

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    match command {
        Command::Add(new) => runtime.block_on(add(new)),
        Command::List { user, tenant, db } => {
            runtime.block_on(list(user.as_deref(), tenant.as_deref(), db))
        }
        Command::Rotate {
            id,
            overlap_hours,
            db,
        } => runtime.block_on(rotate(id, *overlap_hours, db)),
        Command::Disable { id, db } => runtime.block_on(enable(id, false, db)),
        Command::Enable { id, db } => runtime.block_on(enable(id, true, db)),
        Command::Delete { id, db } => runtime.block_on(delete(id, db)),
    }
}

async fn add(new: &Add) -> Result<(), String> {
    let policy = policy::load(&new.policy)?;
    let rate = rate(&new.rate)?;
    let has_name = |name: &String| (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    if !new.name.as_ref().is_none_or(has_name) {
        return Err(format!("a name has 1 to {MAX_NAME_CHARS} characters"));
    }
    if new.tenant.is_some() && policy.tenants().is_none() {
        return Err(format!("the policy `{}` has no tenants", policy.name()));
    }
    let store = store(&new.db)?;
    let account = account(&store, &new.user).await?;
    check_scopes(&policy, &account, new)?;
    let key =
        ApiKey::generate(&new.prefix, &mut SystemEntropy).map_err(|error| error.to_string())?;
    let record = record(new, rate, &account, &key);
    let mut event = about("key.created", &record);
    event.scope = scope(&policy, record.tenant_id.as_deref());
    let new_key = NewApiKey {
        hash: key.hash().to_string(),
        user_epoch: account.user.epoch,
        max_keys: MAX_KEYS,
        key: record,
    };
    let made = store.add_api_key(&new_key, &event).await.map_err(told)?;
    match made {
        Outcome::Made => {
            eprintln!(
                "the key `{}` of `{}`, shown once:",
                new_key.key.id, new.user
            );
            print(key.expose())
        }
        Outcome::Limit => Err(format!("there are {MAX_KEYS} keys, which is the most")),
        Outcome::Stale => Err(
            "there is no such tenant, or the account was changed in this \
                               moment; try again"
                .to_owned(),
        ),
    }
}

fn check_scopes(policy: &Policy, account: &Account, new: &Add) -> Result<(), String> {
    let mut principal = account.principal(policy);
    if let Some(tenant_id) = &new.tenant {
        let (tenants, grants) = (&mut principal.tenants, &mut principal.grants);
        narrow(policy, tenant_id, tenants, grants);
    }
    let holding = Holding {
        policy,
        subject: &Subject::compile(policy, &principal),
        tenant_id: new.tenant.as_deref(),
        now: UnixSecs::from_millis(u64::try_from(now_ms()).unwrap_or(u64::MAX)),
    };
    within_rights(holding, &new.scopes).map_err(|refused| match refused {
        Refused::UnknownPermission(name) => {
            format!("the policy `{}` has no permission `{name}`", policy.name())
        }
        Refused::NotHeld(name) => format!("`{}` doesn't hold `{name}`", new.user),
        Refused::Value(member, expected) => format!("{member}: expected {expected}"),
        other => format!("{other:?}"),
    })
}

fn rate(text: &str) -> Result<Option<(i64, i64)>, String> {
    let value = |name: &'static str| (name == RATE).then(|| text.to_owned());
    Ok(ApiKeySettings::read(&value)?.rate)
}

fn record(new: &Add, rate: Option<(i64, i64)>, account: &Account, key: &ApiKey) -> ApiKeyRecord {
    let now_ms = now_ms();
    let (max, window_ms) = rate.unwrap_or((10, 86_400_000));
    let mut scopes = new.scopes.clone();
    scopes.sort();
    scopes.dedup();
    ApiKeyRecord {
        id: random_id(&mut SystemEntropy),
        user_id: account.user.id.clone(),
        tenant_id: new.tenant.clone(),
        name: new.name.clone(),
        prefix: new.prefix.clone(),
        start: key.start().to_owned(),
        scopes,
        metadata: None,
        enabled: true,
        expires_at_ms: new
            .days
            .map(|days| now_ms.saturating_add(days * 86_400_000)),
        rate: KeyRate {
            is_on: rate.is_some(),
            max,
            window_ms,
            count: 0,
            began_at_ms: None,
        },
        remaining: new.uses,
        refill: None,
        last_refill_at_ms: None,
        last_used_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        previous: None,
    }
}

async fn list(user: Option<&str>, tenant: Option<&str>, db: &Path) -> Result<(), String> {
    let store = store(db)?;
    let owner_id = match (user, tenant) {
        (Some(email), _) => account(&store, email).await?.user.id,
        (None, tenant) => tenant.unwrap_or_default().to_owned(),
    };
    let owner = match user {
        Some(_) => Owner::User(&owner_id),
        None => Owner::Tenant(&owner_id),
    };
    let page = KeyPage {
        limit: MAX_KEYS,
        offset: 0,
        sort: Sort::CreatedAt,
        is_descending: false,
    };
    let (keys, _) = store.api_keys(owner, page).await.map_err(told)?;
    let now_ms = now_ms();
    for key in &keys {
        print(&line(key, now_ms))?;
    }
    Ok(())
}

fn line(key: &ApiKeyRecord, now_ms: i64) -> String {
    let time = |at_ms: Option<i64>| at_ms.map_or_else(|| "never".to_owned(), to_rfc3339);
    let state = match key.enabled {
        _ if key.is_over(now_ms) => "expired",
        true => "enabled",
        false => "disabled",
    };
    let left = key
        .remaining
        .map_or_else(String::new, |left| format!("\tleft={left}"));
    let old = key.previous.filter(|old| old.ends_at_ms > now_ms);
    let old = old.map_or_else(String::new, |old| {
        let (ends, used) = (to_rfc3339(old.ends_at_ms), time(old.last_used_at_ms));
        format!("\told key ends={ends} used={used}")
    });
    format!(
        "{}\t{}\t{state}\tscopes={}\tends={}\tused={}{left}{old}\t{}",
        key.id,
        key.start,
        key.scopes.join(","),
        time(key.expires_at_ms),
        time(key.last_used_at_ms),
        key.name.as_deref().unwrap_or_default(),
    )
}

async fn rotate(id: &str, overlap_hours: i64, db: &Path) -> Result<(), String> {
    let store = store(db)?;
    let old = known(&store, id).await?;
    let key =
        ApiKey::generate(&old.prefix, &mut SystemEntropy).map_err(|error| error.to_string())?;
    let now_ms = now_ms();
    let mut event = about("key.rotated", &old);
    event.fields.insert("start".to_owned(), key.start().into());
    let rotation = Rotation {
        id,
        hash: &key.hash().to_string(),
        start: key.start(),
        old_until_ms: now_ms.saturating_add(overlap_hours * 3_600_000),
        now_ms,
    };
    let rotated = store
        .rotate_api_key(&rotation, &event)
        .await
        .map_err(told)?;
    rotated.ok_or_else(|| unknown(id))?;
    eprintln!("the new key of `{id}`, shown once; the old one holds for {overlap_hours} h:");
    print(key.expose())
}

async fn enable(id: &str, enabled: bool, db: &Path) -> Result<(), String> {
    let store = store(db)?;
    let key = known(&store, id).await?;
    let action = if enabled {
        "key.enabled"
    } else {
        "key.disabled"
    };
    let change = KeyChange {
        enabled: Some(enabled),
        ..KeyChange::default()
    };
    let changed = store
        .change_api_key(id, &change, &about(action, &key))
        .await;
    changed.map_err(told)?.ok_or_else(|| unknown(id)).map(drop)
}

async fn delete(id: &str, db: &Path) -> Result<(), String> {
    let store = store(db)?;
    let key = known(&store, id).await?;
    let event = about("key.deleted", &key);
    if store.delete_api_key(id, &event).await.map_err(told)? {
        Ok(())
    } else {
        Err(unknown(id))
    }
}

fn store(db: &Path) -> Result<Keys, String> {
    let database = Sqlite::open_existing(db)?;
    database.require_tables()?;
    let tables = database.tables().clone();
    Ok(SqlStore::with_tables(database, tables))
}

async fn account(store: &Keys, email: &str) -> Result<Account, String> {
    let name = email.to_lowercase();
    let found = CatalogStore::accounts(store, std::slice::from_ref(&name)).await;
    let found = found.map_err(told)?.into_iter().next();
    found.ok_or_else(|| format!("there is no account `{email}`, or it is disabled"))
}

async fn known(store: &Keys, id: &str) -> Result<ApiKeyRecord, String> {
    let found = store.api_key(id).await.map_err(told)?;
    found.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> String {
    format!("there is no API key `{id}`; `portcullis api-key list` has their ids")
}

fn about(action: &str, key: &ApiKeyRecord) -> AuditEvent {
    let text = |text: &str| Value::from(text);
    let fields = [
        ("key", text(&key.id)),
        ("start", text(&key.start)),
        ("name", text(key.name.as_deref().unwrap_or_default())),
        ("scopes", text(&key.scopes.join(" "))),
    ];
    let mut event = operator::event(action, &fields);
    event.user_id = Some(key.user_id.clone());
    event
}

fn scope(policy: &Policy, tenant_id: Option<&str>) -> Option<String> {
    let depth = policy.tenants()?.depth;
    let level = policy.levels().get(usize::from(depth))?;
    Some(format!("{level}:{}", tenant_id?))
}

fn told(error: StoreError) -> String {
    error.message
}

fn print(line: &str) -> Result<(), String> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(|error| error.to_string())
}
