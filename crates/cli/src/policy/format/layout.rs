//! From a document to lines.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Key, RawString, Table, Value};

use super::value;

/// The order of sections and of the keys above them.
const SECTIONS: [&str; 14] = [
    "name",
    "version",
    "scopes",
    "default_tier",
    "roles",
    "permissions",
    "tiers",
    "apps",
    "tenants",
    "auth",
    "context",
    "resources",
    "rules",
    "fields",
];

/// The order of keys in tables whose keys are fixed. No two of them put a pair in different orders.
const KEYS: [&str; 21] = [
    "name",
    "label",
    "effect",
    "resource",
    "table",
    "actions",
    "when",
    "fields",
    "roles",
    "tier",
    "message",
    "level",
    "owner",
    "member",
    "manages",
    "grant_at",
    "inherits",
    "superuser_at",
    "scope",
    "type",
    "default",
];

/// One line, or several that belong together.
enum Line {
    Blank,
    Comment(String),
    Code {
        text: String,
        comment: Option<String>,
    },
}

pub(super) fn write(document: &DocumentMut) -> String {
    let mut writer = Writer { lines: Vec::new() };
    writer.table(document.as_table(), &mut Vec::new());
    writer.blank();
    writer.comments(Some(document.trailing()));
    writer.finish()
}

struct Writer {
    lines: Vec<Line>,
}

/// Where a table is, as keys written for a header.
type Path = Vec<String>;

impl Writer {
    fn table(&mut self, table: &Table, path: &mut Path) {
        let is_root = path.is_empty();
        let has_names = has_names(path);
        let mut values = table.get_values();
        if !has_names {
            let order: &[&str] = if is_root { &SECTIONS } else { &KEYS };
            values.sort_by_key(|(keys, _)| rank(order, keys.first().map_or("", |key| key.get())));
        }
        for (keys, value) in values {
            self.entry(&keys, value, is_root || has_names);
        }
        let mut tables: Vec<_> = table.iter().collect();
        if is_root {
            tables.sort_by_key(|(key, _)| rank(&SECTIONS, key));
        }
        for (name, item) in tables {
            path.push(value::key(table.key(name), name));
            match item {
                Item::Table(inner) if !inner.is_dotted() => {
                    if !inner.is_implicit() {
                        self.header(inner, &format!("[{}]", path.join(".")));
                    }
                    self.table(inner, path);
                }
                Item::ArrayOfTables(tables) => self.tables(tables, path),
                _ => {}
            }
            path.pop();
        }
    }

    fn tables(&mut self, tables: &ArrayOfTables, path: &mut Path) {
        for table in tables {
            self.header(table, &format!("[[{}]]", path.join(".")));
            self.table(table, path);
        }
    }

    fn header(&mut self, table: &Table, text: &str) {
        self.blank();
        self.comments(table.decor().prefix());
        self.lines.push(Line::Code {
            text: text.to_owned(),
            comment: trailing(table.decor().suffix()),
        });
    }

    fn entry(&mut self, keys: &[&Key], value: &Value, keeps_blanks: bool) {
        let prefix = keys.last().and_then(|key| key.leaf_decor().prefix());
        if keeps_blanks && has_blank(prefix) && self.ends_with_entry() {
            self.blank();
        }
        self.comments(prefix);
        let names: Vec<_> = keys
            .iter()
            .map(|key| value::key(Some(key), key.get()))
            .collect();
        self.lines.push(Line::Code {
            text: value::entry(&names.join("."), value),
            comment: trailing(value.decor().suffix()),
        });
    }

    fn ends_with_entry(&self) -> bool {
        matches!(self.lines.last(), Some(Line::Code { text, .. }) if !text.starts_with('['))
    }

    fn blank(&mut self) {
        if !matches!(self.lines.last(), None | Some(Line::Blank)) {
            self.lines.push(Line::Blank);
        }
    }

    /// The comments in what stands before something, with single blank lines between them.
    fn comments(&mut self, raw: Option<&RawString>) {
        let text = raw.and_then(RawString::as_str).unwrap_or("");
        let mut lines: Vec<_> = text.lines().map(str::trim).collect();
        // What follows the last line break is the indentation of what comes next.
        if !text.ends_with('\n') {
            lines.pop();
        }
        let mut has_comment = false;
        for line in lines {
            if !line.is_empty() {
                has_comment = true;
                self.lines.push(Line::Comment(line.to_owned()));
            } else if has_comment {
                self.blank();
            }
        }
    }

    fn finish(mut self) -> String {
        while matches!(self.lines.last(), Some(Line::Blank)) {
            self.lines.pop();
        }
        let widths: Vec<_> = self.lines.iter().map(commented_width).collect();
        let mut text = String::new();
        for (n, line) in self.lines.iter().enumerate() {
            match line {
                Line::Blank => {}
                Line::Comment(comment) => text.push_str(comment),
                Line::Code {
                    text: code,
                    comment,
                } => {
                    text.push_str(code);
                    if let Some(comment) = comment {
                        let last = code.lines().last().unwrap_or("").chars().count();
                        let pad = column(&widths, n).saturating_sub(last);
                        text.push_str(&" ".repeat(pad + 1));
                        text.push_str(comment);
                    }
                }
            }
            text.push('\n');
        }
        text
    }
}

/// Whether the keys of this table are names, whose order and grouping are the author's.
fn has_names(path: &[String]) -> bool {
    let names: Vec<_> = path.iter().map(String::as_str).collect();
    matches!(
        names.as_slice(),
        ["roles" | "permissions" | "apps" | "auth" | "context" | "resources"]
            | ["resources", _, "fields" | "scope"]
    )
}

fn rank(order: &[&str], key: &str) -> usize {
    order
        .iter()
        .position(|known| *known == key)
        .unwrap_or(order.len())
}

fn has_blank(raw: Option<&RawString>) -> bool {
    let text = raw.and_then(RawString::as_str).unwrap_or("");
    text.lines()
        .next()
        .is_some_and(|first| first.trim().is_empty())
        && text.contains('\n')
}

/// The comment behind something on its line.
fn trailing(raw: Option<&RawString>) -> Option<String> {
    let text = raw.and_then(RawString::as_str)?.trim();
    text.starts_with('#').then(|| text.to_owned())
}

/// How wide a line with a comment is; `None` for others, and for those of several lines.
fn commented_width(line: &Line) -> Option<usize> {
    match line {
        Line::Code {
            text,
            comment: Some(_),
        } if !text.contains('\n') => Some(text.chars().count()),
        _ => None,
    }
}

/// Where the comments of the neighbouring lines around `n` begin.
fn column(widths: &[Option<usize>], n: usize) -> usize {
    let (before, after) = widths.split_at_checked(n).unwrap_or((widths, &[]));
    let above = before.iter().rev().map_while(|width| *width);
    let below = after.iter().map_while(|width| *width);
    above.chain(below).max().unwrap_or(0)
}
