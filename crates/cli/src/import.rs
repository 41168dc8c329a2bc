//! `portcullis import`: accounts of another product.

mod account;
mod chunk;
mod field;
mod json;
mod record;
mod report;
mod role_map;
mod session;
mod source;
mod sqlite;
mod target;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::host::now_ms;
use crate::policy;
use chunk::Chunk;
use record::Record;
use report::Report;
use role_map::RoleMap;
use source::{Source, Stage};
use target::Place;

/// How the command ends when it went through, and left rows out.
const SKIPPED_SOME: u8 = 3;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Take over the accounts of a Better Auth installation (versions 1.3 to 1.7): users, their
    /// passwords as they are, their accounts at outside providers, and their sessions if wanted.
    ///
    /// Running it again adds what is new and changes nothing that is there. Ends with 0 when every
    /// row is in, with 3 when rows were left out, each with its reason, with 1 when it stopped.
    BetterAuth(Args),
}

#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(crate) struct Args {
    /// What the file is: a SQLite database, or JSON of the form `{"user": […], "account": […],
    /// "session": […]}`.
    #[arg(long, value_enum)]
    from: Form,
    /// The file; it is only read.
    file: PathBuf,
    /// Take sessions over as well: who is signed in stays signed in, if the server's secret is
    /// Better Auth's.
    #[arg(long)]
    sessions: bool,
    /// Tell what would happen, on a copy of the database that is deleted afterwards.
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    /// Go on where an import of the same file was interrupted.
    #[arg(long, conflicts_with = "sql")]
    resume: bool,
    /// Stop at the first row that can't be taken over; of its group of rows nothing is stored.
    #[arg(long)]
    strict: bool,
    /// A role there and the role here, `admin=STATE_ADMIN` or `admin=STATE_ADMIN@state:ca`; may be
    /// repeated. Roles without one aren't granted.
    #[arg(long = "role-map", value_name = "ROLE=ROLE")]
    role_map: Vec<String>,
    /// Write every row that was left out to this file, one JSON object a line.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Policy: a file, or the name of a shipped one.
    #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
    policy: String,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// Print the rows as SQL instead, for `wrangler d1 execute DB --file`.
    #[arg(long)]
    sql: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A SQLite database.
    Sqlite,
    /// JSON.
    Json,
}

/// What stays the same from row to row.
struct Context {
    roles: RoleMap,
    now_ms: i64,
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> ExitCode {
    let Command::BetterAuth(args) = command;
    match import(args) {
        Ok(report) if report.skipped() > 0 => ExitCode::from(SKIPPED_SOME),
        Ok(_) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("portcullis: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn import(args: &Args) -> Result<Report, String> {
    let policy = policy::load(&args.policy)?;
    let context = Context {
        roles: RoleMap::parse(&args.role_map, &policy)?,
        now_ms: now_ms(),
    };
    let source = Source::open(args.from, &args.file)?;
    let mut place = Place::open(args)?;
    let mut report = Report::new(args.report.as_deref(), args.resume)?;
    let begin = place.begin_at(&source, args.resume)?;
    let stages = [Stage::User, Stage::Account, Stage::Session];
    for stage in stages
        .into_iter()
        .filter(|stage| *stage != Stage::Session || args.sessions)
        .filter(|stage| *stage >= begin.stage)
    {
        let after = if stage == begin.stage {
            begin.position
        } else {
            0
        };
        import_stage(
            args,
            &context,
            &source,
            stage,
            after,
            &mut place,
            &mut report,
        )?;
    }
    place.finish(&source, context.now_ms)?;
    report.print(args.dry_run, args.sql);
    Ok(report)
}

/// Reads one table from where it stands and stores it group by group; memory holds one group.
fn import_stage(
    args: &Args,
    context: &Context,
    source: &Source,
    stage: Stage,
    after: i64,
    place: &mut Place,
    report: &mut Report,
) -> Result<(), String> {
    let mut chunk = Chunk::new(stage);
    let mut take = |position: i64, record: Record| {
        chunk.push(position, read_row(context, stage, &record));
        if chunk.is_full() {
            store(args, source, &mut chunk, place, report)?;
        }
        Ok(())
    };
    source.read(stage, after, &mut take)?;
    store(args, source, &mut chunk, place, report)
}

fn read_row(context: &Context, stage: Stage, record: &Record) -> chunk::Row {
    match stage {
        Stage::User => user::read(context, record),
        Stage::Account => account::read(context, record),
        Stage::Session => session::read(context, record),
    }
}

fn store(
    args: &Args,
    source: &Source,
    chunk: &mut Chunk,
    place: &mut Place,
    report: &mut Report,
) -> Result<(), String> {
    if chunk.is_empty() {
        return Ok(());
    }
    let outcomes = place.store(source, chunk, args.strict, now_ms())?;
    report.add(chunk, &outcomes)?;
    report.progress(chunk.stage(), now_ms());
    chunk.clear();
    Ok(())
}
