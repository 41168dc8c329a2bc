//! A record as it is hashed.

/// A record of the audit log, every column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the columns of the table `audit`")]
pub struct ChainRecord {
    pub id: i64,
    pub at_ms: i64,
    pub action: String,
    pub status: String,
    pub user_id: Option<String>,
    pub scope: Option<String>,
    pub request_id: String,
    pub latency_ms: i64,
    pub ip_address: String,
    pub user_agent: String,
    /// A JSON object, as text.
    pub fields: String,
}

impl ChainRecord {
    /// The canonical text: a JSON array of the columns, byte for byte what SQLite's `json_array` makes of them.
    ///
    /// Ambiguity (two records with one text): every text is quoted, and no column is left out.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::with_capacity(128 + self.fields.len() + self.user_agent.len());
        text.push('[');
        text.push_str(&self.id.to_string());
        text.push(',');
        text.push_str(&self.at_ms.to_string());
        for column in [
            Some(&self.action),
            Some(&self.status),
            self.user_id.as_ref(),
        ] {
            push(&mut text, column);
        }
        for column in [self.scope.as_ref(), Some(&self.request_id)] {
            push(&mut text, column);
        }
        text.push(',');
        text.push_str(&self.latency_ms.to_string());
        for column in [&self.ip_address, &self.user_agent, &self.fields] {
            push(&mut text, Some(column));
        }
        text.push(']');
        text
    }

    /// Reads what [`Self::canonical`] wrote; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        type Columns = (
            i64,
            i64,
            String,
            String,
            Option<String>,
            Option<String>,
            String,
            i64,
            String,
            String,
            String,
        );
        let columns: Columns = serde_json::from_str(text).ok()?;
        let record = Self {
            id: columns.0,
            at_ms: columns.1,
            action: columns.2,
            status: columns.3,
            user_id: columns.4,
            scope: columns.5,
            request_id: columns.6,
            latency_ms: columns.7,
            ip_address: columns.8,
            user_agent: columns.9,
            fields: columns.10,
        };
        (record.canonical() == text).then_some(record)
    }
}

/// Adds a column. SQLite and serde escape the same characters in the same way: `"`, `\` and those below U+0020.
fn push(text: &mut String, column: Option<&String>) {
    text.push(',');
    match column {
        // A string always serialises.
        Some(column) => text.push_str(&serde_json::to_string(column).unwrap_or_default()),
        None => text.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_every_column_in_quotes_and_reads_back() {
        let record = ChainRecord {
            id: 7,
            at_ms: 4_107_542_400_000,
            action: "auth.login".into(),
            status: "fail".into(),
            user_id: None,
            scope: Some("null".into()),
            request_id: "a\"\\\u{1}\n\u{7f}é🔑".into(),
            latency_ms: -1,
            ip_address: String::new(),
            user_agent: "b".into(),
            fields: r#"{"a":1}"#.into(),
        };
        let text = record.canonical();
        assert_eq!(
            text,
            "[7,4107542400000,\"auth.login\",\"fail\",null,\"null\",\"a\\\"\\\\\\u0001\\n\u{7f}é🔑\",-1,\"\",\"b\",\"{\\\"a\\\":1}\"]"
        );
        assert_eq!(ChainRecord::parse(&text), Some(record));
    }

    #[test]
    fn another_spelling_of_a_record_is_refused() {
        for text in [
            "[]",
            "{}",
            "",
            "[1,2]",
            r#"[1, 2,"a","ok",null,null,"r",3,"","","{}"]"#,
        ] {
            assert_eq!(ChainRecord::parse(text), None, "{text}");
        }
        assert!(ChainRecord::parse(r#"[1,2,"a","ok",null,null,"r",3,"","","{}"]"#).is_some());
    }
}
