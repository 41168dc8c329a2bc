//! Times as clients write them.

/// Unix milliseconds of a number of milliseconds or of a time as in RFC 3339, also with the quotes that
/// clients of the protocol leave around it; a date alone is its beginning in UTC.
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim().trim_matches('"');
    if let Ok(ms) = text.parse::<i64>() {
        return (ms.unsigned_abs() < 1 << 53).then_some(ms);
    }
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00Z"));
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = number(parts.next()?, 2).filter(|day| (1..=days_in(year, month)).contains(day))?;
    if parts.next().is_some() {
        return None;
    }
    let (clock, offset_minutes) = offset(time)?;
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = number(parts.next()?, 2).filter(|minutes| *minutes < 60)?;
    let seconds_ms = parts.next().map_or(Some(0), seconds_ms)?;
    if parts.next().is_some() {
        return None;
    }
    let minutes = (days_since_1970(year, month, day) * 24 + hours) * 60 + minutes - offset_minutes;
    Some(minutes * 60_000 + seconds_ms)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The clock and how many minutes it is before UTC's.
fn offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at_checked(at)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    let hours = number(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = hours * 60 + number(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some((clock, if sign == "-" { -minutes } else { minutes }))
}

fn seconds_ms(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = number(whole, 2).filter(|seconds| *seconds < 60)?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(*b"000").take(3);
    let ms = digits.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    Some(whole * 1000 + ms)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days of the civil calendar: years begin in March, so that leap days come last.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::to_rfc3339;

    #[test]
    fn what_is_written_is_read_again() {
        for ms in [0, 951_782_400_000, 1_795_308_739_542, 4_107_542_399_999] {
            assert_eq!(parse_time(&to_rfc3339(ms)), Some(ms));
            assert_eq!(parse_time(&format!("\"{}\"", to_rfc3339(ms))), Some(ms));
            assert_eq!(parse_time(&ms.to_string()), Some(ms));
        }
    }

    #[test]
    fn offsets_fractions_and_dates_are_read() {
        let noon = parse_time("2026-11-22T12:00:00Z");
        assert!(noon.is_some());
        for text in [
            "2026-11-22T13:00:00+01:00",
            "2026-11-22T09:30-02:30",
            "2026-11-22t12:00:00.0000z",
        ] {
            assert_eq!(parse_time(text), noon, "{text}");
        }
        assert_eq!(parse_time("2026-11-22"), noon.map(|ms| ms - 43_200_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "x",
            "2026-13-01",
            "2026-02-29",
            "2026-11-22T24:00Z",
            "2026-11-22T12:00",
            "2026-11-22T12:00:00.Z",
            "9007199254740992",
            "2026-1-1",
            "2026-11-22T12:60Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
