use portcullis_core::policy::Document;
use serde::de::DeserializeOwned;

use super::*;

/// Both readers agree: on the value when they accept, and on refusing.
#[track_caller]
fn agree<T: DeserializeOwned + PartialEq + core::fmt::Debug>(
    text: &str,
    read: fn(&str) -> Result<T, ReadError>,
) {
    let derived: Option<T> = serde_json::from_str(text).ok();
    assert_eq!(read(text).ok(), derived, "{text}");
}

/// Every text that a change of one character or the loss of one makes of `text`.
fn neighbours(text: &str) -> impl Iterator<Item = String> + '_ {
    let replacements = ['"', '0', 'x', ',', '{', '}', '[', ']', 'n'];
    text.char_indices().flat_map(move |(at, old)| {
        let before = text.get(..at).unwrap();
        let after = text.get(at + old.len_utf8()..).unwrap();
        let replaced = replacements
            .into_iter()
            .map(move |new| format!("{before}{new}{after}"));
        core::iter::once(format!("{before}{after}")).chain(replaced)
    })
}

const DOCUMENT: &str = concat!(
    r#"{"format":"portcullis-policy/1","name":"n","version":"1","scopes":[{"name":"a","at":{"line":1,"column":2}}],"#,
    r#""roles":[{"name":"R","label":"l","level":3,"grant_at":["a"],"manages":"any","inherits":["S"],"superuser_at":"a"}],"#,
    r#""permissions":[{"name":"p:q","roles":["R"],"tier":"t","label":"L"}],"#,
    r#""tiers":[{"name":"t","label":"T"}],"default_tier":"t","apps":[{"name":"x","tier":"t","label":"X"}],"#,
    r#""tenants":{"level":"a","owner":["p:q"],"member":[],"at":{"line":3,"column":4}},"#,
    r#""auth":[{"name":"c","type":"int","at":{"line":5,"column":1}}],"context":[{"name":"d","type":"list<string>"}],"#,
    r#""resources":[{"name":"r","label":"Z","table":"rs","actions":["read"],"scope":[{"level":"a","field":"f"}],"#,
    r#""fields":[{"name":"f","type":"string","default":"auth.id","at":{"line":6,"column":1}}],"at":{"line":7,"column":1}}],"#,
    r#""rules":[{"name":"u","effect":"deny","resource":"r","actions":["read"],"when":"true","fields":["f"],"roles":["R"],"#,
    r#""tier":"t","message":"m","at":{"line":8,"column":1},"when_at":{"line":9,"column":9}}],"reduced":true}"#
);

#[test]
fn documents_are_read_as_the_derived_reader_reads_them() {
    agree::<Document>(DOCUMENT, document);
    for text in neighbours(DOCUMENT) {
        // The derived reader leaves the format to its caller.
        let derived = Document::parse_json(&text).ok();
        assert_eq!(document(&text).ok(), derived, "{text}");
    }
}

#[test]
fn principals_are_read_as_the_derived_reader_reads_them() {
    let full = r#"{"id":"u","grants":["R@a:1",{"role":"R","scope":"a:1"},{"role":"R","scope":{"a":"1"}},{"role":"R"}],"tier":"t","expiresSecs":10,"later":null}"#;
    agree::<Principal>(full, principal);
    neighbours(full).for_each(|text| agree::<Principal>(&text, principal));
    for text in [
        "{}",
        r#"{"tier":null,"expiresSecs":null}"#,
        r#"{"id":null}"#,
        r#"{"grants":null}"#,
        r#"{"expiresSecs":1.5}"#,
        r#"{"expiresSecs":-1}"#,
    ] {
        agree::<Principal>(text, principal);
    }
}

#[test]
fn requests_are_read_as_the_derived_reader_reads_them() {
    for text in [
        r#"{"action":"q","resource":"p","record":{"x":[1,null]},"fields":["x"],"context":{"k":1.5}}"#,
        r#"{"permission":"p:q","tenant":"t","target":{"grants":["R@a:1","R"]}}"#,
        r#"{"permission":"p:q","target":{}}"#,
        r#"{"permission":"p:q","target":{"grants":[{"role":"R"}]}}"#,
        r#"{"permission":"p:q","target":null,"record":null,"fields":null,"context":null}"#,
        r#"{"permission":"p:q","target":{"grants":null}}"#,
        r#"{"permission":"p:q","scope":{"a":"1","b":"2"}}"#,
        r#"{"permission":"p:q","scope":"a:1"}"#,
        r#"{"app":"x"}"#,
        r#"{"tier":"t","permission":null,"scope":null}"#,
        r#"{"permission":"p:q","scope":{"a":null}}"#,
        r#"{"permission":"p:q","scope":[]}"#,
    ] {
        agree::<Request>(text, request);
        neighbours(text).for_each(|text| agree::<Request>(&text, request));
    }
}

#[test]
fn a_scope_named_twice_is_refused_where_the_derived_reader_keeps_the_last() {
    assert!(request(r#"{"permission":"p:q","scope":{"team":"t7","team":"t8"}}"#).is_err());
}

#[test]
fn errors_name_the_place_and_what_belongs_there() {
    let told = |text: &str| document(text).unwrap_err().to_string();
    assert_eq!(told("{"), "not JSON at line 1, column 1");
    assert_eq!(told("[]"), "not a JSON object");
    assert_eq!(
        told(r#"{"format":"x","name":"n"}"#),
        "`format` is not portcullis-policy/1"
    );
    assert_eq!(
        told(&DOCUMENT.replace(r#""level":3"#, r#""level":"3""#)),
        "`roles[0].level` is not a whole number below 2^32"
    );
    assert_eq!(
        told(&DOCUMENT.replace(r#""name":"p:q","#, "")),
        "`permissions[0].name` is not there"
    );
    assert_eq!(
        told(&DOCUMENT.replace("default_tier", "defaultTier")),
        "`defaultTier` is not a known member"
    );
}
