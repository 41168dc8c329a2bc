//! Everything that makes a credential: signatures, password hashes, session tokens, signed cookies.
//!
//! The crate is a function of its arguments. It reads no clock and draws no randomness: the time
//! comes in as Unix seconds, random bytes come from an [`Entropy`] that the host implements. It
//! does no I/O, so the keys, hashes and tokens that it makes are stored by others.
//!
//! What runs in a browser must not depend on this crate: a page can verify, never mint.
//!
//! | module | what it makes |
//! |---|---|
//! | [`random`] | identifiers from the host's randomness |
//! | [`password`] | argon2id hashes in PHC form, their verification under limits |
//! | [`opaque`] | session tokens, of which only a hash is stored |
//! | [`cookie_signature`] | cookie values with an HMAC |
//! | [`secret`] | the server's versioned secrets and the keys derived from them |
//! | [`sealed`] | small blobs encrypted for storage |
//! | [`webhook_signature`] | signatures on what is sent to webhooks |
//! | [`keyring`] | ES256 keys, their rotation, signed tokens, the public key set |

pub mod cookie_signature;
pub mod keyring;
pub mod opaque;
pub mod password;
pub mod random;
pub mod sealed;
pub mod secret;
pub mod webhook_signature;

#[cfg(test)]
mod testing;

pub use random::Entropy;
