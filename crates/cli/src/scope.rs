//! `portcullis scope`.

use portcullis_core::decide::ScopePath;
use portcullis_core::policy::Policy;
use portcullis_service::NewScope;
use portcullis_store::accounts;

use crate::host::now_ms;
use crate::policy;
use crate::user::Target;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make scopes known, such as `state:ca/team:t7`, and those above them: checks on scopes that
    /// aren't known are denied.
    Add {
        /// Full paths, widest level first.
        #[arg(required = true)]
        paths: Vec<String>,
        /// What people call it; for one path.
        #[arg(long)]
        label: Option<String>,
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
        // From the widest down: a place that is taken is told before anything lies in it.
        for depth in 1..path.depth() {
            if let Some(above) = path.ancestor(depth) {
                add(&policy, &above, None, target)?;
            }
        }
        add(&policy, &path, label.as_deref(), target)?;
    }
    Ok(())
}

fn add(
    policy: &Policy,
    path: &ScopePath,
    label: Option<&str>,
    target: &Target,
) -> Result<(), String> {
    let new = NewScope {
        path: path.to_text(policy),
        label: label.map(str::to_owned),
    };
    if target.apply(&[accounts::add_scope(&new, now_ms())])? {
        return Ok(());
    }
    let level = policy.levels().get(usize::from(path.depth()));
    Err(format!(
        "`{}:{}` is known already, at another place",
        level.map_or("", String::as_str),
        path.leaf()
    ))
}
