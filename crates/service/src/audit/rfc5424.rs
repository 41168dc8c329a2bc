//! Audit records as RFC 5424 lines.

use core::fmt::Write;

use serde_json::Value;

use crate::{AuditEvent, AuditStatus};

/// Facility 10, security and authorization messages (RFC 5424 table 1).
const FACILITY: u8 = 10;
/// Informational and warning (RFC 5424 table 2).
const SEVERITY_OK: u8 = 6;
const SEVERITY_FAIL: u8 = 4;
/// The enterprise number set aside for documentation (RFC 5612); a site may put its own.
pub const DEFAULT_ENTERPRISE_NUMBER: u32 = 32_473;

/// One event as a syslog line (RFC 5424 section 6), without a line break.
///
/// `hostname` names the site; `enterprise` is its private enterprise number.
#[must_use]
pub fn to_rfc5424(event: &AuditEvent, hostname: &str, enterprise: u32) -> String {
    let severity = match event.status {
        AuditStatus::Ok => SEVERITY_OK,
        AuditStatus::Fail => SEVERITY_FAIL,
    };
    let mut line = format!(
        "<{}>1 {} {} portcullis - {} [portcullis@{enterprise}",
        FACILITY * 8 + severity,
        to_rfc3339(event.at_ms),
        header_field(hostname, 255),
        header_field(&event.action, 32),
    );
    let mut param = |name: &str, value: &str| {
        // Writing to a String can't fail.
        let _ = write!(line, " {name}=\"");
        push_param_value(&mut line, value);
        line.push('"');
    };
    param("id", &event.id.to_string());
    param("action", &event.action);
    param("status", event.status.as_str());
    if let Some(user) = &event.user_id {
        param("user", user);
    }
    if let Some(scope) = &event.scope {
        param("scope", scope);
    }
    param("request", &event.request_id);
    param("latency_ms", &event.latency_ms.to_string());
    if !event.ip_address.is_empty() {
        param("ip", &event.ip_address);
    }
    if !event.user_agent.is_empty() {
        param("agent", &event.user_agent);
    }
    for (name, value) in &event.fields {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        param(&param_name(name), &text);
    }
    line.push(']');
    line
}

/// A header field: printable ASCII without spaces, `-` when there is nothing (RFC 5424 section 6).
fn header_field(text: &str, max: usize) -> String {
    let field: String = text
        .chars()
        .filter(char::is_ascii_graphic)
        .take(max)
        .collect();
    if field.is_empty() {
        "-".to_owned()
    } else {
        field
    }
}

/// A parameter name: printable ASCII but `=`, `]`, `"`, at most 32 (RFC 5424 section 6.3.3).
fn param_name(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '=' | ']' | '"'))
        .take(32)
        .collect();
    if name.is_empty() {
        "field".to_owned()
    } else {
        name
    }
}

/// A parameter value. Log forging (CWE-117): `"`, `\` and `]` are escaped as RFC 5424 section 6.3.3
/// says; control characters, which it permits, are written out so that a value can't break a line.
fn push_param_value(line: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '"' | '\\' | ']' => line.extend(['\\', c]),
            c if c.is_control() => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
}

/// A time in UTC with milliseconds, as `2026-11-22T00:52:19.542Z` (RFC 3339 section 5.6).
///
/// Dates are those of the proleptic Gregorian calendar; times before 1970 are written as 1970.
#[must_use]
pub fn to_rfc3339(at_ms: i64) -> String {
    let at_ms = at_ms.max(0);
    let (days, ms) = (at_ms / 86_400_000, at_ms % 86_400_000);
    // Civil date from days: eras of 400 years that begin on 1 March of year 0.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    // Lists write it twice an account: digit by digit, several times as fast as by `format!`.
    let mut text = String::with_capacity(24);
    digits(&mut text, year, 4);
    for (before, number, width) in [
        ('-', month, 2),
        ('-', day, 2),
        ('T', ms / 3_600_000, 2),
        (':', ms / 60_000 % 60, 2),
        (':', ms / 1000 % 60, 2),
        ('.', ms % 1000, 3),
    ] {
        text.push(before);
        digits(&mut text, number, width);
    }
    text.push('Z');
    text
}

/// Appends a number that isn't negative, with zeros in front up to a width.
fn digits(text: &mut String, number: i64, width: u32) {
    let mut power = 10_i64.pow(width.saturating_sub(1));
    while number / power >= 10 {
        power *= 10;
    }
    while power > 0 {
        let digit = u8::try_from(number / power % 10).unwrap_or_default();
        text.push(char::from(b'0' + digit));
        power /= 10;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn sample() -> AuditEvent {
        AuditEvent {
            id: 7,
            at_ms: 1_795_308_739_542,
            action: "auth.login".into(),
            status: AuditStatus::Fail,
            user_id: Some("u1".into()),
            scope: Some("state:ca".into()),
            request_id: "r1".into(),
            latency_ms: 71,
            ip_address: "192.0.2.1".into(),
            user_agent: "a \"browser\"".into(),
            fields: Map::from_iter([("reason".to_owned(), Value::from("wrong_password"))]),
        }
    }

    #[test]
    fn an_event_becomes_one_structured_syslog_line() {
        assert_eq!(
            to_rfc5424(&sample(), "unit.example", DEFAULT_ENTERPRISE_NUMBER),
            "<84>1 2026-11-22T00:52:19.542Z unit.example portcullis - auth.login \
             [portcullis@32473 id=\"7\" action=\"auth.login\" status=\"fail\" user=\"u1\" \
             scope=\"state:ca\" request=\"r1\" latency_ms=\"71\" ip=\"192.0.2.1\" \
             agent=\"a \\\"browser\\\"\" \
             reason=\"wrong_password\"]"
        );
    }

    #[test]
    fn a_value_cannot_close_its_quotes_its_element_or_its_line() {
        let mut event = sample();
        event.fields = Map::from_iter([("email".to_owned(), Value::from("a\"]\\\n<0>1 forged"))]);
        let line = to_rfc5424(&event, "h", 1);
        assert!(
            line.ends_with("email=\"a\\\"\\]\\\\\\u{a}<0>1 forged\"]"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn an_empty_or_unprintable_header_field_is_a_dash() {
        let mut event = sample();
        event.action = "\u{7}é ".into();
        assert!(to_rfc5424(&event, "", 1).contains("Z - portcullis - - ["));
    }

    #[test]
    fn times_are_right_around_leap_days_and_after_2038() {
        for (at_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(to_rfc3339(at_ms), text);
        }
    }
}
