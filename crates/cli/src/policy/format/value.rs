//! Keys and values in their one form.

use toml_edit::{Array, Formatted, InlineTable, Key, RawString, Value};

/// Lists that make a line longer than this stand on several.
const MAX_LINE_CHARS: usize = 100;

const INDENT: &str = "    ";

/// A key: bare where it can be.
pub(super) fn key(key: Option<&Key>, name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    match quote(name) {
        Some(text) => text,
        None => key.map_or_else(String::new, |key| key.display_repr().into_owned()),
    }
}

/// `key = value`, the value on several lines when it is a list that asks for them.
pub(super) fn entry(key: &str, value: &Value) -> String {
    let line = format!("{key} = {}", one_line(value));
    match value {
        Value::Array(array) if has_comments(array) || is_too_long(&line, array) => {
            format!("{key} = {}", lines(array))
        }
        _ => line,
    }
}

fn is_too_long(line: &str, array: &Array) -> bool {
    !array.is_empty() && line.chars().count() > MAX_LINE_CHARS
}

fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Integer(number) => number.display_repr().into_owned(),
        Value::Float(number) => number.display_repr().into_owned(),
        Value::Boolean(boolean) => boolean.display_repr().into_owned(),
        Value::Datetime(time) => time.display_repr().into_owned(),
        Value::Array(array) if has_comments(array) => lines(array),
        Value::Array(array) => {
            let items: Vec<_> = array.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::InlineTable(table) => inline_table(table),
    }
}

fn inline_table(table: &InlineTable) -> String {
    // A table with comments inside has lines of its own already; they stay as they are.
    let mut bare = table.clone();
    bare.decor_mut().clear();
    let written = bare.to_string();
    if table.is_empty() {
        return if written.contains('#') {
            written.trim().to_owned()
        } else {
            "{}".to_owned()
        };
    }
    let entries: Vec<_> = table
        .get_values()
        .into_iter()
        .map(|(keys, value)| {
            let names: Vec<_> = keys.iter().map(|one| key(Some(one), one.get())).collect();
            format!("{} = {}", names.join("."), one_line(value))
        })
        .collect();
    let line = format!("{{ {} }}", entries.join(", "));
    if count_hashes(&written) == count_hashes(&line) {
        line
    } else {
        written.trim().to_owned()
    }
}

fn count_hashes(text: &str) -> usize {
    text.matches('#').count()
}

/// One item a line, with the comments before and behind them.
fn lines(array: &Array) -> String {
    let mut text = String::from("[\n");
    let mut pending: Option<&str> = None;
    for item in array {
        // What stands behind an item's comma is in front of the next item.
        let (behind, before) = split(item.decor().prefix());
        close(&mut text, pending.take(), behind);
        for comment in before {
            push!(text, "{INDENT}{comment}\n");
        }
        push!(text, "{INDENT}{},", one_line(item));
        let suffix = item.decor().suffix().and_then(RawString::as_str);
        pending = Some(suffix.unwrap_or(""));
    }
    let (behind, before) = split(Some(array.trailing()));
    close(&mut text, pending.take(), behind);
    for comment in before {
        push!(text, "{INDENT}{comment}\n");
    }
    text.push(']');
    text
}

/// Ends the line of an item with the comments that stood behind it.
fn close(text: &mut String, suffix: Option<&str>, behind: Option<&str>) {
    let Some(suffix) = suffix else {
        // Before the first item there is no line to end.
        if let Some(comment) = behind {
            push!(text, "{INDENT}{comment}\n");
        }
        return;
    };
    let mut own = suffix.lines().map(str::trim);
    let is_comment = |line: &&str| line.starts_with('#');
    let beside = own.next().filter(is_comment);
    if let Some(comment) = beside.or(behind) {
        push!(text, " {comment}");
    }
    text.push('\n');
    let below = behind.filter(|_| beside.is_some());
    for comment in own.filter(is_comment).chain(below) {
        push!(text, "{INDENT}{comment}\n");
    }
}

/// The comment on the line that the text begins on, and those on lines of their own.
fn split(raw: Option<&RawString>) -> (Option<&str>, impl Iterator<Item = &str>) {
    let text = raw.and_then(RawString::as_str).unwrap_or("");
    let is_comment = |line: &&str| line.starts_with('#');
    let mut lines = text.lines().map(str::trim);
    let behind = lines.next().filter(is_comment);
    (behind, lines.filter(is_comment))
}

fn has_comments(array: &Array) -> bool {
    let has = |raw: Option<&RawString>| {
        raw.and_then(RawString::as_str)
            .is_some_and(|text| text.contains('#'))
    };
    has(Some(array.trailing()))
        || array.iter().any(|item| {
            let decor = item.decor();
            let inner = item.as_array().is_some_and(has_comments);
            has(decor.prefix()) || has(decor.suffix()) || inner
        })
}

fn string(text: &Formatted<String>) -> String {
    quote(text.value()).unwrap_or_else(|| text.display_repr().into_owned())
}

/// A text in double quotes, or in single ones where that saves escapes; `None` when it takes escapes
/// or several lines, which stay as they were written.
fn quote(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        None
    } else if !text.contains(['"', '\\']) {
        Some(format!("\"{text}\""))
    } else if !text.contains('\'') {
        Some(format!("'{text}'"))
    } else {
        None
    }
}
