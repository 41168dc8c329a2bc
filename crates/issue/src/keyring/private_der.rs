//! A private key in the form that platforms import.

use core::fmt;

use zeroize::Zeroizing;

/// What stands before the private key itself: PKCS #8 (RFC 5208) version 1, `id-ecPublicKey` on
/// `secp256r1` (RFC 5480 section 2.1.1), around an EC private key (RFC 5915) without its public one,
/// which follows from it.
const HEAD: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// A P-256 private key as PKCS #8 in DER. Wiped on drop and hidden in `Debug`.
pub struct PrivateDer(Zeroizing<[u8; HEAD.len() + 32]>);

impl PrivateDer {
    pub(super) fn of(scalar: &[u8; 32]) -> Self {
        let mut bytes = Zeroizing::new([0; HEAD.len() + 32]);
        let parts = HEAD.iter().chain(scalar);
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = *part;
        }
        Self(bytes)
    }

    /// The bytes, for the platform's import.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for PrivateDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateDer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let der = PrivateDer::of(&[0x5a; 32]);
        assert_eq!(format!("{der:?}"), "PrivateDer { .. }");
    }
}
