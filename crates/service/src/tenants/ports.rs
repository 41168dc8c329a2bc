//! What the use cases about tenants need from a store.

use core::future::Future;

use super::records::{
    Assignment, Change, ChangeKind, Member, Record, Role, RunTimePermission, Tenant,
};
use crate::{AuditEvent, StoreError};

/// On what ground a change is made. It has to hold still when the change is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Who makes the change.
    pub user_id: String,
    /// Who acts for that user, when it isn't the user in person.
    pub actor: Option<String>,
    /// How it was decided that they may.
    pub ground: Ground,
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Owning the tenant.
    Owner,
    /// All that is known of the user, who had this epoch: a change to what they may do raises it.
    Epoch(i64),
}

/// A change to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Make a tenant, with its maker as owner, and its scope.
    CreateTenant {
        /// The tenant's id.
        id: String,
        /// What people call it.
        name: String,
        /// Short unique name.
        slug: String,
        /// The id of its maker's membership.
        member_id: String,
        /// The scope, `LEVEL:ID`.
        scope: String,
        /// Most tenants that one user may own.
        max_owned: u32,
    },
    /// Give a tenant another name.
    UpdateTenant {
        /// What people call it.
        name: String,
    },
    /// Make a user a member.
    AddMember {
        /// The membership's id.
        id: String,
        /// The user's id, or address.
        user: String,
        /// Whether as an owner.
        owner: bool,
        /// Most tenants that a user may be a member of.
        max_memberships: u32,
    },
    /// Make a member an owner, or an owner a mere member.
    SetOwner {
        /// The membership's id.
        member_id: String,
        /// Whether it owns the tenant from now on.
        owner: bool,
    },
    /// End a membership.
    RemoveMember {
        /// The membership's id.
        member_id: String,
    },
    /// Make a role.
    CreateRole {
        /// The role's id.
        id: String,
        /// Its name.
        name: String,
        /// What it is for.
        description: String,
        /// What it carries.
        permissions: Vec<String>,
        /// Most roles that a tenant may have.
        max_roles: u32,
    },
    /// Change a role.
    UpdateRole {
        /// The role's id.
        role_id: String,
        /// Its name from now on.
        name: Option<String>,
        /// What it is for, from now on.
        description: Option<String>,
        /// All that it carries from now on.
        permissions: Option<Vec<String>>,
        /// Its revision when it was decided that it may be changed.
        revision: i64,
    },
    /// Delete a role.
    DeleteRole {
        /// The role's id.
        role_id: String,
        /// Its revision when it was decided that it may be deleted.
        revision: i64,
    },
    /// Give a member a role.
    Assign {
        /// The membership's id.
        member_id: String,
        /// The role's id.
        role_id: String,
        /// The role's revision when it was decided that it may be given.
        revision: i64,
        /// Most roles that a member may hold.
        max_roles: u32,
    },
    /// Take a role from a member.
    Unassign {
        /// The membership's id.
        member_id: String,
        /// The role's id.
        role_id: String,
        /// The role's revision when it was decided that it may be taken.
        revision: i64,
    },
    /// Make a permission.
    CreatePermission {
        /// Its id.
        id: String,
        /// `resource:action`.
        name: String,
        /// What it is for.
        description: String,
        /// Most permissions made at run time.
        max_permissions: u32,
    },
    /// Change a permission; roles that carry it go on carrying it under its new name.
    UpdatePermission {
        /// Its id.
        id: String,
        /// `resource:action` from now on.
        name: Option<String>,
        /// What it is for, from now on.
        description: Option<String>,
    },
    /// Delete a permission, and take it out of every role.
    DeletePermission {
        /// Its id.
        id: String,
    },
}

impl Write {
    /// What will have happened.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::CreateTenant { .. } => ChangeKind::TenantCreated,
            Self::UpdateTenant { .. } => ChangeKind::TenantUpdated,
            Self::AddMember { .. } => ChangeKind::MemberCreated,
            Self::SetOwner { .. } => ChangeKind::MemberUpdated,
            Self::RemoveMember { .. } => ChangeKind::MemberDeleted,
            Self::CreateRole { .. } => ChangeKind::RoleCreated,
            Self::UpdateRole { .. } => ChangeKind::RoleUpdated,
            Self::DeleteRole { .. } => ChangeKind::RoleDeleted,
            Self::Assign { .. } => ChangeKind::AssignmentCreated,
            Self::Unassign { .. } => ChangeKind::AssignmentDeleted,
            Self::CreatePermission { .. } => ChangeKind::PermissionCreated,
            Self::UpdatePermission { .. } => ChangeKind::PermissionUpdated,
            Self::DeletePermission { .. } => ChangeKind::PermissionDeleted,
        }
    }
}

/// A change with what goes with it.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// Its id.
    pub id: &'a str,
    /// The tenant's id; `None` for permissions.
    pub tenant_id: Option<&'a str>,
    /// On what ground it is made.
    pub authority: &'a Authority,
    /// What to change.
    pub write: &'a Write,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Whether a webhook is to be told.
    pub is_told: bool,
    /// The audit record, written only if something was changed.
    pub event: &'a AuditEvent,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done(Box<Change>),
    /// Things were so already; nothing was written.
    Unchanged(Box<Record>),
    /// A condition didn't hold; nothing was written.
    Refused(Condition),
}

/// The condition that didn't hold when a change was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// An owner has to stay.
    LastOwner,
    /// No more of these.
    Limit,
    /// Another one has the name.
    NameTaken,
    /// There is no such member in the tenant.
    NoMember,
    /// Only an owner may do this to an owner.
    NotOwner,
    /// There is no such permission.
    NoPermission,
    /// There is no such role in the tenant.
    NoRole,
    /// There is no such tenant.
    NoTenant,
    /// There is no such user.
    NoUser,
    /// What was decided on has changed since.
    Stale,
}

/// A part of a list in order of its keys.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Only what comes after this key.
    pub after: &'a str,
    /// At most so many.
    pub limit: u32,
}

/// Where tenants, their members and their roles are kept.
pub trait TenantStore: Send + Sync {
    /// Makes a change, raises the epochs of everybody whose rights it touches, and records it, all
    /// or nothing.
    fn change(
        &self,
        change: &NewChange<'_>,
    ) -> impl Future<Output = Result<Outcome, StoreError>> + Send;

    /// Tenants that a user is a member of, in order of their ids.
    fn tenants_of(
        &self,
        user_id: &str,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Tenant>, StoreError>> + Send;

    /// A tenant.
    fn tenant(&self, id: &str) -> impl Future<Output = Result<Option<Tenant>, StoreError>> + Send;

    /// Members of a tenant in order of the ids of their memberships.
    fn members(
        &self,
        tenant_id: &str,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Member>, StoreError>> + Send;

    /// A member of a tenant, by the membership's id.
    fn member(
        &self,
        tenant_id: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<Member>, StoreError>> + Send;

    /// Roles of a tenant in order of their names.
    fn roles(
        &self,
        tenant_id: &str,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Role>, StoreError>> + Send;

    /// A role of a tenant.
    fn role(
        &self,
        tenant_id: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<Role>, StoreError>> + Send;

    /// Roles of a member in order of their names; `None` when there is no such member.
    fn member_roles(
        &self,
        tenant_id: &str,
        member_id: &str,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Option<Vec<Assignment>>, StoreError>> + Send;

    /// All permissions made at run time, with the count of their changes.
    fn run_time_permissions(
        &self,
    ) -> impl Future<Output = Result<(i64, Vec<RunTimePermission>), StoreError>> + Send;

    /// Takes changes that are to be told by now, at most `limit`, oldest first, and keeps others
    /// from taking them until `until_ms`. Counts as an attempt.
    fn take_changes(
        &self,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Taken>, StoreError>> + Send;

    /// Says what came of telling changes.
    fn settle_changes(
        &self,
        settled: &[Settled],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A change that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The change.
    pub change: Change,
    /// How often it was tried to tell it, this time included.
    pub attempts: u32,
}

/// What came of telling a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is told.
    Done {
        /// The change's id.
        id: String,
    },
    /// It failed; it is tried again.
    Later {
        /// The change's id.
        id: String,
        /// When, Unix milliseconds.
        next_at_ms: i64,
        /// Why it failed.
        problem: String,
    },
    /// It failed too often; it stays, and nobody tries again.
    Dead {
        /// The change's id.
        id: String,
        /// When, Unix milliseconds.
        at_ms: i64,
        /// Why it failed.
        problem: String,
    },
}
