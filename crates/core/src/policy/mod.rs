//! The policy: what roles, permissions, tiers and apps there are, and how they relate.
//!
//! A policy is written as TOML ([`toml`], feature `toml`), checked and compiled once
//! ([`Policy::compile`]) into numbered names and bit sets, and handed around in its document form
//! ([`Document`], JSON) to hosts that need no TOML reader, such as a page.
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
//! superuser_at = "region"              # may do everything in a region; default: nowhere
//!
//! [permissions]
//! "record:read" = ["NURSE", "DIRECTOR"]
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
//! ```

mod bits;
mod compile;
mod document;
mod error;
mod names;
#[cfg(feature = "toml")]
pub mod toml;

pub(crate) use bits::BitSet;
pub use compile::{App, Permission, Policy, Role, Tier};
pub use document::{
    AppDocument, Document, FORMAT, PermissionDocument, RoleDocument, ScopeDocument, TierDocument,
};
pub use error::{PolicyError, PolicyErrorKind};
pub use names::{GLOBAL, Position};

/// Number of a permission within its policy.
pub type PermissionId = u16;
/// Number of a role within its policy.
pub type RoleId = u16;
/// Rank of a tier within its policy; 0 is the lowest.
pub type TierRank = u16;
/// Number of an app within its policy.
pub type AppId = u16;
/// Depth of a scope level; 0 is `global`, 1 the widest level that the policy names.
pub type Depth = u8;
