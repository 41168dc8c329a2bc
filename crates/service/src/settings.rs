//! What the operator chooses.

mod load;
mod policy;

use core::fmt;

use portcullis_issue::password::Params;
use portcullis_issue::secret::{Secrets, SecretsError};

use crate::accounts::AccountSettings;
use crate::api_keys::ApiKeySettings;
use crate::audit::AuditSettings;
use crate::feed::FeedSettings;
use crate::hooks::Webhook;
use crate::identity_links::ServiceKeys;
use crate::mail::MailSettings;
use crate::operation::MetricsToken;
use crate::password::PasswordSettings;
use crate::session::SessionSettings;
use crate::tenants::RbacSettings;
use crate::throttle::ThrottleSettings;

pub use load::Sources;
pub use policy::GivenPolicy;

/// Five minutes: how long an access token lasts.
pub const ACCESS_TOKEN_TTL_SECS: u64 = 300;

/// Everything that is chosen once, when the server starts.
#[derive(Debug)]
pub struct Settings {
    /// Origin that callers use, such as `https://auth.example.org`; issuer and audience of tokens.
    pub origin: String,
    /// Other origins whose pages may call with cookies.
    pub trusted_origins: Vec<String>,
    /// First part of cookie names.
    pub cookie_prefix: String,
    /// The policy.
    pub policy: GivenPolicy,
    /// The server's secrets, newest first.
    pub secrets: Secrets,
    /// What new password hashes cost.
    pub password_params: Params,
    /// What new passwords must be like, and what stored hashes may cost.
    pub passwords: PasswordSettings,
    /// Header whose value is taken as the request id; `None` makes one for each request.
    pub request_id_header: Option<String>,
    /// Header whose value is taken as the client's address; `None` takes the connection's.
    pub client_ip_header: Option<String>,
    /// Who may do what with tenants.
    pub rbac: RbacSettings,
    /// Who is told of changes to tenants.
    pub webhook: Option<Webhook>,
    /// The permission that asking about others takes; `None` lets nobody.
    pub authzen_permission: Option<String>,
    /// The permission that registering records takes; `None` lets nobody.
    pub records_permission: Option<String>,
    /// Services that may act for linked users.
    pub service_keys: ServiceKeys,
    /// How late a revocation may be seen, and what answers tell besides.
    pub feed: FeedSettings,
    /// What keys look like, and who makes them.
    pub api_keys: ApiKeySettings,
    /// What people may do with their accounts.
    pub accounts: AccountSettings,
    /// Where mail goes.
    pub mail: MailSettings,
    /// Who is told what is in the audit log.
    pub audit: AuditSettings,
    /// Who may read metrics without an account.
    pub metrics_token: Option<MetricsToken>,
    /// How long sessions last, and what their cookies are called.
    pub sessions: SessionSettings,
    /// How often things may be asked for.
    pub throttle: ThrottleSettings,
}

impl Settings {
    /// Settings with defaults for all but these.
    ///
    /// # Errors
    /// [`SettingsError`] for an origin that isn't one, and for secrets that are malformed or weak.
    pub fn new(
        origin: &str,
        secrets: &str,
        policy: impl Into<GivenPolicy>,
    ) -> Result<Self, SettingsError> {
        Self::with_defaults(origin, secrets, policy.into())
    }

    fn with_defaults(
        origin: &str,
        secrets: &str,
        policy: GivenPolicy,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            origin: parse_origin(origin)?,
            trusted_origins: Vec::new(),
            cookie_prefix: "better-auth".to_owned(),
            policy,
            secrets: Secrets::parse(secrets).map_err(SettingsError::Secrets)?,
            password_params: Params::default(),
            passwords: PasswordSettings::default(),
            request_id_header: None,
            client_ip_header: None,
            rbac: RbacSettings::default(),
            webhook: None,
            authzen_permission: None,
            records_permission: None,
            service_keys: ServiceKeys::default(),
            feed: FeedSettings::default(),
            api_keys: ApiKeySettings::default(),
            accounts: AccountSettings::default(),
            mail: MailSettings::default(),
            audit: AuditSettings::default(),
            metrics_token: None,
            sessions: SessionSettings::default(),
            throttle: ThrottleSettings::default(),
        })
    }

    /// Reads what is chosen by name: tenants, records, who may ask, accounts, sessions, rates. `value` gives a
    /// setting that is set.
    ///
    /// # Errors
    /// [`SettingsError::Named`] or [`SettingsError::Several`] with everything that is wrong.
    pub fn read_named(
        &mut self,
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<(), SettingsError> {
        // Each problem begins with the name of a setting: it is read again without that, for the next.
        let mut wrong: Vec<String> = Vec::new();
        let mut problems = Vec::new();
        loop {
            let other =
                |name: &'static str| value(name).filter(|_| !wrong.iter().any(|one| one == name));
            let problem = match self.read_first(&other) {
                Ok(()) => break,
                Err(SettingsError::Named(problem)) => problem,
                Err(error) => return Err(error),
            };
            let name = leading_name(&problem).to_owned();
            let is_new = name.starts_with("PORTCULLIS_") && !wrong.contains(&name);
            // One that speaks of a setting that is taken for unset here follows from that.
            if !mentions(&problem, &wrong) {
                problems.push(problem);
            }
            if !is_new {
                break;
            }
            wrong.push(name);
        }
        match <[String; 1]>::try_from(problems) {
            Ok([problem]) => Err(SettingsError::Named(problem)),
            Err(problems) if problems.is_empty() => Ok(()),
            Err(problems) => Err(SettingsError::Several(problems)),
        }
    }

    /// As [`Self::read_named`], up to the first that is wrong.
    fn read_first(
        &mut self,
        value: &dyn Fn(&'static str) -> Option<String>,
    ) -> Result<(), SettingsError> {
        let named = |name: &'static str| {
            move |problem: String| SettingsError::Named(format!("{name}: {problem}"))
        };
        let name = "PORTCULLIS_RBAC_PERMISSION_WRITES";
        if let Some(text) = value(name) {
            let set = self.rbac.set_permission_writes(&text);
            set.map_err(named(name))?;
        }
        let name = "PORTCULLIS_RBAC_AUTHORIZATION";
        if let Some(text) = value(name).filter(|text| !text.trim().is_empty()) {
            let set = self.rbac.set_authorization(&text);
            set.map_err(named(name))?;
        }
        let name = "PORTCULLIS_RBAC_OWNERS_GRANT";
        if let Some(text) = value(name).filter(|text| !text.trim().is_empty()) {
            let set = self.rbac.set_owners_grant(&text);
            set.map_err(named(name))?;
        }
        let name = "PORTCULLIS_AUTHZEN_PERMISSION";
        if let Some(text) = value(name) {
            let set = self.set_authzen_permission(&text);
            set.map_err(named(name))?;
        }
        let name = "PORTCULLIS_RECORDS_PERMISSION";
        if let Some(text) = value(name) {
            let set = self.set_records_permission(&text);
            set.map_err(named(name))?;
        }
        let url = value("PORTCULLIS_WEBHOOK_URL");
        let secret = value("PORTCULLIS_WEBHOOK_SECRET");
        self.webhook = Webhook::from_settings(url.as_deref(), secret.as_deref())
            .map_err(SettingsError::Named)?;
        self.passwords = PasswordSettings::read(value).map_err(SettingsError::Named)?;
        self.feed = FeedSettings::read(value).map_err(SettingsError::Named)?;
        self.api_keys = ApiKeySettings::read(&value).map_err(SettingsError::Named)?;
        self.accounts = AccountSettings::read(value).map_err(SettingsError::Named)?;
        self.mail = MailSettings::read(value).map_err(SettingsError::Named)?;
        self.audit = AuditSettings::read(value).map_err(SettingsError::Named)?;
        self.metrics_token = MetricsToken::read(value).map_err(SettingsError::Named)?;
        if self.accounts.require_verified_email && !self.mail.is_on() {
            let problem = "PORTCULLIS_REQUIRE_VERIFIED_EMAIL is on, but PORTCULLIS_MAIL is off: \
                           nobody could confirm an address";
            return Err(SettingsError::Named(problem.to_owned()));
        }
        self.sessions = SessionSettings::read(value, &self.origin).map_err(SettingsError::Named)?;
        self.throttle = ThrottleSettings::read(value).map_err(SettingsError::Named)?;
        self.service_keys = ServiceKeys::read(value).map_err(SettingsError::Named)?;
        Ok(())
    }

    /// Adds origins from a comma-separated list.
    ///
    /// # Errors
    /// [`SettingsError::Origin`] for the first that isn't one.
    pub fn trust_origins(&mut self, list: &str) -> Result<(), SettingsError> {
        for origin in list.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            self.trusted_origins.push(parse_origin(origin)?);
        }
        Ok(())
    }

    /// Sets what new password hashes cost; stored ones may cost as much.
    ///
    /// # Errors
    /// [`SettingsError::PasswordCost`] for text that [`parse_password_cost`] refuses.
    pub fn set_password_cost(&mut self, text: &str) -> Result<(), SettingsError> {
        self.password_params = parse_password_cost(text)?;
        Ok(())
    }

    /// Whether cookies are for TLS alone.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether pages of `origin` may call with cookies.
    #[must_use]
    pub fn trusts(&self, origin: &str) -> bool {
        origin == self.origin || self.trusted_origins.iter().any(|one| one == origin)
    }
}

/// Why settings were refused.
#[derive(Debug)]
pub enum SettingsError {
    /// A setting is malformed; the text names it and says how.
    Named(String),
    /// An origin isn't `http` or `https`, a host, and perhaps a port.
    Origin(String),
    /// A password cost is malformed or too low; the text says which.
    PasswordCost(String),
    /// The secrets are malformed or weak.
    Secrets(SecretsError),
    /// Several settings are wrong; each text names one and says how.
    Several(Vec<String>),
}

impl SettingsError {
    /// What is wrong, a sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        match self {
            Self::Several(problems) => problems.clone(),
            one => vec![one.to_string()],
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(problem) => f.write_str(problem),
            Self::Origin(text) => write!(
                f,
                "`{text}` isn't an origin; write the scheme and the host, such as \
                 `https://auth.example.org`"
            ),
            Self::PasswordCost(problem) => write!(f, "password cost: {problem}"),
            Self::Secrets(error) => write!(f, "PORTCULLIS_SECRET: {error}"),
            Self::Several(problems) => f.write_str(&problems.join("; ")),
        }
    }
}

impl core::error::Error for SettingsError {}

/// The name that a problem begins with.
fn leading_name(problem: &str) -> &str {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let end = problem.find(|c| !is_part(c)).unwrap_or(problem.len());
    problem.get(..end).unwrap_or_default()
}

/// Whether a problem speaks of one of these settings.
fn mentions(problem: &str, names: &[String]) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut words = problem.split(|c| !is_part(c));
    words.any(|word| names.iter().any(|name| name == word))
}

/// Reads a cost of argon2id as in a hash: `m=19456,t=2,p=1`, memory in KiB, passes, lanes.
///
/// # Errors
/// [`SettingsError::PasswordCost`] for other text, and for costs below the OWASP minimum.
pub fn parse_password_cost(text: &str) -> Result<Params, SettingsError> {
    let malformed = || {
        let shape = "write it as `m=19456,t=2,p=1`: memory in KiB, passes, lanes";
        SettingsError::PasswordCost(format!("`{text}` isn't one; {shape}"))
    };
    let mut parts = text.trim().split(',');
    let mut number = |name: &str| -> Option<u32> {
        let (key, value) = parts.next()?.trim().split_once('=')?;
        if key == name {
            value.parse().ok()
        } else {
            None
        }
    };
    let (Some(m_kib), Some(t), Some(p)) = (number("m"), number("t"), number("p")) else {
        return Err(malformed());
    };
    if parts.next().is_some() {
        return Err(malformed());
    }
    Params::new(m_kib, t, p).map_err(|error| SettingsError::PasswordCost(error.to_string()))
}

/// An origin in the form that browsers send: no path, no trailing slash (RFC 6454 section 6.2).
fn parse_origin(text: &str) -> Result<String, SettingsError> {
    let origin = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let is_host = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    if host.is_some_and(is_host) {
        Ok(origin)
    } else {
        Err(SettingsError::Origin(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_cost_is_read_and_one_below_the_minimum_is_refused() {
        let params = parse_password_cost("m=19456,t=2,p=1").unwrap();
        assert_eq!((params.m_kib(), params.t(), params.p()), (19_456, 2, 1));
        assert!(parse_password_cost("m=19455,t=2,p=1").is_err());
        for text in [
            "",
            "m=19456",
            "t=2,m=19456,p=1",
            "m=19456,t=2,p=1,x=1",
            "m=a,t=2,p=1",
        ] {
            let error = parse_password_cost(text).unwrap_err().to_string();
            assert!(error.contains("write it as `m=19456,t=2,p=1`"), "{error}");
        }
    }

    #[test]
    fn every_setting_that_is_wrong_is_told_at_once_and_what_follows_from_it_is_not() {
        let policy = "name = \"p\"\nversion = \"1.0.0\"\n[roles.R]\nlevel = 1\n[permissions]\n\"a:b\" = [\"R\"]\n";
        let policy = portcullis_core::policy::toml::parse(policy).unwrap();
        let secret = "a secret of at least thirty-two bytes";
        let mut settings = Settings::new("https://a.example", secret, policy).unwrap();
        let set = |name: &'static str| {
            let text = match name {
                "PORTCULLIS_MAIL" => "smtp",
                "PORTCULLIS_REQUIRE_VERIFIED_EMAIL" => "on",
                "PORTCULLIS_REVOCATION_BOUND_MS" => "5",
                "PORTCULLIS_COUNT_STATEMENTS" => "perhaps",
                _ => return None,
            };
            Some(text.to_owned())
        };
        let problems = settings.read_named(set).unwrap_err().problems();
        let names: Vec<_> = problems.iter().map(|one| leading_name(one)).collect();
        let expected = [
            "PORTCULLIS_REVOCATION_BOUND_MS",
            "PORTCULLIS_COUNT_STATEMENTS",
            "PORTCULLIS_MAIL",
        ];
        assert_eq!(names, expected);
        let one = |name: &'static str| (name == "PORTCULLIS_MAIL").then(|| "smtp".to_owned());
        assert!(matches!(
            settings.read_named(one),
            Err(SettingsError::Named(_))
        ));
        assert!(settings.read_named(|_| None).is_ok());
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert_eq!(
            parse_origin("https://A.example/").unwrap(),
            "https://a.example"
        );
        for text in [
            "",
            "a.example",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a b",
        ] {
            assert!(parse_origin(text).is_err(), "{text:?}");
        }
    }
}
