//! Debian's packages, when they're at hand and may be installed.

use std::process::Command;

use crate::{
    error::{Result, TaskError},
    paths,
    process::{ask, run},
    step::Step,
};

/// Who may install packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Root,
    Sudo,
}

/// True if this system has `apt-get`.
pub(crate) fn exists() -> bool {
    paths::on_path("apt-get").is_some()
}

/// Installs packages, without their recommendations.
///
/// # Errors
/// A sentence with the command to type when this user may not install, or the last lines of
/// `apt-get` when it fails.
pub(crate) fn install(packages: &[&str], step: &Step) -> Result<()> {
    let by_hand = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    let right = right().ok_or_else(|| {
        TaskError::new(format!(
            "Debian packages are missing and this user may not install them; run as root: {by_hand}"
        ))
    })?;
    step.line("apt-get update");
    // A stale list is no failure by itself: the install below says what is missing.
    run(command(right).arg("update"), "apt-update", step)?;
    let mut install = command(right);
    install
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages);
    run(&mut install, "apt-install", step)?.or_fail(format!(
        "apt-get couldn't install the packages; check the network, or run as root: {by_hand}"
    ))?;
    Ok(())
}

/// Runs a program with the rights that installing takes.
pub(crate) fn privileged(program: &str) -> Option<Command> {
    right().map(|right| with_right(right, program))
}

fn command(right: Right) -> Command {
    let mut command = with_right(right, "apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn with_right(right: Right, program: &str) -> Command {
    match right {
        Right::Root => Command::new(program),
        Right::Sudo => {
            let mut command = Command::new("sudo");
            command.args(["-n", program]);
            command
        }
    }
}

fn right() -> Option<Right> {
    if ask(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(Right::Root);
    }
    ask(Command::new("sudo").args(["-n", "true"])).map(|_| Right::Sudo)
}
