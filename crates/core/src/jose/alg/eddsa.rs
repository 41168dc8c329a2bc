//! Ed25519 signatures under the name `EdDSA` (RFC 8037 section 3.1, RFC 8032 section 5.1).

use ed25519_dalek::{Signature, VerifyingKey as Point};

use super::VerifyingKey;
use crate::jose::{Algorithm, JwkError};

/// An Ed25519 public key that isn't of low order.
#[derive(Clone, Debug)]
pub struct EdDsaKey {
    point: Point,
}

impl EdDsaKey {
    /// Takes the encoded point.
    ///
    /// # Errors
    /// [`JwkError::NotOnCurve`] if the bytes aren't the canonical encoding of a point of the curve,
    /// [`JwkError::LowOrder`] for a point of low order: one signature under it fits nearly every message.
    pub fn parse(x: &[u8; 32]) -> Result<Self, JwkError> {
        let point = Point::from_bytes(x).map_err(|_| JwkError::NotOnCurve)?;
        if point.to_edwards().compress().as_bytes() != x {
            return Err(JwkError::NotOnCurve);
        }
        if point.is_weak() {
            return Err(JwkError::LowOrder);
        }
        Ok(Self { point })
    }
}

impl VerifyingKey for EdDsaKey {
    const ALGORITHM: Algorithm = Algorithm::EdDsa;

    /// Says whether `signature` (64 bytes) signs `message`, by the strict rules: s below the group order,
    /// no point of low order, no second encoding of R.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.point.verify_strict(message, &signature).is_ok())
    }
}
