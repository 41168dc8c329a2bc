//! How late a revocation may be seen, and what answers tell besides.

/// Name of the setting for the bound.
const BOUND: &str = "PORTCULLIS_REVOCATION_BOUND_MS";
/// Name of the setting for counts on answers.
const COUNT: &str = "PORTCULLIS_COUNT_STATEMENTS";
/// Name of the setting for access tokens on `get-session`.
const SET_AUTH_JWT: &str = "PORTCULLIS_SET_AUTH_JWT";

/// What is chosen about callers that are kept between requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedSettings {
    /// A change of what somebody may do is seen by every decision that begins this much later or more,
    /// on every host; 100 to 60,000 milliseconds, 1,000 by default.
    pub revocation_bound_ms: i64,
    /// Whether answers tell how many statements they took; `off` by default.
    pub counts_statements: bool,
    /// Whether `get-session` carries an access token in `set-auth-jwt`; `on` by default.
    pub sets_auth_jwt: bool,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            revocation_bound_ms: 1000,
            counts_statements: false,
            sets_auth_jwt: true,
        }
    }
}

impl FeedSettings {
    /// Reads the settings; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let default = Self::default();
        Ok(Self {
            revocation_bound_ms: match value(BOUND) {
                None => default.revocation_bound_ms,
                Some(text) => milliseconds(&text)?,
            },
            counts_statements: switch(COUNT, value)?.unwrap_or(default.counts_statements),
            sets_auth_jwt: switch(SET_AUTH_JWT, value)?.unwrap_or(default.sets_auth_jwt),
        })
    }
}

fn milliseconds(text: &str) -> Result<i64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (100..=60_000).contains(number))
        .ok_or_else(|| {
            format!("{BOUND}: `{text}` isn't a number of milliseconds from 100 to 60000")
        })
}

fn switch(
    name: &'static str,
    value: &dyn Fn(&'static str) -> Option<String>,
) -> Result<Option<bool>, String> {
    match value(name) {
        None => Ok(None),
        Some(text) => match text.trim() {
            "on" => Ok(Some(true)),
            "off" => Ok(Some(false)),
            other => Err(format!("{name}: `{other}` is neither `on` nor `off`")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, text: &str) -> Result<FeedSettings, String> {
        FeedSettings::read(&|asked| (asked == name).then(|| text.to_owned()))
    }

    #[test]
    fn nothing_set_is_one_second_no_counts_and_a_token_on_get_session() {
        let settings = FeedSettings::read(&|_| None).unwrap();
        assert_eq!(settings, FeedSettings::default());
        assert_eq!(settings.revocation_bound_ms, 1000);
        assert!(!settings.counts_statements && settings.sets_auth_jwt);
    }

    #[test]
    fn the_bound_is_from_a_tenth_of_a_second_to_a_minute() {
        for (text, expected) in [
            ("100", Some(100)),
            ("60000", Some(60_000)),
            (" 250 ", Some(250)),
        ] {
            assert_eq!(
                read(BOUND, text).ok().map(|it| it.revocation_bound_ms),
                expected
            );
        }
        for text in ["99", "60001", "", "1s", "-1000", "1e3"] {
            let expected = format!(
                "PORTCULLIS_REVOCATION_BOUND_MS: `{text}` isn't a number of milliseconds from 100 to 60000"
            );
            assert_eq!(read(BOUND, text), Err(expected));
        }
    }

    #[test]
    fn switches_are_on_or_off() {
        assert!(read(COUNT, "on").unwrap().counts_statements);
        assert!(!read(SET_AUTH_JWT, "off").unwrap().sets_auth_jwt);
        let problem = read(COUNT, "yes").unwrap_err();
        assert_eq!(
            problem,
            "PORTCULLIS_COUNT_STATEMENTS: `yes` is neither `on` nor `off`"
        );
    }
}
