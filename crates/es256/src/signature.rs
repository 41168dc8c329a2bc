//! Signatures as JWS carries them.

use core::fmt;

use crate::field::{Fe, P};
use crate::limbs;
use crate::scalar::{N, Scalar};

/// Bytes of a signature: two numbers of 32.
pub const SIGNATURE_BYTES: usize = 64;

/// An ECDSA signature whose r and s are in 1..n.
///
/// There is no rule that s be the lower one of s and n - s: RFC 7518 section 3.4 has none, and
/// signers in use produce both. A caller must not take the bytes of a signature as an identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// r.
    pub(crate) r: Scalar,
    /// s.
    pub(crate) s: Scalar,
}

impl Signature {
    /// Reads `r || s`, 32 big-endian bytes each (IEEE P1363, RFC 7518 section 3.4).
    ///
    /// # Errors
    /// `Length` unless there are exactly 64 bytes; `RZero`, `ROutOfRange`, `SZero` and
    /// `SOutOfRange` for a number that is 0 or at least n, r before s (SEC 1 section 4.1.4 step 1).
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let length = SignatureError::Length {
            actual: bytes.len(),
        };
        let (r, s) = bytes.split_first_chunk::<32>().ok_or(length)?;
        let s = <&[u8; 32]>::try_from(s).map_err(|_| length)?;
        // Zero for r or s verifies for every message in a verifier that forgets this check
        // (CVE-2022-21449).
        let r = Scalar::parse(r).ok_or(SignatureError::ROutOfRange)?;
        if r.is_zero() {
            return Err(SignatureError::RZero);
        }
        let s = Scalar::parse(s).ok_or(SignatureError::SOutOfRange)?;
        if s.is_zero() {
            return Err(SignatureError::SZero);
        }
        Ok(Self { r, s })
    }

    /// Whether `has_x` holds for an x that is r modulo n (SEC 1 section 4.1.4 steps 5 to 8).
    ///
    /// x is below p, and p is above n: for a small r, `r + n` is the other possible x.
    pub(crate) fn is_x_modulo_n(&self, has_x: impl Fn(&Fe) -> bool) -> bool {
        if has_x(&Fe::from_canonical(self.r.limbs())) {
            return true;
        }
        let other = limbs::add(self.r.limbs(), &N);
        limbs::less(&other, &P) && has_x(&Fe::from_canonical(&other))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        for part in [&self.r, &self.s] {
            limbs::to_be_bytes(part.limbs())
                .iter()
                .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        f.write_str(")")
    }
}

/// Why bytes are not a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// There are not 64 bytes.
    Length {
        /// How many there are.
        actual: usize,
    },
    /// r is n or more.
    ROutOfRange,
    /// r is 0.
    RZero,
    /// s is n or more.
    SOutOfRange,
    /// s is 0.
    SZero,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { actual } => {
                write!(
                    f,
                    "signature has {actual} bytes instead of {SIGNATURE_BYTES}"
                )
            }
            Self::ROutOfRange => f.write_str("r of the signature is not below the group order"),
            Self::RZero => f.write_str("r of the signature is zero"),
            Self::SOutOfRange => f.write_str("s of the signature is not below the group order"),
            Self::SZero => f.write_str("s of the signature is zero"),
        }
    }
}

impl core::error::Error for SignatureError {}
