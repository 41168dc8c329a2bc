//! Conditions of which a part is known.

use portcullis_core::condition::{Datum, Test, Truth};
use portcullis_core::json::Value;

use super::AUTH;
use crate::condition_support::{Names, data, read};

#[test]
fn what_is_known_of_the_principal_is_put_in_and_folded() {
    let id = Datum::Text("u1".into());
    let auth = data(&serde_json::from_str::<Value>(AUTH).unwrap());
    for (text, residual) in [
        ("record.owner_id == auth.id", "record.owner_id == 'u1'"),
        (
            "record.owner_id == auth.id && auth.count == 7",
            "record.owner_id == 'u1'",
        ),
        ("record.flag && auth.count == 8", "false"),
        ("record.flag || auth.count == 7", "true"),
        ("!!(record.flag || auth.count == 8)", "record.flag"),
        ("size(auth.teams) == record.count", "2 == record.count"),
        (
            "record.owner_id in auth.teams",
            "record.owner_id in ['red', 'blue']",
        ),
        (
            "has(auth.count) && (record.flag && has(record.count))",
            "record.flag && has(record.count)",
        ),
        ("request.time < 5 || !auth.flag", "request.time < 5"),
    ] {
        let residue = read(text).unwrap().for_principal(&id, &auth);
        assert_eq!(
            residue.to_text(&Names::new().vocabulary()),
            residual,
            "{text}"
        );
    }
}

#[test]
fn errors_of_the_principal_stay_errors_when_folded() {
    let nobody = |text: &str| {
        let residue = read(text).unwrap().for_principal(&Datum::Null, &[]);
        residue.to_text(&Names::new().vocabulary())
    };
    assert_eq!(nobody("auth.count < record.count"), "error");
    assert_eq!(nobody("!auth.flag"), "error");
    assert_eq!(nobody("record.owner_id in auth.teams"), "error");
    assert_eq!(nobody("size(auth.teams) == record.count"), "error");
    assert_eq!(
        nobody("auth.flag && record.flag && auth.flag"),
        "record.flag && error"
    );
    assert_eq!(
        nobody("auth.flag || (record.flag || auth.flag)"),
        "record.flag || error"
    );
    assert_eq!(nobody("auth.flag && false"), "false");
    assert_eq!(nobody("auth.flag || true"), "true");
    assert_eq!(nobody("auth.flag && true"), "error");
}

#[test]
fn atoms_are_listed_once_in_the_order_of_the_text() {
    let test = read("auth.flag && (has(record.flag) || !auth.flag) || true || 1 < 2").unwrap();
    let names = Names::new();
    let texts = test
        .atoms()
        .into_iter()
        .map(|atom| atom.to_text(&names.vocabulary()));
    let texts: Vec<String> = texts.collect();
    assert_eq!(texts, ["auth.flag", "has(record.flag)", "1 < 2"]);
}

#[test]
fn given_truths_of_atoms_decide_and_settled_ones_are_not_asked_for() {
    let test = read("auth.flag && !record.flag || has(record.flag)").unwrap();
    let mut asked = Vec::new();
    let outcome = test.evaluate_with(&mut |atom| {
        asked.push(atom.clone());
        Truth::from(matches!(atom, Test::Has(_)))
    });
    assert_eq!(outcome, Truth::True);
    assert_eq!(asked.len(), 2, "{asked:?}");
}
