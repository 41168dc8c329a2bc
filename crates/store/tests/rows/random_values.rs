//! Random values of fields.

use portcullis_core::condition::{Datum, Type};
use portcullis_core::json::Value;
use serde_json::json;

use crate::generate::{FIELDS, FLOATS, INTS, LISTS, TEXTS};
use crate::support::Dice;

/// A value of a type, or null.
pub(crate) fn value(dice: &mut Dice, kind: &str) -> Datum {
    let kind_of = Type::parse(kind).unwrap();
    let json = match kind {
        _ if dice.once_in(6) => Value::Null,
        "string" if dice.once_in(4) => json!(dice.pick(&TEXTS)),
        "string" => json!(dice.pick(&["r1", "w1", "w2", "b1"])),
        "int" => json!(dice.pick(&INTS)),
        "float" => json!(dice.pick(&FLOATS)),
        "bool" => json!(dice.once_in(2)),
        _ => serde_json::from_str(dice.pick(&LISTS)).unwrap_or_default(),
    };
    Datum::conform(&json, kind_of)
}

/// Values of some fields.
pub(crate) fn values(dice: &mut Dice, once_in: usize) -> Vec<(&'static str, Datum)> {
    let mut values = Vec::new();
    for (name, kind) in FIELDS {
        if dice.once_in(once_in) {
            values.push((name, value(dice, kind)));
        }
    }
    values
}
