//! How long sessions last, and what their cookies are called.

/// One day in seconds.
const DAY_SECS: i64 = 86_400;
/// 400 days: browsers keep no cookie for longer (RFC 6265bis section 5.5).
pub const MAX_COOKIE_SECS: i64 = 400 * DAY_SECS;

/// What the operator chooses about sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    /// How long a remembered session lasts without use: seven days; one minute to 400 days.
    pub idle_secs: i64,
    /// How long a remembered session lasts at most: thirty days; from `idle_secs` to 400 days.
    pub absolute_secs: i64,
    /// How long a session that isn't remembered lasts, whether used or not: one day; one minute to
    /// `absolute_secs`.
    pub short_secs: i64,
    /// How long the token of a session with refresh tokens lasts: one hour; 30 seconds to one day.
    pub token_secs: i64,
    /// How often use is written down at most: every five minutes; one second to one day.
    pub activity_secs: i64,
    /// How long a token that was replaced still holds, for tabs and repeated requests: ten seconds; at most 60.
    pub grace_secs: i64,
    /// How long ago a sign-in may be for sensitive calls: one day; 0 doesn't ask.
    pub fresh_secs: i64,
    /// The domain whose hosts get the cookies as well; `None` keeps them to this host.
    pub cookie_domain: Option<String>,
    /// Whether session cookies are also read by the name that they had before `__Host-`.
    pub is_cookie_upgrade: bool,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_secs: 7 * DAY_SECS,
            absolute_secs: 30 * DAY_SECS,
            short_secs: DAY_SECS,
            token_secs: 3600,
            activity_secs: 300,
            grace_secs: 10,
            fresh_secs: DAY_SECS,
            cookie_domain: None,
            is_cookie_upgrade: false,
        }
    }
}

impl SessionSettings {
    /// Reads the settings that are set; `origin` is the server's own.
    ///
    /// # Errors
    /// A sentence that begins with the setting's name.
    pub fn read(
        value: &dyn Fn(&'static str) -> Option<String>,
        origin: &str,
    ) -> Result<Self, String> {
        let number = |name: &'static str, default: i64, least: i64, most: i64| {
            let text = value(name).filter(|text| !text.trim().is_empty());
            let Some(text) = text else {
                // A default that another setting has made impossible follows it.
                return Ok(default.clamp(least.min(most), most));
            };
            let read = text.trim().parse::<i64>().ok();
            read.filter(|secs| (least..=most).contains(secs))
                .ok_or_else(|| {
                    format!(
                        "{name}: `{text}` isn't a whole number of seconds from {least} to {most}"
                    )
                })
        };
        let defaults = Self::default();
        let idle_secs = number(
            "PORTCULLIS_SESSION_IDLE_SECS",
            defaults.idle_secs,
            60,
            MAX_COOKIE_SECS,
        )?;
        let absolute = defaults.absolute_secs.max(idle_secs);
        let absolute_secs = number(
            "PORTCULLIS_SESSION_ABSOLUTE_SECS",
            absolute,
            idle_secs,
            MAX_COOKIE_SECS,
        )?;
        Ok(Self {
            idle_secs,
            absolute_secs,
            short_secs: number(
                "PORTCULLIS_SESSION_SHORT_SECS",
                defaults.short_secs,
                60,
                absolute_secs,
            )?,
            token_secs: number(
                "PORTCULLIS_SESSION_TOKEN_SECS",
                defaults.token_secs,
                30,
                DAY_SECS,
            )?,
            activity_secs: number(
                "PORTCULLIS_SESSION_ACTIVITY_SECS",
                defaults.activity_secs,
                1,
                DAY_SECS,
            )?,
            grace_secs: number("PORTCULLIS_SESSION_GRACE_SECS", defaults.grace_secs, 0, 60)?,
            fresh_secs: number(
                "PORTCULLIS_SESSION_FRESH_SECS",
                defaults.fresh_secs,
                0,
                MAX_COOKIE_SECS,
            )?,
            cookie_domain: cookie_domain(value("PORTCULLIS_COOKIE_DOMAIN"), origin)?,
            is_cookie_upgrade: switch(
                "PORTCULLIS_COOKIE_UPGRADE",
                value("PORTCULLIS_COOKIE_UPGRADE").as_deref(),
            )?,
        })
    }

    /// How much of the idle time passes before use moves the end: a seventh, at most a day, so that
    /// use doesn't write each time.
    #[must_use]
    pub fn extension_step_secs(&self) -> i64 {
        (self.idle_secs / 7).min(DAY_SECS)
    }
}

fn switch(name: &str, text: Option<&str>) -> Result<bool, String> {
    match text.map(str::trim) {
        None | Some("" | "off") => Ok(false),
        Some("on") => Ok(true),
        Some(other) => Err(format!("{name}: `{other}` is neither `on` nor `off`")),
    }
}

/// The host of the origin, or a domain above it, as RFC 6265 section 5.1.3 matches.
fn cookie_domain(text: Option<String>, origin: &str) -> Result<Option<String>, String> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let domain = text.trim().trim_start_matches('.').to_ascii_lowercase();
    let (_, host) = origin.split_once("://").unwrap_or(("", origin));
    let host = host.split(':').next().unwrap_or(host);
    let is_above = host
        .strip_suffix(domain.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if is_above && domain.contains('.') {
        Ok(Some(domain))
    } else {
        Err(format!(
            "PORTCULLIS_COOKIE_DOMAIN: `{text}` is neither the host `{host}` nor a domain above it"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &'static [(&'static str, &'static str)]) -> Result<SessionSettings, String> {
        let value = |name: &'static str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        SessionSettings::read(&value, "https://auth.example.org")
    }

    #[test]
    fn nothing_set_is_the_defaults() {
        assert_eq!(read(&[]), Ok(SessionSettings::default()));
        assert_eq!(SessionSettings::default().extension_step_secs(), DAY_SECS);
    }

    #[test]
    fn a_limit_out_of_its_range_is_refused_by_name() {
        for (name, good, bad) in [
            ("PORTCULLIS_SESSION_IDLE_SECS", "60", "59"),
            ("PORTCULLIS_SESSION_IDLE_SECS", "34560000", "34560001"),
            ("PORTCULLIS_SESSION_ABSOLUTE_SECS", "604800", "604799"),
            ("PORTCULLIS_SESSION_SHORT_SECS", "2592000", "2592001"),
            ("PORTCULLIS_SESSION_GRACE_SECS", "0", "-1"),
            ("PORTCULLIS_SESSION_GRACE_SECS", "60", "61"),
            ("PORTCULLIS_SESSION_FRESH_SECS", "0", "a day"),
            ("PORTCULLIS_COOKIE_UPGRADE", "on", "yes"),
            ("PORTCULLIS_COOKIE_DOMAIN", ".Example.org", "ample.org"),
            ("PORTCULLIS_COOKIE_DOMAIN", "auth.example.org", "org"),
        ] {
            let one = |text: &'static str| {
                let value = move |asked: &'static str| (asked == name).then(|| text.to_owned());
                SessionSettings::read(&value, "https://auth.example.org")
            };
            assert!(one(good).is_ok(), "{name} {good}");
            let problem = one(bad).unwrap_err();
            assert!(
                problem.starts_with(&format!("{name}: `{bad}` ")),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_long_idle_time_takes_the_absolute_limit_with_it_and_a_short_one_the_short_session() {
        let long = read(&[("PORTCULLIS_SESSION_IDLE_SECS", "5184000")]).unwrap();
        assert_eq!(long.absolute_secs, 5_184_000);
        let short = read(&[
            ("PORTCULLIS_SESSION_IDLE_SECS", "600"),
            ("PORTCULLIS_SESSION_ABSOLUTE_SECS", "3600"),
        ])
        .unwrap();
        assert_eq!((short.short_secs, short.extension_step_secs()), (3600, 85));
    }

    #[test]
    fn the_cookie_domain_is_read_without_its_dot() {
        let set = read(&[("PORTCULLIS_COOKIE_DOMAIN", ".Example.org")]).unwrap();
        assert_eq!(set.cookie_domain.as_deref(), Some("example.org"));
    }
}
