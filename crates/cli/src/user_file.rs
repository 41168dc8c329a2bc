//! `portcullis user export` and `portcullis user import`: accounts as files.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use portcullis_core::policy::Policy;
use portcullis_issue::random::random_id;
use portcullis_service::accounts::ResetCode;
use portcullis_service::bootstrap::new_grant;
use portcullis_service::shown::is_shown;
use portcullis_service::user_files::Format;
use portcullis_service::user_files::line::{self, Line};
use portcullis_service::user_files::wanted::{self, Wanted};
use portcullis_service::{Email, StoreError, User};
use portcullis_store::{Row, accounts};

use crate::database::{Sqlite, make_private};
use crate::host::{SystemEntropy, now_ms};
use crate::policy;
use crate::unread::unread;
use crate::user::{Target, record};

/// Rows read at a time.
const PAGE: u32 = 500;
/// Largest file read, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// Comma-separated values; cells that a spreadsheet would run begin with an apostrophe.
    Csv,
    /// A JSON object a line.
    Json,
}

impl Form {
    const fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
        }
    }
}

/// What is written out.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Form,
    /// The file; default: standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

/// What is read in.
#[derive(clap::Args)]
pub(crate) struct Import {
    /// The file, or `-` for standard input: with the columns of an export, of which `email` is needed
    /// and `name`, `emailVerified`, `image`, `tier` and `roles` are taken.
    file: PathBuf,
    /// How it is written; default: by the file's name.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Look at every line, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print a code for each account with which its owner sets a password, once.
    #[arg(long)]
    reset_codes: bool,
    /// How long the codes last, in minutes; at most a week.
    #[arg(long, default_value_t = 1440)]
    minutes: u32,
    /// Policy: a file, or the name of a shipped one.
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    policy: String,
    #[command(flatten)]
    target: Target,
}

/// Writes all accounts out.
///
/// # Errors
/// A sentence.
pub(crate) fn export(args: &Export) -> Result<(), String> {
    let database = Sqlite::open_existing(&args.db)?;
    let format = args.format.format();
    match &args.out {
        None => write_all(&database, format, &mut stdout().lock()),
        Some(path) => {
            let told = |error: std::io::Error| format!("{}: {error}", path.display());
            // Names and addresses of everybody: for the operator alone.
            make_private(path).map_err(told)?;
            let mut file = fs::File::create(path).map_err(told)?;
            write_all(&database, format, &mut file)
        }
    }
}

fn write_all(database: &Sqlite, format: Format, out: &mut impl Write) -> Result<(), String> {
    let told = |error: std::io::Error| format!("can't write: {error}");
    let now_ms = now_ms();
    out.write_all(line::head(format).as_bytes()).map_err(told)?;
    let mut after = String::new();
    loop {
        let rows = database.read(&accounts::list_users(&after, PAGE))?;
        for row in &rows {
            let line = read_line(row, now_ms).map_err(|error| error.to_string())?;
            out.write_all(line.write(format).as_bytes()).map_err(told)?;
            after = line.email;
        }
        if rows.is_empty() {
            return out.flush().map_err(told);
        }
    }
}

fn read_line(row: &Row, now_ms: i64) -> Result<Line, StoreError> {
    let grants = row.optional_text("grants")?.unwrap_or_default();
    let mut roles: Vec<String> = grants.split_whitespace().map(str::to_owned).collect();
    roles.sort();
    let ban_expires_at_ms = row.optional_integer("ban_expires_at_ms")?;
    let is_over = ban_expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms);
    let banned = row.optional_integer("banned_at_ms")?.is_some() && !is_over;
    Ok(Line {
        id: row.text("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        email_verified: row.flag("email_verified")?,
        image: row.optional_text("image")?,
        tier: row.optional_text("tier")?,
        roles,
        disabled: row.optional_integer("disabled_at_ms")?.is_some(),
        banned,
        ban_reason: row.optional_text("ban_reason")?.filter(|_| banned),
        ban_expires_at_ms: ban_expires_at_ms.filter(|_| banned),
        created_at_ms: row.integer("created_at_ms")?,
        updated_at_ms: row.integer("updated_at_ms")?,
    })
}

/// Makes an account of each line. Each is a transaction of its own with its audit record; a line that comes
/// to nothing is told by its number, and the program ends with an error when there was one.
///
/// # Errors
/// A sentence.
pub(crate) fn import(args: &Import) -> Result<(), String> {
    let policy = policy::load(&args.policy)?;
    let text = read_file(&args.file)?;
    let lines = wanted::read(&text, format_of(args))?;
    let (all, mut made) = (lines.len(), 0_usize);
    let mut into = Into {
        database: database(args)?,
        seen: BTreeSet::new(),
    };
    for (number, asked) in lines {
        let outcome = asked.and_then(|wanted| one(args, &policy, &wanted, &mut into));
        match outcome {
            Ok(()) => made += 1,
            Err(problem) => eprintln!("line {number}: {problem}"),
        }
    }
    let verb = if args.dry_run {
        "would be made"
    } else {
        "made"
    };
    eprintln!("{made} of {all} accounts {verb}");
    if made == all {
        Ok(())
    } else {
        Err(format!("{} lines came to nothing", all - made))
    }
}

/// Where accounts are made, and who would be there by now.
struct Into {
    /// `None` where SQL is printed instead.
    database: Option<Sqlite>,
    seen: BTreeSet<String>,
}

fn database(args: &Import) -> Result<Option<Sqlite>, String> {
    let db = &args.target.db;
    match (args.target.sql, args.dry_run) {
        (true, _) => Ok(None),
        // A dry run makes no file either.
        (false, true) if !db.exists() => Ok(None),
        (false, true) => Sqlite::reading(db).map(Some),
        (false, false) => Sqlite::open(db).map(Some),
    }
}

fn format_of(args: &Import) -> Format {
    let is_json = |path: &Path| {
        let extension = path.extension().and_then(|text| text.to_str());
        extension.is_some_and(|text| matches!(text, "json" | "jsonl" | "ndjson"))
    };
    match args.format {
        Some(form) => form.format(),
        None if is_json(&args.file) => Format::Json,
        None => Format::Csv,
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("`{}`: {}", path.display(), unread(&error));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        stdin()
            .lock()
            .take(MAX_FILE_BYTES + 1)
            .read_to_string(&mut text)
    } else {
        let file = fs::File::open(path).map_err(told)?;
        file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)
    };
    let bytes = read.map_err(told)?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > MAX_FILE_BYTES {
        return Err(format!(
            "{}: larger than {MAX_FILE_BYTES} bytes",
            path.display()
        ));
    }
    Ok(text)
}

fn one(args: &Import, policy: &Policy, wanted: &Wanted, into: &mut Into) -> Result<(), String> {
    let email = Email::parse_new(&wanted.email)
        .ok_or_else(|| format!("`{}` isn't an e-mail address", wanted.email))?;
    if !is_shown(&wanted.name) {
        return Err("a name has no control or hidden characters".to_owned());
    }
    let grants = wanted
        .roles
        .iter()
        .map(|text| new_grant(policy, text, &mut SystemEntropy))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(tier) = &wanted.tier
        && policy.tier_rank(tier).is_none()
    {
        return Err(format!("the policy has no tier `{tier}`"));
    }
    let now_ms = now_ms();
    let ttl_secs = i64::from(args.minutes) * 60;
    let code = args
        .reset_codes
        .then(|| ResetCode::draw(&mut SystemEntropy, ttl_secs, now_ms))
        .transpose()?;
    let user = User {
        id: random_id(&mut SystemEntropy),
        email: email.as_str().to_owned(),
        name: wanted.name.clone(),
        email_verified: wanted.email_verified,
        image: wanted.image.clone(),
        tier: wanted.tier.clone(),
        disabled_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        epoch: 0,
    };
    let taken = || format!("there is an account `{email}` already");
    if args.dry_run {
        let known = accounts::list_by_email(email.as_str());
        let rows = into.database.as_ref().map(|database| database.read(&known));
        let is_known = rows.transpose()?.is_some_and(|rows| !rows.is_empty());
        let is_free = !is_known && into.seen.insert(email.as_str().to_owned());
        return if is_free { Ok(()) } else { Err(taken()) };
    }
    let value = code.as_ref().map(|code| &code.value);
    let mut statements = accounts::add_user_without_password(&user, &grants, value);
    statements.push(record("user.create", &user.id, &[]));
    let is_made = match &into.database {
        None => args.target.apply(&statements)?,
        Some(database) => {
            let results = database.write(&statements)?;
            results.first().is_some_and(|rows| !rows.is_empty())
        }
    };
    if !is_made {
        return Err(taken());
    }
    if let Some(code) = &code {
        let shown = code.secret.expose();
        // Standard output has the SQL, when that is asked for.
        if args.target.sql {
            eprintln!("{email}\t{}", *shown);
        } else {
            println!("{email}\t{}", *shown);
        }
    }
    Ok(())
}
