//! A policy with many rules about many fields.

use portcullis_core::condition::{Comparison, Datum};
use portcullis_core::decide::{Principal, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_store::rows::{Cursor, Direction, Order, Select, Where};

const FIELDS: usize = 16;

/// A policy with `rules` rules, each about another field, for which whole conditions differ.
pub(crate) fn policy(rules: usize, terms: usize) -> Policy {
    use std::fmt::Write as _;
    let mut text = "name = \"p\"\n[resources.doc]\ntable = \"docs\"\n[resources.doc.fields]\n\
        id = \"string\"\nowner = \"string\"\n"
        .to_owned();
    for field in 0..FIELDS {
        let kind = ["string", "int", "float", "list<string>"][field % 4];
        writeln!(text, "f{field} = \"{kind}\"").unwrap();
    }
    text.push_str("[[rules]]\nname = \"own\"\neffect = \"allow\"\nresource = \"doc\"\n");
    text.push_str("when = \"record.owner == auth.id\"\n");
    for rule in 0..rules {
        let terms: Vec<String> = (0..terms)
            .map(|term| {
                format!(
                    "record.f1 == {} || record.f0 == 't{rule}'",
                    rule * 1_000 + term
                )
            })
            .collect();
        write!(
            text,
            "[[rules]]\nname = \"r{rule}\"\neffect = \"deny\"\nresource = \"doc\"\nwhen = \"{}\"\n\
             fields = [\"f{}\", \"f{}\"]\n",
            terms.join(" || "),
            rule % FIELDS,
            (rule + 3) % FIELDS
        )
        .unwrap();
    }
    toml::parse(&text).unwrap()
}

/// Its table, and three rows.
pub(crate) fn schema() -> String {
    let columns: Vec<String> = (0..FIELDS).map(|field| format!("f{field}")).collect();
    let columns = columns.join(", ");
    format!(
        "CREATE TABLE docs (id TEXT, owner TEXT, {columns}); \
         CREATE INDEX by_owner ON docs (owner); CREATE INDEX by_id ON docs (id); \
         INSERT INTO docs (id, owner, f0, f1, f4) VALUES ('1', 'ann', 'a', 7, 'shown'), \
         ('2', 'ann', 't4', 7, 'hidden'), ('3', 'bob', 'b', 7, 'of another');"
    )
}

pub(crate) fn ann(policy: &Policy) -> Subject {
    let principal: Principal = serde_json::from_str("{\"id\": \"ann\"}").unwrap();
    Subject::compile(policy, &principal)
}

/// Everything at once: every field, a search by several, two orders and a cursor.
pub(crate) fn everything() -> Select {
    let order = |field: &str| Order {
        field: field.to_owned(),
        direction: Direction::Descending,
    };
    let text = |text: &str| Datum::Text(text.to_owned());
    Select {
        filter: Where::Any(vec![
            Where::is("f0", text("a")),
            Where::StartsWith("f4".into(), "s".into()),
            Where::Compare("f1".into(), Comparison::Less, Datum::Int(5)),
            Where::Contains("f3".into(), text("x")),
        ]),
        order: vec![order("f0"), order("f2")],
        after: Some(Cursor(vec![text("zz"), Datum::Null, text("0")])),
        ..Select::default()
    }
}
