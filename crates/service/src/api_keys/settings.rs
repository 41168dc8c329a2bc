//! What the operator chooses about keys.

use portcullis_issue::api_key::{DEFAULT_PREFIX, is_prefix};

/// Who makes keys.
const MAKERS: &str = "PORTCULLIS_API_KEYS";
/// The header.
const HEADER: &str = "PORTCULLIS_API_KEY_HEADER";
/// What stands before keys.
const PREFIX: &str = "PORTCULLIS_API_KEY_PREFIX";
/// The rate of new keys.
const RATE: &str = "PORTCULLIS_API_KEY_RATE";
/// Whether keys carry metadata.
const METADATA: &str = "PORTCULLIS_API_KEY_METADATA";
/// Whether `get-session` answers to keys.
const SESSIONS: &str = "PORTCULLIS_API_KEY_SESSIONS";

/// Longest name of a header.
const MAX_HEADER_BYTES: usize = 64;
/// Headers that mean something else.
const TAKEN_HEADERS: [&str; 6] = [
    "authorization",
    "content-type",
    "cookie",
    "host",
    "origin",
    "set-cookie",
];

/// Who may make keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Makers {
    /// Everybody, for themselves.
    #[default]
    Everybody,
    /// Those alone who may manage other people's keys.
    Managers,
    /// Nobody, and keys that there are don't work.
    Nobody,
}

/// What is chosen about keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySettings {
    /// Who may make keys.
    pub makers: Makers,
    /// The header that carries a key, in lower case.
    pub header: String,
    /// What stands before keys whose maker doesn't choose.
    pub prefix: String,
    /// Uses in a window of new keys, and how long that lasts in milliseconds; `None` doesn't count them.
    pub rate: Option<(i64, i64)>,
    /// Whether keys carry metadata.
    pub takes_metadata: bool,
    /// Whether `get-session` answers to keys.
    pub makes_sessions: bool,
}

impl Default for ApiKeySettings {
    fn default() -> Self {
        Self {
            makers: Makers::Everybody,
            header: "x-api-key".to_owned(),
            prefix: DEFAULT_PREFIX.to_owned(),
            rate: Some((10, 86_400_000)),
            takes_metadata: true,
            makes_sessions: false,
        }
    }
}

impl ApiKeySettings {
    /// Reads the settings; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let default = Self::default();
        let text = |name| value(name).map(|text| text.trim().to_owned());
        Ok(Self {
            makers: match text(MAKERS).as_deref() {
                None | Some("on") => Makers::Everybody,
                Some("managers") => Makers::Managers,
                Some("off") => Makers::Nobody,
                Some(other) => {
                    return Err(format!(
                        "{MAKERS}: `{other}` is neither `on`, `managers` nor `off`"
                    ));
                }
            },
            header: text(HEADER).map_or(Ok(default.header), |text| header(&text))?,
            prefix: match text(PREFIX) {
                None => default.prefix,
                Some(text) if is_prefix(&text) => text,
                Some(other) => {
                    return Err(format!(
                        "{PREFIX}: `{other}` isn't 1 to 32 letters, digits, _ and -"
                    ));
                }
            },
            rate: text(RATE).map_or(Ok(default.rate), |text| rate(&text))?,
            takes_metadata: switch(METADATA, text(METADATA).as_deref())?
                .unwrap_or(default.takes_metadata),
            makes_sessions: switch(SESSIONS, text(SESSIONS).as_deref())?
                .unwrap_or(default.makes_sessions),
        })
    }
}

fn header(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    let is_name = (1..=MAX_HEADER_BYTES).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name && !TAKEN_HEADERS.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(format!(
            "{HEADER}: `{text}` isn't the name of a header of your own; write it like `x-api-key`"
        ))
    }
}

/// `N/SECONDS`, as in `PORTCULLIS_RATES`.
fn rate(text: &str) -> Result<Option<(i64, i64)>, String> {
    if text == "off" {
        return Ok(None);
    }
    let numbers = text.split_once('/').and_then(|(max, secs)| {
        let max: i64 = max.trim().parse().ok()?;
        let secs: i64 = secs.trim().parse().ok()?;
        let is_one = (1..=1_000_000_000).contains(&max) && (1..=366 * 86_400).contains(&secs);
        is_one.then_some((max, secs * 1000))
    });
    numbers.map(Some).ok_or_else(|| {
        format!("{RATE}: `{text}` is neither `off` nor like `1000/3600`, uses in so many seconds")
    })
}

fn switch(name: &str, text: Option<&str>) -> Result<Option<bool>, String> {
    match text {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(other) => Err(format!("{name}: `{other}` is neither `on` nor `off`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, text: &'static str) -> Result<ApiKeySettings, String> {
        ApiKeySettings::read(&|asked| (asked == name).then(|| text.to_owned()))
    }

    #[test]
    fn what_is_not_set_is_as_the_protocol_has_it() {
        let settings = ApiKeySettings::read(&|_| None).unwrap();
        assert_eq!(settings, ApiKeySettings::default());
        assert_eq!(settings.rate, Some((10, 86_400_000)));
    }

    #[test]
    fn every_setting_is_read() {
        assert_eq!(with(MAKERS, "managers").unwrap().makers, Makers::Managers);
        assert_eq!(with(MAKERS, "off").unwrap().makers, Makers::Nobody);
        assert_eq!(with(HEADER, "X-Acme-Key").unwrap().header, "x-acme-key");
        assert_eq!(with(PREFIX, "acme_").unwrap().prefix, "acme_");
        assert_eq!(with(RATE, "off").unwrap().rate, None);
        assert_eq!(
            with(RATE, "1000/3600").unwrap().rate,
            Some((1000, 3_600_000))
        );
        assert!(!with(METADATA, "off").unwrap().takes_metadata);
        assert!(with(SESSIONS, "on").unwrap().makes_sessions);
    }

    #[test]
    fn a_mistake_is_told_with_the_name_of_the_setting() {
        for (name, text) in [
            (MAKERS, "yes"),
            (HEADER, ""),
            (HEADER, "x api"),
            (HEADER, "Authorization"),
            (HEADER, "cookie"),
            (PREFIX, ""),
            (PREFIX, "a.b"),
            (RATE, "10"),
            (RATE, "0/10"),
            (RATE, "10/0"),
            (METADATA, "1"),
            (SESSIONS, ""),
        ] {
            let error = with(name, text).unwrap_err();
            assert!(error.starts_with(&format!("{name}: `{text}`")), "{error}");
        }
    }
}
