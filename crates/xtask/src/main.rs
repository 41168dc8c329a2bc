//! `cargo xtask`: every chore of this repository as one command.

mod bench;
mod build;
mod dev;
mod error;
mod fingerprint;
mod group;
mod http;
mod paths;
mod process;
mod step;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use build::Part;
use error::Result;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Every chore of this repository as one command", long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Prepares, builds and starts the worker on 127.0.0.1 with a local database
    Dev(dev::Options),
    /// Runs every suite and ends with one line: N passed, N failed
    Test(test::Options),
    /// Builds parts of the product; what hasn't changed is left as it is
    Build {
        /// What to build; everything when nothing is named
        parts: Vec<Part>,
    },
    /// Runs the benchmarks beside their peers and keeps the results in bench/results
    Bench(bench::Options),
    /// Prepares the tools alone: npm packages, the wasm target, wasm-bindgen and worker-build
    Setup,
    /// Removes the local databases of `dev` and `portcullis serve`
    CleanState,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<ExitCode> {
    match chore {
        Chore::Dev(options) => return dev::run(&options),
        Chore::Test(options) => return Ok(test::run(&options)),
        Chore::Bench(options) => bench::run(&options)?,
        Chore::CleanState => dev::clean_state()?,
        Chore::Build { parts } => {
            let parts = if parts.is_empty() {
                build::ALL.to_vec()
            } else {
                parts
            };
            build::build(&parts, &tools::set_up()?)?;
        }
        Chore::Setup => {
            tools::set_up()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
