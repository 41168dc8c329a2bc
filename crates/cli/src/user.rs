//! `portcullis user`, and the first administrator.

use std::io::Read;
use std::path::{Path, PathBuf};

use portcullis_core::policy::Policy;
use portcullis_issue::password::{self, Params, Rules};
use portcullis_issue::random::{random_bytes, random_id};
use portcullis_service::accounts::ResetCode;
use portcullis_service::bootstrap::{Wanted, administrator_grants, new_grant, new_user};
use portcullis_service::password::PasswordSettings;
use portcullis_service::{AuditEvent, AuditStatus, Email, Settings, parse_password_cost};
use portcullis_store::{Row, Statement, accounts, audit, one_time};

use crate::database::Sqlite;
use crate::host::{SystemEntropy, now_ms};
use crate::unlock::{self, Unlock};
use crate::{policy, user_file};

/// What password hashes cost unless the operator says otherwise: OWASP's first choice for 19 MiB.
pub(crate) const PASSWORD_COST: &str = "m=19456,t=2,p=1";

/// Longest attributes of an account, in bytes.
const MAX_ATTRIBUTES_BYTES: usize = 16 * 1024;

/// Rows read at a time by `list`.
const PAGE: u32 = 500;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make an account. Its password is read from `PORTCULLIS_ADMIN_PASSWORD`, or from standard
    /// input with `--password-stdin`; else a random one is made and printed once.
    Add(Add),
    /// List accounts with their tiers and grants.
    List {
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Give an account a new password, and end its sessions.
    Passwd {
        /// The account's address.
        email: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        /// What the password's hash costs.
        #[arg(long, default_value = PASSWORD_COST, env = "PORTCULLIS_PASSWORD_COST")]
        password_cost: String,
        #[command(flatten)]
        target: Target,
    },
    /// Disable an account, and end its sessions at once.
    Disable {
        /// The account's address.
        email: String,
        #[command(flatten)]
        target: Target,
    },
    /// Grant a role, `ROLE` or `ROLE@state:ca/team:t7`.
    Grant(Change),
    /// Take a role back.
    Revoke(Change),
    /// Give an account other attributes, in place of all that it had: values of what the policy
    /// declares under `[auth]`.
    Attributes {
        /// The account's address.
        email: String,
        /// A JSON object, such as `{"clearance":3}`.
        json: String,
        #[command(flatten)]
        target: Target,
    },
    /// Print a code with which an account's owner sets a new password, once, where there is no mail.
    ResetCode {
        /// The account's address.
        email: String,
        /// How long the code lasts, in minutes; at most a week.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        #[command(flatten)]
        target: Target,
    },
    /// Write all accounts out as CSV or lines of JSON, without secrets and hashes.
    Export(user_file::Export),
    /// Make an account of each line of a file, without a password.
    Import(user_file::Import),
    /// Let a disabled account sign in again.
    Enable {
        /// The account's address.
        email: String,
        #[command(flatten)]
        target: Target,
    },
    /// Forget the wrong passwords that were counted for an account, so that its owner may sign in at
    /// once.
    Unlock(Unlock),
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// The account's address.
    #[arg(long)]
    email: String,
    /// Name for people; default: the address.
    #[arg(long, default_value = "")]
    name: String,
    /// A role, `ROLE` or `ROLE@state:ca/team:t7`; may be repeated. Default with `--admin`: the
    /// highest role of the policy.
    #[arg(long = "role")]
    roles: Vec<String>,
    /// Give it the policy's highest role, globally.
    #[arg(long)]
    admin: bool,
    /// Its tier; default: the policy's.
    #[arg(long)]
    tier: Option<String>,
    /// Only if the database has no account yet.
    #[arg(long)]
    if_empty: bool,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// What the password's hash costs.
    #[arg(long, default_value = PASSWORD_COST, env = "PORTCULLIS_PASSWORD_COST")]
    password_cost: String,
    /// Policy: a file, or the name of a shipped one.
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    policy: String,
    #[command(flatten)]
    target: Target,
}

#[derive(clap::Args)]
pub(crate) struct Change {
    /// The account's address.
    email: String,
    /// `ROLE` or `ROLE@scope`.
    role: String,
    /// Policy: a file, or the name of a shipped one.
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    policy: String,
    #[command(flatten)]
    target: Target,
}

/// Where a change goes.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    pub(crate) db: PathBuf,
    /// Print the change as SQL instead, for `wrangler d1 execute DB --file`.
    #[arg(long)]
    pub(crate) sql: bool,
}

impl Target {
    /// Makes the change, or prints it; whether it took effect, which printing can't tell.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn apply(&self, statements: &[Statement]) -> Result<bool, String> {
        if self.sql {
            for statement in statements {
                println!("{}", statement.to_sql_text()?);
            }
            return Ok(true);
        }
        let results = Sqlite::open(&self.db)?.write(statements)?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// As [`Self::apply`], to a database that is there: one whose name was mistyped isn't made.
    ///
    /// # Errors
    /// As [`Self::apply`], and when there is no such file.
    pub(crate) fn change(&self, statements: &[Statement]) -> Result<bool, String> {
        if !self.sql {
            Sqlite::open_existing(&self.db)?;
        }
        self.apply(statements)
    }
}

/// An account that was just made.
pub(crate) struct Administrator {
    pub(crate) email: String,
    /// `None` when the operator chose it.
    pub(crate) password: Option<String>,
}

/// Makes the first administrator if the database has no account.
///
/// # Errors
/// A sentence.
pub(crate) fn first_administrator(
    database: &Sqlite,
    settings: &Settings,
    email: &str,
) -> Result<Option<Administrator>, String> {
    if !database.read(&accounts::list_users("", 1))?.is_empty() {
        return Ok(None);
    }
    let (password, is_random) = match environment_password() {
        Some(password) => (password, false),
        None => (random_password(), true),
    };
    let wanted = Wanted {
        email: email.to_owned(),
        name: "Administrator".to_owned(),
        password: password.clone(),
        rules: settings.passwords.rules.clone(),
        grants: administrator_grants(&settings.policy),
        tier: settings.policy.tiers().last().map(|tier| tier.name.clone()),
    };
    let params = &settings.password_params;
    let new = new_user(
        &settings.policy,
        &wanted,
        params,
        &mut SystemEntropy,
        now_ms(),
    )?;
    let mut statements = accounts::add_user(&new, true);
    statements.push(record("user.create", &new.user.id, &[]));
    let results = database.write(&statements)?;
    let is_made = results.first().is_some_and(|rows| !rows.is_empty());
    Ok(is_made.then(|| Administrator {
        email: new.user.email,
        password: is_random.then_some(password),
    }))
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Add(args) => add(args),
        Command::List { db } => list(db),
        Command::Passwd {
            email,
            password_stdin,
            password_cost,
            target,
        } => passwd(email, *password_stdin, &cost(password_cost)?, target),
        Command::Grant(change) => change_grant(change, true),
        Command::Revoke(change) => change_grant(change, false),
        Command::Attributes {
            email,
            json,
            target,
        } => set_attributes(email, json, target),
        Command::Disable { email, target } => set_disabled(email, true, target),
        Command::ResetCode {
            email,
            minutes,
            target,
        } => reset_code(email, *minutes, target),
        Command::Export(args) => user_file::export(args),
        Command::Import(args) => user_file::import(args),
        Command::Enable { email, target } => set_disabled(email, false, target),
        Command::Unlock(args) => unlock::run(args),
    }
}

fn add(args: &Add) -> Result<(), String> {
    let policy: Policy = policy::load(&args.policy)?;
    let (password, is_random) = chosen_password(args.password_stdin)?;
    let mut grants = args.roles.clone();
    if args.admin {
        grants.extend(administrator_grants(&policy));
    }
    let highest = || policy.tiers().last().map(|tier| tier.name.clone());
    let wanted = Wanted {
        email: args.email.clone(),
        name: args.name.clone(),
        password: password.clone(),
        rules: rules()?,
        grants,
        tier: args
            .tier
            .clone()
            .or_else(|| args.admin.then(highest).flatten()),
    };
    let new = new_user(
        &policy,
        &wanted,
        &cost(&args.password_cost)?,
        &mut SystemEntropy,
        now_ms(),
    )?;
    let mut statements = accounts::add_user(&new, args.if_empty);
    statements.push(record("user.create", &new.user.id, &[]));
    let applied = args.target.apply(&statements);
    let is_made = applied.map_err(|problem| {
        if problem.contains("UNIQUE constraint failed: user.email") {
            format!("there is an account `{}` already", new.user.email)
        } else {
            problem
        }
    })?;
    if !is_made {
        eprintln!("the database has accounts already; nothing was changed");
    } else if is_random {
        eprintln!("{} has the password {password}", new.user.email);
    }
    Ok(())
}

fn passwd(email: &str, from_stdin: bool, cost: &Params, target: &Target) -> Result<(), String> {
    let email = known_form(email)?;
    let (typed, is_random) = chosen_password(from_stdin)?;
    let checked = rules()?.check(&typed, false, &[email.as_str()]);
    let new = checked.map_err(|error| error.to_string())?;
    let salt = random_bytes(&mut SystemEntropy);
    let phc = password::hash(new.expose(), cost, salt).map_err(|error| error.to_string())?;
    let mut statements = accounts::set_password(&email, &phc, now_ms());
    statements.push(record("user.set_password", &email, &[]));
    require(target.change(&statements)?, &email)?;
    eprintln!("{email} has a new password; its sessions have ended");
    if is_random {
        eprintln!("{email} has the password {typed}");
    }
    Ok(())
}

fn change_grant(change: &Change, is_granted: bool) -> Result<(), String> {
    let email = known_form(&change.email)?;
    let policy = policy::load(&change.policy)?;
    let grant = new_grant(&policy, &change.role, &mut SystemEntropy)?;
    let (action, mut statements) = if is_granted {
        ("role.grant", accounts::grant(&email, &grant, now_ms()))
    } else {
        ("role.revoke", accounts::revoke(&email, &grant, now_ms()))
    };
    statements.push(record(action, &email, &[("role", &change.role)]));
    require(change.target.change(&statements)?, &email)
}

/// The audit record of a change, which goes with it in one transaction; the account is named by its
/// id or address.
pub(crate) fn record(action: &str, account: &str, fields: &[(&str, &str)]) -> Statement {
    let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).into());
    let mut members: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(field).collect();
    members.insert("by".to_owned(), "operator".into());
    let event = AuditEvent {
        id: 0,
        at_ms: now_ms(),
        action: action.to_owned(),
        status: AuditStatus::Ok,
        user_id: None,
        scope: None,
        request_id: random_id(&mut SystemEntropy),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields: members,
    };
    audit::add_if_user(&event, account)
}

fn set_disabled(email: &str, disabled: bool, target: &Target) -> Result<(), String> {
    let email = known_form(email)?;
    let (action, done) = if disabled {
        ("user.disable", "is disabled; its sessions have ended")
    } else {
        ("user.enable", "may sign in again")
    };
    let mut statements = accounts::set_disabled(&email, disabled, now_ms());
    statements.push(record(action, &email, &[]));
    require(target.change(&statements)?, &email)?;
    eprintln!("{email} {done}");
    Ok(())
}

fn reset_code(email: &str, minutes: u32, target: &Target) -> Result<(), String> {
    let email = known_form(email)?;
    let ttl_secs = i64::from(minutes) * 60;
    let code = ResetCode::draw(&mut SystemEntropy, ttl_secs, now_ms())?;
    let statements = [
        one_time::add_for_email(&code.value, &email),
        record("account.password.reset.ask", &email, &[]),
    ];
    require(target.change(&statements)?, &email)?;
    let shown = code.secret.expose();
    eprintln!("{email} sets a new password with this code, once, within {minutes} minutes:");
    if target.sql {
        // Standard output has the SQL.
        eprintln!("{}", *shown);
    } else {
        println!("{}", *shown);
    }
    Ok(())
}

fn set_attributes(email: &str, json: &str, target: &Target) -> Result<(), String> {
    let email = known_form(email)?;
    let parsed = portcullis_core::json::parse(json.as_bytes(), MAX_ATTRIBUTES_BYTES);
    let Ok(serde_json::Value::Object(attributes)) = parsed else {
        return Err(format!(
            "the attributes aren't a JSON object of at most {MAX_ATTRIBUTES_BYTES} bytes"
        ));
    };
    let names: Vec<_> = attributes.keys().map(String::as_str).collect();
    let names = names.join(" ");
    let text = serde_json::Value::Object(attributes.clone()).to_string();
    let mut statements = accounts::set_attributes(&email, &text, now_ms());
    statements.push(record(
        "user.set_attributes",
        &email,
        &[("attributes", &names)],
    ));
    require(target.change(&statements)?, &email)
}

fn list(db: &Path) -> Result<(), String> {
    let database = Sqlite::open_existing(db)?;
    let mut after = String::new();
    loop {
        let rows = database.read(&accounts::list_users(&after, PAGE))?;
        for row in &rows {
            println!("{}", line(row)?);
        }
        match rows.last() {
            Some(row) => after = row.text("email").map_err(|error| error.to_string())?,
            None => return Ok(()),
        }
    }
}

fn line(row: &Row) -> Result<String, String> {
    let told = |error: portcullis_service::StoreError| error.to_string();
    let tier = row.optional_text("tier").map_err(told)?;
    let grants = row.optional_text("grants").map_err(told)?;
    let disabled = row.optional_integer("disabled_at_ms").map_err(told)?;
    Ok(format!(
        "{}\t{}\ttier={}\t{}{}",
        row.text("id").map_err(told)?,
        row.text("email").map_err(told)?,
        tier.as_deref().unwrap_or("-"),
        grants.as_deref().unwrap_or("-"),
        if disabled.is_some() { "\tdisabled" } else { "" },
    ))
}

/// What passwords must be like: as the server reads it from the environment.
fn rules() -> Result<Rules, String> {
    let settings = PasswordSettings::read(&|name| std::env::var(name).ok())?;
    Ok(settings.rules)
}

fn cost(text: &str) -> Result<Params, String> {
    parse_password_cost(text).map_err(|error| error.to_string())
}

pub(crate) fn require(is_done: bool, email: &str) -> Result<(), String> {
    if is_done {
        Ok(())
    } else {
        Err(format!("there is no account `{email}`"))
    }
}

pub(crate) fn known_form(email: &str) -> Result<String, String> {
    let parsed = Email::parse(email).ok_or_else(|| format!("`{email}` isn't an e-mail address"))?;
    Ok(parsed.as_str().to_owned())
}

/// The operator's password, or a random one and `true`. Never an argument: those are seen by every
/// user of the machine.
fn chosen_password(from_stdin: bool) -> Result<(String, bool), String> {
    if from_stdin {
        let mut typed = String::new();
        std::io::stdin()
            .read_to_string(&mut typed)
            .map_err(|error| format!("standard input: {error}"))?;
        return Ok((typed.trim_end_matches(['\r', '\n']).to_owned(), false));
    }
    Ok(match environment_password() {
        Some(password) => (password, false),
        None => (random_password(), true),
    })
}

fn environment_password() -> Option<String> {
    std::env::var("PORTCULLIS_ADMIN_PASSWORD")
        .ok()
        .filter(|password| !password.is_empty())
}

/// 24 letters and digits, 142 bits.
fn random_password() -> String {
    random_id(&mut SystemEntropy).chars().take(24).collect()
}
