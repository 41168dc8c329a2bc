//! A fresh signing key.

use core::fmt;

use zeroize::Zeroizing;

#[cfg(feature = "in-place")]
use super::in_place::{InPlaceKey, MAX_DRAWS};
use super::private_der::Parts;
use super::{KeyRecord, KeyState, PublicJwk};
use crate::Entropy;
use crate::sealed::{SealError, seal};
use crate::secret::{Purpose, Secrets};

/// A P-256 key that was just made and isn't stored yet. Its private part is wiped on drop.
pub struct GeneratedKey {
    private: Zeroizing<[u8; 32]>,
    public: PublicJwk,
}

impl GeneratedKey {
    /// Draws a private key, for a host whose platform makes none.
    ///
    /// # Errors
    /// [`GenerateKeyError::NoneDrawn`] if eight draws in a row are no key: the source isn't random.
    #[cfg(feature = "in-place")]
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, GenerateKeyError> {
        let key = InPlaceKey::draw(entropy).ok_or(GenerateKeyError::NoneDrawn)?;
        let public = key.public().ok_or(GenerateKeyError::NoneDrawn)?;
        Ok(Self {
            private: key.private(),
            public,
        })
    }

    /// Takes a key pair that the platform has made, as it exports it: see
    /// [`PrivateDer`](super::PrivateDer). The caller wipes its copy.
    ///
    /// That the platform's two halves belong together is believed; it looks at that itself whenever it
    /// imports [`Signer::private_der`](super::Signer::private_der).
    ///
    /// # Errors
    /// [`GenerateKeyError::NotPkcs8`]: another form, or a public half that is no point of the curve.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, GenerateKeyError> {
        let parts = Parts::parse(der).ok_or(GenerateKeyError::NotPkcs8)?;
        Ok(Self {
            public: PublicJwk::of(parts.x, parts.y).ok_or(GenerateKeyError::NotPkcs8)?,
            private: Zeroizing::new(*parts.private),
        })
    }

    /// The public part, with the key id.
    #[must_use]
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Seals the private part and makes the record to store.
    ///
    /// The sealed text is bound to the key id: exchanged between two rows, neither opens.
    ///
    /// # Errors
    /// [`SealError`], which 32 bytes don't cause.
    pub fn into_record(
        self,
        state: KeyState,
        now_secs: u64,
        secrets: &Secrets,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<KeyRecord, SealError> {
        let sealed_private = seal(
            secrets,
            Purpose::KeyWrap,
            self.public.kid(),
            self.private.as_slice(),
            entropy,
        )?;
        Ok(KeyRecord {
            public: self.public,
            state,
            sealed_private,
            created_secs: now_secs,
        })
    }
}

impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKey")
            .field("kid", &self.public.kid())
            .finish_non_exhaustive()
    }
}

/// Why there is no new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerateKeyError {
    /// The source of randomness keeps giving bytes that are no private key.
    #[cfg(feature = "in-place")]
    NoneDrawn,
    /// The platform gave something else than a key pair of P-256 in PKCS #8.
    NotPkcs8,
}

impl fmt::Display for GenerateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "in-place")]
            Self::NoneDrawn => write!(
                f,
                "no private key in {MAX_DRAWS} draws, the source of randomness is broken"
            ),
            Self::NotPkcs8 => f.write_str("the platform's key is no P-256 key pair in PKCS #8"),
        }
    }
}

impl core::error::Error for GenerateKeyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ScriptedEntropy, SeededEntropy};

    /// The order of P-256 (SEC 2 section 2.4.2).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    fn less_one(mut bytes: [u8; 32]) -> [u8; 32] {
        bytes[31] -= 1;
        bytes
    }

    #[test]
    fn order_of_the_curve_is_drawn_again_and_one_less_is_taken() {
        let draws = [ORDER, less_one(ORDER)].concat();
        let key = GeneratedKey::generate(&mut ScriptedEntropy::new(&draws)).unwrap();
        assert_eq!(*key.private, less_one(ORDER));
    }

    #[test]
    fn zero_and_all_ones_are_drawn_again() {
        let mut one = [0; 32];
        one[31] = 1;
        let draws = [[0; 32], [0xff; 32], one].concat();
        let key = GeneratedKey::generate(&mut ScriptedEntropy::new(&draws)).unwrap();
        assert_eq!(*key.private, one);
    }

    #[test]
    fn source_that_never_gives_a_key_is_an_error() {
        let error = GeneratedKey::generate(&mut ScriptedEntropy::new(&[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no private key in 8 draws, the source of randomness is broken"
        );
    }

    #[test]
    fn keys_drawn_one_after_the_other_differ() {
        let mut entropy = SeededEntropy::new(1);
        let first = GeneratedKey::generate(&mut entropy).unwrap();
        let second = GeneratedKey::generate(&mut entropy).unwrap();
        assert_ne!(first.public().kid(), second.public().kid());
    }

    #[test]
    fn debug_shows_the_key_id_alone() {
        let key = GeneratedKey::generate(&mut SeededEntropy::new(1)).unwrap();
        assert_eq!(
            format!("{key:?}"),
            format!("GeneratedKey {{ kid: {:?}, .. }}", key.public().kid())
        );
    }
}
