//! RSASSA-PKCS1-v1_5 with SHA-256, verification only (RFC 7518 section 3.3, RFC 8017 section 8.2.2).
//!
//! The timing leak of RUSTSEC-2023-0071 concerns private keys; there are none here.

use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey, traits::PublicKeyParts};
use sha2::{Digest, Sha256};

use super::VerifyingKey;
use crate::{
    jose::{Algorithm, JwkError},
    limits::{MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS},
};

/// An RSA public key of a size that is neither weak nor made to waste time.
#[derive(Clone)]
pub struct Rs256Key {
    key: RsaPublicKey,
}

impl Rs256Key {
    /// Takes modulus and public exponent, big-endian in the fewest octets (RFC 7518 section 6.3.1).
    ///
    /// # Errors
    /// [`JwkError::WeakRsaModulus`] and [`JwkError::RsaModulusTooLarge`] for a modulus outside
    /// [`MIN_RSA_BITS`]`..=`[`MAX_RSA_BITS`] bits; [`JwkError::InvalidMember`] for leading zeros, an even
    /// modulus, and an exponent that is even, below 3 or above [`MAX_RSA_EXPONENT_BITS`] bits.
    pub fn parse(modulus: &[u8], exponent: &[u8]) -> Result<Self, JwkError> {
        let invalid = |name, expected| Err(JwkError::InvalidMember { name, expected });
        if modulus.first() == Some(&0) {
            return invalid("n", "an integer without leading zeros");
        }
        if exponent.first() == Some(&0) {
            return invalid("e", "an integer without leading zeros");
        }
        // Sizes first: arithmetic on a modulus of megabytes is the attack.
        let modulus_bits = bits(modulus);
        if modulus_bits < MIN_RSA_BITS {
            return Err(JwkError::WeakRsaModulus {
                actual_bits: modulus_bits,
            });
        }
        if modulus_bits > MAX_RSA_BITS {
            return Err(JwkError::RsaModulusTooLarge {
                actual_bits: modulus_bits,
            });
        }
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        if !is_odd(modulus) {
            return invalid("n", "an odd integer");
        }
        // With e = 1 every padded digest signs itself.
        if !is_odd(exponent) || exponent == [1] || bits(exponent) > MAX_RSA_EXPONENT_BITS {
            return invalid("e", "an odd integer from 3 to 2^33 - 1");
        }
        let (n, e) = (
            BigUint::from_bytes_be(modulus),
            BigUint::from_bytes_be(exponent),
        );
        RsaPublicKey::new_with_max_size(n, e, MAX_RSA_BITS)
            .map(|key| Self { key })
            .or_else(|_| invalid("n", "an RSA modulus"))
    }
}

impl VerifyingKey for Rs256Key {
    const ALGORITHM: Algorithm = Algorithm::Rs256;

    /// Says whether `signature` (as long as the modulus) signs `message`.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // The scheme builds the whole padded block and compares it: nothing parses ASN.1, so
        // Bleichenbacher's forgery for small exponents has nothing to hide in.
        let scheme = Pkcs1v15Sign::new::<rsa::sha2::Sha256>();
        self.key
            .verify(scheme, &Sha256::digest(message), signature)
            .is_ok()
    }
}

impl core::fmt::Debug for Rs256Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Rs256Key")
            .field("modulus_bits", &self.key.n().bits())
            .finish()
    }
}

/// Counts the bits of a big-endian number without leading zero octets.
fn bits(number: &[u8]) -> usize {
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};

    fn odd_modulus(bits: usize) -> alloc::vec::Vec<u8> {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= bits.div_ceil(8) * 8 - bits;
        modulus
    }

    fn parse(modulus: &[u8], exponent: &[u8]) -> Result<Rs256Key, JwkError> {
        Rs256Key::parse(modulus, exponent)
    }

    #[test]
    fn modulus_sizes_are_checked_to_the_bit() {
        assert!(parse(&odd_modulus(2048), &[1, 0, 1]).is_ok());
        assert!(parse(&odd_modulus(8192), &[1, 0, 1]).is_ok());
        let weak = parse(&odd_modulus(2047), &[1, 0, 1]).unwrap_err();
        assert_eq!(weak, JwkError::WeakRsaModulus { actual_bits: 2047 });
        assert_eq!(
            weak.to_string(),
            "RSA modulus of 2047 bits where 2048 are needed"
        );
        let large = parse(&odd_modulus(8193), &[1, 0, 1]).unwrap_err();
        assert_eq!(large, JwkError::RsaModulusTooLarge { actual_bits: 8193 });
        assert!(parse(&[], &[1, 0, 1]).is_err());
    }

    #[test]
    fn exponents_are_odd_and_from_3_up() {
        let modulus = odd_modulus(2048);
        for good in [&[3][..], &[17], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
            assert!(parse(&modulus, good).is_ok(), "{good:?}");
        }
        for bad in [
            &[][..],
            &[0],
            &[1],
            &[2],
            &[1, 0, 0],
            &[0, 3],
            &[2, 0, 0, 0, 1],
            &[1; 300],
        ] {
            assert!(parse(&modulus, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn leading_zeros_and_even_moduli_are_refused() {
        let mut padded = vec![0];
        padded.extend(odd_modulus(2048));
        assert!(parse(&padded, &[3]).is_err());
        let mut even = odd_modulus(2048);
        even[255] = 0xfe;
        assert!(parse(&even, &[3]).is_err());
    }

    #[test]
    fn no_signature_of_a_wrong_length_panics_or_passes() {
        let key = parse(&odd_modulus(2048), &[3]).unwrap();
        for length in [0, 1, 255, 256, 257, 5000] {
            assert!(!key.verify(b"message", &vec![0x55; length]));
            assert!(!key.verify(b"message", &vec![0; length]));
        }
    }
}
