//! API keys: what programs call with, for a user or a tenant.
//!
//! # What a key may do
//! A key names permissions, its scopes, and is bound by its maker besides: each decision asks whether the
//! permission is one of the key's *and* whether the maker holds it there now. So a maker who loses a
//! right takes it from every key, and a key without scopes opens nothing. A key of a tenant is what its
//! maker is in that tenant alone. No key touches the account itself: keys, passwords, sessions take the
//! user in person.
//!
//! # What a use costs
//! A key whose uses aren't counted is kept as callers with sessions are ([`crate::feed`]): no statement,
//! a revocation is seen within the bound, and its last use is written at most once a minute. One with a
//! rate or a number of uses takes one conditional `UPDATE … RETURNING` a use, so that of any number of
//! uses at once exactly as many succeed as may.
//!
//! # Keys that nobody knows
//! A key with a mistake in it is refused by its checksum. One that isn't known takes a look-up, which is
//! charged to its address ([`Rule::ApiKey`](crate::throttle::Rule::ApiKey)); an address without room is
//! refused before anything is looked up.

mod make;
mod own;
mod ports;
mod records;
mod refused;
mod rights;
mod settings;
mod uses;
mod verify;

pub use make::{Made, NewKey, create};
pub use own::{change, delete, delete_expired, get, list, rotate};
pub use ports::{
    ApiKeyStore, Holder, KeyChange, KeyPage, NewApiKey, Outcome, Owner, Rotation, Sort,
};
pub use records::{ApiKeyRecord, KeyRate, Previous, Refill};
pub use refused::Refused;
pub use rights::{Holding, narrow, within_rights};
pub use settings::{ApiKeySettings, Makers};
pub use uses::caller;
pub use verify::{Verdict, verify};

/// Most keys of one user, and of one tenant.
pub const MAX_KEYS: u32 = 100;
/// Most scopes of a key.
pub const MAX_SCOPES: usize = 100;
/// Longest name of a key, in characters.
pub const MAX_NAME_CHARS: usize = 32;
/// Longest metadata of a key as JSON text, in bytes.
pub const MAX_METADATA_BYTES: usize = 4096;
/// The shortest and the longest life of a key that has an end, in seconds.
pub const LIFE_SECS: core::ops::RangeInclusive<i64> = 86_400..=365 * 86_400;
/// How long the old key holds after a rotation when the caller doesn't say, in seconds.
pub const OVERLAP_SECS: i64 = 86_400;
/// The longest overlap, in seconds.
pub const MAX_OVERLAP_SECS: i64 = 30 * 86_400;
