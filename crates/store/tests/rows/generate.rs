//! Random policies, principals and rows.
#![expect(clippy::format_push_string, reason = "text put together for a test")]

use serde_json::{Value, json};

use crate::support::Dice;

/// The fields of every generated resource, and their types; names that mean something to SQL among them.
pub(crate) const FIELDS: [(&str, &str); 15] = [
    ("id", "string"),
    ("value", "string"),
    ("key", "string"),
    ("n", "int"),
    ("order", "int"),
    ("f", "float"),
    ("type", "float"),
    ("b", "bool"),
    ("tags", "list<string>"),
    ("path", "list<int>"),
    ("json", "list<float>"),
    ("flags", "list<bool>"),
    ("region", "string"),
    ("ward", "string"),
    ("bed", "string"),
];
/// Which columns say where a row is.
const SCOPES: [&str; 6] = [
    "{}",
    r#"{ region = "region", ward = "ward", bed = "bed" }"#,
    r#"{ ward = "ward" }"#,
    r#"{ region = "region", bed = "bed" }"#,
    r#"{ ward = "ward", region = "region" }"#,
    r#"{ bed = "bed" }"#,
];
pub(crate) const TEXTS: [&str; 24] = [
    "", "a", "A", "ab", "abc", "b", "ann", "%", "_", "a'b", "`", "\\u0000", "\\", "\"", "1", "5",
    "é", "e\u{301}", "😀x", "a\0b", "a\0c", "\0", "?", "z@0",
];
pub(crate) const INTS: [i64; 17] = [
    0,
    1,
    -1,
    2,
    3,
    5,
    42,
    1 << 53,
    (1 << 53) + 1,
    -(1 << 53) - 1,
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
    1_795_308_739,
    1 << 31,
    4_102_444_800,
    4_102_444_801,
];
pub(crate) const FLOATS: [f64; 11] = [
    0.0,
    -0.0,
    1.0,
    1.5,
    5.0,
    0.1,
    0.300_000_000_000_000_04,
    0.3,
    1e300,
    9_007_199_254_740_992.0,
    -2.5e-10,
];
/// What a column of a list may hold, good and bad.
pub(crate) const LISTS: [&str; 32] = [
    "[]",
    r#"["a"]"#,
    r#"["a","ab"]"#,
    r#"  ["b", "ann"] "#,
    r#"["a",null]"#,
    r#"["a",1]"#,
    r#"["\u0061\u00e9"]"#,
    r#"["a\u0000b"]"#,
    r#"["\ud83d\ude00x"]"#,
    r#"["5"]"#,
    "[1]",
    "[1,2,3]",
    "[1.0]",
    "[1.5]",
    "[5, 1e0]",
    "[1e300]",
    "[9007199254740993]",
    "[9223372036854775807]",
    "[9223372036854775808]",
    "[-9223372036854775809]",
    "[0.1, 0.30000000000000004]",
    "[1e999]",
    "[-0]",
    "[true,false]",
    "[true]",
    "[true,1]",
    "[[1]]",
    r#"{"a":1}"#,
    "not json",
    "[1,]",
    "['a']",
    "[1]\0x",
];
/// Texts that look like numbers.
const DIGITS: [&str; 2] = ["1", "5"];
const REGIONS: [&str; 3] = ["r1", "r2", "R1"];
const WARDS: [&str; 5] = ["w1", "w2", "w3", "1", "W1"];
const BEDS: [&str; 3] = ["b1", "b2", "r1"];
const ROLES: [&str; 4] = ["NURSE", "DOCTOR", "CHIEF", "AUDITOR"];

/// A policy as TOML.
pub(crate) fn policy(dice: &mut Dice) -> String {
    let mut text = String::from(
        "name = \"p\"\nscopes = [\"region\", \"ward\", \"bed\"]\ndefault_tier = \"low\"\n",
    );
    for (index, role) in ROLES.iter().enumerate() {
        text += &format!("[roles.{role}]\n");
        if dice.once_in(4) {
            let at = dice.pick(&["global", "region", "ward", "bed"]);
            text += &format!("superuser_at = \"{at}\"\n");
        }
        if index > 0 && dice.once_in(3) {
            text += &format!("inherits = [\"{}\"]\n", ROLES[dice.below(index)]);
        }
    }
    text += "[permissions]\n";
    for action in ["read", "update"] {
        let roles: Vec<_> = ROLES.iter().filter(|_| dice.once_in(5)).collect();
        let tier = if dice.once_in(6) {
            ", tier = \"high\""
        } else {
            ""
        };
        text += &format!("\"doc:{action}\" = {{ roles = {roles:?}{tier} }}\n");
    }
    text += "[[tiers]]\nname = \"low\"\n[[tiers]]\nname = \"high\"\n";
    let level = dice.pick(&["region", "ward"]);
    let may = |dice: &mut Dice| if dice.once_in(3) { "\"doc:read\"" } else { "" };
    let (owner, member) = (may(dice), may(dice));
    text += &format!("[tenants]\nlevel = \"{level}\"\nowner = [{owner}]\nmember = [{member}]\n");
    text += "[auth]\nname = \"string\"\nn = \"int\"\nf = \"float\"\nok = \"bool\"\n\
             teams = \"list<string>\"\nns = \"list<int>\"\nfs = \"list<float>\"\nbs = \"list<bool>\"\n\
             [context]\nname = \"string\"\nn = \"int\"\n[resources.doc]\ntable = \"odd-table.2\"\n";
    text += &format!("scope = {}\n[resources.doc.fields]\n", dice.pick(&SCOPES));
    for (name, kind) in FIELDS {
        text += &format!("{name} = \"{kind}\"\n");
    }
    let rules = dice.below(6);
    for number in 0..rules {
        text += &rule(dice, number);
    }
    // Now and then so many parameters that they are too many, and rules about one field each.
    if dice.once_in(25) {
        let about_fields = dice.once_in(2);
        for number in 0..60 {
            let effect = if about_fields && number % 3 == 0 {
                "deny"
            } else {
                "allow"
            };
            let when = format!("record.value == 'u{number}' || record.n > {number}");
            text += &format!(
                "[[rules]]\nname = \"many{number}\"\neffect = \"{effect}\"\nresource = \"doc\"\nwhen = {}\n",
                quoted(&when)
            );
            if about_fields {
                text += &format!("fields = [\"{}\"]\n", FIELDS[number % FIELDS.len()].0);
            }
        }
    }
    text
}

fn rule(dice: &mut Dice, number: usize) -> String {
    let effect = if dice.once_in(4) { "deny" } else { "allow" };
    let mut text =
        format!("[[rules]]\nname = \"r{number}\"\neffect = \"{effect}\"\nresource = \"doc\"\n");
    if dice.once_in(3) {
        text += &format!("actions = [\"{}\"]\n", dice.pick(&["read", "update"]));
    }
    if !dice.once_in(8) {
        text += &format!("when = {}\n", quoted(&condition(dice, 3)));
    }
    if dice.once_in(3) {
        let (a, b) = (dice.below(FIELDS.len()), dice.below(FIELDS.len()));
        text += &format!("fields = [\"{}\"", FIELDS[a].0);
        if a != b {
            text += &format!(", \"{}\"", FIELDS[b].0);
        }
        text += "]\n";
    }
    if dice.once_in(3) {
        text += &format!("roles = [\"{}\"]\n", dice.pick(&ROLES));
    }
    if dice.once_in(6) {
        text += "tier = \"high\"\n";
    }
    text
}

/// A TOML string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0' => out += "\\u0000",
            other => out.push(other),
        }
    }
    out + "\""
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 || dice.once_in(3) {
        return atom(dice);
    }
    match dice.below(5) {
        0 | 1 => format!(
            "({} && {})",
            condition(dice, depth - 1),
            condition(dice, depth - 1)
        ),
        2 | 3 => format!(
            "({} || {})",
            condition(dice, depth - 1),
            condition(dice, depth - 1)
        ),
        _ => format!("!({})", condition(dice, depth - 1)),
    }
}

fn atom(dice: &mut Dice) -> String {
    let scalar = dice.pick(&["string", "string", "int", "float", "bool"]);
    match dice.below(12) {
        0..=3 => {
            let operator = dice.pick(&["==", "!="]);
            let left = path(dice, scalar);
            let right = if dice.once_in(4) {
                "null".to_owned()
            } else {
                operand(dice, scalar)
            };
            format!("{left} {operator} {right}")
        }
        4 | 5 => {
            let scalar = dice.pick(&["string", "int", "float"]);
            let operator = dice.pick(&["<", "<=", ">", ">="]);
            format!(
                "{} {operator} {}",
                path(dice, scalar),
                operand(dice, scalar)
            )
        }
        6 | 7 => format!("{} in {}", operand(dice, scalar), list(dice, scalar)),
        8 => format!(
            "{}.startsWith({})",
            path(dice, "string"),
            operand(dice, "string")
        ),
        9 => {
            let operator = dice.pick(&["==", "!=", "<", ">="]);
            let number = if dice.once_in(4) {
                path(dice, "int")
            } else {
                dice.below(4).to_string()
            };
            format!("size({}) {operator} {number}", sized(dice))
        }
        10 => {
            let (name, _) = dice.pick(&FIELDS);
            format!("has(record.{name})")
        }
        _ => path(dice, "bool"),
    }
}

fn sized(dice: &mut Dice) -> String {
    if dice.once_in(2) {
        return path(dice, "string");
    }
    dice.pick(&[
        "record.tags",
        "record.path",
        "record.json",
        "record.flags",
        "auth.teams",
    ])
    .to_owned()
}

fn path(dice: &mut Dice, scalar: &str) -> String {
    let known: &[&str] = match scalar {
        "string" => &["auth.id", "auth.name", "request.name"],
        "int" => &["auth.n", "request.n", "request.time"],
        "float" => &["auth.f"],
        _ => &["auth.ok"],
    };
    if dice.once_in(5) {
        return dice.pick(known).to_owned();
    }
    let fields: Vec<_> = FIELDS.iter().filter(|(_, kind)| *kind == scalar).collect();
    format!("record.{}", dice.pick(&fields).0)
}

fn operand(dice: &mut Dice, scalar: &str) -> String {
    if dice.once_in(2) {
        return path(dice, scalar);
    }
    literal(dice, scalar)
}

fn literal(dice: &mut Dice, scalar: &str) -> String {
    match scalar {
        "string" if dice.once_in(4) => format!("'{}'", dice.pick(&DIGITS)),
        "int" if dice.once_in(4) => dice.pick(&DIGITS).to_owned(),
        "string" => format!(
            "'{}'",
            dice.pick(&TEXTS).replace('\\', "\\\\").replace('\'', "\\'")
        ),
        "int" => dice.pick(&INTS).to_string(),
        "float" => {
            let number: f64 = dice.pick(&FLOATS);
            // Conditions write no exponents with a sign in front.
            format!(
                "{:?}",
                if number.abs() > 1e16 || number.abs() < 1e-5 {
                    0.0
                } else {
                    number
                }
            )
        }
        _ => dice.pick(&["true", "false"]).to_owned(),
    }
}

fn list(dice: &mut Dice, scalar: &str) -> String {
    let (record, auth) = match scalar {
        "string" => ("record.tags", "auth.teams"),
        "int" => ("record.path", "auth.ns"),
        "float" => ("record.json", "auth.fs"),
        _ => ("record.flags", "auth.bs"),
    };
    match dice.below(4) {
        0 | 1 => record.to_owned(),
        2 => auth.to_owned(),
        _ => {
            let members: Vec<_> = (0..dice.below(4)).map(|_| literal(dice, scalar)).collect();
            if members.is_empty() {
                record.to_owned()
            } else {
                format!("[{}]", members.join(", "))
            }
        }
    }
}

/// A principal as JSON.
pub(crate) fn principal(dice: &mut Dice) -> Value {
    let mut grants: Vec<Value> = (0..dice.below(5)).map(|_| grant(dice)).collect();
    let mut teams: Vec<&str> = (0..dice.below(3)).map(|_| dice.pick(&TEXTS)).collect();
    let many: Vec<String> = (0..150).map(|number| format!("x{number}")).collect();
    if dice.once_in(10) {
        let role = dice.pick(&ROLES);
        let region = |number: usize| REGIONS[number % 2];
        grants.extend(
            (0..150)
                .map(|number| json!(format!("{role}@region:{}/ward:v{number}", region(number)))),
        );
        grants.push(json!(format!("{role}@ward:w1")));
        teams.extend(many.iter().map(String::as_str));
    }
    let tenants: Vec<Value> = (0..dice.below(3))
        .map(|index| {
            let permissions = if dice.once_in(2) { vec!["doc:read", "ghost:x"] } else { vec!["doc:update"] };
            let id = [["r1", "w2"], ["w1", "r2"]][index][dice.below(2)];
            json!({"id": id, "owner": dice.once_in(2), "roles": [{"name": "x", "permissions": permissions}]})
        })
        .collect();
    let mut attributes = json!({
        "name": dice.pick(&TEXTS), "n": dice.pick(&INTS), "f": dice.pick(&FLOATS), "ok": dice.once_in(2),
        "teams": teams, "ns": [dice.pick(&INTS), dice.pick(&INTS)], "fs": [dice.pick(&FLOATS), 5],
        "bs": [dice.once_in(2)],
    });
    for name in ["name", "n", "f", "ok", "teams", "ns", "fs", "bs"] {
        if dice.once_in(6) {
            attributes[name] = Value::Null;
        }
    }
    let mut principal = json!({"id": dice.pick(&TEXTS), "grants": grants, "tenants": tenants, "attributes": attributes});
    match dice.below(8) {
        0 => principal["tier"] = json!("high"),
        1 => principal["tier"] = json!("unheard-of"),
        2 => principal["expiresSecs"] = json!(1_795_308_739 + dice.below(2)),
        _ => (),
    }
    principal
}

fn grant(dice: &mut Dice) -> Value {
    let role = dice.pick(&ROLES);
    let mut scope = Vec::new();
    let region = format!("region:{}", dice.pick(&REGIONS));
    let ward = format!("ward:{}", dice.pick(&WARDS));
    let bed = format!("bed:{}", dice.pick(&BEDS));
    match dice.below(8) {
        0 => (),
        1 => scope.push(region),
        2 => scope.push(ward),
        3 | 4 => scope.extend([region, ward]),
        5 => scope.push(bed),
        6 => scope.extend([region, bed]),
        _ => scope.extend([region, ward, bed]),
    }
    json!(if scope.is_empty() {
        role.to_owned()
    } else {
        format!("{role}@{}", scope.join("/"))
    })
}

/// A cell of a column of a type: mostly such a value, now and then another.
pub(crate) fn cell(dice: &mut Dice, name: &str, kind: &str) -> rusqlite::types::Value {
    use rusqlite::types::Value as Cell;
    let text = |text: &str| Cell::Text(text.to_owned());
    if dice.once_in(7) {
        return Cell::Null;
    }
    if dice.once_in(12) {
        return match dice.below(8) {
            0 => Cell::Blob(b"a".to_vec()),
            1 => Cell::Real(dice.pick(&[
                5.0,
                5.5,
                1e300,
                9.3e18,
                f64::INFINITY,
                -9_223_372_036_854_775_808.0,
            ])),
            2 => Cell::Integer(dice.pick(&[0, 1, 2, 5])),
            3 => text("5"),
            4 => text("1"),
            5 => text(dice.pick(&LISTS)),
            6 => Cell::Blob(Vec::new()),
            _ => Cell::Integer(i64::MAX),
        };
    }
    match (name, kind) {
        ("region", _) => text(dice.pick(&REGIONS)),
        ("ward", _) => {
            if dice.once_in(6) {
                Cell::Text(format!("v{}", dice.below(160)))
            } else {
                text(dice.pick(&WARDS))
            }
        }
        ("bed", _) => text(dice.pick(&BEDS)),
        // Columns of numbers make numbers of these, columns of texts make these of numbers.
        (_, "string" | "int") if dice.once_in(4) => text(dice.pick(&DIGITS)),
        (_, "bool") if dice.once_in(6) => Cell::Real(1.0),
        (_, "string") => text(dice.pick(&TEXTS)),
        (_, "int") => Cell::Integer(dice.pick(&INTS)),
        (_, "float") => Cell::Real(dice.pick(&FLOATS)),
        (_, "bool") => Cell::Integer(i64::from(dice.once_in(2))),
        _ => text(dice.pick(&LISTS)),
    }
}
