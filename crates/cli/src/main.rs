//! `portcullis`: the offline server and the tools of an operator.
#![forbid(unsafe_code)]

mod audit;
mod conform;
mod database;
mod host;
mod import;
mod keys;
mod migrate;
mod operator;
mod pages;
mod policy;
mod record;
mod scope;
mod secret;
mod serve;
mod service_key;
mod tenant;
mod user;

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
    /// Read the audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Check, explain, test, compare and lay out policy files.
    #[command(subcommand)]
    Policy(policy::Command),
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
        Command::Audit(command) => audit::run(&command),
        Command::Policy(command) => return policy::run(&command),
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
