//! A fresh signing key.

use core::fmt;

use p256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use super::{KeyRecord, KeyState, PublicJwk};
use crate::Entropy;
use crate::sealed::{SealError, seal};
use crate::secret::{Purpose, Secrets};

/// How often bytes are drawn before the source is called broken.
///
/// One draw is out of range with a probability of 2⁻³², eight in a row don't happen.
const MAX_DRAWS: usize = 8;

/// A P-256 key that was just made and isn't stored yet. Its private part is wiped on drop.
pub struct GeneratedKey {
    signing_key: SigningKey,
    public: PublicJwk,
}

impl GeneratedKey {
    /// Draws a private key: 32 bytes that are a number from 1 to the curve's order less one.
    ///
    /// Anything else is thrown away and drawn again (FIPS 186-5 section A.2.2), never reduced,
    /// which would favour some keys.
    ///
    /// # Errors
    /// [`GenerateKeyError`] if eight draws in a row are out of range: the source isn't random.
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, GenerateKeyError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for _ in 0..MAX_DRAWS {
            entropy.fill(bytes.as_mut_slice());
            if let Ok(signing_key) = SigningKey::from_slice(bytes.as_slice()) {
                let public = PublicJwk::of(signing_key.verifying_key());
                return Ok(Self {
                    signing_key,
                    public,
                });
            }
        }
        Err(GenerateKeyError)
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
        let scalar = Zeroizing::new(<[u8; 32]>::from(self.signing_key.to_bytes()));
        let sealed_private = seal(
            secrets,
            Purpose::KeyWrap,
            self.public.kid(),
            scalar.as_slice(),
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

/// The source of randomness keeps giving bytes that are no private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateKeyError;

impl fmt::Display for GenerateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no private key in {MAX_DRAWS} draws, the source of randomness is broken"
        )
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
        assert_eq!(
            key.signing_key.to_bytes().as_slice(),
            less_one(ORDER).as_slice()
        );
    }

    #[test]
    fn zero_and_all_ones_are_drawn_again() {
        let mut one = [0; 32];
        one[31] = 1;
        let draws = [[0; 32], [0xff; 32], one].concat();
        let key = GeneratedKey::generate(&mut ScriptedEntropy::new(&draws)).unwrap();
        assert_eq!(key.signing_key.to_bytes().as_slice(), one);
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
