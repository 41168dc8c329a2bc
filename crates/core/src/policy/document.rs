//! The policy as data: what a TOML file says, in lists that keep its order and places.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{PolicyError, PolicyErrorKind, Position};

/// The value of [`Document::format`] that this version reads and writes.
pub const FORMAT: &str = "portcullis-policy/1";

/// A policy as plain data; [`super::Policy::compile`] checks it.
///
/// Its JSON form is what servers hand to pages: a page needs no TOML reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Always [`FORMAT`].
    pub format: String,
    /// The policy's name.
    pub name: String,
    /// The policy's own version, free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Scope levels below `global`, widest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeDocument>,
    /// Roles in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleDocument>,
    /// Permissions in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<PermissionDocument>,
    /// Tiers, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierDocument>,
    /// The tier of a principal that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_tier: Option<String>,
    /// Apps in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppDocument>,
}

/// A scope level such as `state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeDocument {
    /// The level's name.
    pub name: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDocument {
    /// The role's name.
    pub name: String,
    /// What people call it; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Authority: decides who may manage whom, never what is allowed.
    #[serde(default)]
    pub level: u32,
    /// Scope levels at which it may be granted; `None` means all, `global` included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_at: Option<Vec<String>>,
    /// From this scope level down, a holder granted it there or wider may do everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superuser_at: Option<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A permission and the roles that carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionDocument {
    /// `noun:verb`.
    pub name: String,
    /// What people call it; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Roles that carry it; none means nobody but a superuser.
    pub roles: Vec<String>,
    /// Lowest tier whose members may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierDocument {
    /// The tier's name.
    pub name: String,
    /// What people call it; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// An app and the tier that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppDocument {
    /// The app's name.
    pub name: String,
    /// What people call it; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Lowest tier whose members may open it.
    pub tier: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

impl Document {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`PolicyErrorKind::Syntax`] when the text isn't JSON of this shape or of this format.
    pub fn parse_json(text: &str) -> Result<Self, PolicyError> {
        use alloc::string::ToString;
        let syntax = |message: String| PolicyErrorKind::Syntax { message }.at(None);
        let document: Self =
            serde_json::from_str(text).map_err(|error| syntax(error.to_string()))?;
        if document.format == FORMAT {
            Ok(document)
        } else {
            Err(syntax(alloc::format!(
                "format is `{}`; this version reads `{FORMAT}`",
                document.format
            )))
        }
    }

    /// The JSON form, which [`Self::parse_json`] reads back.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same policy without places in a file: two files that differ in layout alone are equal.
    #[must_use]
    pub fn without_positions(mut self) -> Self {
        self.scopes.iter_mut().for_each(|scope| scope.at = None);
        self.roles.iter_mut().for_each(|role| role.at = None);
        self.permissions
            .iter_mut()
            .for_each(|permission| permission.at = None);
        self.tiers.iter_mut().for_each(|tier| tier.at = None);
        self.apps.iter_mut().for_each(|app| app.at = None);
        self
    }
}
