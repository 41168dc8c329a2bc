//! Keys that are made and used here, for hosts whose platform doesn't.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use zeroize::Zeroizing;

use super::{PublicJwk, SIGNATURE_BYTES};
use crate::Entropy;

/// How often bytes are drawn before the source is called broken.
///
/// One draw is out of range with a probability of 2⁻³², eight in a row don't happen.
pub(super) const MAX_DRAWS: usize = 8;

/// A private key that signs here. Wiped on drop.
pub(super) struct InPlaceKey(SigningKey);

impl InPlaceKey {
    /// Draws 32 bytes that are a number from 1 to the curve's order less one.
    ///
    /// Anything else is thrown away and drawn again (FIPS 186-5 section A.2.2), never reduced,
    /// which would favour some keys.
    pub(super) fn draw(entropy: &mut (impl Entropy + ?Sized)) -> Option<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for _ in 0..MAX_DRAWS {
            entropy.fill(bytes.as_mut_slice());
            if let Ok(key) = SigningKey::from_slice(bytes.as_slice()) {
                return Some(Self(key));
            }
        }
        None
    }

    /// The key of these bytes, if its public one is `public`.
    pub(super) fn of(private: &[u8; 32], public: &PublicJwk) -> Option<Self> {
        let key = Self(SigningKey::from_slice(private).ok()?);
        (key.public().as_ref() == Some(public)).then_some(key)
    }

    pub(super) fn private(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    pub(super) fn public(&self) -> Option<PublicJwk> {
        // A public key isn't the point at infinity, so its uncompressed form has both coordinates.
        let point = self.0.verifying_key().to_sec1_point(false);
        let (x, y) = point.x().zip(point.y())?;
        PublicJwk::of(&(*x).into(), &(*y).into())
    }

    /// Deterministic (RFC 6979): it needs no randomness, so none can fail, and the same signature
    /// comes out twice.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }
}
