//! The cargo of native builds.

use std::{env, process::Command};

use crate::paths;

/// A call of the cargo that started this program, in the repository.
pub(crate) fn native() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    forget_own_package(&mut command);
    command
}

/// Removes what `cargo run` tells this program about itself, so that it doesn't reach the
/// programs started from here and count as a change of their environment.
pub(crate) fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "CARGO_BIN_NAME"
        {
            command.env_remove(&name);
        }
    }
}
