//! What the query of a search says.

use portcullis_service::AuditStatus;
use portcullis_service::audit::{Action, Filter, Place, parse_time};

use crate::answer::Refusal;

/// Longest text that is looked for, in bytes.
const MAX_TEXT_BYTES: usize = 200;
/// No number of a record is greater, and it is exact as a double.
const MAX_NUMBER: i64 = 1 << 53;

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// CSV for spreadsheets.
    Csv,
    /// A JSON object a line.
    #[default]
    Jsonl,
    /// Structured syslog.
    Rfc5424,
}

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    pub(super) before: Option<Place>,
    pub(super) after: Option<i64>,
    pub(super) limit: u32,
    pub(super) format: Format,
}

impl Asked {
    /// Reads a query. A name that isn't known is refused: a filter that was mistyped would find more
    /// than was asked for.
    pub(super) fn read(
        query: Option<&str>,
        limit: u32,
        max: u32,
        is_export: bool,
    ) -> Result<Self, Refusal> {
        let mut asked = Self {
            limit,
            ..Self::default()
        };
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if seen.contains(&name) {
                return Err(wrong(&name, "one value"));
            }
            let is_known = asked.take(&name, &value, max)?;
            let is_known = is_known || (is_export && asked.take_export(&name, &value)?);
            if !is_known {
                return Err(wrong(&name, "no such parameter"));
            }
            seen.push(name);
        }
        let searches = asked.before.is_some() || asked.filter != Filter::default();
        if asked.after.is_some() && searches {
            return Err(wrong(
                "after",
                "nothing else that chooses records beside it",
            ));
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str, max: u32) -> Result<bool, Refusal> {
        let filter = &mut self.filter;
        match name {
            "actor" => filter.actor = Some(text(name, value)?),
            "subject" => filter.subject = Some(text(name, value)?),
            "requestId" => filter.request_id = Some(text(name, value)?),
            "action" => filter.action = Some(Action::parse(&text(name, value)?)),
            "from" => filter.from_ms = Some(time(name, value)?),
            "to" => filter.to_ms = Some(time(name, value)?),
            "status" => {
                filter.status = Some(match value {
                    "ok" => AuditStatus::Ok,
                    "fail" => AuditStatus::Fail,
                    _ => return Err(wrong(name, "`ok` or `fail`")),
                });
            }
            "cursor" => {
                let place = Place::parse(value);
                self.before = Some(place.ok_or_else(|| wrong(name, "the next of a page"))?);
            }
            "limit" => {
                let number = value.parse().ok();
                let number = number.filter(|number| (1..=max).contains(number));
                let expected = format!("number from 1 to {max}");
                self.limit = number.ok_or_else(|| wrong(name, &expected))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take_export(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "after" => {
                let number = value.parse().ok();
                let number = number.filter(|number| (0..MAX_NUMBER).contains(number));
                self.after = Some(number.ok_or_else(|| wrong(name, "the number of a record"))?);
            }
            "format" => {
                self.format = match value {
                    "csv" => Format::Csv,
                    "jsonl" => Format::Jsonl,
                    "rfc5424" => Format::Rfc5424,
                    _ => return Err(wrong(name, "`rfc5424`, `jsonl` or `csv`")),
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn text(name: &str, value: &str) -> Result<String, Refusal> {
    if value.is_empty() || value.len() > MAX_TEXT_BYTES || value.contains('\0') {
        let expected = format!("text of 1 to {MAX_TEXT_BYTES} bytes");
        return Err(wrong(name, &expected));
    }
    Ok(value.to_owned())
}

fn time(name: &str, value: &str) -> Result<i64, Refusal> {
    let expected = "a time such as 2026-11-22T00:00:00Z, or Unix milliseconds";
    parse_time(value).ok_or_else(|| wrong(name, expected))
}

/// The name is the caller's own: what isn't printable is left out, and it is cut.
fn wrong(name: &str, expected: &str) -> Refusal {
    let name: String = name
        .chars()
        .filter(char::is_ascii_graphic)
        .take(32)
        .collect();
    Refusal::Validation(format!("[query.{name}] Invalid input: expected {expected}"))
}
