//! Searching the audit log, and taking it away in pages.

use core::fmt;

use crate::token::time::from_rfc3339;
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Error, Host, Store, guard};

/// Most records of a page of a search.
pub const MAX_PAGE: u32 = 200;
/// Most records of a page of an export.
pub const MAX_EXPORT: u32 = 1000;

/// Which actions are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The one of this name.
    Is(String),
    /// Those whose name begins like this, such as `auth.`.
    Begins(String),
}

impl Action {
    /// Reads what was asked for: a name, or its beginning up to a dot.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.ends_with('.') {
            Self::Begins(text.to_owned())
        } else {
            Self::Is(text.to_owned())
        }
    }
}

/// What is looked for; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Who did it: an account's id, `operator`, or a service that acted for somebody.
    pub actor: Option<String>,
    /// Whose account it is about.
    pub subject: Option<String>,
    /// What was done.
    pub action: Option<Action>,
    /// Not before this time, Unix milliseconds.
    pub from_ms: Option<i64>,
    /// Before this time, Unix milliseconds.
    pub to_ms: Option<i64>,
    /// In which request.
    pub request_id: Option<String>,
    /// How it came out.
    pub status: Option<AuditStatus>,
}

/// A place in the order of a search: latest first, and of the same time the greater number first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The record's time, Unix milliseconds.
    pub at_ms: i64,
    /// Its number.
    pub id: i64,
}

impl Place {
    /// Where a record is.
    #[must_use]
    pub const fn of(event: &AuditEvent) -> Self {
        Self {
            at_ms: event.at_ms,
            id: event.id,
        }
    }

    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at_ms, id) = text.split_once('-')?;
        // What isn't exact as a double can't be bound on D1.
        let number = |text: &str| {
            let is_number = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = text.parse().ok().filter(|_| is_number)?;
            (number < 1 << 53).then_some(number)
        };
        Some(Self {
            at_ms: number(at_ms)?,
            id: number(id)?,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at_ms.max(0), self.id)
    }
}

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<P> {
    /// The records.
    pub events: Vec<AuditEvent>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<P>,
}

/// Reads a time: `2026-11-22`, `2026-11-22T00:52:19Z`, with or without a fraction, or Unix
/// milliseconds.
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    if !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if !text.contains('T') {
        return from_rfc3339(&format!("{text}T00:00:00.000Z"));
    }
    match text.strip_suffix('Z') {
        Some(time) if !time.contains('.') => from_rfc3339(&format!("{time}.000Z")),
        _ => from_rfc3339(text),
    }
}

/// Records that the filter finds, latest first: 1 to [`MAX_PAGE`] before a place.
///
/// # Errors
/// [`crate::Denied::Forbidden`] for who may not read the log.
pub async fn search<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    filter: &Filter,
    before: Option<Place>,
    limit: u32,
    context: &Context,
) -> Result<Page<Place>, Error> {
    guard::require_global(app, caller, &guard::AUDIT_READ, context).await?;
    found(app, filter, before, limit.clamp(1, MAX_PAGE)).await
}

/// As [`search`], for who takes the log away: 1 to [`MAX_EXPORT`].
///
/// # Errors
/// As [`search`].
pub async fn export_found<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    filter: &Filter,
    before: Option<Place>,
    limit: u32,
    context: &Context,
) -> Result<Page<Place>, Error> {
    may_export(app, caller, context).await?;
    found(app, filter, before, limit.clamp(1, MAX_EXPORT)).await
}

/// Every record after a number, oldest first: 1 to [`MAX_EXPORT`]. Who asks again with the last number
/// misses none, because numbers are given in the order in which records are committed.
///
/// # Errors
/// As [`search`].
pub async fn export_after<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    after: i64,
    limit: u32,
    context: &Context,
) -> Result<Page<i64>, Error> {
    may_export(app, caller, context).await?;
    let limit = limit.clamp(1, MAX_EXPORT);
    let events = app.store.audit_page(after, limit).await?;
    let is_full = events.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = events.last().map(|event| event.id);
    Ok(Page {
        next: last.filter(|_| is_full),
        events,
    })
}

/// Taking the log away leaves a record, too.
async fn may_export<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<(), Error> {
    guard::require_global(app, caller, &guard::AUDIT_EXPORT, context).await?;
    let mut event = super::event(app, context, "audit.export", AuditStatus::Ok);
    caller.mark(&mut event);
    app.store.record(&event).await?;
    Ok(())
}

async fn found<S: Store, H: Host>(
    app: &App<S, H>,
    filter: &Filter,
    before: Option<Place>,
    limit: u32,
) -> Result<Page<Place>, Error> {
    // One more than asked for tells whether there is another page.
    let mut events = app.store.search_audit(filter, before, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = events.len() > wanted;
    events.truncate(wanted);
    Ok(Page {
        next: events.last().filter(|_| has_more).map(Place::of),
        events,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_other_text_is_none() {
        let place = Place {
            at_ms: 1_795_308_739_542,
            id: 7,
        };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for text in [
            "",
            "-",
            "1-",
            "-1",
            "1",
            "1-+2",
            "1-2-3",
            "a-1",
            "9007199254740992-1",
        ] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_is_a_day_a_moment_or_milliseconds() {
        let day = 1_795_305_600_000;
        for (text, expected) in [
            ("2026-11-22", Some(day)),
            ("2026-11-22T00:00:00Z", Some(day)),
            ("2026-11-22T00:00:00.001Z", Some(day + 1)),
            ("1795305600000", Some(day)),
            ("", None),
            ("yesterday", None),
            ("2026-11-22T00:00:00", None),
            ("-1", None),
        ] {
            assert_eq!(parse_time(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_that_ends_with_a_dot_is_a_beginning() {
        assert_eq!(Action::parse("auth."), Action::Begins("auth.".into()));
        assert_eq!(Action::parse("auth.login"), Action::Is("auth.login".into()));
    }
}
