//! `portcullis doctor` on set-ups that are in order and on broken ones.

use std::process::Command;

use serde_json::Value;

use crate::support::{Place, Server, program};

/// A place where a server has run.
fn place() -> Place {
    let place = Place::new();
    let server = Server::start(&place);
    server.terminate();
    drop(server);
    place
}

struct Found {
    code: i32,
    text: String,
    findings: Vec<Value>,
}

impl Found {
    /// Texts of findings of a check at a level.
    fn of(&self, check: &str, level: &str) -> Vec<&str> {
        let of = |one: &&Value| one["check"] == check && one["level"] == level;
        let found = self.findings.iter().filter(of);
        found.map(|one| one["text"].as_str().unwrap()).collect()
    }

    fn advises(&self) -> bool {
        let broken = self.findings.iter().filter(|one| one["level"] != "ok");
        broken
            .into_iter()
            .all(|one| !one["advice"].as_str().unwrap().is_empty())
    }
}

fn doctor(place: &Place, change: impl FnOnce(&mut Command)) -> Found {
    let mut command = program();
    command.args(["doctor", "--json", "--db", &place.db()]);
    change(&mut command);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let found = Found {
        code: output.status.code().unwrap(),
        findings: json["findings"].as_array().unwrap().clone(),
        text,
    };
    assert_eq!(
        json["ok"],
        found.findings.iter().all(|one| one["level"] != "fail")
    );
    found
}

fn change_database(place: &Place, sql: &str) {
    let connection = rusqlite::Connection::open(place.db()).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_set_up_that_is_in_order_has_nothing_that_fails() {
    let found = doctor(&place(), |_| {});
    assert_eq!(found.code, 0, "{}", found.text);
    for check in [
        "configuration",
        "policy",
        "secret",
        "database",
        "migrations",
        "clock",
        "keys",
    ] {
        assert_eq!(found.of(check, "fail"), [""; 0], "{check}");
        assert!(!found.of(check, "ok").is_empty(), "{check}: {}", found.text);
    }
}

#[test]
fn nothing_is_made_where_nothing_is() {
    let place = Place::new();
    let found = doctor(&place, |_| {});
    assert_eq!(found.code, 0, "{}", found.text);
    assert!(!found.of("database", "warn").is_empty());
    assert!(!found.of("secret", "warn").is_empty());
    assert!(!place.file("portcullis.sqlite").exists());
    assert!(!place.file("portcullis.secret").exists());
}

#[test]
fn every_setting_that_is_wrong_is_named_at_once() {
    let wrong = [
        ("PORTCULLIS_MAIL", "smtp"),
        ("PORTCULLIS_RATES", "x"),
        ("PORTCULLIS_SESSION_IDLE_SECS", "-1"),
        ("PORTCULLIS_HASH_MEMORY_MIB", "1"),
        ("PORTCULLIS_AUDIT_SYSLOG", "udp://a:1"),
        ("PORTCULLIS_METRICS_TOKEN", "short"),
    ];
    let found = doctor(&place(), |command| {
        command.envs(wrong);
        command.env("PORTCULLIS_POLICY", "no-such-policy");
    });
    assert_eq!(found.code, 1);
    let told = found.of("configuration", "fail");
    for name in wrong
        .iter()
        .map(|(name, _)| *name)
        .chain(["no-such-policy"])
    {
        assert!(
            told.iter().any(|one| one.contains(name)),
            "{name}: {told:#?}"
        );
    }
    assert!(found.advises());
}

#[test]
fn the_server_names_them_all_too_and_makes_nothing() {
    let place = Place::new();
    let mut command = program();
    command.args(["serve", "--db", &place.db(), "--listen", "127.0.0.1:0"]);
    command
        .env("PORTCULLIS_MAIL", "smtp")
        .env("PORTCULLIS_GUESSES", "x");
    command
        .env("PORTCULLIS_ORIGIN", "nowhere")
        .env("PORTCULLIS_TABLES", "x");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("4 settings are wrong"), "{said}");
    for name in [
        "PORTCULLIS_MAIL",
        "PORTCULLIS_GUESSES",
        "`nowhere`",
        "PORTCULLIS_TABLES",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!place.file("portcullis.secret").exists());
    assert!(!place.file("portcullis.sqlite").exists());
}

#[test]
fn a_guessable_secret_and_one_that_opens_no_key_are_named_and_never_shown() {
    let place = place();
    let weak = doctor(&place, |command| {
        command.env("PORTCULLIS_SECRET", "ab".repeat(20));
    });
    assert_eq!(weak.code, 1);
    assert!(
        weak.of("secret", "fail")[0].contains("could be guessed"),
        "{}",
        weak.text
    );
    let secret = "another secret that is 0123456789 long enough";
    let other = doctor(&place, |command| {
        command.env("PORTCULLIS_SECRET", secret);
    });
    assert_eq!(other.code, 1);
    assert!(
        other.of("keys", "fail")[0].contains("doesn't open"),
        "{}",
        other.text
    );
    assert!(other.advises());
    assert!(!other.text.contains(secret));
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_worth_a_look() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let file = place.file("portcullis.secret");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let found = doctor(&place, |_| {});
    assert_eq!(found.code, 0);
    assert!(
        found.of("secret", "warn")[0].contains("can be read by others"),
        "{}",
        found.text
    );
    let strict = doctor(&place, |command| {
        command.arg("--strict");
    });
    assert_eq!(strict.code, 1);
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let place = Place::new();
    std::fs::write(
        place.file("portcullis.sqlite"),
        "no database at all ".repeat(200),
    )
    .unwrap();
    let found = doctor(&place, |_| {});
    assert_eq!(found.code, 1);
    assert!(
        found.of("database", "fail")[0].contains("not a database"),
        "{}",
        found.text
    );
}

#[test]
fn a_database_of_another_version_is_named() {
    let place = place();
    change_database(
        &place,
        "DELETE FROM d1_migrations WHERE name = (SELECT max(name) FROM d1_migrations)",
    );
    let early = doctor(&place, |_| {});
    assert_eq!(early.code, 1);
    assert!(
        early.of("migrations", "fail")[0].contains("pending"),
        "{}",
        early.text
    );
    change_database(
        &place,
        "INSERT INTO d1_migrations (name) VALUES ('9999_future.sql')",
    );
    let late = doctor(&place, |_| {});
    assert!(
        late.of("migrations", "fail")[0].contains("9999_future.sql"),
        "{}",
        late.text
    );
}

#[test]
fn a_clock_that_went_back_is_named() {
    let place = place();
    change_database(
        &place,
        "INSERT INTO audit (at_ms, action, status, request_id, latency_ms) \
         VALUES (4107542400000, 'a.b', 'ok', 'r', 0)",
    );
    let found = doctor(&place, |_| {});
    assert_eq!(found.code, 1);
    assert!(
        found.of("clock", "fail")[0].contains("2100-03-01"),
        "{}",
        found.text
    );
}

#[test]
fn mail_that_was_given_up_and_a_receiver_that_fails_are_worth_a_look() {
    let place = place();
    change_database(
        &place,
        "INSERT INTO mail (id, kind, user_id, recipient, created_at_ms, expires_at_ms, next_at_ms, \
         dead_at_ms) SELECT 'm1', 'reset-password', id, email, 1, 2, 1, 2 FROM user LIMIT 1; \
         INSERT INTO audit_sink (name, attempts, problem) VALUES ('syslog', 3, 'no answer')",
    );
    let found = doctor(&place, |command| {
        command.env("PORTCULLIS_AUDIT_SYSLOG", "tcp://127.0.0.1:9");
    });
    assert!(
        found.of("mail", "warn")[0].contains("1 were given up"),
        "{}",
        found.text
    );
    assert!(
        found.of("audit push", "warn")[0].contains("no answer"),
        "{}",
        found.text
    );
}

#[test]
fn a_server_whose_database_lacks_a_change_says_that_it_is_not_ready_and_no_more() {
    let place = Place::new();
    let server = Server::start(&place);
    assert_eq!(server.get("/ready", "").unwrap().0, 200);
    change_database(
        &place,
        "DELETE FROM d1_migrations WHERE name = (SELECT max(name) FROM d1_migrations)",
    );
    // What was found is told again for a second.
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    let (status, found) = server.get("/ready", "").unwrap();
    let checks = serde_json::json!({ "database": "ok", "migrations": "fail", "keys": "ok" });
    assert_eq!(status, 503);
    assert_eq!(
        found,
        serde_json::json!({ "status": "unready", "checks": checks })
    );
    assert!(server.log().contains("\"not ready\""));
    assert_eq!(server.get("/health", "").unwrap().0, 200);
}
