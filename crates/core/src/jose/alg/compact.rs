//! The keys as algorithms of the `jwt-compact` crate, for code that reads its tokens with that crate.
//!
//! The type of the signing key has no value, so that "can verify, can't sign" is a property of the types.

use alloc::borrow::Cow;
use core::{fmt, marker::PhantomData};

use jwt_compact::AlgorithmSignature;

use super::Algorithm;

/// A signing key that doesn't exist.
#[derive(Clone, Copy, Debug)]
pub enum NoSigningKey {}

/// A key that verifies signatures of one algorithm.
pub trait VerifyingKey {
    /// The algorithm.
    const ALGORITHM: Algorithm;

    /// Says whether `signature` is this key's signature of `message`. Any bytes may be passed as either.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// The algorithm of the keys `K` as a [`jwt_compact::Algorithm`] that can't sign.
///
/// `S` is whatever carries a signature's bytes from jwt-compact to the key; the key checks their form.
pub struct VerifyOnly<K, S> {
    types: PhantomData<fn(K) -> S>,
}

impl<K, S> VerifyOnly<K, S> {
    /// Makes the algorithm; it has no state.
    #[must_use]
    pub const fn new() -> Self {
        Self { types: PhantomData }
    }
}

impl<K, S> Default for VerifyOnly<K, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: VerifyingKey, S> fmt::Debug for VerifyOnly<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyOnly").field(&K::ALGORITHM).finish()
    }
}

impl<K: VerifyingKey, S: AlgorithmSignature> jwt_compact::Algorithm for VerifyOnly<K, S> {
    type SigningKey = NoSigningKey;
    type VerifyingKey = K;
    type Signature = S;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(K::ALGORITHM.name())
    }

    fn sign(&self, signing_key: &NoSigningKey, _message: &[u8]) -> S {
        match *signing_key {}
    }

    fn verify_signature(&self, signature: &S, verifying_key: &K, message: &[u8]) -> bool {
        verifying_key.verify(message, &signature.as_bytes())
    }
}
