//! `portcullis policy`, and where the server's policy comes from.

use std::path::{Path, PathBuf};

use portcullis_core::policy::{Policy, toml};

/// The policies that ship with the binary.
const SHIPPED: [(&str, &str); 3] = [
    (
        "field-ops",
        include_str!("../../../policies/field-ops.toml"),
    ),
    (
        "naval-unit",
        include_str!("../../../policies/naval-unit.toml"),
    ),
    (
        "release-tiers",
        include_str!("../../../policies/release-tiers.toml"),
    ),
];

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Check policy files; errors name file, line, column and the nearest known name.
    Check {
        /// Files, or names of shipped policies.
        #[arg(required = true)]
        policies: Vec<String>,
    },
    /// Print a policy in the JSON form that pages take.
    Json {
        /// A file, or the name of a shipped policy.
        policy: String,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence with the place of what is wrong.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Check { policies } => {
            for name in policies {
                let policy = load(name)?;
                println!(
                    "{name}: ok, {} roles, {} permissions, {} tiers, {} apps",
                    policy.roles().len(),
                    policy.permissions().len(),
                    policy.tiers().len(),
                    policy.apps().len()
                );
            }
        }
        Command::Json { policy } => println!("{}", load(policy)?.document().to_json()),
    }
    Ok(())
}

/// Reads a policy file, or a shipped policy by name.
///
/// # Errors
/// A sentence: no such file, or `file:line:column: what is wrong`.
pub(crate) fn load(name: &str) -> Result<Policy, String> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return toml::parse(text).map_err(|error| format!("{name}:{error}"));
    }
    let path = PathBuf::from(name);
    let text = read(&path)?;
    toml::parse(&text).map_err(|error| {
        let separator = if error.position.is_some() { "" } else { " " };
        format!("{name}:{separator}{error}")
    })
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| {
        let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
        format!(
            "policy `{}`: {error}; name a file, or one of: {}",
            path.display(),
            shipped.join(", ")
        )
    })
}
