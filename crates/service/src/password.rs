//! Passwords: comparing one that was typed, hashing one that somebody chooses.
//!
//! The hashing itself is the host's: [`Host::hash_password`] takes a job and bounds the memory of
//! all that run at once. What is read and written, and what a new password must be like, is
//! [`portcullis_issue::password`]'s.

use portcullis_issue::password::{Job, Limits, NewPasswordError, Outcome, Params, Rules};
use portcullis_issue::random::random_bytes;

pub use portcullis_issue::password::MAX_PASSWORD_BYTES;

use crate::host::HostEntropy;
use crate::ports::Rehash;
use crate::{App, Denied, Error, Fault, Host, Store};

/// What the operator chooses about passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordSettings {
    /// What a new password must be like.
    pub rules: Rules,
    /// `PORTCULLIS_PASSWORD_IMPORTED`: what a wrong guess costs at least, in KiB times passes of
    /// argon2, so that an account with an imported, dearer hash isn't known by its time. 0 by
    /// default: what a hash of our own costs.
    pub floor: u64,
    /// `PORTCULLIS_PASSWORD_MAX_MIB`: the most memory that comparing with a stored hash may take, in
    /// MiB. 64 by default, at most 1,024; in a worker no more than 64 has room.
    pub max_mib: u32,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            floor: 0,
            max_mib: Limits::default().max_m_kib / 1024,
        }
    }
}

impl PasswordSettings {
    /// Reads what is set; `value` gives a setting by name.
    ///
    /// | name | default | |
    /// |---|---|---|
    /// | `PORTCULLIS_PASSWORD_MIN` | 15 | least characters of a new password; 8 to 64 |
    /// | `PORTCULLIS_PASSWORD_MIN_WITH_SECOND_FACTOR` | 8 | the same for accounts with a second factor; 8 to 64 |
    /// | `PORTCULLIS_PASSWORD_COMMON` | `refuse` | or `allow`: passwords that everybody tries |
    /// | `PORTCULLIS_PASSWORD_WORDS` | | words of which alone a password may not consist, separated by commas |
    /// | `PORTCULLIS_PASSWORD_IMPORTED` | | `better-auth`, `bcrypt:12`, `pbkdf2-sha256:600000`, `argon2id:65536,3`: dearest hash that was imported |
    /// | `PORTCULLIS_PASSWORD_MAX_MIB` | 64 | most memory of a stored hash; 8 to 1024 |
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let mut settings = Self::default();
        let set = |name: &'static str| value(name).filter(|text| !text.trim().is_empty());
        let number = |name: &'static str, least: u32, most: u32| {
            let Some(text) = set(name) else {
                return Ok(None);
            };
            let number = text.trim().parse().ok();
            match number.filter(|number| (least..=most).contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(format!(
                    "{name}: `{text}` isn't a number from {least} to {most}"
                )),
            }
        };
        let rules = &mut settings.rules;
        let length = |name| number(name, 8, 64).map(|set: Option<u32>| set.map(|n| n as usize));
        if let Some(min) = length("PORTCULLIS_PASSWORD_MIN")? {
            rules.min = min;
            rules.min_with_second_factor = rules.min_with_second_factor.min(min);
        }
        if let Some(min) = length("PORTCULLIS_PASSWORD_MIN_WITH_SECOND_FACTOR")? {
            rules.min_with_second_factor = min;
        }
        let name = "PORTCULLIS_PASSWORD_COMMON";
        rules.refuses_common = match set(name).as_deref().map(str::trim) {
            None | Some("refuse") => true,
            Some("allow") => false,
            Some(other) => {
                return Err(format!("{name}: `{other}` is neither `refuse` nor `allow`"));
            }
        };
        let words = set("PORTCULLIS_PASSWORD_WORDS").unwrap_or_default();
        let words = words
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        rules.words.extend(words.map(str::to_owned));
        let name = "PORTCULLIS_PASSWORD_IMPORTED";
        if let Some(text) = set(name) {
            let floor = portcullis_issue::password::work_of(text.trim());
            settings.floor = floor.ok_or_else(|| {
                format!(
                    "{name}: `{text}` is none of `better-auth`, `scrypt:15,8,1`, `bcrypt:12`, \
                     `pbkdf2-sha1:1000000`, `pbkdf2-sha256:600000`, `pbkdf2-sha512:210000` and \
                     `argon2id:65536,3`, or above the limits"
                )
            })?;
        }
        if let Some(mib) = number("PORTCULLIS_PASSWORD_MAX_MIB", 8, 1024)? {
            settings.max_mib = mib;
        }
        Ok(settings)
    }

    /// What a stored hash may cost, given what a new one costs.
    #[must_use]
    pub fn limits(&self, params: &Params) -> Limits {
        let limits = Limits {
            max_m_kib: self.max_mib.saturating_mul(1024),
            ..Limits::default()
        };
        limits.raised_to(params)
    }
}

/// How a typed password compares to what is stored.
#[derive(Debug)]
pub enum Checked {
    /// It is the one; with what to bring the stored hash up to, if anything.
    Match(Option<Rehash>),
    /// It isn't the one, or none is set.
    Mismatch,
    /// What is stored can't be read, or asks for more than it may.
    Unusable,
}

/// Compares a typed password with what is stored for an account.
///
/// `stored: None` is an unknown account, or one without a password: it costs the same hash, so that
/// the time doesn't tell (OWASP ASVS 6.3.8).
///
/// # Errors
/// [`Denied::PasswordTooLong`] above [`MAX_PASSWORD_BYTES`], before any work;
/// [`Fault::Hashing`] when the host couldn't do the work: nobody is let in, and nobody has guessed
/// wrong.
pub async fn check<S: Store, H: Host>(
    app: &App<S, H>,
    stored: Option<String>,
    typed: String,
) -> Result<Checked, Error> {
    if typed.len() > MAX_PASSWORD_BYTES {
        return Err(Denied::PasswordTooLong.into());
    }
    let params = app.settings.password_params;
    let job = Job::Check {
        stored: stored.clone(),
        typed,
        params,
        limits: app.settings.passwords.limits(&params),
        floor: app.settings.passwords.floor,
        salt: random_bytes(&mut HostEntropy(&app.host)),
    };
    Ok(match (hashed(app, job).await?, stored) {
        (Outcome::Match(to), Some(from)) => Checked::Match(to.map(|to| Rehash { from, to })),
        (Outcome::Mismatch, _) => Checked::Mismatch,
        (Outcome::Unusable, _) => Checked::Unusable,
        (outcome, _) => return Err(unexpected(outcome)),
    })
}

/// Checks a password that somebody chooses against the rules, and hashes it.
///
/// `has_second_factor` says whether the account signs in with something else besides: then fewer
/// characters are enough. Answers with a PHC string. Like [`hash_new_for`], knowing nothing of the
/// account.
///
/// # Errors
/// As [`hash_new_for`].
pub async fn hash_new<S: Store, H: Host>(
    app: &App<S, H>,
    typed: &str,
    has_second_factor: bool,
) -> Result<String, Error> {
    hash_new_for(app, typed, has_second_factor, &[]).await
}

/// Checks a password that somebody chooses against the rules, and hashes it.
///
/// `about` is what is known of the account: its address, its name. A password that consists of
/// nothing else is refused (OWASP ASVS 6.2.11).
///
/// # Errors
/// [`Denied::PasswordTooShort`], [`Denied::PasswordTooLong`], [`Denied::PasswordTooCommon`];
/// [`Fault::Hashing`] when the host couldn't do the work.
pub async fn hash_new_for<S: Store, H: Host>(
    app: &App<S, H>,
    typed: &str,
    has_second_factor: bool,
    about: &[&str],
) -> Result<String, Error> {
    let origin = app.settings.origin.as_str();
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let known: Vec<&str> = about.iter().copied().chain([host]).collect();
    let rules = &app.settings.passwords.rules;
    let password = rules
        .check(typed, has_second_factor, &known)
        .map_err(denied)?;
    let job = Job::Hash {
        password: password.expose().to_owned(),
        params: app.settings.password_params,
        salt: random_bytes(&mut HostEntropy(&app.host)),
    };
    match hashed(app, job).await? {
        Outcome::Hashed(phc) => Ok(phc),
        outcome => Err(unexpected(outcome)),
    }
}

fn denied(error: NewPasswordError) -> Denied {
    match error {
        NewPasswordError::AboutOwner | NewPasswordError::Common => Denied::PasswordTooCommon,
        NewPasswordError::TooLong { .. } => Denied::PasswordTooLong,
        NewPasswordError::TooShort { min, .. } => Denied::PasswordTooShort { min },
    }
}

async fn hashed<S: Store, H: Host>(app: &App<S, H>, job: Job) -> Result<Outcome, Error> {
    let done = app.host.hash_password(job).await;
    done.map_err(|problem| Fault::Hashing(problem).into())
}

fn unexpected(outcome: Outcome) -> Error {
    Error::Fault(Fault::Hashing(match outcome {
        Outcome::Failed(problem) => problem,
        _ => "the host answered something else than was asked".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<PasswordSettings, String> {
        let find = |name: &'static str| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        PasswordSettings::read(&find)
    }

    #[test]
    fn nothing_set_is_15_characters_8_beside_a_second_factor_and_no_common_password() {
        let settings = read(&[("PORTCULLIS_PASSWORD_MIN", " ")]).unwrap();
        assert_eq!(settings, PasswordSettings::default());
        let rules = &settings.rules;
        assert_eq!((rules.min, rules.min_with_second_factor), (15, 8));
        assert!(rules.refuses_common);
        assert_eq!((settings.floor, settings.max_mib), (0, 64));
    }

    #[test]
    fn what_better_auth_asks_for_can_be_set() {
        let settings = read(&[
            ("PORTCULLIS_PASSWORD_MIN", "8"),
            ("PORTCULLIS_PASSWORD_COMMON", "allow"),
        ]);
        let rules = settings.unwrap().rules;
        assert!(rules.check("password1", false, &[]).is_ok());
        assert!(rules.check("passwor", false, &[]).is_err());
    }

    #[test]
    fn words_of_the_operator_are_added() {
        let set = [("PORTCULLIS_PASSWORD_WORDS", "Acme, Shipyard Works,")];
        let rules = read(&set).unwrap().rules;
        assert_eq!(rules.words, ["portcullis", "Acme", "Shipyard Works"]);
        assert!(rules.check("acme shipyard 2024", false, &[]).is_err());
    }

    #[test]
    fn limits_and_the_cost_of_imported_hashes_are_read() {
        let settings = read(&[
            ("PORTCULLIS_PASSWORD_MAX_MIB", "128"),
            ("PORTCULLIS_PASSWORD_IMPORTED", "argon2id:65536,3"),
        ])
        .unwrap();
        assert_eq!(settings.floor, 196_608);
        assert_eq!(settings.limits(&Params::default()).max_m_kib, 131_072);
    }

    #[test]
    fn setting_out_of_range_is_refused_by_name_and_at_the_bound_it_is_not() {
        for (name, good, bad) in [
            ("PORTCULLIS_PASSWORD_MIN", ["8", "64"], ["7", "65"]),
            (
                "PORTCULLIS_PASSWORD_MIN_WITH_SECOND_FACTOR",
                ["8", "64"],
                ["7", "x"],
            ),
            (
                "PORTCULLIS_PASSWORD_COMMON",
                ["refuse", "allow"],
                ["yes", "REFUSE"],
            ),
            ("PORTCULLIS_PASSWORD_MAX_MIB", ["8", "1024"], ["7", "1025"]),
            (
                "PORTCULLIS_PASSWORD_IMPORTED",
                ["better-auth", "bcrypt:12"],
                ["bcrypt", "md5:1"],
            ),
        ] {
            for value in good {
                assert!(read(&[(name, value)]).is_ok(), "{name}={value}");
            }
            for value in bad {
                let error = read(&[(name, value)]).unwrap_err();
                assert!(error.starts_with(&format!("{name}: `{value}` ")), "{error}");
            }
        }
    }
}
