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
//! | [`one_time`] | links and codes that open something once |
//! | [`opaque`] | session tokens, of which only a hash is stored |
//! | [`refresh`] | refresh tokens, and tokens that follow from the one before |
//! | [`cookie_signature`] | cookie values with an HMAC |
//! | [`keyed_hash`] | names for rows that shouldn't hold what they are about |
//! | [`secret`] | the server's versioned secrets and the keys derived from them |
//! | [`sealed`] | small blobs encrypted for storage |
//! | [`api_key`] | API keys, with a prefix and a checksum, of which only a hash is kept |
//! | [`service_key`] | keys of services, with a checksum, of which only a hash is kept |
//! | [`webhook_signature`] | signatures on what is sent to webhooks |
//! | [`keyring`] | ES256 keys, their rotation, signed tokens, the public key set |

pub mod api_key;
pub mod cookie_signature;
pub mod keyed_hash;
pub mod keyring;
pub mod one_time;
pub mod opaque;
pub mod password;
pub mod random;
pub mod refresh;
pub mod sealed;
pub mod secret;
pub mod service_key;
pub mod webhook_signature;

#[cfg(test)]
mod testing;

pub use random::Entropy;
