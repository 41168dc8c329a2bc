//! A stored key and the states it goes through.

use core::fmt;

use super::PublicJwk;
use crate::Entropy;
use crate::sealed::{self, OpenError, seal};
use crate::secret::{Purpose, Secrets};

/// A key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The public part and the id.
    pub public: PublicJwk,
    /// Where in its life the key is.
    pub state: KeyState,
    /// The private part, sealed and bound to the id (see [`sealed`](crate::sealed)).
    pub sealed_private: String,
    /// When it was made, in Unix seconds.
    pub created_secs: u64,
}

impl KeyRecord {
    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// Makes a next key the active one.
    ///
    /// # Errors
    /// [`TransitionError`] if it isn't `next`.
    pub fn promote(self, now_secs: u64) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Next => Ok(Self {
                state: KeyState::Active {
                    since_secs: now_secs,
                },
                ..self
            }),
            KeyState::Active { .. } | KeyState::Retired { .. } => {
                Err(self.refuse_transition("active"))
            }
        }
    }

    /// Retires the active key.
    ///
    /// # Errors
    /// [`TransitionError`] if it isn't `active`.
    pub fn retire(self, now_secs: u64) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Active { .. } => Ok(Self {
                state: KeyState::Retired {
                    since_secs: now_secs,
                },
                ..self
            }),
            KeyState::Next | KeyState::Retired { .. } => Err(self.refuse_transition("retired")),
        }
    }

    /// Says whether the private part is sealed under an older secret than the newest.
    ///
    /// Once no record says so, the older secrets can be taken out.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] if the sealed text is malformed.
    pub fn needs_reseal(&self, secrets: &Secrets) -> Result<bool, OpenError> {
        let version = sealed::secret_version(&self.sealed_private)?;
        Ok(version != secrets.newest_version())
    }

    /// Seals the private part again, under the newest secret. Nothing else changes.
    ///
    /// # Errors
    /// [`OpenError`] if it doesn't open under the secrets there are.
    pub fn reseal(
        self,
        secrets: &Secrets,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Self, OpenError> {
        let kid = self.public.kid();
        let private = sealed::open(secrets, Purpose::KeyWrap, kid, &self.sealed_private)?;
        // What was opened is within the length that can be sealed.
        let sealed_private = seal(secrets, Purpose::KeyWrap, kid, &private, entropy)
            .map_err(|_| OpenError::Malformed)?;
        Ok(Self {
            sealed_private,
            ..self
        })
    }

    fn refuse_transition(&self, wanted: &'static str) -> TransitionError {
        TransitionError {
            kid: self.kid().to_owned(),
            state: self.state,
            wanted,
        }
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("kid", &self.kid())
            .field("state", &self.state)
            .field("created_secs", &self.created_secs)
            .finish_non_exhaustive()
    }
}

/// Where in its life a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It signs.
    Active {
        /// Since when, in Unix seconds.
        since_secs: u64,
    },
    /// It is published and will sign.
    Next,
    /// It is published and signs no more.
    Retired {
        /// Since when, in Unix seconds.
        since_secs: u64,
    },
}

impl KeyState {
    /// Reads a state from its name and time, as [`KeyState::name`] and [`KeyState::since_secs`]
    /// give them.
    ///
    /// # Errors
    /// [`KeyStateError`] for another name, a missing time, or a time where there is none.
    pub fn parse(name: &str, since_secs: Option<u64>) -> Result<Self, KeyStateError> {
        match (name, since_secs) {
            ("active", Some(since_secs)) => Ok(Self::Active { since_secs }),
            ("next", None) => Ok(Self::Next),
            ("retired", Some(since_secs)) => Ok(Self::Retired { since_secs }),
            _ => Err(KeyStateError {
                name: name.to_owned(),
                since_secs,
            }),
        }
    }

    /// The name: `active`, `next` or `retired`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active { .. } => "active",
            Self::Next => "next",
            Self::Retired { .. } => "retired",
        }
    }

    /// Since when it is so, in Unix seconds; `None` for `next`.
    #[must_use]
    pub const fn since_secs(self) -> Option<u64> {
        match self {
            Self::Active { since_secs } | Self::Retired { since_secs } => Some(since_secs),
            Self::Next => None,
        }
    }
}

/// A key can't go from its state to the wanted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionError {
    /// The key id.
    pub kid: String,
    /// The state it is in.
    pub state: KeyState,
    /// The name of the wanted state.
    pub wanted: &'static str,
}

impl fmt::Display for TransitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "key `{}` is {}, it can't become {}",
            self.kid,
            self.state.name(),
            self.wanted
        )
    }
}

impl core::error::Error for TransitionError {}

/// A stored state is none of the three, or its time is missing or too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStateError {
    /// The name found.
    pub name: String,
    /// The time found, in Unix seconds.
    pub since_secs: Option<u64>,
}

impl fmt::Display for KeyStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = match self.since_secs {
            Some(_) => "with a time",
            None => "without a time",
        };
        write!(
            f,
            "stored key has the state `{}` {time}",
            self.name.escape_debug()
        )
    }
}

impl core::error::Error for KeyStateError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::GeneratedKey;
    use crate::testing::SeededEntropy;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn record(state: KeyState) -> KeyRecord {
        let mut entropy = SeededEntropy::new(1);
        GeneratedKey::generate(&mut entropy)
            .unwrap()
            .into_record(state, 10, &Secrets::parse(A).unwrap(), &mut entropy)
            .unwrap()
    }

    #[test]
    fn next_becomes_active_becomes_retired() {
        let active = record(KeyState::Next).promote(20).unwrap();
        assert_eq!(active.state, KeyState::Active { since_secs: 20 });
        let retired = active.retire(30).unwrap();
        assert_eq!(retired.state, KeyState::Retired { since_secs: 30 });
        assert_eq!(retired.created_secs, 10);
    }

    #[test]
    fn every_other_transition_is_refused() {
        let active = KeyState::Active { since_secs: 1 };
        let retired = KeyState::Retired { since_secs: 1 };
        for state in [active, retired] {
            assert!(record(state).promote(2).is_err());
        }
        for state in [KeyState::Next, retired] {
            assert!(record(state).retire(2).is_err());
        }
        let error = record(retired).promote(2).unwrap_err();
        let kid = record(retired).kid().to_owned();
        assert_eq!(
            error.to_string(),
            format!("key `{kid}` is retired, it can't become active")
        );
    }

    #[test]
    fn state_parses_back_from_name_and_time() {
        for state in [
            KeyState::Next,
            KeyState::Active { since_secs: 5 },
            KeyState::Retired { since_secs: 5 },
        ] {
            assert_eq!(KeyState::parse(state.name(), state.since_secs()), Ok(state));
        }
        for (name, since_secs, message) in [
            (
                "next",
                Some(5),
                "stored key has the state `next` with a time",
            ),
            (
                "active",
                None,
                "stored key has the state `active` without a time",
            ),
            (
                "retired",
                None,
                "stored key has the state `retired` without a time",
            ),
            (
                "Active",
                Some(5),
                "stored key has the state `Active` with a time",
            ),
        ] {
            let error = KeyState::parse(name, since_secs).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn resealed_key_no_longer_needs_the_older_secret() {
        let old = Secrets::parse(A).unwrap();
        let both = Secrets::parse(&format!("2:{B},1:{A}")).unwrap();
        let new = Secrets::parse(&format!("2:{B}")).unwrap();
        let key = record(KeyState::Next);
        assert_eq!(key.needs_reseal(&old), Ok(false));
        assert_eq!(key.needs_reseal(&both), Ok(true));

        let resealed = key
            .clone()
            .reseal(&both, &mut SeededEntropy::new(2))
            .unwrap();
        assert_eq!(resealed.needs_reseal(&both), Ok(false));
        assert_eq!(resealed.public, key.public);
        let opened = |key: &KeyRecord, secrets: &Secrets| {
            sealed::open(secrets, Purpose::KeyWrap, key.kid(), &key.sealed_private)
        };
        assert_eq!(opened(&resealed, &new), opened(&key, &old));
        assert!(opened(&resealed, &new).is_ok());
    }

    #[test]
    fn key_under_a_removed_secret_does_not_reseal() {
        let new = Secrets::parse(&format!("2:{B}")).unwrap();
        assert_eq!(
            record(KeyState::Next).reseal(&new, &mut SeededEntropy::new(2)),
            Err(OpenError::UnknownSecretVersion {
                wanted: 1,
                have: vec![2]
            })
        );
    }

    #[test]
    fn debug_does_not_show_the_sealed_private_part() {
        let key = record(KeyState::Next);
        let shown = format!("{key:?}");
        assert!(shown.contains(key.kid()));
        assert!(!shown.contains(&key.sealed_private));
    }
}
