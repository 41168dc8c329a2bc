//! Values of another product's columns, in the forms that its versions and adapters wrote.

/// Integers below this are seconds: as milliseconds they would lie before March 1973, and as seconds
/// those above would lie after the year 5138.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;
const DAY_MS: i64 = 86_400_000;

/// A value as it was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    /// A truth value, which JSON alone has.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Nothing.
    Null,
    /// A list, an object, bytes.
    Other,
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(String),
}

impl Field {
    /// A text, or a number's: ids of some installations are numbers.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Integer(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Flag(_) | Self::Null | Self::Other | Self::Real(_) => None,
        }
    }

    /// A truth value, also as a number or a text.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Integer(number) => Some(*number != 0),
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "t" | "true" => Some(true),
                "" | "0" | "f" | "false" => Some(false),
                _ => None,
            },
            Self::Null | Self::Other | Self::Real(_) => None,
        }
    }

    /// A point in time, in Unix milliseconds: ISO 8601 text, or seconds or milliseconds as a number
    /// or text.
    pub(super) fn time_ms(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => from_number(*number),
            Self::Real(number) => from_real(*number),
            Self::Text(text) => {
                let text = text.trim();
                let number = text.parse::<i64>().ok().and_then(from_number);
                let real = || text.parse::<f64>().ok().and_then(from_real);
                number.or_else(real).or_else(|| from_iso(text))
            }
            Self::Flag(_) | Self::Null | Self::Other => None,
        }
    }
}

fn from_number(number: i64) -> Option<i64> {
    if number.checked_abs()? < FIRST_MILLISECONDS {
        number.checked_mul(1000)
    } else {
        Some(number)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a time beyond 2^53 milliseconds is none"
)]
fn from_real(number: f64) -> Option<i64> {
    let is_seconds = number.abs() < FIRST_MILLISECONDS as f64;
    let ms = if is_seconds { number * 1000.0 } else { number };
    (ms.is_finite() && ms.abs() < 9e15).then_some(ms.round() as i64)
}

/// `2026-11-22T10:15:30.123Z`, also with a blank for the `T`, without seconds or their fraction, with
/// an offset, or without any, which is UTC; or a day alone.
fn from_iso(text: &str) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10)?;
    let mut parts = day.split('-');
    let (year, month, date) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    if parts.next().is_some()
        || !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&date)
    {
        return None;
    }
    let midnight_ms = days_since_1970(year, month, date).checked_mul(DAY_MS)?;
    if rest.is_empty() {
        return Some(midnight_ms);
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let end = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at_checked(end)?;
    Some(midnight_ms + clock_ms(clock.trim_end())? - zone_ms(zone)?)
}

fn clock_ms(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let seconds = parts.next().unwrap_or("00");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let second = number(second, 2)?;
    let is_clock = parts.next().is_none() && hour < 24 && minute < 60 && second < 61;
    if !is_clock || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: String = fraction.chars().chain("00".chars()).take(3).collect();
    Some(((hour * 60 + minute) * 60 + second) * 1000 + thousandths.parse::<i64>().ok()?)
}

fn zone_ms(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        number(minutes, 2)?
    };
    Some(sign * (number(hours, 2)? * 60 + minutes) * 60_000)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before = |year: i64| {
        let past = year - 1;
        past * 365 + past / 4 - past / 100 + past / 400
    };
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    before(year) - before(1970) + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<i64> {
        Field::Text(text.to_owned()).time_ms()
    }

    #[test]
    fn every_form_of_a_time_gives_the_same_milliseconds() {
        let expected = Some(1_795_308_739_542);
        for text in [
            "2026-11-22T00:52:19.542Z",
            "2026-11-22 00:52:19.542",
            "2026-11-22T00:52:19.542123Z",
            "2026-11-22T02:52:19.542+02:00",
            "2026-11-21T19:22:19.542-0530",
            "1795308739542",
            "1795308739.542",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        assert_eq!(Field::Integer(1_795_308_739_542).time_ms(), expected);
        assert_eq!(Field::Real(1_795_308_739.542).time_ms(), expected);
        assert_eq!(
            Field::Integer(1_795_308_739).time_ms(),
            Some(1_795_308_739_000)
        );
    }

    #[test]
    fn days_and_leap_days_are_right() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400_000),
            ("2024-03-01", 1_709_251_200_000),
            ("2100-03-01", 4_107_542_400_000),
            ("1999-12-31T23:59Z", 946_684_740_000),
        ] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "2026-11-22T25:00:00Z",
            "2026-11-22T10:00:00.Z",
            "2026-11-22T10:00:00+",
            "2026-11-22X10:00",
            "1e300",
            "NaN",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(Field::Flag(true).time_ms(), None);
        assert_eq!(Field::Integer(i64::MIN).time_ms(), None);
    }

    #[test]
    fn the_border_between_seconds_and_milliseconds_is_kept() {
        assert_eq!(
            Field::Integer(99_999_999_999).time_ms(),
            Some(99_999_999_999_000)
        );
        assert_eq!(
            Field::Integer(100_000_000_000).time_ms(),
            Some(100_000_000_000)
        );
    }

    #[test]
    fn truth_values_are_read_in_every_form() {
        for (field, expected) in [
            (Field::Flag(true), Some(true)),
            (Field::Integer(0), Some(false)),
            (Field::Text("TRUE".into()), Some(true)),
            (Field::Text("f".into()), Some(false)),
            (Field::Text("perhaps".into()), None),
            (Field::Null, None),
        ] {
            assert_eq!(field.flag(), expected);
        }
    }
}
