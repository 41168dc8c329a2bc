//! Mistakes of an operator: one sentence each, with what to do, and nothing half done.

use std::net::TcpListener;

use crate::support::{Place, program, run, run_with_input, said};

/// Runs a command that must fail, and returns its one line.
fn refused(args: &[&str]) -> String {
    refused_with_input(args, "")
}

fn refused_with_input(args: &[&str], input: &str) -> String {
    let output = run_with_input(args, input);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", said(&output));
    assert!(output.stdout.is_empty(), "{args:?}");
    one_line(&said(&output))
}

fn one_line(text: &str) -> String {
    let line = text.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "more than one line: {text}");
    line.strip_prefix("portcullis: ").unwrap().to_owned()
}

#[test]
fn a_taken_port_is_named_with_the_way_out_and_nothing_is_made() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["serve", "--db", &place.db(), "--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    let line = one_line(&said(&output));
    assert!(
        line.starts_with(&format!("can't listen on {address}: ")),
        "{line}"
    );
    assert!(
        line.ends_with("stop what uses it, or choose another with `--listen`"),
        "{line}"
    );
    for name in ["portcullis.sqlite", "portcullis.secret"] {
        assert!(!place.file(name).exists(), "{name} was made");
    }
}

#[test]
fn a_missing_database_is_named_and_not_made() {
    let place = Place::new();
    let db = place.db();
    for args in [
        &["user", "list"][..],
        &["user", "passwd", "a@example.org"],
        &["user", "disable", "a@example.org"],
        &["user", "enable", "a@example.org"],
        &["user", "grant", "a@example.org", "SUPERVISOR"],
        &["user", "revoke", "a@example.org", "SUPERVISOR"],
        &["audit", "export"],
    ] {
        let line = refused(&[args, &["--db", &db]].concat());
        assert_eq!(
            line,
            format!(
                "there is no database `{db}`; `portcullis serve` makes one, `--db` names another"
            )
        );
        assert!(!place.file("portcullis.sqlite").exists(), "{args:?}");
    }
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let place = Place::new();
    std::fs::write(
        place.db(),
        "a letter to my aunt, which is long enough to be looked at",
    )
    .unwrap();
    let line = refused(&["user", "list", "--db", &place.db()]);
    assert_eq!(
        line,
        format!("database `{}`: it is no SQLite database", place.db())
    );
    assert!(
        std::fs::read_to_string(place.db())
            .unwrap()
            .starts_with("a letter")
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    let connection = rusqlite::Connection::open(place.db()).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE); \
             INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')",
        )
        .unwrap();
    let line = refused(&["user", "list", "--db", &place.db()]);
    assert!(
        line.ends_with(
            "changed by a newer version of portcullis (`9999_later.sql`); use that version"
        ),
        "{line}"
    );
}

#[test]
fn an_unknown_policy_is_answered_with_the_names_of_those_there_are() {
    let place = Place::new();
    let line = refused(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--db",
        &place.db(),
        "--policy",
        "feild-ops",
    ]);
    assert!(line.starts_with("policy `feild-ops`: "), "{line}");
    assert!(
        line.ends_with("name a file, or one of: field-ops, naval-unit, release-tiers"),
        "{line}"
    );
}

#[test]
fn a_policy_with_a_mistake_is_answered_with_its_place() {
    let place = Place::new();
    let file = place.file("mine.toml");
    std::fs::write(
        &file,
        "name = \"mine\"\nversion = \"1\"\n\n[permissions]\n\"a:b\" = { roles = [\"nobody\"] }\n",
    )
    .unwrap();
    let line = refused(&["policy", "check", file.to_str().unwrap()]);
    assert!(
        line.starts_with(&format!("{}:5:", file.display())),
        "{line}"
    );
    assert!(line.contains("`nobody`"), "{line}");
}

/// Starts a server whose database can't be, with this secret, and returns its one line.
fn refused_with_secret(place: &Place, secret: &str) -> String {
    let db = place.file("nowhere").join("portcullis.sqlite");
    let mut command = program();
    command.env("PORTCULLIS_SECRET", secret);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--db"])
        .arg(db);
    let text = said(&command.output().unwrap());
    assert!(!text.contains(secret), "{text}");
    one_line(&text)
}

#[test]
fn a_secret_of_31_bytes_is_refused_and_one_of_32_is_not() {
    let place = Place::new();
    let line = refused_with_secret(&place, &"x".repeat(31));
    assert!(line.starts_with("PORTCULLIS_SECRET: "), "{line}");
    assert!(line.contains("at least 32 are needed"), "{line}");
    let line = refused_with_secret(&place, &"x".repeat(32));
    assert!(line.starts_with("database `"), "{line}");
}

#[test]
fn an_origin_that_is_none_is_answered_with_an_example() {
    let place = Place::new();
    let (db, secret) = (place.db(), "x".repeat(32));
    for origin in [
        "auth.example.org",
        "https://a.example/path",
        "ftp://a.example",
        "*",
    ] {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--db", &db];
        let line = refused(&[&serve[..], &["--secret", &secret, "--origin", origin]].concat());
        assert!(
            line.starts_with(&format!("`{origin}` isn't an origin; ")),
            "{line}"
        );
        assert!(line.contains("`https://auth.example.org`"), "{line}");
    }
    assert!(!place.file("portcullis.sqlite").exists());
}

#[test]
fn an_account_that_cannot_be_made_is_answered_with_what_could() {
    let place = Place::new();
    let db = place.db();
    let add = |args: &[&str], password: &str| {
        let all = [&["user", "add", "--password-stdin", "--db", &db], args].concat();
        refused_with_input(&all, password)
    };
    let email = &["--email", "a@example.org"][..];
    assert_eq!(
        add(&["--email", "a"], "long enough for anybody"),
        "`a` isn't an e-mail address"
    );
    assert_eq!(
        add(
            &[email, &["--role", "ADMIN"]].concat(),
            "long enough for anybody"
        ),
        "the policy has no role `ADMIN`; it has: NATIONAL_ADMIN, STATE_ADMIN, SUPERVISOR, TEAM_MEMBER"
    );
    assert_eq!(
        add(
            &[email, &["--role", "SUPERVISOR@planet:mars"]].concat(),
            "long enough for anybody"
        ),
        "`planet:mars` isn't a scope of this policy, whose levels are: global, state, team"
    );
    assert_eq!(
        add(
            &[email, &["--tier", "gold", "--policy", "release-tiers"]].concat(),
            "long enough for anybody"
        ),
        "the policy has no tier `gold`; it has: guest, public, beta, alpha, founder"
    );
    assert!(
        add(email, "fourteen chars").contains("15"),
        "a password has at least 15 characters"
    );
    assert!(
        run_with_input(
            &[&["user", "add", "--password-stdin", "--db", &db], email].concat(),
            "fifteen letters"
        )
        .status
        .success()
    );
    assert_eq!(
        add(email, "fifteen letters"),
        "there is an account `a@example.org` already"
    );
    let unknown = refused(&["user", "disable", "b@example.org", "--db", &db]);
    assert_eq!(unknown, "there is no account `b@example.org`");
}

#[test]
fn a_scope_that_is_not_written_whole_or_lies_elsewhere_is_refused() {
    let place = Place::new();
    let db = place.db();
    let add = |path: &str| refused(&["scope", "add", path, "--db", &db]);
    assert_eq!(
        add("team:t7"),
        "`team:t7` isn't a full path; write every level from `state` down"
    );
    assert_eq!(
        add("planet:mars"),
        "`planet:mars` isn't a scope of this policy, whose levels are: global, state, team"
    );
    assert!(
        run(&["scope", "add", "state:ca/team:t7", "--db", &db])
            .status
            .success()
    );
    assert_eq!(
        add("state:nv/team:t7"),
        "`team:t7` is known already, at another place"
    );
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_code_2_and_a_hint() {
    for args in [
        &["serv"][..],
        &["serve", "--listen", "nowhere"],
        &["user", "add"],
        &["audit", "export", "--format", "xml"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(said(&output).contains("--help"), "{args:?}");
    }
}
