//! Why a password could not be hashed or compared.

use core::fmt;

use super::CostParameter;

/// Why a password could not be hashed or compared with a stored hash.
///
/// A wrong password is no error: see [`Verification`](super::Verification).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordError {
    /// A part of the stored text is not as its function has it.
    MalformedHash(HashPart),
    /// The host could not give the memory.
    OutOfMemory {
        /// What was asked for, in KiB.
        m_kib: u32,
    },
    /// The password is longer than is ever hashed. It is refused, not cut.
    PasswordTooLong {
        /// Its length in bytes.
        actual_bytes: usize,
        /// The longest allowed.
        max_bytes: usize,
    },
    /// The stored hash asks for more than the limits allow.
    TooExpensive {
        /// What it asks too much of.
        parameter: CostParameter,
        /// How much it asks for.
        asked: u32,
        /// How much is allowed.
        allowed: u32,
    },
    /// The stored hash is of a function that isn't read.
    UnsupportedAlgorithm {
        /// Its name in the hash, cut to 16 characters.
        name: String,
    },
    /// The stored hash is of a version of argon2 other than 16 and 19.
    UnsupportedVersion {
        /// The version.
        version: u32,
    },
}

impl PasswordError {
    /// A function that isn't read.
    pub(super) fn unsupported(name: &str) -> Self {
        Self::UnsupportedAlgorithm {
            name: name.chars().take(16).collect(),
        }
    }
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedHash(part) => write!(f, "stored password hash has a malformed {part}"),
            Self::OutOfMemory { m_kib } => {
                write!(
                    f,
                    "no memory for a password hash, {m_kib} KiB were asked for"
                )
            }
            Self::PasswordTooLong {
                actual_bytes,
                max_bytes,
            } => write!(
                f,
                "password has {actual_bytes} bytes, at most {max_bytes} are allowed"
            ),
            Self::TooExpensive {
                parameter,
                asked,
                allowed,
            } => write!(
                f,
                "stored password hash asks for {parameter} `{asked}`, at most {allowed} are allowed"
            ),
            Self::UnsupportedAlgorithm { name } => write!(
                f,
                "stored password hash is of `{}`, which isn't supported",
                name.escape_debug()
            ),
            Self::UnsupportedVersion { version } => write!(
                f,
                "stored password hash is of argon2 version `{version}`, only 16 and 19 are supported"
            ),
        }
    }
}

impl core::error::Error for PasswordError {}

/// A part of a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashPart {
    /// The number of fields, or the length of the whole.
    Layout,
    /// What it costs, such as `m=…,t=…,p=…`.
    Params,
    /// The salt: for argon2, base64 without padding, 8 to 64 bytes.
    Salt,
    /// The tag: for argon2, base64 without padding, 16 to 64 bytes.
    Tag,
    /// `v=…` of argon2.
    Version,
}

impl fmt::Display for HashPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layout => "layout",
            Self::Params => "parameter list",
            Self::Salt => "salt",
            Self::Tag => "tag",
            Self::Version => "version",
        })
    }
}
