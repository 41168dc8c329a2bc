//! The server's secrets, in versions, and the keys derived from them.
//!
//! A secret is text as the operator wrote it, and its UTF-8 bytes are what is used; nothing is
//! decoded, so a secret shared with Better Auth gives the same cookie signatures.

use core::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The shortest secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// The server's secrets, newest first; at least one.
///
/// The newest signs and seals. The older ones only verify and open what was made before, until
/// they are taken out. Hidden in `Debug`, wiped on drop.
pub struct Secrets {
    newest: Secret,
    older: Vec<Secret>,
}

struct Secret {
    version: u32,
    text: Zeroizing<String>,
}

impl Secrets {
    /// Reads one plain secret, which becomes version 1, or a list such as `3:newest,2:older`.
    ///
    /// A text is a list if it, or what follows a comma in it, starts with digits and a colon. Then
    /// every entry has a version: 1 to 4,294,967,295 without leading zeros, strictly descending,
    /// and no secret can have a comma. White space around secrets and entries is dropped. Each
    /// secret has at least 32 bytes.
    ///
    /// # Errors
    /// [`SecretsError`] with the version or position; never with any part of a secret.
    pub fn parse(text: &str) -> Result<Self, SecretsError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretsError::Empty);
        }
        let is_list = text
            .split(',')
            .any(|entry| split_version(entry.trim()).is_some());
        let mut entries = if is_list {
            parse_list(text)?
        } else {
            vec![Secret::parse(1, text)?]
        }
        .into_iter();
        let newest = entries.next().ok_or(SecretsError::Empty)?;
        Ok(Self {
            newest,
            older: entries.collect(),
        })
    }

    /// The version that signs and seals.
    #[must_use]
    pub fn newest_version(&self) -> u32 {
        self.newest.version
    }

    /// All versions, newest first.
    pub fn versions(&self) -> impl Iterator<Item = u32> {
        self.all().map(|secret| secret.version)
    }

    /// A 256-bit key for one purpose; `None` if there is no secret of that version.
    ///
    /// HKDF with SHA-256 (RFC 5869), the secret as input key material, no salt, and the purpose's
    /// label as `info`: keys of different purposes tell nothing about each other or the secret.
    #[must_use]
    pub fn derive_key(&self, version: u32, purpose: Purpose) -> Option<Zeroizing<[u8; 32]>> {
        let secret = self.all().find(|secret| secret.version == version)?;
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, secret.text.as_bytes())
            .expand(purpose.label().as_bytes(), key.as_mut_slice())
            .ok()?;
        Some(key)
    }

    /// The bytes of the newest secret.
    pub(crate) fn newest_bytes(&self) -> &[u8] {
        self.newest.text.as_bytes()
    }

    /// The bytes of each secret, newest first.
    pub(crate) fn all_bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.all().map(|secret| secret.text.as_bytes())
    }

    fn all(&self) -> impl Iterator<Item = &Secret> {
        core::iter::once(&self.newest).chain(&self.older)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("versions", &self.versions().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Secret {
    fn parse(version: u32, text: &str) -> Result<Self, SecretsError> {
        if text.len() < MIN_SECRET_BYTES {
            return Err(SecretsError::TooShort {
                version,
                actual_bytes: text.len(),
            });
        }
        let text = Zeroizing::new(text.to_owned());
        Ok(Self { version, text })
    }
}

fn parse_list(text: &str) -> Result<Vec<Secret>, SecretsError> {
    let mut secrets: Vec<Secret> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        let position = index.saturating_add(1);
        let (digits, secret_text) =
            split_version(entry.trim()).ok_or(SecretsError::MissingVersion { position })?;
        let version = parse_version(digits).ok_or(SecretsError::BadVersion { position })?;
        let secret = Secret::parse(version, secret_text.trim())?;
        check_against_newer(&secret, &secrets)?;
        secrets.push(secret);
    }
    Ok(secrets)
}

fn check_against_newer(secret: &Secret, newer: &[Secret]) -> Result<(), SecretsError> {
    let version = secret.version;
    if newer.iter().any(|other| other.version == version) {
        return Err(SecretsError::DuplicateVersion { version });
    }
    if let Some(previous) = newer.last()
        && previous.version < version
    {
        return Err(SecretsError::OutOfOrder {
            version,
            after: previous.version,
        });
    }
    // The same text under a new number looks like a rotation and isn't one.
    match newer.iter().find(|other| other.text == secret.text) {
        Some(same) => Err(SecretsError::Repeated {
            version: same.version,
            older_version: version,
        }),
        None => Ok(()),
    }
}

/// Splits `12:text` into its digits and the rest; `None` if it isn't of that form.
fn split_version(entry: &str) -> Option<(&str, &str)> {
    let (digits, rest) = entry.split_once(':')?;
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    numeric.then_some((digits, rest))
}

fn parse_version(digits: &str) -> Option<u32> {
    if digits.starts_with('0') {
        return None;
    }
    digits.parse().ok()
}

/// What a derived key is for. Each has a label of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Encrypting the private parts of signing keys for storage.
    KeyWrap,
    /// Encrypting the links of mail on its way.
    Mail,
    /// Encrypting where a page of a search ended, for the caller to send back.
    PageToken,
    /// Deriving tokens that follow from the one before them, and tagging refresh tokens.
    Rotation,
    /// Naming whose requests and whose wrong passwords are counted.
    Throttle,
}

impl Purpose {
    /// The label, HKDF's `info`. Changing one makes everything sealed under it unreadable.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::KeyWrap => "portcullis/key-wrap/v1",
            Self::Mail => "portcullis/mail/v1",
            Self::PageToken => "portcullis/page-token/v1",
            Self::Rotation => "portcullis/rotation/v1",
            Self::Throttle => "portcullis/throttle/v1",
        }
    }
}

/// Why the server's secrets can't be used. No variant holds any part of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretsError {
    /// A version is zero, too large, or has leading zeros.
    BadVersion {
        /// Which entry, from 1.
        position: usize,
    },
    /// Two entries have the same version.
    DuplicateVersion {
        /// That version.
        version: u32,
    },
    /// There is no secret at all.
    Empty,
    /// An entry of a list has no version.
    MissingVersion {
        /// Which entry, from 1.
        position: usize,
    },
    /// The newest version doesn't come first.
    OutOfOrder {
        /// The greater version.
        version: u32,
        /// The smaller one before it.
        after: u32,
    },
    /// Two versions have the same secret.
    Repeated {
        /// The newer version.
        version: u32,
        /// The older version.
        older_version: u32,
    },
    /// A secret is too short to resist guessing.
    TooShort {
        /// Its version; 1 for a plain secret.
        version: u32,
        /// Its length in bytes.
        actual_bytes: usize,
    },
}

const HOW_TO_MAKE_ONE: &str = "make one with `openssl rand -base64 32`";

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadVersion { position } => write!(
                f,
                "secret number {position} has a bad version, it must be 1 to 4294967295 without leading zeros"
            ),
            Self::DuplicateVersion { version } => {
                write!(f, "secret version {version} is given twice")
            }
            Self::Empty => write!(f, "there is no secret, {HOW_TO_MAKE_ONE}"),
            Self::MissingVersion { position } => write!(
                f,
                "secret number {position} of the list has no version, write it as `2:newer,1:older`"
            ),
            Self::OutOfOrder { version, after } => write!(
                f,
                "secret version {version} comes after {after}, the newest must come first"
            ),
            Self::Repeated {
                version,
                older_version,
            } => write!(
                f,
                "secret versions {version} and {older_version} are the same, {HOW_TO_MAKE_ONE}"
            ),
            Self::TooShort {
                version,
                actual_bytes,
            } => write!(
                f,
                "secret version {version} has {actual_bytes} bytes, at least {MIN_SECRET_BYTES} are needed, {HOW_TO_MAKE_ONE}"
            ),
        }
    }
}

impl core::error::Error for SecretsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn versions(text: &str) -> Result<Vec<u32>, SecretsError> {
        Secrets::parse(text).map(|secrets| secrets.versions().collect())
    }

    #[track_caller]
    fn refused(text: &str, error: SecretsError, message: &str) {
        assert_eq!(versions(text), Err(error));
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn plain_secret_is_version_1() {
        assert_eq!(versions(A), Ok(vec![1]));
        assert_eq!(versions(&format!("  {A}\n")), Ok(vec![1]));
        let base64 = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
        let secrets = Secrets::parse(base64).unwrap();
        assert_eq!(secrets.newest_bytes(), base64.as_bytes());
        // A colon after anything but digits is part of the secret.
        assert_eq!(versions(&format!("x1:{A}")), Ok(vec![1]));
        // So is a comma, unless what follows it looks like an entry of a list.
        let with_comma = format!("{A}, {B}");
        let secrets = Secrets::parse(&with_comma).unwrap();
        assert_eq!(secrets.newest_bytes(), with_comma.as_bytes());
    }

    #[test]
    fn list_keeps_its_versions_newest_first() {
        let secrets = Secrets::parse(&format!("12:{A}, 3:{B}")).unwrap();
        assert_eq!(secrets.newest_version(), 12);
        assert_eq!(secrets.versions().collect::<Vec<_>>(), [12, 3]);
        assert_eq!(secrets.newest_bytes(), A.as_bytes());
        assert_eq!(versions(&format!("4294967295:{A}")), Ok(vec![u32::MAX]));
    }

    #[test]
    fn secret_of_31_bytes_is_refused_with_the_command_that_makes_one() {
        assert!(Secrets::parse(A).is_ok());
        refused(
            &"a".repeat(31),
            SecretsError::TooShort {
                version: 1,
                actual_bytes: 31,
            },
            "secret version 1 has 31 bytes, at least 32 are needed, make one with `openssl rand -base64 32`",
        );
        refused(
            &format!("2:{A},1:short"),
            SecretsError::TooShort {
                version: 1,
                actual_bytes: 5,
            },
            "secret version 1 has 5 bytes, at least 32 are needed, make one with `openssl rand -base64 32`",
        );
        for text in ["", " \n"] {
            refused(
                text,
                SecretsError::Empty,
                "there is no secret, make one with `openssl rand -base64 32`",
            );
        }
    }

    #[test]
    fn wrong_lists_are_refused_with_version_or_position() {
        refused(
            &format!("1:{A},2:{B}"),
            SecretsError::OutOfOrder {
                version: 2,
                after: 1,
            },
            "secret version 2 comes after 1, the newest must come first",
        );
        refused(
            &format!("2:{A},2:{B}"),
            SecretsError::DuplicateVersion { version: 2 },
            "secret version 2 is given twice",
        );
        refused(
            &format!("2:{A},1:{A}"),
            SecretsError::Repeated {
                version: 2,
                older_version: 1,
            },
            "secret versions 2 and 1 are the same, make one with `openssl rand -base64 32`",
        );
        for text in [
            format!("0:{A}"),
            format!("02:{A}"),
            format!("4294967296:{A}"),
        ] {
            refused(
                &text,
                SecretsError::BadVersion { position: 1 },
                "secret number 1 has a bad version, it must be 1 to 4294967295 without leading zeros",
            );
        }
        for (text, position) in [
            (format!("2:{A},{B}"), 2),
            (format!("{A},1:{B}"), 1),
            (format!("2:{A},"), 2),
        ] {
            assert_eq!(
                versions(&text),
                Err(SecretsError::MissingVersion { position })
            );
        }
        assert_eq!(
            SecretsError::MissingVersion { position: 2 }.to_string(),
            "secret number 2 of the list has no version, write it as `2:newer,1:older`"
        );
    }

    #[test]
    fn derived_key_is_hkdf_sha256_of_secret_and_label() {
        // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:aaa… \
        //   -kdfopt info:portcullis/key-wrap/v1 HKDF
        let key = Secrets::parse(A)
            .unwrap()
            .derive_key(1, Purpose::KeyWrap)
            .unwrap();
        assert_eq!(
            hex(key.as_slice()),
            "98afc26571cbab0b8b7a76cc613d7e4be0dfec8b7de0319b072032383b9454bd"
        );
    }

    #[test]
    fn derived_key_of_an_unknown_version_is_none() {
        let secrets = Secrets::parse(&format!("3:{A},2:{B}")).unwrap();
        assert!(secrets.derive_key(1, Purpose::KeyWrap).is_none());
        assert_ne!(
            secrets.derive_key(2, Purpose::KeyWrap),
            secrets.derive_key(3, Purpose::KeyWrap)
        );
    }

    #[test]
    fn debug_shows_versions_alone() {
        let secrets = Secrets::parse(&format!("2:{A},1:{B}")).unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets { versions: [2, 1], .. }");
    }
}
