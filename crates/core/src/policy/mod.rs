//! The policy: what roles, permissions, tiers, apps and types of records there are, how they
//! relate, and which rules hold for records.
//!
//! A policy is written as TOML ([`toml`], feature `toml`), checked and compiled once
//! ([`Policy::compile`]) into numbered names, bit sets and tests, and handed around in its document
//! form ([`Document`], JSON, described by `policy.schema.json`) to hosts that need no TOML reader,
//! such as a page; [`Document::reduced_to`] makes the part that one principal needs.
//! `LANGUAGE.md` says what each section means.
//!
//! ```toml
//! name = "clinic"
//! version = "1.0.0"
//! scopes = ["region", "ward"]          # widest first; `global` is above them
//! default_tier = "public"
//!
//! [roles.NURSE]
//! label = "Nurse"
//! level = 1
//! grant_at = ["ward"]                  # default: anywhere
//!
//! [roles.DIRECTOR]
//! level = 3
//! inherits = ["NURSE"]                 # has every permission of a nurse, too
//! manages = "equal"                    # default: those whose roles have a lower level
//! superuser_at = "region"              # may do everything in a region; default: nowhere
//!
//! [permissions]
//! "record:read" = ["NURSE"]
//! "record:export" = { roles = ["DIRECTOR"], tier = "beta", label = "Export records" }
//!
//! [[tiers]]                            # lowest first
//! name = "public"
//! label = "Public"
//! [[tiers]]
//! name = "beta"
//!
//! [apps]
//! calendar = "public"
//!
//! [tenants]
//! level = "region"                     # every region is a tenant
//! owner = ["record:read"]              # what its owners may do in it
//!
//! [auth]
//! clearance = "int"                    # an attribute of principals
//! [context]
//! reason = "string"                    # an attribute of requests
//!
//! [resources.record]                   # `record:read`, `record:create`, … are permissions
//! scope = { ward = "ward_id" }         # this field says in which ward a record is
//! [resources.record.fields]
//! owner_id = { type = "string", default = "auth.id" }
//! ward_id = "string"
//! title = "string"
//!
//! [[rules]]
//! name = "own-titles"
//! effect = "allow"
//! resource = "record"
//! actions = ["update"]
//! when = "record.owner_id == auth.id && auth.clearance >= 2"
//! fields = ["title"]
//! ```

mod bits;
mod canonical;
mod compile;
mod document;
mod error;
pub(crate) mod names;
mod pack;
mod reduce;
mod resource;
mod rule;
#[cfg(feature = "toml")]
pub mod toml;

pub(crate) use bits::BitSet;
pub use compile::{App, Manages, Permission, Policy, Role, Tenants, Tier};
pub use document::{
    AppDocument, AttributeDocument, Document, FORMAT, FieldDocument, LevelDocument,
    PermissionDocument, ResourceDocument, RoleDocument, RuleDocument, ScopeDocument,
    TenantsDocument, TierDocument,
};
pub use error::{PolicyError, PolicyErrorKind};
pub use names::{GLOBAL, Position};
pub use resource::{Field, Resource};
pub use rule::{Effect, Rule};

/// Number of a permission within its policy.
pub type PermissionId = u16;
/// Number of a role within its policy.
pub type RoleId = u16;
/// Rank of a tier within its policy; 0 is the lowest.
pub type TierRank = u16;
/// Number of an app within its policy.
pub type AppId = u16;
/// Number of a type of record within its policy.
pub type ResourceId = u16;
/// Number of a field within its resource.
pub type FieldId = u16;
/// Number of a rule within its policy.
pub type RuleId = u16;
/// Depth of a scope level; 0 is `global`, 1 the widest level that the policy names.
pub type Depth = u8;
