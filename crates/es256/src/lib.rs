//! ECDSA P-256 signature verification, fast in WebAssembly.
//!
//! It answers one question: is this signature (r, s) one of this public key for this SHA-256
//! digest? The caller hashes. It can't sign, holds no secret, and therefore takes the time that its
//! public inputs need: nothing here is fit for a private key.
//!
//! - [`PublicKey`] is a point that is known to be on the curve; it verifies as it is.
//! - [`PreparedKey`] is the same key with tables of its multiples and of G's, for keys that
//!   verify more than some ten signatures.
//! - [`Signature`] is a pair whose numbers are known to be in range.
//!
//! The arithmetic works on limbs of 29 bits (`limbs`, `columns`), the widest whose products
//! WebAssembly, without a 64-bit high product, can add up without carries. The same code runs
//! natively, so that a verdict can't depend on the host.
//!
//! ```
//! use portcullis_es256::{PublicKey, PublicKeyError, Signature, SignatureError};
//!
//! assert_eq!(PublicKey::parse_coordinates(&[1; 32], &[1; 32]), Err(PublicKeyError::NotOnCurve));
//! assert_eq!(Signature::parse(&[0; 64]), Err(SignatureError::RZero));
//! ```
#![no_std]

extern crate alloc;

mod columns;
mod field;
mod inverse;
mod key;
mod limbs;
mod point;
mod scalar;
mod signature;
mod table;
mod wnaf;

pub use key::{GeneratorTable, PreparedKey, PublicKey, PublicKeyError};
pub use signature::{SIGNATURE_BYTES, Signature, SignatureError};
