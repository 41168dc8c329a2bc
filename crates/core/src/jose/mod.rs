//! JSON Object Signing: keys, key sets, thumbprints, and verification of compact signatures.
//!
//! Only verification: no type here can sign. The four algorithms are ES256 (always compiled in),
//! `EdDSA`, RS256 and HS256 (each behind a cargo feature). `none` doesn't exist.

pub mod alg;
pub mod base64url;
mod error;
mod header;
mod jwk;
mod jwks;
mod jws;
mod thumbprint;

pub(crate) use self::error::write_list;
pub use self::{
    alg::Algorithm,
    error::{JwkError, JwsError, TokenPart},
    header::Header,
    jwk::VerificationKey,
    jwks::{KeySet, SkippedKey},
    jws::{VerifiedJws, verify, verify_within},
    thumbprint::thumbprint,
};
