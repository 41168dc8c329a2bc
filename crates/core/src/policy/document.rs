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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Tenants, when the policy has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants: Option<TenantsDocument>,
    /// Attributes of principals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth: Vec<AttributeDocument>,
    /// Attributes of requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<AttributeDocument>,
    /// Types of records, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceDocument>,
    /// Rules, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleDocument>,
    /// Whether roles were left out that a principal doesn't hold; then what would have to change is not known.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub reduced: bool,
}

/// A scope level such as `state`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeDocument {
    /// The level's name.
    pub name: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whom it manages: `none`, `below`, `equal` or `any`; empty means `below`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manages: String,
    /// Roles whose permissions it has, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<String>,
    /// From this scope level down, a holder granted it there or wider may do everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superuser_at: Option<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A permission and the roles that carry it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Which scopes are tenants, and what one may do as their owner or member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantsDocument {
    /// The scope level whose scopes are tenants.
    pub level: String,
    /// Permissions of owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owner: Vec<String>,
    /// Permissions of members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member: Vec<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A declared attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeDocument {
    /// The attribute's name.
    pub name: String,
    /// Its type: `bool`, `int`, `float`, `string` or `list<…>` of one of these.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A type of record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDocument {
    /// The type's name.
    pub name: String,
    /// What people call it; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The table in SQL; empty means the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub table: String,
    /// What can be done with a record; `None` means read, create, update and delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    /// The fields that hold ids of scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<LevelDocument>,
    /// The fields of a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDocument>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// The field that holds the ids of a scope level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelDocument {
    /// The scope level.
    pub level: String,
    /// The field.
    pub field: String,
}

/// A field of a type of record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDocument {
    /// The field's name.
    pub name: String,
    /// Its type, as [`AttributeDocument::kind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// What a new record gets, in the language of conditions: a literal or a path that begins with `auth.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A rule about records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDocument {
    /// The rule's name.
    pub name: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// The type of record.
    pub resource: String,
    /// The actions; `None` means all of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    /// The condition; `None` means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The fields; `None` means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// The roles; `None` means everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The lowest tier; `None` means every tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// What it says to people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
    /// Where the first character of the condition stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_at: Option<Position>,
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
            serde_json::from_str(text).map_err(|error| syntax(one_line(&error.to_string())))?;
        if document.format == FORMAT {
            Ok(document)
        } else {
            Err(syntax(alloc::format!(
                "format is `{}`; this version reads `{FORMAT}`",
                crate::json::excerpt(&document.format)
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
        self.tenants
            .iter_mut()
            .for_each(|tenants| tenants.at = None);
        let attributes = self.auth.iter_mut().chain(&mut self.context);
        attributes.for_each(|attribute| attribute.at = None);
        for resource in &mut self.resources {
            resource.at = None;
            resource.fields.iter_mut().for_each(|field| field.at = None);
        }
        for rule in &mut self.rules {
            rule.at = None;
            rule.when_at = None;
        }
        self
    }
}

/// The reader repeats names as they were written, line breaks included.
fn one_line(message: &str) -> String {
    message.replace(char::is_control, " ")
}
