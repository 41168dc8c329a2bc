//! Signing keys that are made and used in place: what a host does that says nothing else.

use portcullis_issue::Entropy;
use portcullis_issue::keyring::{GeneratedKey, SIGNATURE_BYTES, Signer};

#[cfg(feature = "in-place")]
pub(crate) fn make_key(entropy: &mut impl Entropy) -> Result<GeneratedKey, String> {
    GeneratedKey::generate(entropy).map_err(|error| error.to_string())
}

#[cfg(feature = "in-place")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
pub(crate) fn sign(signer: &Signer, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], String> {
    Ok(signer.sign(message))
}

#[cfg(not(feature = "in-place"))]
pub(crate) fn make_key(_entropy: &mut impl Entropy) -> Result<GeneratedKey, String> {
    Err("built without `in-place`, and the host makes no keys".to_owned())
}

#[cfg(not(feature = "in-place"))]
pub(crate) fn sign(_signer: &Signer, _message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], String> {
    Err("built without `in-place`, and the host signs nothing".to_owned())
}
