//! Times as tokens write them.

/// Reads a time that [`to_rfc3339`](crate::audit::to_rfc3339) wrote, to Unix milliseconds; `None` for
/// any other text.
pub(crate) fn from_rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date.split('-'))?;
    let (clock, ms) = time.split_once('.')?;
    let [hour, minute, second] = numbers(clock.split(':'))?;
    let [ms] = numbers([ms].into_iter())?;
    let is_time = hour < 24 && minute < 60 && second < 60 && ms < 1000;
    let is_date =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_time || !is_date {
        return None;
    }
    // Years that begin on 1 March have their leap day at the end.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let secs = (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(secs * 1000 + ms)
}

fn numbers<'a, const N: usize>(mut parts: impl Iterator<Item = &'a str>) -> Option<[i64; N]> {
    let mut found = [0; N];
    for slot in &mut found {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::to_rfc3339;

    #[test]
    fn what_was_written_is_read_back_on_every_day_of_five_centuries() {
        for day in 0..500 * 366 {
            let at_ms = day * 86_400_000 + day % 86_400_000 * 457 % 86_400_000;
            assert_eq!(from_rfc3339(&to_rfc3339(at_ms)), Some(at_ms));
        }
    }

    #[test]
    fn other_text_is_no_time() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T00:52:19Z",
            "2026-11-22T00:52:19.542",
            "2026-11-22T24:52:19.542Z",
            "2026-13-22T00:52:19.542Z",
            "2026-00-22T00:52:19.542Z",
            "1969-12-31T00:00:00.000Z",
            "2026-11-22T00:52:19.542+00:00",
            "+026-11-22T00:52:19.542Z",
            "2026-11-22-01T00:52:19.542Z",
        ] {
            assert_eq!(from_rfc3339(text), None, "{text}");
        }
    }
}
