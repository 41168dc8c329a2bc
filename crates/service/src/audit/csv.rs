//! Audit records as CSV.

use serde_json::Value;

use super::to_rfc3339;
use crate::AuditEvent;

/// The first line (RFC 4180 section 2).
pub const CSV_HEADER: &str =
    "id,at,action,status,userId,scope,requestId,latencyMs,ipAddress,userAgent,fields";

/// One event as a line of CSV, without its line break; `fields` is JSON.
#[must_use]
pub fn to_csv(event: &AuditEvent) -> String {
    let fields = Value::Object(event.fields.clone()).to_string();
    let cells = [
        &event.id.to_string(),
        &to_rfc3339(event.at_ms),
        &event.action,
        event.status.as_str(),
        event.user_id.as_deref().unwrap_or_default(),
        event.scope.as_deref().unwrap_or_default(),
        &event.request_id,
        &event.latency_ms.to_string(),
        &event.ip_address,
        &event.user_agent,
        &fields,
    ];
    let mut line = String::new();
    for (index, text) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_cell(&mut line, text);
    }
    line
}

/// Formula injection (CWE-1236): a spreadsheet computes a cell that begins with one of these.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// One cell: a formula is made text with an apostrophe, quotes are doubled (RFC 4180 section 2), and
/// control characters are written out, so that a value can't begin a line of its own (CWE-117).
fn push_cell(line: &mut String, text: &str) {
    let is_formula = text.starts_with(FORMULA);
    let is_quoted = is_formula
        || text
            .chars()
            .any(|c| matches!(c, ',' | '"' | ';' | '\'') || c.is_whitespace() || c.is_control());
    if !is_quoted {
        line.push_str(text);
        return;
    }
    line.push('"');
    if is_formula {
        line.push('\'');
    }
    for c in text.chars() {
        match c {
            '"' => line.push_str("\"\""),
            c if c.is_control() => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_compute_becomes_text() {
        for (text, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\\u{9}=1\""),
            ("\r=1", "\"'\\u{d}=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "a=1"),
            (
                "=HYPERLINK(\"http://x\")",
                "\"'=HYPERLINK(\"\"http://x\"\")\"",
            ),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_are_doubled_and_no_value_leaves_its_line() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(cell("a\r\n9,forged"), "\"a\\u{d}\\u{a}9,forged\"");
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell(""), "");
    }
}
