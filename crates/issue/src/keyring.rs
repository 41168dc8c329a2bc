//! The ring of ES256 signing keys: made, sealed, rotated, published, used.
//!
//! A key is `next`, then `active`, then `retired`, then dropped. The next one is published a while
//! before it signs, so that every verifier has it in its cached key set by then; a retired one
//! stays published until the last token it signed has expired. Nothing here stores a key: the
//! host keeps [`KeyRecord`]s, asks [`plan_rotation`] what is due, and does it in one transaction.

#[cfg(feature = "in-place")]
mod in_place;
mod jwk;
mod key;
mod plan;
mod private_der;
mod record;
mod signer;
mod unsigned;

pub use jwk::{PublicJwk, PublicJwkError, jwks_json};
pub use key::{GenerateKeyError, GeneratedKey};
pub use plan::{
    DEFAULT_ACTIVE_SECS, DEFAULT_PREPUBLISH_SECS, DEFAULT_RETIRED_KEEP_SECS, RotationPolicy,
    RotationPolicyError, RotationStep, plan_rotation,
};
pub use private_der::PrivateDer;
pub use record::{KeyRecord, KeyState, KeyStateError, TransitionError};
pub use signer::{MAX_TOKEN_BYTES, OpenKeyError, SignError, Signer};
pub use unsigned::{SIGNATURE_BYTES, UnsignedJwt};
