//! Every limit on what comes from outside, in one place.
//!
//! A verifier reads what a stranger sends before it knows who sent it, so each input has a size
//! after which reading stops (CWE-400; the RFCs of JOSE leave the numbers to implementations).

/// The longest compact token accepted, in bytes (16 KiB).
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The most that [`Rules::max_bytes`](crate::token::Rules::max_bytes) lets a token have, in bytes (1 MiB).
pub const MAX_TOKEN_BYTES_LIMIT: usize = 1 << 20;

/// The longest permission snapshot made and accepted, in bytes (256 KiB).
pub const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;

/// The deepest nesting of JSON arrays and objects accepted; a flat object has depth 1.
pub const MAX_JSON_DEPTH: usize = 32;

/// The largest JWK Set text accepted, in bytes (256 KiB).
pub const MAX_JWKS_BYTES: usize = 256 * 1024;

/// The largest single JWK text accepted, in bytes (16 KiB; an RSA key of 8192 bits needs 2 KiB).
pub const MAX_JWK_BYTES: usize = 16 * 1024;

/// The most keys a JWK Set may hold, those that are skipped included.
///
/// A token without `kid` is tried against every key of its algorithm, so this also bounds the work
/// one token can cause.
pub const MAX_JWKS_KEYS: usize = 64;

/// The shortest HMAC key accepted, in bytes: the size of the hash output (RFC 7518 section 3.2).
pub const MIN_HMAC_KEY_BYTES: usize = 32;

/// The shortest RSA modulus accepted, in bits (RFC 7518 section 3.3).
pub const MIN_RSA_BITS: usize = 2048;

/// The longest RSA modulus accepted, in bits: longer ones only cost time.
pub const MAX_RSA_BITS: usize = 8192;

/// The longest RSA public exponent accepted, in bits. Real keys have 17 (65537) or 2.
pub const MAX_RSA_EXPONENT_BITS: usize = 33;

/// The most leeway a caller may grant for clocks that disagree, in seconds.
pub const MAX_LEEWAY_SECS: u64 = 300;

/// The latest time accepted in a claim, in seconds since the Unix epoch: 9999-12-31T23:59:59Z.
///
/// It also catches issuers that write milliseconds: every date since 1978 in milliseconds is beyond it.
pub const MAX_NUMERIC_DATE_SECS: u64 = 253_402_300_799;

/// How many verified tokens a [`VerifiedTokens`](crate::token::VerifiedTokens) keeps unless told otherwise.
pub const DEFAULT_VERIFIED_TOKENS: usize = 256;

/// The most characters of foreign text repeated in an error message.
pub const MAX_EXCERPT_CHARS: usize = 64;
