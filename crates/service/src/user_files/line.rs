//! An account as a line of a file: no secret, no hash.

use serde_json::{Value, json};

use super::{Format, csv};
use crate::admin::Account;
use crate::audit::to_rfc3339;

/// The names of the columns, in their order.
pub const COLUMNS: [&str; 13] = [
    "id",
    "email",
    "name",
    "emailVerified",
    "image",
    "tier",
    "roles",
    "disabled",
    "banned",
    "banReason",
    "banExpires",
    "createdAt",
    "updatedAt",
];

/// What a file says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Its picture.
    pub image: Option<String>,
    /// Its tier; `None` is the policy's default.
    pub tier: Option<String>,
    /// Its roles, each `ROLE` or `ROLE@scope`.
    pub roles: Vec<String>,
    /// Whether an operator disabled it.
    pub disabled: bool,
    /// Whether it is banned now.
    pub banned: bool,
    /// Why it is banned.
    pub ban_reason: Option<String>,
    /// When the ban ends, Unix milliseconds.
    pub ban_expires_at_ms: Option<i64>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
}

impl Line {
    /// What there is to say of an account at a time.
    #[must_use]
    pub fn new(account: &Account, now_ms: i64) -> Self {
        let user = &account.user;
        let ban = account.ban_at(now_ms);
        let mut roles: Vec<String> = account.roles().iter().map(ToString::to_string).collect();
        roles.sort();
        Self {
            id: user.id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            email_verified: user.email_verified,
            image: user.image.clone(),
            tier: user.tier.clone(),
            roles,
            disabled: user.disabled_at_ms.is_some(),
            banned: ban.is_some(),
            ban_reason: ban.and_then(|ban| ban.reason.clone()),
            ban_expires_at_ms: ban.and_then(|ban| ban.expires_at_ms),
            created_at_ms: user.created_at_ms,
            updated_at_ms: user.updated_at_ms,
        }
    }

    /// The line, with its end.
    #[must_use]
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Csv => self.csv(),
            Format::Json => format!("{}\n", self.json()),
        }
    }

    fn csv(&self) -> String {
        let flag = |is: bool| if is { "true" } else { "false" };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let roles = self.roles.join(" ");
        let ends = self.ban_expires_at_ms.map(to_rfc3339).unwrap_or_default();
        let (created, updated) = (
            to_rfc3339(self.created_at_ms),
            to_rfc3339(self.updated_at_ms),
        );
        csv::write([
            self.id.as_str(),
            &self.email,
            &self.name,
            flag(self.email_verified),
            &text(&self.image),
            &text(&self.tier),
            &roles,
            flag(self.disabled),
            flag(self.banned),
            &text(&self.ban_reason),
            &ends,
            &created,
            &updated,
        ])
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "emailVerified": self.email_verified,
            "image": self.image,
            "tier": self.tier,
            "roles": self.roles,
            "disabled": self.disabled,
            "banned": self.banned,
            "banReason": self.ban_reason,
            "banExpires": self.ban_expires_at_ms.map(to_rfc3339),
            "createdAt": to_rfc3339(self.created_at_ms),
            "updatedAt": to_rfc3339(self.updated_at_ms),
        })
    }
}

/// What stands before the first line of a file.
#[must_use]
pub fn head(format: Format) -> String {
    match format {
        Format::Csv => csv::write(COLUMNS),
        Format::Json => String::new(),
    }
}
