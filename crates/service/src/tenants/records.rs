//! Tenants and what belongs to them, as they are stored, told over HTTP and handed to hooks.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::StoreError;
use crate::audit::to_rfc3339;

/// A group of users with roles of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// 32 letters and digits; the id of its scope, too.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Short unique name for addresses.
    pub slug: String,
    /// When it was made, Unix milliseconds.
    #[serde(rename = "createdAt", serialize_with = "as_time")]
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    #[serde(rename = "updatedAt", serialize_with = "as_time")]
    pub updated_at_ms: i64,
}

/// A user's membership of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// 32 letters and digits; of the membership, not of the user.
    pub id: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// The user's id.
    pub user_id: String,
    /// The user's name for people.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// Whether it owns the tenant.
    pub owner: bool,
    /// Since when, Unix milliseconds.
    #[serde(rename = "createdAt", serialize_with = "as_time")]
    pub created_at_ms: i64,
}

/// A role made in a tenant at run time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// 32 letters and digits.
    pub id: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The permissions that it carries, sorted.
    pub permissions: Vec<String>,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made, Unix milliseconds.
    #[serde(rename = "createdAt", serialize_with = "as_time")]
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    #[serde(rename = "updatedAt", serialize_with = "as_time")]
    pub updated_at_ms: i64,
}

/// A role that a member holds, or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The tenant's id.
    pub tenant_id: String,
    /// The membership's id.
    pub member_id: String,
    /// The user's id.
    pub user_id: String,
    /// The role.
    pub role: Role,
}

/// A permission made at run time, beside those of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunTimePermission {
    /// 32 letters and digits.
    pub id: String,
    /// `resource:action`, unique.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// When it was made, Unix milliseconds.
    #[serde(rename = "createdAt", serialize_with = "as_time")]
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    #[serde(rename = "updatedAt", serialize_with = "as_time")]
    pub updated_at_ms: i64,
}

/// What a change was made to; for deletions, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// A role taken or given.
    Assignment(Assignment),
    /// A membership.
    Member(Member),
    /// A permission made at run time.
    Permission(RunTimePermission),
    /// A role.
    Role(Role),
    /// A tenant.
    Tenant(Tenant),
}

macro_rules! kinds {
    ($($kind:ident $name:literal $record:ident $doc:literal;)*) => {
        /// What happened; [`Self::as_str`] is the name on the wire, in hooks and in the audit log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ChangeKind {
            $(#[doc = $doc] $kind,)*
        }

        impl ChangeKind {
            /// The stable dot-style name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The kind of this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }

            /// Reads the record that a store gives with a change of this kind.
            ///
            /// # Errors
            /// [`StoreError`] for text that isn't such a record.
            pub fn read(self, json: &str) -> Result<Record, StoreError> {
                let told = |error: serde_json::Error| {
                    StoreError::new(format!("a record of `{}`: {error}", self.as_str()))
                };
                match self {
                    $(Self::$kind => serde_json::from_str(json).map(Record::$record).map_err(told),)*
                }
            }
        }
    };
}

kinds! {
    AssignmentCreated "rbac.member_role.create" Assignment "A member was given a role.";
    AssignmentDeleted "rbac.member_role.delete" Assignment "A role was taken from a member.";
    MemberCreated "rbac.member.create" Member "A user became a member.";
    MemberDeleted "rbac.member.delete" Member "A user is no member any more.";
    MemberUpdated "rbac.member.update" Member "A member became owner, or is owner no more.";
    PermissionCreated "rbac.permission.create" Permission "A permission was made.";
    PermissionDeleted "rbac.permission.delete" Permission "A permission was deleted.";
    PermissionUpdated "rbac.permission.update" Permission "A permission was changed.";
    RoleCreated "rbac.role.create" Role "A role was made.";
    RoleDeleted "rbac.role.delete" Role "A role was deleted.";
    RoleUpdated "rbac.role.update" Role "A role was changed.";
    TenantCreated "rbac.tenant.create" Tenant "A tenant was made.";
    TenantUpdated "rbac.tenant.update" Tenant "A tenant was changed.";
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// 32 letters and digits, unique: to tell a second delivery by.
    pub id: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The tenant's id; `None` for permissions, which are everybody's.
    pub tenant_id: Option<String>,
    /// The id of the user who did it.
    pub user_id: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What it was made to; for deletions, as it was.
    pub record: Record,
}

impl Change {
    /// The change as it is told to webhooks.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "id": self.id,
            "type": self.kind.as_str(),
            "timestamp": to_rfc3339(self.at_ms),
            "tenantId": self.tenant_id,
            "userId": self.user_id,
            "data": self.record,
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn as_time<S: Serializer>(at_ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_rfc3339(*at_ms))
}
