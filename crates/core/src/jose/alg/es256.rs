//! ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
//!
//! Both `s` and `n - s` are valid: RFC 7518 has no low-s rule, so a signature is not a token's identity.

use alloc::sync::Arc;

use portcullis_es256::{GeneratorTable, PreparedKey, PublicKey, Signature};
use sha2::{Digest, Sha256};

use super::VerifyingKey;
use crate::jose::{Algorithm, JwkError};

/// A P-256 public key, with or without a table of its multiples.
///
/// The table makes verification several times faster and costs memory and a few milliseconds once,
/// so a host prepares the keys it keeps and leaves those it uses once as they are.
#[derive(Clone, Debug)]
pub struct Es256Key {
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Plain(PublicKey),
    Prepared(Arc<PreparedKey>),
}

impl Es256Key {
    /// Takes the coordinates of a point, big-endian.
    ///
    /// # Errors
    /// [`JwkError::NotOnCurve`] unless both are below the field's modulus and satisfy the curve equation.
    /// Skipping this is the invalid-curve attack (RFC 8725 section 2.5, RFC 7518 section 6.2.1).
    pub fn parse(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, JwkError> {
        let point = PublicKey::parse_coordinates(x, y).map_err(|_| JwkError::NotOnCurve)?;
        Ok(Self {
            form: Form::Plain(point),
        })
    }

    /// Makes the table of multiples, unless it is there already.
    pub fn prepare(&mut self, generator: &Arc<GeneratorTable>) {
        if let Form::Plain(point) = &self.form {
            self.form = Form::Prepared(Arc::new(point.prepare_with(generator)));
        }
    }

    /// Says whether the table of multiples is there.
    #[must_use]
    pub const fn is_prepared(&self) -> bool {
        matches!(self.form, Form::Prepared(_))
    }
}

impl VerifyingKey for Es256Key {
    const ALGORITHM: Algorithm = Algorithm::Es256;

    /// Says whether `signature` (r and s, 32 bytes each) signs `message`.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // Exactly 64 bytes, r and s in 1..n: accepting zero was CVE-2022-21449 ("psychic signatures").
        let Ok(signature) = Signature::parse(signature) else {
            return false;
        };
        let digest: [u8; 32] = Sha256::digest(message).into();
        match &self.form {
            Form::Plain(point) => point.verify_digest(&digest, &signature),
            Form::Prepared(key) => key.verify_digest(&digest, &signature),
        }
    }
}
