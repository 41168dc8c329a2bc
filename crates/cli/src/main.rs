//! `portcullis`: the offline server and the tools of an operator.
#![forbid(unsafe_code)]

mod api_key;
mod audit;
mod backup;
mod conform;
mod database;
mod doctor;
mod dump;
mod hashing;
mod host;
mod import;
mod keys;
mod mail;
mod metrics;
mod migrate;
mod openapi;
mod operator;
mod pages;
mod policy;
mod record;
mod scope;
mod secret;
mod serve;
mod service_key;
mod syslog;
mod tenant;
mod unlock;
mod unread;
mod user;
mod user_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Authentication and authorization for the edge and the browser.
#[derive(Parser)]
#[command(
    name = "portcullis",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server, with SQLite in a file.
    Serve(Box<serve::Args>),
    /// Make, list and change accounts.
    #[command(subcommand)]
    User(user::Command),
    /// Make scopes known, such as the teams of a state.
    #[command(subcommand)]
    Scope(scope::Command),
    /// Make and list tenants.
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Register records that decisions and searches are about.
    #[command(subcommand)]
    Record(record::Command),
    /// Take over the accounts of another product.
    #[command(subcommand)]
    Import(import::Command),
    /// Bring the tables of a database up to this version.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// List, rotate and give up signing keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make keys for services that act for users.
    #[command(subcommand)]
    ServiceKey(service_key::Command),
    /// Make, list, rotate and end API keys.
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Read, verify and seal the audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Check, explain, test, compare and lay out policy files.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Print the OpenAPI 3.1 document of the server's endpoints.
    Openapi,
    /// Look a set-up through: settings, secrets, keys, database, policy, audit log; with advice.
    Doctor(Box<doctor::Doctor>),
    /// Copy the database to a file while the server runs.
    Backup(backup::Backup),
    /// Make a database file of a backup, or of a dump of D1.
    Restore(backup::Restore),
    /// List mail that waits or was given up, and hand it on again.
    #[command(subcommand)]
    Mail(mail::Command),
    /// Run a conformance operation: JSON lines in, JSON lines out.
    Conform(conform::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::User(command) => user::run(&command),
        Command::Scope(command) => scope::run(&command),
        Command::Tenant(command) => tenant::run(&command),
        Command::Record(command) => record::run(&command),
        Command::Import(command) => return import::run(&command),
        Command::Migrate(command) => migrate::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::ServiceKey(command) => service_key::run(&command),
        Command::ApiKey(command) => api_key::run(&command),
        Command::Audit(command) => return audit::run(&command),
        Command::Policy(command) => return policy::run(&command),
        Command::Openapi => openapi::run(),
        Command::Doctor(args) => return doctor::run(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Mail(command) => mail::run(&command),
        Command::Conform(args) => conform::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("portcullis: {problem}");
            ExitCode::FAILURE
        }
    }
}
