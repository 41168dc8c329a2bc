//! A hash to make or to compare, as data: whoever has the memory for it can do it.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::argon2_hash::Argon2Hash;
use super::normal::{normal_form, other_form};
use super::stored::Stored;
use super::{HashMemory, Limits, MAX_PASSWORD_BYTES, Params, SALT_BYTES, hash_in};

/// Work on one password: tens of milliseconds of processor time and megabytes of memory.
///
/// It can be sent elsewhere as JSON, to something that is trusted with passwords. `Debug` shows
/// nothing of it; the password is wiped when the job is dropped.
#[derive(Clone, Serialize, Deserialize)]
pub enum Job {
    /// Compare a typed password with what is stored.
    Check {
        /// What is stored; `None` when there is no such account or it has no password, which costs
        /// the same.
        stored: Option<String>,
        /// What was typed.
        typed: String,
        /// What a new hash costs.
        params: Params,
        /// What a stored hash may cost.
        limits: Limits,
        /// What a failure costs at least, in KiB times passes of argon2; never less than a hash with
        /// `params`. For a server whose accounts have dearer hashes from elsewhere.
        floor: u64,
        /// Salt of the new hash that a weaker stored one is replaced by; fresh randomness.
        salt: [u8; SALT_BYTES],
    },
    /// Make the hash of a new password.
    Hash {
        /// The password, which has met the rules.
        password: String,
        /// What the hash costs.
        params: Params,
        /// Its salt; fresh randomness.
        salt: [u8; SALT_BYTES],
    },
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job(hidden)")
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        match self {
            Self::Check { typed, .. } => typed.zeroize(),
            Self::Hash { password, .. } => password.zeroize(),
        }
    }
}

/// What came of a [`Job`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A new hash, in PHC form.
    Hashed(String),
    /// The password is the stored one; with a hash to store instead, when the stored one is weaker
    /// than a new one.
    Match(Option<String>),
    /// The password is another one, or none is stored.
    Mismatch,
    /// The hash couldn't be made; the text says why, and nothing about the password.
    Failed(String),
    /// What is stored can't be read, or costs more than the limits allow.
    Unusable,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hashed(_) => "Hashed(hidden)",
            Self::Match(None) => "Match",
            Self::Match(Some(_)) => "Match(with a new hash, hidden)",
            Self::Mismatch => "Mismatch",
            Self::Failed(_) => "Failed",
            Self::Unusable => "Unusable",
        })
    }
}

impl Job {
    /// Does the work, in place.
    #[must_use]
    pub fn run(&self) -> Outcome {
        self.work(&mut HashMemory::default())
    }

    /// Does the work in memory that is kept for the next, as much of it as a new hash takes.
    #[must_use]
    pub fn run_in(&self, memory: &mut HashMemory) -> Outcome {
        let outcome = self.work(memory);
        let (Self::Hash { params, .. } | Self::Check { params, .. }) = self;
        memory.keep(params.m_kib());
        outcome
    }

    fn work(&self, memory: &mut HashMemory) -> Outcome {
        match self {
            Self::Hash {
                password,
                params,
                salt,
            } => match hash_in(password, params, *salt, memory) {
                Ok(phc) => Outcome::Hashed(phc),
                Err(error) => Outcome::Failed(error.to_string()),
            },
            Self::Check {
                stored,
                typed,
                params,
                limits,
                floor,
                salt,
            } => Check {
                typed,
                params,
                limits,
                floor: *floor,
                salt: *salt,
            }
            .run(stored.as_deref(), memory),
        }
    }

    /// Does the work in a memory that never shrinks, as WebAssembly's: whatever the order of jobs, it
    /// doesn't grow beyond a hash of our own and one at the limit, 19 + 64 MiB by default.
    ///
    /// An allocator there grows the memory by what it is asked for when no free piece is large enough;
    /// 19, 32 and 64 MiB in that order would have taken all three.
    #[must_use]
    pub fn run_in_growing_memory(&self) -> Outcome {
        if let Self::Check { limits, params, .. } = self
            && self.memory_kib() > params.m_kib()
        {
            let kib = usize::try_from(limits.max_m_kib).unwrap_or(usize::MAX);
            let bytes = kib.saturating_add(ROOM_BESIDE_KIB).saturating_mul(1024);
            let mut largest = Vec::<u8>::new();
            // Without it the work itself finds out whether there is enough for it.
            let _ = core::hint::black_box(&mut largest).try_reserve_exact(bytes);
        }
        self.run()
    }

    /// The most memory that the work takes at once, in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        match self {
            Self::Hash { params, .. } => params.m_kib(),
            Self::Check {
                stored,
                params,
                limits,
                ..
            } => {
                let stored = stored.as_deref().map(Stored::parse);
                let admitted = stored
                    .and_then(Result::ok)
                    .filter(|it| it.admit(limits).is_ok());
                let kib = admitted.map_or(0, |stored| stored.memory_kib());
                kib.max(params.m_kib())
            }
        }
    }
}

/// Memory that an allocator may need beside the one large piece, in KiB.
const ROOM_BESIDE_KIB: usize = 256;

struct Check<'a> {
    typed: &'a str,
    params: &'a Params,
    limits: &'a Limits,
    floor: u64,
    salt: [u8; SALT_BYTES],
}

impl Check<'_> {
    fn run(&self, stored: Option<&str>, memory: &mut HashMemory) -> Outcome {
        let (outcome, spent) = self.compare(stored, memory);
        // Timing oracle (OWASP ASVS 6.3.8): no failure is cheaper than the comparison with a hash of
        // our own, or with the dearest imported one where the operator says so.
        if !matches!(outcome, Outcome::Match(_)) {
            let forms = if other_form(self.typed).is_some() {
                2
            } else {
                1
            };
            let floor = self.floor.max(work(self.params)).saturating_mul(forms);
            self.spend(floor.saturating_sub(spent), memory);
        }
        outcome
    }

    /// The outcome, and about what it has cost in KiB times passes of argon2.
    fn compare(&self, stored: Option<&str>, memory: &mut HashMemory) -> (Outcome, u64) {
        let Some(text) = stored else {
            return (Outcome::Mismatch, 0);
        };
        let Ok(stored) = Stored::parse(text) else {
            return (Outcome::Unusable, 0);
        };
        if self.typed.len() > MAX_PASSWORD_BYTES || stored.admit(self.limits).is_err() {
            return (Outcome::Unusable, 0);
        }
        match stored.compare(self.typed, memory) {
            Ok((true, _)) => (Outcome::Match(self.renewed(&stored, memory)), 0),
            Ok((false, tried)) => (Outcome::Mismatch, stored.work().saturating_mul(tried)),
            Err(error) => (Outcome::Failed(error.to_string()), 0),
        }
    }

    /// A new hash, if the stored one is weaker. One that can't be made doesn't keep its owner out.
    fn renewed(&self, stored: &Stored, memory: &mut HashMemory) -> Option<String> {
        if stored.is_as_good_as(self.params) || stored.ignores_part_of(self.typed) {
            return None;
        }
        let normal = normal_form(self.typed);
        hash_in(&normal, self.params, self.salt, memory).ok()
    }

    /// Takes the time of so many KiB times passes of argon2.
    fn spend(&self, mut left: u64, memory: &mut HashMemory) {
        let least = u64::from(self.params.p() * 8).max(work(self.params) / 64);
        while left >= least {
            let most = u64::from(self.params.m_kib());
            let m_kib = left.min(most);
            let t = (left / m_kib).min(u64::from(self.params.t()));
            // Both fit: they are no more than the parameters.
            let [m, passes] = [m_kib, t].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
            let dummy = Argon2Hash::dummy(m, passes, self.params.p());
            let _ = core::hint::black_box(dummy.derive(self.typed.as_bytes(), memory));
            left -= m_kib * t;
        }
    }
}

/// What a hash with these parameters costs, in KiB times passes of argon2.
fn work(params: &Params) -> u64 {
    u64::from(params.m_kib()) * u64::from(params.t())
}
