//! What a database holds, in a form that two runs of the same request can be compared by.

use std::collections::BTreeMap;

use crate::driver::Faulty;

/// Tables that count and remember for the server's own sake: a request that fails may leave something
/// in them, such as a guess that was counted.
const BOOKKEEPING: [&str; 7] = [
    "access_change",
    "audit_chain",
    "import_progress",
    "password_guess",
    "rate",
    "signing_key",
    "sqlite_sequence",
];

/// What must hold in every state, as queries that find nothing.
const INVARIANTS: [(&str, &str); 7] = [
    (
        "an audit record is without its link, or a link without its record",
        "SELECT id FROM audit WHERE id NOT IN (SELECT id FROM audit_chain) \
         UNION ALL SELECT id FROM audit_chain WHERE id NOT IN (SELECT id FROM audit)",
    ),
    (
        "a reference leads nowhere",
        "SELECT * FROM pragma_foreign_key_check",
    ),
    (
        "a disabled account has a session",
        "SELECT s.id FROM session s JOIN user u ON u.id = s.user_id WHERE u.disabled_at_ms IS NOT NULL",
    ),
    (
        "a banned account has a session",
        "SELECT s.id FROM session s JOIN user u ON u.id = s.user_id \
         WHERE u.banned_at_ms IS NOT NULL AND u.ban_expires_at_ms IS NULL",
    ),
    (
        "two keys sign",
        "SELECT state FROM signing_key WHERE state = 'active' GROUP BY state HAVING count(*) > 1",
    ),
    (
        "a session belongs to nobody",
        "SELECT id FROM session WHERE user_id NOT IN (SELECT id FROM user)",
    ),
    (
        "an account was left between two steps",
        "SELECT id FROM user WHERE epoch < 0",
    ),
];

/// Rows by table, sorted, with everything random in them replaced by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    tables: BTreeMap<String, Vec<String>>,
}

impl State {
    /// Reads everything that isn't bookkeeping, and makes sure that it is in order.
    pub(crate) fn of(database: &Faulty, when: &str) -> Self {
        for (what, sql) in INVARIANTS {
            let found = database.texts(sql);
            assert!(found.is_empty(), "{when}: {what}: {found:?}");
        }
        let names = database.texts("SELECT name FROM sqlite_schema WHERE type = 'table'");
        let tables = names
            .into_iter()
            .map(|mut row| row.remove(0))
            .filter(|name| !BOOKKEEPING.contains(&name.as_str()))
            .map(|name| {
                // What was refused is told in the log of audit records, whatever else happens.
                let only = if name == "audit" {
                    "WHERE status = 'ok'"
                } else {
                    ""
                };
                let rows = database.texts(&format!("SELECT * FROM \"{name}\" {only}"));
                let mut rows: Vec<_> = rows.iter().map(|row| plain(&row.join(" | "))).collect();
                rows.sort();
                (name, rows)
            });
        Self {
            tables: tables.collect(),
        }
    }

    /// Rows that one has and the other hasn't, for people.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let mut lines = Vec::new();
        for (name, rows) in &self.tables {
            let others = &other.tables[name];
            for row in rows.iter().filter(|row| !others.contains(row)) {
                lines.push(format!("  - {name}: {row}"));
            }
            for row in others.iter().filter(|row| !rows.contains(row)) {
                lines.push(format!("  + {name}: {row}"));
            }
            if rows.len() != others.len() {
                let (ours, theirs) = (rows.len(), others.len());
                lines.push(format!("  {name}: {ours} rows, {theirs} rows"));
            }
        }
        lines.join("\n") + "\n"
    }
}

/// Words of 20 characters and more are ids, hashes and sealed blobs; numbers of rows depend on what
/// was refused before.
fn plain(row: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_+/=$.:".contains(c);
    let mut text = String::new();
    let mut word = String::new();
    for c in row.chars().chain([' ']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        let is_random = word.len() >= 20
            && word.chars().any(|c| c.is_ascii_digit())
            && word.chars().any(char::is_alphabetic);
        text.push_str(if is_random { "<random>" } else { &word });
        word.clear();
        text.push(c);
    }
    text
}
