//! Tenants, members and roles made at run time.
//!
//! Texts say `{tenant}` where a table's name goes, which an operator may choose.

mod changes;
mod conditions;
mod effects;
mod reads;
mod told;

pub(crate) use changes::{change, outcome};
pub use reads::all_tenants;
pub(crate) use reads::{
    MEMBERSHIPS, PERMISSION_EPOCH, member, member_roles, members, permissions, record, role, roles,
    tenant, tenants_of,
};
pub(crate) use told::{settle, take, taken};
