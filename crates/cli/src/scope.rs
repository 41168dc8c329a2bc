//! `portcullis scope`.

use portcullis_core::decide::ScopePath;
use portcullis_service::NewScope;
use portcullis_store::accounts;

use crate::host::now_ms;
use crate::policy;
use crate::user::Target;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make scopes known, such as `state:ca/team:t7`: then a check on `team:t7` knows its state.
    Add {
        /// Full paths, widest level first.
        #[arg(required = true)]
        paths: Vec<String>,
        /// What people call it; for one path.
        #[arg(long, default_value = "")]
        label: String,
        /// Policy whose levels the paths use: a file, or the name of a shipped one.
        #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
        policy: String,
        #[command(flatten)]
        target: Target,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    let Command::Add {
        paths,
        label,
        policy,
        target,
    } = command;
    let policy = policy::load(policy)?;
    for text in paths {
        let path = ScopePath::parse_text(&policy, text).map_err(|_| {
            let levels = policy.levels().join(", ");
            format!("`{text}` isn't a scope of this policy, whose levels are: {levels}")
        })?;
        let is_full = (1..=path.depth()).all(|depth| path.id_at(depth).is_some());
        if path.depth() == 0 || !is_full {
            let levels: Vec<_> = policy.levels().iter().skip(1).map(String::as_str).collect();
            return Err(format!(
                "`{text}` isn't a full path; write every level from `{}` down",
                levels.first().unwrap_or(&"global")
            ));
        }
        let label = if label.is_empty() { path.leaf() } else { label };
        let new = NewScope {
            path: path.to_text(&policy),
            label: label.to_owned(),
        };
        if !target.apply(&[accounts::add_scope(&new, now_ms())])? {
            let level = policy.levels().get(usize::from(path.depth()));
            return Err(format!(
                "`{}:{}` is known already, at another place",
                level.map_or("", String::as_str),
                path.leaf()
            ));
        }
    }
    Ok(())
}
