//! Settings, policy and secret.

use std::path::Path;

use portcullis_issue::secret::Secrets;
use portcullis_service::Settings;

use super::Findings;
use crate::host::Process;
use crate::syslog::Syslog;
use crate::{database, policy, secret, serve};

/// Fewer different characters than a random secret has; hexadecimal digits alone are sixteen.
const FEW_CHARACTERS: usize = 10;

/// Every setting that is wrong, and those that are right and risky.
pub(super) fn look(args: &serve::Args, findings: &mut Findings) -> Option<Settings> {
    const CHECK: &str = "configuration";
    let mut problems = Vec::new();
    let settings = serve::read_settings(args).map_err(|error| problems.extend(error.problems()));
    let settings = settings.ok();
    problems.extend(Process::new(1).err());
    problems.extend(database::tables().err());
    problems.extend(
        settings
            .as_ref()
            .and_then(|settings| Syslog::new(settings).err()),
    );
    for problem in &problems {
        findings.fail(
            CHECK,
            problem,
            "crates/service/CONFIGURATION.md lists every setting and its form",
        );
    }
    let settings = settings?;
    if problems.is_empty() {
        findings.ok(CHECK, "every setting can be read");
    }
    let host = settings.origin.trim_start_matches("http://");
    let is_local = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host == *local || host.starts_with(&format!("{local}:")));
    if !settings.is_secure() && !is_local {
        findings.warn(
            CHECK,
            format!(
                "the origin `{}` is http: passwords and cookies travel in the open",
                settings.origin
            ),
            "put TLS in front and set PORTCULLIS_ORIGIN to the https origin",
        );
    }
    if settings.mail.is_logged() {
        findings.warn(
            CHECK,
            "PORTCULLIS_MAIL=log writes links that sign in into the log",
            "set PORTCULLIS_MAIL=webhook outside of development",
        );
    }
    if settings.audit.syslog.as_ref().is_some_and(|to| !to.is_tls) {
        findings.warn(
            CHECK,
            "PORTCULLIS_AUDIT_SYSLOG is `tcp://`: audit records travel in the open",
            "use `tls://`, unless the network between is yours alone",
        );
    }
    Some(settings)
}

/// Whether the policy is sound, and what in it is likely a mistake.
pub(super) fn policy(args: &serve::Args, findings: &mut Findings) {
    const CHECK: &str = "policy";
    // A policy that can't be read is told among the settings.
    let Ok(policy) = policy::load(&args.policy) else {
        return;
    };
    let warnings = policy::warnings(&policy);
    for warning in &warnings {
        findings.warn(CHECK, warning, "`portcullis policy check` says where");
    }
    if warnings.is_empty() {
        let version = &policy.document().version;
        findings.ok(CHECK, format!("{} {version} is sound", policy.name()));
    }
}

/// Where the secret is, who may read it, and whether it could be guessed.
pub(super) fn secret(args: &serve::Args, findings: &mut Findings) {
    const CHECK: &str = "secret";
    let place = secret::place(&args.db);
    if args.secret.is_none() && !place.exists() {
        findings.warn(
            CHECK,
            format!("there is none: neither PORTCULLIS_SECRET nor `{}`", place.display()),
            "`portcullis serve` makes one; if this database has had one, put that back: signing keys \
             don't open without it",
        );
        return;
    }
    let text = match secret::found(args.secret.as_deref(), &args.db) {
        Ok(text) => text,
        Err(problem) => {
            return findings.fail(CHECK, problem, "make it readable for who runs the server");
        }
    };
    if args.secret.is_none() {
        owner_alone(CHECK, &place, findings);
    }
    // What is malformed or too short is told among the settings.
    let Ok(secrets) = Secrets::parse(&text) else {
        return;
    };
    let weak = text
        .split(',')
        .map(|one| one.split_once(':').map_or(one, |(_, value)| value));
    let is_weak = |value: &str| {
        let mut different: Vec<char> = value.chars().collect();
        different.sort_unstable();
        different.dedup();
        different.len() < FEW_CHARACTERS
    };
    if weak.into_iter().any(is_weak) {
        findings.fail(
            CHECK,
            "it has few different characters and could be guessed",
            "make one with `openssl rand -base64 32`, set PORTCULLIS_SECRET to `2:NEW,1:OLD`, start, and \
             take the old one out when `portcullis keys list` shows no key under it",
        );
        return;
    }
    let versions = secrets.versions().count();
    if versions > 1 {
        findings.warn(
            CHECK,
            format!(
                "{versions} versions are in use; the newest is {}",
                secrets.newest_version()
            ),
            "take older ones out when `portcullis keys list` shows no key under them",
        );
    } else {
        findings.ok(CHECK, "it is long and varied enough");
    }
}

/// A file that only its owner may read.
#[cfg(unix)]
pub(super) fn owner_alone(check: &'static str, path: &Path, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::metadata(path) else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.warn(
            check,
            format!(
                "`{}` can be read by others (mode {mode:03o})",
                path.display()
            ),
            &format!("chmod 600 {}", path.display()),
        );
    }
}

#[cfg(not(unix))]
pub(super) fn owner_alone(_check: &'static str, _path: &Path, _findings: &mut Findings) {}
