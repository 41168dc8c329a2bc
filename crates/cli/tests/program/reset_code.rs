//! A code for a new password, where there is no mail.

use crate::support::{EMAIL, Place, run, run_with_input, said};

fn place_with_account() -> Place {
    let place = Place::new();
    let args = ["user", "add", "--email", EMAIL, "--password-stdin"];
    let made = run_with_input(
        &[&args[..], &["--db", &place.db()]].concat(),
        "a password that gets forgotten",
    );
    assert!(made.status.success(), "{}", said(&made));
    place
}

fn is_code(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.len() == 7
        && groups
            .iter()
            .all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[test]
fn the_code_is_all_of_standard_output_and_is_stored_nowhere() {
    let place = place_with_account();
    let output = run(&["user", "reset-code", EMAIL, "--db", &place.db()]);
    assert!(output.status.success(), "{}", said(&output));
    let code = String::from_utf8(output.stdout).unwrap();
    let code = code.trim_end();
    assert!(is_code(code), "{code}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("once, within 60 minutes"), "{errors}");
    let bare = code.replace('-', "");
    for name in ["portcullis.sqlite", "portcullis.sqlite-wal"] {
        let bytes = std::fs::read(place.file(name)).unwrap_or_default();
        for secret in [code.as_bytes(), bare.as_bytes()] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!is_there, "{name}");
        }
    }
    let audit = place.audit();
    let last = audit.last().unwrap();
    assert_eq!(last["action"], "account.password.reset.ask");
    assert_eq!(last["fields"]["by"], "operator");
}

#[test]
fn for_d1_the_change_is_printed_and_the_code_goes_beside_it() {
    let output = run(&["user", "reset-code", EMAIL, "--sql", "--minutes", "5"]);
    assert!(output.status.success(), "{}", said(&output));
    let sql = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let code = errors.lines().last().unwrap();
    assert!(is_code(code), "{errors}");
    assert!(sql.starts_with("INSERT INTO one_time"), "{sql}");
    assert!(sql.contains(EMAIL) && sql.contains("'reset-password'"));
    assert!(!sql.contains(code) && !sql.contains(&code.replace('-', "")));
}

#[test]
fn nobody_gets_no_code_and_none_lasts_longer_than_a_week() {
    let place = place_with_account();
    let ask = |email, minutes| {
        let args = ["user", "reset-code", email, "--minutes", minutes];
        run(&[&args[..], &["--db", &place.db()]].concat())
    };
    let unknown = ask("nobody@example.org", "60");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(unknown.stdout.is_empty());
    assert!(said(&unknown).contains("there is no account `nobody@example.org`"));
    assert!(ask(EMAIL, "10080").status.success());
    for minutes in ["0", "10081"] {
        let refused = ask(EMAIL, minutes);
        assert!(!refused.status.success(), "{minutes}");
        assert!(refused.stdout.is_empty());
    }
}
