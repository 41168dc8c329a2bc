//! `portcullis policy`: what people who write policies meet.

mod check;
mod diff;
mod examples;
mod explain;
mod fmt;
mod matrix;
mod sql;
mod test;
mod types;
mod watch;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Place, run, said};

/// Writes a file and returns its path as an argument.
fn write(place: &Place, name: &str, text: &str) -> String {
    let file = place.file(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Runs `portcullis policy …`, which must end with this code; what it wrote to standard output and
/// to standard error.
#[track_caller]
fn ends(code: i32, args: &[&str]) -> (String, String) {
    let output = run(&[&["policy"], args].concat());
    assert_eq!(
        output.status.code(),
        Some(code),
        "{args:?}\n{}",
        said(&output)
    );
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// Runs `portcullis policy …`, which must succeed in silence; what it wrote.
#[track_caller]
fn says(args: &[&str]) -> String {
    let (out, err) = ends(0, args);
    assert_eq!(err, "", "{args:?}");
    out
}

#[track_caller]
fn says_json(args: &[&str]) -> Value {
    serde_json::from_str(&says(args)).unwrap()
}

/// Runs `portcullis policy …`, which must fail with one line; that line.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let (out, err) = ends(1, args);
    assert_eq!(out, "", "{args:?}");
    let line = err.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "more than one line: {err}");
    line.strip_prefix("portcullis: ").unwrap().to_owned()
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A policy that has something of everything.
const CLINIC: &str = r#"name = "clinic"
version = "1.0.0"
scopes = ["region", "ward"]
default_tier = "public"

[roles.NURSE]
label = "Nurse"
level = 1
grant_at = ["ward"]

[roles.DIRECTOR]
label = "Director"
level = 3
inherits = ["NURSE"]
superuser_at = "region"

[permissions]
"record:read" = ["NURSE"]
"record:export" = { label = "Export <records>", roles = ["DIRECTOR"], tier = "beta" }

[[tiers]]
name = "public"

[[tiers]]
name = "beta"
label = "Beta"

[apps]
calendar = "public"

[tenants]
level = "region"
owner = ["record:read"]

[auth]
clearance = "int"

[context]
reason = "string"

[resources.record]
table = "records"
scope = { ward = "ward_id" }

[resources.record.fields]
id = "string"
owner_id = { type = "string", default = "auth.id" }
ward_id = "string"
locked = "bool"
title = "string"

[[rules]]
name = "locked"
effect = "deny"
resource = "record"
actions = ["update", "delete"]
when = "record.locked == true && request.reason == null"
message = "A locked record takes a reason."

[[rules]]
name = "own-records"
effect = "allow"
resource = "record"
actions = ["update"]
when = "record.owner_id == auth.id && auth.clearance >= 2"
fields = ["title"]
roles = ["NURSE"]
"#;
