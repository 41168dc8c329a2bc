//! What the operator chooses about accounts.

/// What people may do with their accounts, and how long links last.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the operator's, and any may go with any"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether anybody may make an account: `PORTCULLIS_SIGN_UP`, default off.
    pub sign_up: bool,
    /// Whether signing up begins a session: `PORTCULLIS_SIGN_UP_SESSION`, default on.
    pub sign_up_session: bool,
    /// Whether only confirmed addresses may sign in: `PORTCULLIS_REQUIRE_VERIFIED_EMAIL`, default
    /// off; needs mail.
    pub require_verified_email: bool,
    /// Whether people may change their address: `PORTCULLIS_CHANGE_EMAIL`, default on; needs mail.
    pub change_email: bool,
    /// Whether people may delete their account: `PORTCULLIS_DELETE_USER`, default off.
    pub delete_user: bool,
    /// How long a link for a new password lasts: `PORTCULLIS_RESET_TTL_SECS`, 60 to 86,400,
    /// default 3,600.
    pub reset_ttl_secs: i64,
    /// How long a link that confirms an address lasts: `PORTCULLIS_VERIFICATION_TTL_SECS`, 60 to
    /// 604,800, default 3,600.
    pub verification_ttl_secs: i64,
    /// How long a link that deletes an account lasts: `PORTCULLIS_DELETION_TTL_SECS`, 60 to 86,400,
    /// default 86,400.
    pub deletion_ttl_secs: i64,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            sign_up: false,
            sign_up_session: true,
            require_verified_email: false,
            change_email: true,
            delete_user: false,
            reset_ttl_secs: 3_600,
            verification_ttl_secs: 3_600,
            deletion_ttl_secs: 86_400,
        }
    }
}

impl AccountSettings {
    /// Reads the settings; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let default = Self::default();
        let day = 86_400;
        Ok(Self {
            sign_up: switch(value, "PORTCULLIS_SIGN_UP", default.sign_up)?,
            sign_up_session: switch(value, "PORTCULLIS_SIGN_UP_SESSION", default.sign_up_session)?,
            require_verified_email: switch(
                value,
                "PORTCULLIS_REQUIRE_VERIFIED_EMAIL",
                default.require_verified_email,
            )?,
            change_email: switch(value, "PORTCULLIS_CHANGE_EMAIL", default.change_email)?,
            delete_user: switch(value, "PORTCULLIS_DELETE_USER", default.delete_user)?,
            reset_ttl_secs: secs(
                value,
                "PORTCULLIS_RESET_TTL_SECS",
                default.reset_ttl_secs,
                day,
            )?,
            verification_ttl_secs: secs(
                value,
                "PORTCULLIS_VERIFICATION_TTL_SECS",
                default.verification_ttl_secs,
                7 * day,
            )?,
            deletion_ttl_secs: secs(
                value,
                "PORTCULLIS_DELETION_TTL_SECS",
                default.deletion_ttl_secs,
                day,
            )?,
        })
    }
}

fn chosen(value: &dyn Fn(&'static str) -> Option<String>, name: &'static str) -> Option<String> {
    let text = value(name)?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn switch(
    value: &dyn Fn(&'static str) -> Option<String>,
    name: &'static str,
    default: bool,
) -> Result<bool, String> {
    match chosen(value, name).as_deref() {
        None => Ok(default),
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(format!("{name}: `{other}` is neither `on` nor `off`")),
    }
}

fn secs(
    value: &dyn Fn(&'static str) -> Option<String>,
    name: &'static str,
    default: i64,
    max: i64,
) -> Result<i64, String> {
    const MIN: i64 = 60;
    let Some(text) = chosen(value, name) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|secs| (MIN..=max).contains(secs));
    number.ok_or_else(|| format!("{name}: `{text}` isn't a number of seconds from {MIN} to {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, text: &str) -> Result<AccountSettings, String> {
        let text = text.to_owned();
        AccountSettings::read(&move |asked| (asked == name).then(|| text.clone()))
    }

    #[test]
    fn nobody_signs_up_or_deletes_itself_unless_the_operator_says_so() {
        let settings = AccountSettings::read(&|_| None).unwrap();
        assert_eq!(settings, AccountSettings::default());
        assert!(!settings.sign_up && !settings.delete_user);
        assert!(read("PORTCULLIS_SIGN_UP", "on").unwrap().sign_up);
        assert_eq!(
            read("PORTCULLIS_SIGN_UP", "yes").unwrap_err(),
            "PORTCULLIS_SIGN_UP: `yes` is neither `on` nor `off`"
        );
    }

    #[test]
    fn how_long_links_last_has_bounds() {
        let name = "PORTCULLIS_RESET_TTL_SECS";
        assert_eq!(read(name, "60").unwrap().reset_ttl_secs, 60);
        assert_eq!(read(name, "86400").unwrap().reset_ttl_secs, 86_400);
        for text in ["59", "86401", "1h", "-1"] {
            assert_eq!(
                read(name, text).unwrap_err(),
                format!("{name}: `{text}` isn't a number of seconds from 60 to 86400")
            );
        }
    }
}
