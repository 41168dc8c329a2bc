//! Passwords and secrets: shown once or never, kept for their owner alone.

use crate::support::{EMAIL, PASSWORD, Place, Server, program, run, run_with_input, said};

/// The password that a server made for the first administrator.
fn shown_password(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("password  "))
}

#[cfg(unix)]
#[test]
fn the_secret_file_is_made_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let server = Server::start(&place);
    let file = place.file("portcullis.secret");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let secret = std::fs::read_to_string(&file).unwrap();
    assert_eq!(secret.len(), 64, "256 bits in hexadecimal");
    assert!(!server.said().contains(&secret));
    assert!(server.said().contains("made the secret file "));
    server.kill_nine();
    let server = Server::start(&place);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), secret);
    assert!(!server.said().contains("secret file"));
}

#[cfg(unix)]
#[test]
fn the_database_and_what_lies_beside_it_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let server = Server::start(&place);
    assert_eq!(server.sign_in().unwrap().0, 200);
    for name in [
        "portcullis.sqlite",
        "portcullis.sqlite-wal",
        "portcullis.sqlite-shm",
    ] {
        let mode = std::fs::metadata(place.file(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_secret_of_the_environment_makes_no_file() {
    let place = Place::new();
    let mut command = program();
    let secret = "a secret of the environment, long enough";
    command
        .env("PORTCULLIS_SECRET", secret)
        .env("PORTCULLIS_ADMIN_PASSWORD", PASSWORD);
    let server = Server::start_as(&place, command);
    assert!(!place.file("portcullis.secret").exists());
    assert!(!server.said().contains(secret));
}

#[test]
fn the_first_administrators_random_password_is_shown_once_and_works() {
    let place = Place::new();
    let server = Server::start_as(&place, program());
    let text = server.said();
    let password = shown_password(&text).unwrap().to_owned();
    assert_eq!(password.len(), 24);
    assert_eq!(text.matches(&password).count(), 1);
    assert!(!server.log().contains(&password), "not in the log");
    let body = serde_json::json!({ "email": EMAIL, "password": password });
    let url = format!("http://127.0.0.1:{}/api/auth/login", server.port);
    assert_eq!(ureq::post(url).send_json(body).unwrap().status(), 200);
    assert_eq!(
        server.said().matches(&password).count(),
        1,
        "also after it was used"
    );
    server.kill_nine();
    let server = Server::start_as(&place, program());
    assert_eq!(shown_password(&server.said()), None);
}

#[test]
fn a_given_password_is_in_no_output_no_log_and_no_audit_record() {
    let place = Place::new();
    let server = Server::start(&place);
    assert_eq!(server.sign_in().unwrap().0, 200);
    assert_eq!(
        shown_password(&server.said()),
        Some("as in PORTCULLIS_ADMIN_PASSWORD")
    );
    assert!(!server.said().contains(PASSWORD));
    assert!(!format!("{:?}", place.audit()).contains(PASSWORD));
}

#[test]
fn only_a_random_password_is_printed_by_user_commands_and_only_once() {
    let place = Place::new();
    let db = place.db();
    let add = &["user", "add", "--db", &db, "--email"][..];
    let given = run_with_input(
        &[add, &["a@example.org", "--password-stdin"]].concat(),
        PASSWORD,
    );
    assert!(given.status.success());
    assert_eq!(said(&given), "");
    let random = run(&[add, &["b@example.org"]].concat());
    assert!(random.stdout.is_empty(), "not where scripts look");
    let text = said(&random);
    let password = text
        .strip_prefix("b@example.org has the password ")
        .unwrap()
        .trim_end();
    assert_eq!(password.len(), 24);
    let list = said(&run(&["user", "list", "--db", &db]));
    assert!(
        list.contains("b@example.org") && !list.contains(password) && !list.contains("$argon2id$")
    );
}

#[test]
fn sql_for_another_database_holds_a_hash_and_no_password() {
    let output = run_with_input(
        &[
            "user",
            "add",
            "--email",
            "a@example.org",
            "--password-stdin",
            "--sql",
        ],
        PASSWORD,
    );
    assert!(output.status.success());
    let text = said(&output);
    assert!(text.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
    assert!(!text.contains(PASSWORD));
}
