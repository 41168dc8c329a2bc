//! Tenants: groups of users with roles of their own, made at run time.
//!
//! A tenant is a scope of the level that the policy names under `[tenants]`; what its members may do
//! ends at that scope. Its owners make roles out of the policy's permissions and give them to
//! members. Every change is one batch whose conditions hold when it is written, raises the epochs of
//! everybody whose rights it touches, and leaves an audit record; after it, [`crate::Hooks`] and the
//! webhook are told.

mod access;
mod change;
mod check;
mod member_roles;
mod members;
mod permissions;
mod policy;
mod ports;
mod records;
mod refused;
mod roles;
mod settings;
mod text;

pub use access::{Access, Group};
pub(crate) use access::{may_read_keys, may_write_keys, scope_of};
pub use check::{has_all, has_any, has_permission};
pub use member_roles::{assign, assigned, unassign};
pub use members::{
    add as add_member, create as create_tenant, get as get_tenant, list as list_tenants,
    list_members, remove as remove_member, rename as rename_tenant, set_owner,
};
pub use permissions::{
    ListedPermission, create as create_permission, delete as delete_permission,
    get as get_permission, list as list_permissions, update as update_permission,
};
pub use policy::{CurrentPolicy, PolicyCache, current_policy};
pub use ports::{
    Authority, Condition, Ground, NewChange, Outcome, Page, Settled, Taken, TenantStore, Write,
};
pub use records::{
    Assignment, Change, ChangeKind, Member, Record, Role, RunTimePermission, Tenant,
};
pub use refused::Refused;
pub use roles::{
    RoleChange, create as create_role, delete as delete_role, get as get_role, list as list_roles,
    update as update_role,
};
pub use settings::{OwnersGrant, RbacSettings};
pub use text::{is_name, is_slug};

/// Most roles that a tenant may have.
pub const MAX_ROLES: u32 = 1_000;
/// Most permissions that a role may carry.
pub const MAX_ROLE_PERMISSIONS: usize = 1_000;
/// Most roles that a member may hold in one tenant.
pub const MAX_MEMBER_ROLES: u32 = 100;
/// Most tenants that a user may own.
pub const MAX_OWNED: u32 = 100;
/// Most tenants that a user may be a member of.
pub const MAX_MEMBERSHIPS: u32 = 1_000;
/// Most permissions made at run time.
pub const MAX_RUN_TIME_PERMISSIONS: u32 = 1_000;
/// Most entries of one page of a list.
pub const MAX_PAGE: u32 = 500;
