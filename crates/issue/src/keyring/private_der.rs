//! A private key in the form that platforms import and export.

use core::fmt;

use zeroize::Zeroizing;

/// What stands before the private key itself: PKCS #8 (RFC 5208) version 1, `id-ecPublicKey` on
/// `secp256r1` (RFC 5480 section 2.1.1), around an EC private key (RFC 5915 section 3).
const HEAD: [u8; 36] = [
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02,
    0x01, 0x01, 0x04, 0x20,
];

/// What stands between the private key and the public one, a point that isn't compressed.
const MIDDLE: [u8; 6] = [0xa1, 0x44, 0x03, 0x42, 0x00, 0x04];

const BYTES: usize = HEAD.len() + 32 + MIDDLE.len() + 64;

/// A P-256 private key with its public one as PKCS #8 in DER, byte for byte what WebCrypto's `exportKey`
/// gives. Wiped on drop and hidden in `Debug`.
pub struct PrivateDer(Zeroizing<[u8; BYTES]>);

/// What is in it. Whether the two belong together isn't looked at.
pub(super) struct Parts<'a> {
    pub(super) private: &'a [u8; 32],
    pub(super) x: &'a [u8; 32],
    pub(super) y: &'a [u8; 32],
}

impl PrivateDer {
    pub(super) fn of(parts: &Parts<'_>) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let written = HEAD.iter().chain(parts.private).chain(&MIDDLE);
        let written = written.chain(parts.x).chain(parts.y);
        for (byte, part) in bytes.iter_mut().zip(written) {
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

impl<'a> Parts<'a> {
    /// Reads what [`PrivateDer::of`] writes, and no other form: each of them would be a key that nobody
    /// here has made.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let (head, rest) = der.split_first_chunk()?;
        let (private, rest) = rest.split_first_chunk()?;
        let (middle, rest) = rest.split_first_chunk()?;
        let (x, rest) = rest.split_first_chunk()?;
        let (y, rest) = rest.split_first_chunk()?;
        (*head == HEAD && *middle == MIDDLE && rest.is_empty()).then_some(Self { private, x, y })
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

    fn der() -> PrivateDer {
        PrivateDer::of(&Parts {
            private: &[0x5a; 32],
            x: &[0x6b; 32],
            y: &[0x7c; 32],
        })
    }

    #[test]
    fn what_is_written_reads_back() {
        let der = der();
        let parts = Parts::parse(der.as_bytes()).unwrap();
        assert_eq!(
            (parts.private, parts.x, parts.y),
            (&[0x5a; 32], &[0x6b; 32], &[0x7c; 32])
        );
    }

    #[test]
    fn another_form_or_length_is_refused() {
        let good = der().as_bytes().to_vec();
        for len in 0..good.len() {
            assert!(Parts::parse(&good[..len]).is_none(), "{len}");
        }
        assert!(Parts::parse(&[good.as_slice(), &[0]].concat()).is_none());
        for at in (0..36).chain(68..74) {
            let mut other = good.clone();
            other[at] ^= 1;
            assert!(Parts::parse(&other).is_none(), "{at}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", der()), "PrivateDer { .. }");
    }
}
