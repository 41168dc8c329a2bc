//! Mistakes in conditions and defaults, told with their place in the file.

use portcullis_core::policy::{Policy, toml};

/// A rule whose condition is written as `when`, which begins in line 7, column 1.
fn with_condition(when: &str) -> String {
    format!(
        "name = \"p\"\n[resources.r.fields]\ntitle = \"string\"\n[[rules]]\nname = \"u\"\n\
         effect = \"deny\"\nwhen = {when}\nresource = \"r\"\n"
    )
}

#[test]
fn a_mistake_in_a_condition_is_told_with_its_place_in_the_file() {
    let unknown = "no field of the record is named `titel`";
    for (when, place, character) in [
        ("\"record.titel == 'x'\"", "7:16", 8),
        ("'record.titel == \"x\"'", "7:16", 8),
        ("'''record.titel == 'x' '''", "7:18", 8),
        (
            "'''\nrecord.title == 'x' ||\n  record.titel == 'y'\n'''",
            "9:10",
            33,
        ),
        (
            "\"\"\"\nrecord.title == 'x' ||\n  record.titel == 'y'\n\"\"\"",
            "9:10",
            33,
        ),
        (
            "\"record.title == \\\"ä\\\" || record.titel == 'y'\"",
            "7:41",
            31,
        ),
        (
            "\"record.title == '\\u00e9' || record.titel == 'y'\"",
            "7:44",
            31,
        ),
        ("\"\"\"\\\n  record.titel == 'y'\"\"\"", "8:10", 8),
    ] {
        let error = toml::parse(&with_condition(when)).unwrap_err();
        assert_eq!(error.kind.code(), "policy_condition", "{when}");
        let told = error.to_string();
        let expected =
            format!("{place}: condition of rule `u`, at character {character}: {unknown}");
        assert!(told.starts_with(&expected), "{when}: {told}");
    }
}

#[test]
fn a_mistake_in_a_condition_is_told_with_its_character_when_there_is_no_file() {
    let text = with_condition("\"record.title == 'x'\"");
    let mut document = toml::parse_document(&text).unwrap().without_positions();
    document.rules[0].when = Some("record.title ==".into());
    let told = Policy::compile(document).unwrap_err().to_string();
    assert!(
        told.starts_with("condition of rule `u`, at character 16: "),
        "{told}"
    );
}

#[test]
fn a_document_knows_where_a_condition_begins_unless_it_is_written_with_escapes() {
    let begins = |when: &str| {
        let document = toml::parse_document(&with_condition(when)).unwrap();
        document.rules[0].when_at.map(|at| (at.line, at.column))
    };
    assert_eq!(begins("\"true\""), Some((7, 9)));
    assert_eq!(begins("'''\r\ntrue'''"), Some((8, 1)));
    assert_eq!(begins("'true'"), Some((7, 9)));
    assert_eq!(begins("\"\\\"x\\\" == 'x'\""), None);
}

#[test]
fn a_mistake_in_a_default_is_told_with_its_place_in_the_file() {
    let text = "name = \"p\"\n[resources.\"a.b\".fields]\nowner = { type = \"string\", default = \"auth.nme\" }\n\
                [auth]\nname = \"string\"\n";
    let told = toml::parse(text).unwrap_err().to_string();
    assert!(
        told.starts_with("3:44: default of field `a.b.owner`, at character 6: no "),
        "{told}"
    );
    assert!(told.ends_with("did you mean `name`?"), "{told}");
}
