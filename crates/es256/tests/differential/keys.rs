//! Keys and verdicts of this crate and of p256 side by side.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, ProjectivePoint, Scalar};
use portcullis_es256::{GeneratorTable, PreparedKey, PublicKey, Signature};
use std::sync::{Arc, OnceLock};

/// The table of G, made once for all tests of a file.
pub(crate) fn generator() -> &'static Arc<GeneratorTable> {
    static TABLE: OnceLock<Arc<GeneratorTable>> = OnceLock::new();
    TABLE.get_or_init(GeneratorTable::new)
}

/// x and y of a point other than infinity.
pub(crate) fn coordinates(point: &ProjectivePoint) -> ([u8; 32], [u8; 32]) {
    let encoded = AffinePoint::from(*point).to_sec1_point(false);
    let bytes = encoded.as_bytes();
    (
        bytes[1..33].try_into().unwrap(),
        bytes[33..65].try_into().unwrap(),
    )
}

/// One key in three forms.
pub(crate) struct Keys {
    pub(crate) plain: PublicKey,
    pub(crate) prepared: PreparedKey,
    pub(crate) peer: p256::ecdsa::VerifyingKey,
}

impl Keys {
    pub(crate) fn new(point: &ProjectivePoint) -> Self {
        let (x, y) = coordinates(point);
        let plain = PublicKey::parse_coordinates(&x, &y).unwrap();
        assert_eq!((plain.x(), plain.y()), (x, y));
        let peer = p256::ecdsa::VerifyingKey::from_affine(AffinePoint::from(*point)).unwrap();
        Self {
            prepared: plain.prepare_with(generator()),
            plain,
            peer,
        }
    }

    /// The verdict, the same from both ways of this crate.
    #[track_caller]
    pub(crate) fn verdict(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::parse(signature) else {
            return false;
        };
        let plain = self.plain.verify_digest(digest, &signature);
        let prepared = self.prepared.verify_digest(digest, &signature);
        assert_eq!(
            plain, prepared,
            "digest {digest:02x?} {signature:?} of {:?}",
            self.plain
        );
        plain
    }

    /// The verdict, the same from both ways of this crate and from p256.
    #[track_caller]
    pub(crate) fn agreed_verdict(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        let verdict = self.verdict(digest, signature);
        let peer = p256::ecdsa::Signature::from_slice(signature)
            .is_ok_and(|signature| self.peer.verify_prehash(digest, &signature).is_ok());
        assert_eq!(
            verdict, peer,
            "digest {digest:02x?} {signature:02x?} of {:?}",
            self.plain
        );
        verdict
    }
}

/// The scalar for 32 bytes taken modulo n.
pub(crate) fn scalar(bytes: &[u8; 32]) -> Scalar {
    // 2^256 is below 2 n, so one subtraction, here by halves, does it.
    let (high, low) = bytes.split_at(16);
    let half = |half: &[u8]| Scalar::from_u128(u128::from_be_bytes(half.try_into().unwrap()));
    half(high) * Scalar::from_u128(1 << 64).square() + half(low)
}

/// `r || s` of two scalars.
pub(crate) fn join(r: &Scalar, s: &Scalar) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r.to_repr());
    bytes[32..].copy_from_slice(&s.to_repr());
    bytes
}
