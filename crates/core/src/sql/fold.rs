//! More parameters than D1 binds, in one.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::fragment::Fragment;
use crate::condition::Datum;
use crate::json::Value;

/// The most parameters that D1 binds to a statement.
pub const MAX_PARAMETERS: usize = 100;

/// A predicate with at most [`MAX_PARAMETERS`]: one with more gets them all as one JSON text.
pub(super) fn fold(predicate: Fragment) -> Fragment {
    if predicate.params.len() <= MAX_PARAMETERS {
        return predicate;
    }
    let text = numbered(&predicate.sql, |index| {
        alloc::format!("json_extract(`$p`, '$[{index}]')")
    });
    let members: Vec<Value> = predicate.params.iter().map(Datum::to_json).collect();
    Fragment {
        sql: alloc::format!("EXISTS (SELECT 1 FROM (SELECT ? AS `$p`) WHERE {text})"),
        params: alloc::vec![Datum::Text(Value::Array(members).to_string())],
    }
}

/// The text with something else for each `?`, by its number from 0.
///
/// A `?` within quotes of any kind is left alone.
#[must_use]
pub fn numbered(
    sql: &str,
    mut parameter: impl FnMut(usize) -> alloc::string::String,
) -> alloc::string::String {
    let mut out = alloc::string::String::with_capacity(sql.len());
    let mut quote = None;
    let mut index = 0;
    for character in sql.chars() {
        match (quote, character) {
            (None, '?') => {
                out.push_str(&parameter(index));
                index += 1;
                continue;
            }
            (None, '\'' | '"' | '`') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => (),
        }
        out.push(character);
    }
    out
}
