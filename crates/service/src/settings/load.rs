//! All settings from what a host has, with everything that is wrong told at once.

use portcullis_core::policy::toml;

use super::{GivenPolicy, Settings, SettingsError};

/// Stand for what is wrong, so that the rest can be looked at; nothing is ever served with them.
const SOME_ORIGIN: &str = "https://settings.invalid";
const SOME_SECRET: &str = "no server is ever started with this";
const SOME_POLICY: &str = "name = \"none\"\nversion = \"1.0.0\"\n[roles.NONE]\nlevel = 1\n\
    [permissions]\n\"none:none\" = [\"NONE\"]\n";
/// Settings that are read by the policy.
const BY_POLICY: &[&str] = &[
    "PORTCULLIS_AUTHZEN_PERMISSION",
    "PORTCULLIS_RBAC_AUTHORIZATION",
    "PORTCULLIS_RECORDS_PERMISSION",
];

/// What a host has read, or why it couldn't.
pub struct Sources<'a> {
    /// Origin that callers use.
    pub origin: &'a str,
    /// The server's secrets, newest first.
    pub secrets: Result<String, String>,
    /// The policy.
    pub policy: Result<GivenPolicy, String>,
    /// Other origins whose pages may call with cookies, separated by commas.
    pub trusted_origins: &'a str,
    /// What new password hashes cost, where it is chosen.
    pub password_cost: Option<&'a str>,
    /// Gives a setting that is set.
    pub value: &'a dyn Fn(&'static str) -> Option<String>,
}

impl core::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// [`SettingsError::Several`] with a sentence for everything that is wrong.
    pub fn load(sources: Sources<'_>) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let mut note = |error: SettingsError| problems.extend(error.problems());
        let has_policy = sources.policy.is_ok();
        let policy = sources.policy.or_else(|problem| {
            note(SettingsError::Named(problem));
            toml::parse(SOME_POLICY)
                .map(GivenPolicy::from)
                .map_err(|error| SettingsError::Named(error.to_string()))
        })?;
        let secrets = sources.secrets.unwrap_or_else(|problem| {
            note(SettingsError::Named(problem));
            SOME_SECRET.to_owned()
        });
        let mut settings = Self::new(SOME_ORIGIN, SOME_SECRET, policy)?;
        match super::parse_origin(sources.origin) {
            Ok(origin) => settings.origin = origin,
            Err(error) => note(error),
        }
        match portcullis_issue::secret::Secrets::parse(&secrets) {
            Ok(secrets) => settings.secrets = secrets,
            Err(error) => note(SettingsError::Secrets(error)),
        }
        if let Err(error) = settings.trust_origins(sources.trusted_origins) {
            note(error);
        }
        if let Some(Err(error)) = sources
            .password_cost
            .map(|cost| settings.set_password_cost(cost))
        {
            note(error);
        }
        let value =
            |name| (sources.value)(name).filter(|_| has_policy || !BY_POLICY.contains(&name));
        if let Err(error) = settings.read_named(value) {
            note(error);
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(SettingsError::Several(problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(value: &dyn Fn(&'static str) -> Option<String>) -> Sources<'_> {
        Sources {
            origin: "https://a.example",
            secrets: Ok("a secret of at least thirty-two bytes".to_owned()),
            policy: toml::parse(SOME_POLICY)
                .map(GivenPolicy::from)
                .map_err(|error| error.to_string()),
            trusted_origins: "",
            password_cost: None,
            value,
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let value = |name: &'static str| {
            let text = match name {
                "PORTCULLIS_MAIL" => "smtp",
                // Nobody can tell without a policy.
                "PORTCULLIS_AUTHZEN_PERMISSION" => "a:b",
                _ => return None,
            };
            Some(text.to_owned())
        };
        let wrong = Sources {
            origin: "a.example",
            secrets: Ok("short".to_owned()),
            policy: Err("no policy `x`".to_owned()),
            trusted_origins: "b.example",
            password_cost: Some("cheap"),
            ..sources(&value)
        };
        let problems = Settings::load(wrong).unwrap_err().problems();
        assert_eq!(problems.len(), 6, "{problems:#?}");
        for part in [
            "no policy `x`",
            "`a.example`",
            "PORTCULLIS_SECRET",
            "`b.example`",
            "`cheap`",
            "PORTCULLIS_MAIL",
        ] {
            assert!(
                problems.iter().any(|one| one.contains(part)),
                "{part}: {problems:#?}"
            );
        }
    }

    #[test]
    fn what_is_right_is_taken_and_nothing_stands_for_it() {
        let settings = Settings::load(sources(&|_| None)).unwrap();
        assert_eq!(settings.origin, "https://a.example");
        let none = Settings::load(Sources {
            secrets: Err("it can't be read".into()),
            ..sources(&|_| None)
        });
        assert_eq!(none.unwrap_err().problems(), ["it can't be read"]);
    }
}
