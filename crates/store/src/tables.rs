//! Names of the tables for tenants, which an operator may choose.

use std::borrow::Cow;
use std::fmt;

use crate::Migration;

/// Longest name of a table, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The tables that may have other names, as they are called in the program and by default.
pub const RENAMABLE: [&str; 8] = [
    "tenant",
    "tenant_member",
    "tenant_role",
    "tenant_role_permission",
    "tenant_member_role",
    "tenant_permission",
    "tenant_permission_epoch",
    "tenant_change",
];

/// Tables of this product that keep their names.
const TAKEN: &[&str] = &[
    "access_change",
    "api_key",
    "audit",
    "audit_chain",
    "audit_checkpoint",
    "audit_link",
    "audit_segment",
    "audit_sink",
    "d1_migrations",
    "identity_link",
    "identity_link_code",
    "import_progress",
    "mail",
    "one_time",
    "outside_account",
    "password",
    "password_guess",
    "rate",
    "record",
    "record_value",
    "role_grant",
    "scope",
    "security_event",
    "session",
    "signing_key",
    "user",
    "user_block",
    "user_replaced",
    "user_setting",
    "user_stretch",
    "user_tally",
    "user_to_fold",
];

/// The name of each table of [`RENAMABLE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    names: [String; RENAMABLE.len()],
}

/// Why names of tables were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TablesError {
    /// A part isn't `TABLE=NAME` or `prefix=TEXT`.
    Malformed(String),
    /// There is no such table to rename.
    UnknownTable(String),
    /// A name isn't a letter or `_`, then letters, digits and `_`, at most 64 bytes.
    Name(String),
    /// Two tables would have this name.
    Taken(String),
}

impl fmt::Display for TablesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(part) => write!(
                f,
                "`{part}` isn't `TABLE=NAME`; write `prefix=acme_`, or `tenant=organization`, \
                 separated by commas"
            ),
            Self::UnknownTable(table) => write!(
                f,
                "there is no table `{table}` to rename; there are: {}",
                RENAMABLE.join(", ")
            ),
            Self::Name(name) => write!(
                f,
                "`{name}` isn't a name for a table: a letter or `_`, then letters, digits and \
                 `_`, at most {MAX_NAME_BYTES} bytes"
            ),
            Self::Taken(name) => write!(f, "two tables would be called `{name}`"),
        }
    }
}

impl core::error::Error for TablesError {}

impl Default for Tables {
    fn default() -> Self {
        Self {
            names: RENAMABLE.map(str::to_owned),
        }
    }
}

impl Tables {
    /// Reads names: `prefix=acme_` for all tables, `tenant=organization` for one, separated by
    /// commas; empty text leaves every name as it is.
    ///
    /// # Errors
    /// [`TablesError`] for the first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, TablesError> {
        let mut tables = Self::default();
        let parts = || text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let halves = |part: &str| {
            part.split_once('=')
                .map(|(table, name)| (table.trim().to_owned(), name.trim().to_owned()))
                .ok_or_else(|| TablesError::Malformed(part.to_owned()))
        };
        for part in parts() {
            let (table, prefix) = halves(part)?;
            if table == "prefix" {
                tables.names = RENAMABLE.map(|name| format!("{prefix}{name}"));
            }
        }
        for part in parts() {
            let (table, name) = halves(part)?;
            if table == "prefix" {
                continue;
            }
            let place = RENAMABLE.iter().position(|known| *known == table);
            match place.and_then(|index| tables.names.get_mut(index)) {
                Some(slot) => *slot = name,
                None => return Err(TablesError::UnknownTable(table)),
            }
        }
        tables.check()
    }

    /// SQL injection (CWE-89): names become part of SQL text, so they are nothing but identifiers.
    fn check(self) -> Result<Self, TablesError> {
        for (index, name) in self.names.iter().enumerate() {
            let mut bytes = name.bytes();
            let is_name = name.len() <= MAX_NAME_BYTES
                && bytes
                    .next()
                    .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let lower = name.to_ascii_lowercase();
            if !is_name || lower.starts_with("sqlite_") {
                return Err(TablesError::Name(name.clone()));
            }
            let is_like = |other: &String| other.eq_ignore_ascii_case(name);
            let others = self.names.iter().take(index);
            if TAKEN.contains(&lower.as_str()) || others.clone().any(is_like) {
                return Err(TablesError::Taken(name.clone()));
            }
        }
        Ok(self)
    }

    /// What a table of [`RENAMABLE`] is called.
    #[must_use]
    pub fn name(&self, table: &str) -> Option<&str> {
        let index = RENAMABLE.iter().position(|known| *known == table)?;
        self.names.get(index).map(String::as_str)
    }

    /// Pairs of the name in the program and the chosen one.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        RENAMABLE
            .into_iter()
            .zip(self.names.iter().map(String::as_str))
    }

    /// Puts names where a text says `{tenant}`.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let named = after
                .split_once('}')
                .and_then(|(table, tail)| Some((self.name(table)?, tail)));
            if let Some((name, tail)) = named {
                filled.push('"');
                filled.push_str(name);
                filled.push('"');
                rest = tail;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }

    /// A migration's text with these names. Indexes are called after their tables,
    /// `tenant_member_by_user`, and follow them.
    #[must_use]
    pub fn migration(&self, migration: &Migration) -> Cow<'static, str> {
        if *self == Self::default() {
            return Cow::Borrowed(migration.sql);
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut text = String::new();
        let mut rest = migration.sql;
        while !rest.is_empty() {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.push_word(&mut text, word);
            let next = tail.find(is_word).unwrap_or(tail.len());
            let (between, tail) = tail.split_at_checked(next).unwrap_or((tail, ""));
            text.push_str(between);
            rest = tail;
        }
        Cow::Owned(text)
    }

    fn push_word(&self, text: &mut String, word: &str) {
        let (table, index) = match word.split_once("_by_") {
            Some((table, index)) => (table, Some(index)),
            None => (word, None),
        };
        match self.name(table) {
            Some(name) => {
                text.push('"');
                text.push_str(name);
                if let Some(index) = index {
                    text.push_str("_by_");
                    text.push_str(index);
                }
                text.push('"');
            }
            None => text.push_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;

    #[test]
    fn a_prefix_names_all_tables_and_a_pair_names_one() {
        let tables = Tables::parse("tenant = organization , prefix=acme_").unwrap();
        assert_eq!(tables.name("tenant"), Some("organization"));
        assert_eq!(tables.name("tenant_role"), Some("acme_tenant_role"));
        assert_eq!(Tables::parse("").unwrap(), Tables::default());
        assert_eq!(tables.name("user"), None);
    }

    #[test]
    fn no_table_of_the_schema_is_left_for_another_to_be_called() {
        for migration in MIGRATIONS {
            let made = migration.sql.split("CREATE TABLE ").skip(1);
            for name in made.filter_map(|rest| rest.split_whitespace().next()) {
                assert!(
                    RENAMABLE.contains(&name) || TAKEN.contains(&name),
                    "{}: `{name}`",
                    migration.name
                );
            }
        }
    }

    #[test]
    fn names_that_are_no_identifiers_or_are_taken_are_refused() {
        let long = format!("tenant={}", "a".repeat(65));
        for (text, expected) in [
            ("tenant", TablesError::Malformed("tenant".into())),
            ("user=u", TablesError::UnknownTable("user".into())),
            ("tenant=", TablesError::Name(String::new())),
            ("tenant=1a", TablesError::Name("1a".into())),
            ("tenant=a b", TablesError::Name("a b".into())),
            ("tenant=a\"b", TablesError::Name("a\"b".into())),
            ("tenant=sqlite_x", TablesError::Name("sqlite_x".into())),
            ("prefix=a;", TablesError::Name("a;tenant".into())),
            (&long, TablesError::Name("a".repeat(65))),
            ("tenant=User", TablesError::Taken("User".into())),
            ("tenant_role=TENANT", TablesError::Taken("TENANT".into())),
        ] {
            assert_eq!(Tables::parse(text), Err(expected), "{text}");
        }
        assert!(Tables::parse(&format!("tenant={}", "a".repeat(64))).is_ok());
    }

    #[test]
    fn names_are_put_in_quoted_and_other_braces_stay() {
        let tables = Tables::parse("tenant=order").unwrap();
        assert_eq!(
            tables.fill("SELECT '{}', {x} FROM {tenant} JOIN {tenant_role}"),
            "SELECT '{}', {x} FROM \"order\" JOIN \"tenant_role\""
        );
    }

    #[test]
    fn a_migration_has_the_chosen_names_for_tables_indexes_and_references() {
        let migration = MIGRATIONS
            .iter()
            .find(|one| one.name == "0005_tenants.sql")
            .unwrap();
        let tables = Tables::parse("prefix=x_,tenant=organization").unwrap();
        let text = tables.migration(migration);
        assert!(text.contains("CREATE TABLE \"organization\" ("));
        assert!(text.contains("REFERENCES \"organization\" (id)"));
        let index = "CREATE INDEX \"x_tenant_member_by_user\" ON \"x_tenant_member\" (user_id)";
        assert!(text.contains(index));
        assert!(text.contains("tenant_id TEXT NOT NULL"));
        assert!(text.contains("ALTER TABLE user ADD COLUMN"));
        assert_eq!(Tables::default().migration(migration), migration.sql);
    }
}
