//! The signature algorithms, one file each. Every one can verify and none can sign.
//!
//! [`VerifyingKey`] is what they have in common; [`VerifyOnly`] makes a `jwt-compact` algorithm of any of them.

use core::fmt;

mod compact;
#[cfg(feature = "eddsa")]
pub mod eddsa;
pub mod es256;
#[cfg(feature = "hs256")]
pub mod hs256;
#[cfg(feature = "rs256")]
pub mod rs256;

pub use self::compact::{NoSigningKey, VerifyOnly, VerifyingKey};

/// A signature algorithm of RFC 7518 section 3.1 or RFC 8037 section 3.1.
///
/// All four names are understood whatever is compiled in, so that an unsupported key can be told from
/// an unknown one. `none` is not an algorithm and has no variant (RFC 8725 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519 signatures.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256. Whoever can verify can also sign; used only where a caller names it.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, in the order of their names.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Hs256, Self::Rs256];

    /// Returns the registered name, as the `alg` header parameter spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }

    /// Finds the algorithm with exactly this name; names are case-sensitive (RFC 7515 section 4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Says whether this build can verify signatures of the algorithm.
    #[must_use]
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::EdDsa => cfg!(feature = "eddsa"),
            Self::Es256 => true,
            Self::Hs256 => cfg!(feature = "hs256"),
            Self::Rs256 => cfg!(feature = "rs256"),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
        for name in [
            "none", "None", "NONE", "", "es256", "ES256 ", "Es256", "EDDSA", "eddsa", "HS512",
            "RS1", "ES256\0",
        ] {
            assert_eq!(Algorithm::from_name(name), None, "{name:?}");
        }
    }
}
