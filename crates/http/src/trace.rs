//! W3C Trace Context: which trace a request belongs to.

use core::fmt::Write as _;

use http::{HeaderMap, HeaderName};

/// Carries the trace of the caller.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Tells the caller which trace it was and which span of it.
pub(crate) const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// A trace, and the span of it that this request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    /// 32 hexadecimal digits, not all zero.
    pub(crate) id: String,
    /// 16 hexadecimal digits, not all zero.
    pub(crate) span: String,
    /// Whether the caller said that it records the trace.
    is_sampled: bool,
}

impl Trace {
    /// The caller's trace, or a new one where it names none; `random` gives bytes for what is new.
    pub(crate) fn of(headers: &HeaderMap, random: [u8; 24]) -> Self {
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                // Writing to a String can't fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let text = hex(&random);
        let (id, span) = text.split_at_checked(32).unwrap_or_default();
        // An id of nothing but zeros isn't one; 2^-64 of all random ones are.
        let span = if is_zero(span) {
            "0000000000000001"
        } else {
            span
        };
        // One that comes twice isn't to be trusted (section 3.2: a single header).
        let mut values = headers.get_all(TRACEPARENT).iter();
        let sent = values.next().filter(|_| values.next().is_none());
        let sent = sent.and_then(|value| parse(value.to_str().ok()?));
        let (id, is_sampled) = match sent {
            Some((id, is_sampled)) => (id.to_owned(), is_sampled),
            None if is_zero(id) => (format!("{:0>32}", "1"), false),
            None => (id.to_owned(), false),
        };
        Self {
            id,
            span: span.to_owned(),
            is_sampled,
        }
    }

    /// The header that tells the caller.
    pub(crate) fn response(&self) -> String {
        format!(
            "00-{}-{}-0{}",
            self.id,
            self.span,
            u8::from(self.is_sampled)
        )
    }
}

fn is_zero(hex: &str) -> bool {
    hex.bytes().all(|byte| byte == b'0')
}

/// Trace id and `sampled` of a `traceparent` (section 3.2.2). Of a later version only what this one has
/// is read, if a dash follows it.
fn parse(text: &str) -> Option<(&str, bool)> {
    let is_hex = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = text.splitn(5, '-');
    let (version, id) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let has_more = parts.next().is_some();
    let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || !has_more);
    let is_trace = is_hex(id, 32) && !is_zero(id);
    let is_span = is_hex(span, 16) && !is_zero(span);
    if !is_known || !is_trace || !is_span || !is_hex(flags, 2) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some((id, flags & 1 == 1))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_example_of_the_recommendation_is_read() {
        assert_eq!(parse(SENT), Some((ID, true)));
        assert_eq!(parse(&SENT.replace("-01", "-00")), Some((ID, false)));
        assert_eq!(parse(&SENT.replace("-01", "-03")), Some((ID, true)));
    }

    #[test]
    fn what_is_not_one_is_none() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = format!("{}-what-follows", SENT.replacen("00", "cc", 1));
        assert_eq!(parse(&later), Some((ID, true)));
        assert_eq!(parse(&SENT.replacen("00", "01", 1)), Some((ID, true)));
    }

    #[test]
    fn a_trace_goes_on_and_a_new_one_is_made_where_there_is_none() {
        let mut headers = HeaderMap::new();
        let made = Trace::of(&headers, [0xab; 24]);
        assert_eq!(
            made.response(),
            format!("00-{}-{}-00", "ab".repeat(16), "ab".repeat(8))
        );
        assert!(parse(&Trace::of(&headers, [0; 24]).response()).is_some());
        headers.append(TRACEPARENT, HeaderValue::from_static(SENT));
        let gone_on = Trace::of(&headers, [0xab; 24]);
        assert_eq!(gone_on.response(), format!("00-{ID}-{}-01", "ab".repeat(8)));
        headers.append(TRACEPARENT, HeaderValue::from_static(SENT));
        assert_eq!(Trace::of(&headers, [0xab; 24]), made);
    }
}
