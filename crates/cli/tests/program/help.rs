//! Every command explains itself.

use crate::support::{run, said};

const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["user"],
    &["user", "export"],
    &["user", "import"],
    &["user", "add"],
    &["user", "list"],
    &["user", "passwd"],
    &["user", "disable"],
    &["user", "enable"],
    &["user", "grant"],
    &["user", "revoke"],
    &["user", "attributes"],
    &["user", "reset-code"],
    &["user", "unlock"],
    &["doctor"],
    &["backup"],
    &["restore"],
    &["mail"],
    &["mail", "list"],
    &["mail", "retry"],
    &["scope"],
    &["scope", "add"],
    &["tenant"],
    &["tenant", "add"],
    &["tenant", "list"],
    &["tenant", "migrations"],
    &["record"],
    &["record", "import"],
    &["record", "list"],
    &["record", "remove"],
    &["service-key"],
    &["service-key", "new"],
    &["api-key"],
    &["api-key", "add"],
    &["api-key", "list"],
    &["api-key", "rotate"],
    &["api-key", "disable"],
    &["api-key", "enable"],
    &["api-key", "delete"],
    &["import"],
    &["import", "better-auth"],
    &["migrate"],
    &["migrate", "status"],
    &["migrate", "plan"],
    &["migrate", "apply"],
    &["migrate", "files"],
    &["keys"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["keys", "retire"],
    &["keys", "reseal"],
    &["audit"],
    &["audit", "export"],
    &["audit", "search"],
    &["audit", "push-status"],
    &["audit", "verify"],
    &["audit", "checkpoint"],
    &["audit", "seal"],
    &["policy"],
    &["policy", "check"],
    &["policy", "matrix"],
    &["policy", "explain"],
    &["policy", "test"],
    &["policy", "types"],
    &["policy", "diff"],
    &["policy", "sql"],
    &["policy", "fmt"],
    &["policy", "json"],
    &["policy", "schema"],
    &["openapi"],
    &["conform"],
];

fn help(command: &[&str]) -> String {
    let output = run(&[command, &["--help"]].concat());
    assert_eq!(output.status.code(), Some(0), "{command:?}");
    assert!(output.stderr.is_empty(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_help_with_a_usage_line() {
    for command in COMMANDS {
        let text = help(command);
        let usage = format!("Usage: {}", [&["portcullis"], *command].concat().join(" "));
        assert!(text.contains(&usage), "{text}");
        assert!(
            !text.starts_with("Usage"),
            "{command:?} says first what it does"
        );
    }
}

#[test]
fn every_command_of_the_program_is_in_this_list() {
    for command in COMMANDS {
        let text = help(command);
        let Some((_, listed)) = text.split_once("Commands:\n") else {
            continue;
        };
        let names = listed.lines().take_while(|line| line.starts_with("  "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            let whole = [*command, &[name]].concat();
            assert!(
                name == "help" || COMMANDS.contains(&whole.as_slice()),
                "{whole:?}"
            );
        }
    }
}

#[test]
fn every_option_says_what_it_is_for() {
    for command in COMMANDS {
        let text = help(command);
        let mut lines = text
            .lines()
            .skip_while(|line| *line != "Options:")
            .skip(1)
            .peekable();
        while let Some(line) = lines.next() {
            let is_option = line.trim_start().starts_with("--") || line.contains(", --");
            let Some((_, after)) = line.split_once("--").filter(|_| is_option) else {
                continue;
            };
            // Either on the same line, behind two blanks, or on the next one.
            let beside = after.trim_end().split_once("  ").is_some();
            let below = lines
                .peek()
                .is_some_and(|next| next.starts_with("          ") && !next.trim().is_empty());
            assert!(beside || below, "{command:?}: {line}");
        }
    }
}

#[test]
fn help_shows_no_value_of_the_environment_that_is_secret() {
    let secret = "a secret of the environment, long enough";
    let mut command = crate::support::program();
    command
        .env("PORTCULLIS_SECRET", secret)
        .args(["serve", "--help"]);
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert!(!said(&output).contains(secret));
    assert!(said(&output).contains("PORTCULLIS_SECRET"));
}

#[test]
fn the_version_is_the_packages() {
    let output = run(&["--version"]);
    assert_eq!(
        said(&output),
        format!("portcullis {}\n", env!("CARGO_PKG_VERSION"))
    );
}
