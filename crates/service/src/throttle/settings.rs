//! The rates and the rules for guesses that an operator chooses.

/// A number of requests in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    max: u32,
    interval_us: i64,
}

impl Rate {
    /// `max` requests in `window_secs` seconds; `None` unless there is at least one, in 1 second to
    /// 30 days, and at most a million a second.
    #[must_use]
    pub fn new(max: u32, window_secs: u32) -> Option<Self> {
        if max == 0 || window_secs == 0 || window_secs > MAX_WINDOW_SECS {
            return None;
        }
        let interval_us = i64::from(window_secs) * 1_000_000 / i64::from(max);
        (interval_us > 0).then_some(Self { max, interval_us })
    }

    /// How many in a window.
    #[must_use]
    pub const fn max(&self) -> u32 {
        self.max
    }

    /// Time for one more, in microseconds.
    #[must_use]
    pub const fn interval_us(&self) -> i64 {
        self.interval_us
    }

    /// Time for all of them, in microseconds: how far the theoretical arrival time may lie ahead.
    #[must_use]
    pub fn window_us(&self) -> i64 {
        self.interval_us.saturating_mul(self.max.into())
    }

    /// How long until `permits` have room, in microseconds, when the count stands at `arrival_us`.
    #[must_use]
    pub fn wait_us(&self, arrival_us: i64, permits: u32, now_us: i64) -> i64 {
        let needed_us = self.interval_us.saturating_mul(permits.into());
        let from_us = arrival_us
            .saturating_add(needed_us)
            .saturating_sub(self.window_us());
        from_us.saturating_sub(now_us).max(0)
    }
}

/// Thirty days.
const MAX_WINDOW_SECS: u32 = 30 * 86_400;

/// What a rate is for. The defaults are those of Better Auth, for each address of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Coming with an API key that isn't known: 10 in 60 seconds.
    ApiKey,
    /// Asking to change the e-mail address: 3 in 10 seconds.
    ChangeEmail,
    /// Changing the password: 3 in 10 seconds.
    ChangePassword,
    /// Every endpoint, each by itself: 100 in 10 seconds.
    Default,
    /// Deleting an account: 3 in 10 seconds.
    DeleteUser,
    /// Asking for a password reset: 3 in 60 seconds.
    RequestPasswordReset,
    /// Setting a password by a reset code: 3 in 10 seconds.
    ResetPassword,
    /// Asking for a mail that verifies an address: 3 in 60 seconds.
    SendVerificationEmail,
    /// Signing in: 3 in 10 seconds.
    SignIn,
    /// Signing up: 3 in 10 seconds.
    SignUp,
    /// Asking whether API keys hold that aren't known, for each account that asks: 300 in 60 seconds.
    VerifyApiKey,
    /// Typing the password again: 3 in 10 seconds.
    VerifyPassword,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 12] = [
        Self::ApiKey,
        Self::ChangeEmail,
        Self::ChangePassword,
        Self::Default,
        Self::DeleteUser,
        Self::RequestPasswordReset,
        Self::ResetPassword,
        Self::SendVerificationEmail,
        Self::SignIn,
        Self::SignUp,
        Self::VerifyApiKey,
        Self::VerifyPassword,
    ];

    /// Its name in `PORTCULLIS_RATES`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::ChangeEmail => "change-email",
            Self::ChangePassword => "change-password",
            Self::Default => "default",
            Self::DeleteUser => "delete-user",
            Self::RequestPasswordReset => "request-password-reset",
            Self::ResetPassword => "reset-password",
            Self::SendVerificationEmail => "send-verification-email",
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::VerifyApiKey => "verify-api-key",
            Self::VerifyPassword => "verify-password",
        }
    }

    fn default_rate(self) -> Option<Rate> {
        match self {
            Self::ApiKey => Rate::new(10, 60),
            // A service passes on the keys of many people, and their mistakes.
            Self::VerifyApiKey => Rate::new(300, 60),
            Self::Default => Rate::new(100, 10),
            Self::RequestPasswordReset | Self::SendVerificationEmail => Rate::new(3, 60),
            _ => Rate::new(3, 10),
        }
    }
}

/// Rules for wrong passwords in a row.
///
/// The first `free` guesses may follow each other at once. After those there is a wait, of
/// `delay_secs` at first and twice as long after each failure, up to `cap_secs`. After `max`
/// failures no guess is taken (NIST SP 800-63B section 3.2.2: at most 100) until the password is
/// reset, or `memory_secs` have passed since the last one that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    /// Guesses in a row without a wait between them; 3.
    pub free: u32,
    /// Failures in a row after which no guess is taken; 100.
    pub max: u32,
    /// The first wait; 1 second.
    pub delay_secs: u32,
    /// The longest wait; 15 minutes.
    pub cap_secs: u32,
    /// How long failures are remembered after the last; 30 days.
    pub memory_secs: u32,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            free: 3,
            max: 100,
            delay_secs: 1,
            cap_secs: 900,
            memory_secs: 30 * 86_400,
        }
    }
}

impl Guesses {
    /// Failures before this time are forgotten; Unix milliseconds.
    #[must_use]
    pub fn forgotten_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(i64::from(self.memory_secs) * 1000)
    }
}

/// Everything that is chosen about how often.
#[derive(Debug, Clone)]
pub struct ThrottleSettings {
    rates: [Option<Rate>; Rule::ALL.len()],
    /// Requests of one key and window that an isolate or process lets through by
    /// [`Rule::Default`] before it asks the shared count; it then pays for them as well. 0 asks
    /// from the first on.
    pub credit: u32,
    /// Rules for guesses; `None` counts none.
    pub guesses: Option<Guesses>,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self {
            rates: Rule::ALL.map(Rule::default_rate),
            credit: 10,
            guesses: Some(Guesses::default()),
        }
    }
}

impl ThrottleSettings {
    /// Reads `PORTCULLIS_RATES` and `PORTCULLIS_GUESSES`.
    ///
    /// The first is `off` or a list such as `sign-in=3/10,default=100/10,credit=10`: requests in
    /// seconds by [`Rule::as_str`], or `off`; `all` names every rule, and what isn't named keeps
    /// its default. The second is `off` or a list of
    /// `free=3,max=100,delay=1,cap=900,memory=2592000`, times in seconds.
    ///
    /// # Errors
    /// A sentence that begins with the setting's name.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let mut settings = Self::default();
        let set = |name| value(name).filter(|text| !text.trim().is_empty());
        if let Some(text) = set("PORTCULLIS_RATES") {
            let read = settings.read_rates(text.trim());
            read.map_err(|problem| format!("PORTCULLIS_RATES: {problem}"))?;
        }
        if let Some(text) = set("PORTCULLIS_GUESSES") {
            let read = settings.read_guesses(text.trim());
            read.map_err(|problem| format!("PORTCULLIS_GUESSES: {problem}"))?;
        }
        Ok(settings)
    }

    /// The rate of a rule; `None` when it is off.
    #[must_use]
    pub fn rate(&self, rule: Rule) -> Option<Rate> {
        let index = Rule::ALL.iter().position(|one| *one == rule)?;
        self.rates.get(index).copied().flatten()
    }

    fn read_rates(&mut self, text: &str) -> Result<(), String> {
        if text == "off" {
            self.rates = [None; Rule::ALL.len()];
            return Ok(());
        }
        for (name, value) in pairs(text)? {
            if name == "credit" {
                self.credit = number(name, value, 0, u32::MAX)?;
                continue;
            }
            let chosen = if value == "off" {
                None
            } else {
                Some(rate(name, value)?)
            };
            if name == "all" {
                self.rates = [chosen; Rule::ALL.len()];
                continue;
            }
            let index = Rule::ALL.iter().position(|rule| rule.as_str() == name);
            let Some(slot) = index.and_then(|index| self.rates.get_mut(index)) else {
                let known = Rule::ALL.map(Rule::as_str).join(", ");
                return Err(format!(
                    "there is no rule `{name}`; there are: all, {known}"
                ));
            };
            *slot = chosen;
        }
        Ok(())
    }

    fn read_guesses(&mut self, text: &str) -> Result<(), String> {
        if text == "off" {
            self.guesses = None;
            return Ok(());
        }
        let mut guesses = Guesses::default();
        for (name, value) in pairs(text)? {
            match name {
                "free" => guesses.free = number(name, value, 1, 1_000_000)?,
                "max" => guesses.max = number(name, value, 1, 1_000_000)?,
                "delay" => guesses.delay_secs = number(name, value, 1, 86_400)?,
                "cap" => guesses.cap_secs = number(name, value, 1, 86_400)?,
                "memory" => guesses.memory_secs = number(name, value, 1, 400 * 86_400)?,
                _ => {
                    let known = "free, max, delay, cap, memory";
                    return Err(format!("there is no `{name}`; there are: {known}"));
                }
            }
        }
        if guesses.cap_secs < guesses.delay_secs {
            return Err("`cap` is less than `delay`".to_owned());
        }
        self.guesses = Some(guesses);
        Ok(())
    }
}

fn pairs(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let parts = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    parts
        .map(|part| {
            let halves = part.split_once('=');
            let (name, value) = halves
                .ok_or_else(|| format!("`{part}` isn't `NAME=VALUE`, and not `off` alone"))?;
            Ok((name.trim(), value.trim()))
        })
        .collect()
}

fn number(name: &str, text: &str, min: u32, max: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|n| (min..=max).contains(n));
    number.ok_or_else(|| format!("`{name}={text}` isn't a whole number from {min} to {max}"))
}

fn rate(name: &str, text: &str) -> Result<Rate, String> {
    let rate = text
        .split_once('/')
        .and_then(|(max, secs)| Rate::new(max.trim().parse().ok()?, secs.trim().parse().ok()?));
    rate.ok_or_else(|| {
        format!(
            "`{name}={text}` isn't a rate; write requests in seconds as `{name}=3/10`, or `off`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rates: &str, guesses: &str) -> Result<ThrottleSettings, String> {
        ThrottleSettings::read(&|name| match name {
            "PORTCULLIS_RATES" => Some(rates.to_owned()),
            "PORTCULLIS_GUESSES" => Some(guesses.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn without_a_setting_every_rule_is_on_with_the_rates_of_the_wire() {
        let settings = ThrottleSettings::read(&|_| None).unwrap();
        let rate = |rule| settings.rate(rule).unwrap();
        assert_eq!(rate(Rule::Default), Rate::new(100, 10).unwrap());
        assert_eq!(rate(Rule::SignIn), Rate::new(3, 10).unwrap());
        let reset = rate(Rule::RequestPasswordReset);
        assert_eq!(reset, Rate::new(3, 60).unwrap());
        assert!(Rule::ALL.iter().all(|rule| settings.rate(*rule).is_some()));
        assert_eq!(settings.guesses, Some(Guesses::default()));
    }

    #[test]
    fn one_rule_is_changed_or_switched_off_without_the_others() {
        let raised = read("all=900/1,sign-in=5/60", "").unwrap();
        assert_eq!(raised.rate(Rule::SignUp), Rate::new(900, 1));
        assert_eq!(raised.rate(Rule::SignIn), Rate::new(5, 60));
        let settings = read("sign-in=5/60, sign-up = off,credit=0", "free=2,cap=60").unwrap();
        assert_eq!(settings.rate(Rule::SignIn), Rate::new(5, 60));
        assert_eq!(settings.rate(Rule::SignUp), None);
        assert_eq!(settings.rate(Rule::Default), Rate::new(100, 10));
        assert_eq!(settings.credit, 0);
        let guesses = settings.guesses.unwrap();
        assert_eq!((guesses.free, guesses.max, guesses.cap_secs), (2, 100, 60));
    }

    #[test]
    fn counting_is_off_only_when_that_is_said() {
        let settings = read("off", "off").unwrap();
        assert!(Rule::ALL.iter().all(|rule| settings.rate(*rule).is_none()));
        assert_eq!(settings.guesses, None);
        for text in ["", " ", "0", "false", "no"] {
            if let Ok(settings) = read(text, text) {
                assert!(settings.rate(Rule::SignIn).is_some(), "{text:?}");
                assert!(settings.guesses.is_some(), "{text:?}");
            }
        }
    }

    #[test]
    fn a_wrong_setting_is_refused_by_its_name() {
        for (rates, guesses, expected) in [
            (
                "signin=3/10",
                "",
                "PORTCULLIS_RATES: there is no rule `signin`; there are: all, ",
            ),
            (
                "sign-in=3",
                "",
                "PORTCULLIS_RATES: `sign-in=3` isn't a rate; write ",
            ),
            (
                "sign-in=0/10",
                "",
                "PORTCULLIS_RATES: `sign-in=0/10` isn't a rate",
            ),
            (
                "sign-in=3/0",
                "",
                "PORTCULLIS_RATES: `sign-in=3/0` isn't a rate",
            ),
            (
                "sign-in",
                "",
                "PORTCULLIS_RATES: `sign-in` isn't `NAME=VALUE`",
            ),
            (
                "credit=-1",
                "",
                "PORTCULLIS_RATES: `credit=-1` isn't a whole number",
            ),
            (
                "",
                "max=0",
                "PORTCULLIS_GUESSES: `max=0` isn't a whole number from 1 to 1000000",
            ),
            (
                "",
                "tries=3",
                "PORTCULLIS_GUESSES: there is no `tries`; there are: free, max",
            ),
            (
                "",
                "delay=9,cap=8",
                "PORTCULLIS_GUESSES: `cap` is less than `delay`",
            ),
        ] {
            let problem = read(rates, guesses).unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn a_rate_has_at_least_one_and_at_most_a_million_a_second() {
        assert_eq!(Rate::new(1_000_000, 1).unwrap().interval_us(), 1);
        assert!(Rate::new(1_000_001, 1).is_none());
        assert!(Rate::new(1, MAX_WINDOW_SECS).is_some());
        assert!(Rate::new(1, MAX_WINDOW_SECS + 1).is_none());
        // What doesn't divide evenly never makes room for one more.
        let rate = Rate::new(3, 10).unwrap();
        assert_eq!(
            (rate.interval_us(), rate.window_us()),
            (3_333_333, 9_999_999)
        );
    }

    #[test]
    fn the_wait_ends_in_the_microsecond_in_which_there_is_room() {
        let rate = Rate::new(2, 10).unwrap();
        // Two at time 0: the count stands at 10 s, and the next has room at 5 s.
        assert_eq!(rate.wait_us(10_000_000, 1, 0), 5_000_000);
        assert_eq!(rate.wait_us(10_000_000, 1, 4_999_999), 1);
        assert_eq!(rate.wait_us(10_000_000, 1, 5_000_000), 0);
        assert_eq!(rate.wait_us(10_000_000, 2, 0), 10_000_000);
    }
}
