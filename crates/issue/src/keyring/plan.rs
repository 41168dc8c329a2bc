//! What a ring of keys needs now: a pure function of its records, the time and the policy.

use core::fmt;

use super::{KeyRecord, KeyState};

/// How long a key signs unless told otherwise: 30 days.
pub const DEFAULT_ACTIVE_SECS: u64 = 30 * 86_400;
/// How long a key is published before it signs unless told otherwise: one day.
pub const DEFAULT_PREPUBLISH_SECS: u64 = 86_400;
/// How long a retired key stays published unless told otherwise: seven days.
pub const DEFAULT_RETIRED_KEEP_SECS: u64 = 7 * 86_400;

/// How long a key stays in each state; all in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    active: u64,
    prepublish: u64,
    retired_keep: u64,
}

impl RotationPolicy {
    /// Checks and keeps the durations, in seconds.
    ///
    /// A key signs for `active_secs`. It has been published for at least `prepublish_secs` when it
    /// starts to, which should be no less than verifiers may cache the key set. It stays published
    /// for `retired_keep_secs` afterwards, which must cover `max_token_ttl_secs`, the longest life
    /// of anything signed, leeway included.
    ///
    /// # Errors
    /// [`RotationPolicyError`] with the durations compared.
    pub fn new(
        active_secs: u64,
        prepublish_secs: u64,
        retired_keep_secs: u64,
        max_token_ttl_secs: u64,
    ) -> Result<Self, RotationPolicyError> {
        if active_secs <= prepublish_secs {
            return Err(RotationPolicyError::ActiveTooShort {
                active_secs,
                prepublish_secs,
            });
        }
        if retired_keep_secs < max_token_ttl_secs {
            return Err(RotationPolicyError::KeepTooShort {
                retired_keep_secs,
                max_token_ttl_secs,
            });
        }
        Ok(Self {
            active: active_secs,
            prepublish: prepublish_secs,
            retired_keep: retired_keep_secs,
        })
    }

    /// Says whether a key in this state is no longer published and is to be dropped.
    pub(super) fn is_expired(&self, state: KeyState, now_secs: u64) -> bool {
        match state {
            KeyState::Retired { since_secs } => {
                now_secs.saturating_sub(since_secs) >= self.retired_keep
            }
            KeyState::Active { .. } | KeyState::Next => false,
        }
    }

    fn may_sign(&self, next: &KeyRecord, now_secs: u64) -> bool {
        now_secs.saturating_sub(next.created_secs) >= self.prepublish
    }
}

/// 30 days active, one day published before, seven days kept after.
impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            active: DEFAULT_ACTIVE_SECS,
            prepublish: DEFAULT_PREPUBLISH_SECS,
            retired_keep: DEFAULT_RETIRED_KEEP_SECS,
        }
    }
}

/// One change to the ring.
///
/// The steps of one plan belong into one transaction, each under the condition that the key is
/// still in the state it had: two hosts may plan at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationStep {
    /// Make a key and store it as active. Only when there is none to promote.
    CreateActive,
    /// Make a key and store it as next.
    CreateNext,
    /// Delete a key: a retired one whose time is over, or a next one too many.
    Drop {
        /// The key's id.
        kid: String,
    },
    /// Make a next key active and retire the active one, if there is one.
    Promote {
        /// The id of the next key.
        next: String,
        /// The id of the active key.
        retire: Option<String>,
    },
    /// Retire an active key that is one too many.
    Retire {
        /// The key's id.
        kid: String,
    },
}

/// Says what a ring of keys needs at `now_secs`; nothing at all most of the time.
///
/// An empty ring gets an active and a next key. An active key that has signed for its time gives
/// way to the next one, unless that one was published too recently: then the old one signs on, as
/// a token that nobody can verify yet is worse. Retired keys are dropped when their time is over.
/// Two hosts that both met an empty ring leave two active keys: the one active last stays, the
/// other is retired, so that what it signed still verifies.
///
/// A clock that was set back makes keys look younger, never older: nothing is dropped early.
#[must_use]
pub fn plan_rotation(
    keys: &[KeyRecord],
    now_secs: u64,
    policy: &RotationPolicy,
) -> Vec<RotationStep> {
    let (active, surplus_active) = current_active(keys);
    let (next, surplus_next) = current_next(keys);
    let mut steps: Vec<RotationStep> = Vec::new();
    steps.extend(surplus_active.iter().map(|key| RotationStep::Retire {
        kid: key.kid().to_owned(),
    }));
    steps.extend(change_of_active(active, next, now_secs, policy));
    let next_is_used = steps
        .iter()
        .any(|step| matches!(step, RotationStep::Promote { .. }));
    if next.is_none() || next_is_used {
        steps.push(RotationStep::CreateNext);
    }
    let expired = keys
        .iter()
        .filter(|key| policy.is_expired(key.state, now_secs));
    steps.extend(expired.chain(surplus_next).map(|key| RotationStep::Drop {
        kid: key.kid().to_owned(),
    }));
    steps
}

fn change_of_active(
    active: Option<(&KeyRecord, u64)>,
    next: Option<&KeyRecord>,
    now_secs: u64,
    policy: &RotationPolicy,
) -> Option<RotationStep> {
    let promote = |next: &KeyRecord, retire: Option<&KeyRecord>| RotationStep::Promote {
        next: next.kid().to_owned(),
        retire: retire.map(|key| key.kid().to_owned()),
    };
    match (active, next) {
        (None, None) => Some(RotationStep::CreateActive),
        (None, Some(next)) => Some(promote(next, None)),
        (Some((key, since_secs)), Some(next)) => {
            let is_due = now_secs.saturating_sub(since_secs) >= policy.active;
            (is_due && policy.may_sign(next, now_secs)).then(|| promote(next, Some(key)))
        }
        (Some(_), None) => None,
    }
}

/// The key that has been active for the shortest time, and the other active ones.
fn current_active(keys: &[KeyRecord]) -> (Option<(&KeyRecord, u64)>, Vec<&KeyRecord>) {
    let mut active: Vec<(u64, &KeyRecord)> = keys
        .iter()
        .filter_map(|key| match key.state {
            KeyState::Active { since_secs } => Some((since_secs, key)),
            KeyState::Next | KeyState::Retired { .. } => None,
        })
        .collect();
    active.sort_by_key(|(since_secs, key)| (*since_secs, key.kid()));
    let current = active.pop().map(|(since_secs, key)| (key, since_secs));
    (current, active.into_iter().map(|(_, key)| key).collect())
}

/// The next key that has been published longest, and the other next ones.
fn current_next(keys: &[KeyRecord]) -> (Option<&KeyRecord>, Vec<&KeyRecord>) {
    let mut next: Vec<&KeyRecord> = keys
        .iter()
        .filter(|key| key.state == KeyState::Next)
        .collect();
    next.sort_by_key(|key| (core::cmp::Reverse(key.created_secs), key.kid()));
    (next.pop(), next)
}

/// Why the durations don't fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationPolicyError {
    /// A key would be due before its successor may sign.
    ActiveTooShort {
        /// How long a key signs.
        active_secs: u64,
        /// How long a key is published before it signs.
        prepublish_secs: u64,
    },
    /// A key would be dropped while something that it signed is still valid.
    KeepTooShort {
        /// How long a retired key stays published.
        retired_keep_secs: u64,
        /// The longest life of anything signed.
        max_token_ttl_secs: u64,
    },
}

impl fmt::Display for RotationPolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ActiveTooShort {
                active_secs,
                prepublish_secs,
            } => write!(
                f,
                "keys sign for {active_secs} s, it must be more than the {prepublish_secs} s they are published before"
            ),
            Self::KeepTooShort {
                retired_keep_secs,
                max_token_ttl_secs,
            } => write!(
                f,
                "retired keys are kept for {retired_keep_secs} s, tokens live for up to {max_token_ttl_secs} s"
            ),
        }
    }
}

impl core::error::Error for RotationPolicyError {}

#[cfg(test)]
mod tests;
