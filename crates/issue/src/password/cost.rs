//! What a hash may cost: parameters for new ones, limits for stored ones.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::PasswordError;

/// Cost parameters of new argon2id hashes, at or above what OWASP recommends.
///
/// The default is m = 19,456 KiB (19 MiB), t = 2, p = 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "[u32; 3]", try_from = "[u32; 3]")]
pub struct Params {
    m_kib: u32,
    t: u32,
    p: u32,
}

impl Params {
    /// The most memory that new hashes may take: 1 GiB, in KiB.
    pub const MAX_M_KIB: u32 = 1_048_576;
    /// The most passes over the memory.
    pub const MAX_T: u32 = 64;
    /// The most lanes. They are computed one after the other, so more of them only cost locality.
    pub const MAX_P: u32 = 16;

    /// Checks and keeps the memory in KiB, the passes and the lanes.
    ///
    /// The least memory depends on the passes, as in OWASP's Password Storage Cheat Sheet: 47,104
    /// KiB for one, 19,456 for two, 12,288 for three, 9,216 for four, 7,168 for five and more.
    ///
    /// # Errors
    /// [`ParamsError`] with the value and the range it is outside of.
    pub const fn new(m_kib: u32, t: u32, p: u32) -> Result<Self, ParamsError> {
        if t < 1 || t > Self::MAX_T {
            return Err(ParamsError::new(CostParameter::Passes, t, 1, Self::MAX_T));
        }
        if p < 1 || p > Self::MAX_P {
            return Err(ParamsError::new(CostParameter::Lanes, p, 1, Self::MAX_P));
        }
        let min_kib = min_m_kib(t);
        if m_kib < min_kib || m_kib > Self::MAX_M_KIB {
            let parameter = CostParameter::MemoryKib;
            return Err(ParamsError::new(parameter, m_kib, min_kib, Self::MAX_M_KIB));
        }
        Ok(Self { m_kib, t, p })
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn m_kib(&self) -> u32 {
        self.m_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn t(&self) -> u32 {
        self.t
    }

    /// Lanes.
    #[must_use]
    pub const fn p(&self) -> u32 {
        self.p
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            m_kib: 19_456,
            t: 2,
            p: 1,
        }
    }
}

impl From<Params> for [u32; 3] {
    fn from(params: Params) -> Self {
        [params.m_kib, params.t, params.p]
    }
}

impl TryFrom<[u32; 3]> for Params {
    type Error = ParamsError;

    fn try_from([m_kib, t, p]: [u32; 3]) -> Result<Self, ParamsError> {
        Self::new(m_kib, t, p)
    }
}

const fn min_m_kib(t: u32) -> u32 {
    match t {
        0 | 1 => 47_104,
        2 => 19_456,
        3 => 12_288,
        4 => 9_216,
        _ => 7_168,
    }
}

/// The most that a stored hash may ask for when it is verified.
///
/// A stored hash names its own cost, and rows are imported, restored, or written by whoever got
/// hold of the database. By default what common libraries write fits, a worker's 128 MB don't run
/// out, and nothing takes more than about a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of argon2 and scrypt in KiB; 64 MiB by default.
    pub max_m_kib: u32,
    /// Passes of argon2 over its memory; 10 by default.
    pub max_t: u32,
    /// Lanes of argon2; 16 by default.
    pub max_p: u32,
    /// Cost of bcrypt, the logarithm of its rounds; 14 by default.
    pub max_bcrypt_cost: u32,
    /// Iterations of PBKDF2, over all blocks of its output; 2,000,000 by default.
    pub max_pbkdf2_iterations: u32,
    /// N·r·p of scrypt; 2,097,152 by default, which is eight times Better Auth's.
    pub max_scrypt_blocks: u32,
}

impl Limits {
    /// These limits, raised where needed so that hashes made with `params` verify.
    #[must_use]
    pub fn raised_to(self, params: &Params) -> Self {
        Self {
            max_m_kib: self.max_m_kib.max(params.m_kib),
            max_t: self.max_t.max(params.t),
            max_p: self.max_p.max(params.p),
            ..self
        }
    }

    /// Refuses a cost of argon2 above any of the limits.
    pub(super) fn admit(&self, m_kib: u32, t: u32, p: u32) -> Result<(), PasswordError> {
        Self::admit_one(CostParameter::MemoryKib, m_kib, self.max_m_kib)?;
        Self::admit_one(CostParameter::Passes, t, self.max_t)?;
        Self::admit_one(CostParameter::Lanes, p, self.max_p)
    }

    /// Refuses one cost above its limit.
    pub(super) fn admit_one(
        parameter: CostParameter,
        asked: u32,
        allowed: u32,
    ) -> Result<(), PasswordError> {
        if asked <= allowed {
            return Ok(());
        }
        Err(PasswordError::TooExpensive {
            parameter,
            asked,
            allowed,
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_m_kib: 65_536,
            max_t: 10,
            max_p: 16,
            max_bcrypt_cost: 14,
            max_pbkdf2_iterations: 2_000_000,
            max_scrypt_blocks: 1 << 21,
        }
    }
}

/// A number that says what a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostParameter {
    /// Iterations of PBKDF2 over all blocks of its output (RFC 8018 section 5.2).
    Iterations,
    /// `p` of argon2, the degree of parallelism (RFC 9106 section 3.1).
    Lanes,
    /// The cost of bcrypt: the logarithm of its rounds.
    LogRounds,
    /// `m` of argon2, memory in KiB, or the memory of scrypt.
    MemoryKib,
    /// `t` of argon2, the number of passes.
    Passes,
    /// N·r·p of scrypt (RFC 7914 section 2).
    ScryptBlocks,
}

impl fmt::Display for CostParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iterations => "i (iterations)",
            Self::Lanes => "p (lanes)",
            Self::LogRounds => "cost (logarithm of rounds)",
            Self::MemoryKib => "m (KiB of memory)",
            Self::Passes => "t (passes)",
            Self::ScryptBlocks => "N*r*p (blocks)",
        })
    }
}

/// A cost parameter for new hashes is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamsError {
    /// Which one.
    pub parameter: CostParameter,
    /// The value given.
    pub actual: u32,
    /// The least value allowed, given the others.
    pub min: u32,
    /// The greatest value allowed.
    pub max: u32,
}

impl ParamsError {
    const fn new(parameter: CostParameter, actual: u32, min: u32, max: u32) -> Self {
        Self {
            parameter,
            actual,
            min,
            max,
        }
    }
}

impl fmt::Display for ParamsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "argon2id parameter {} is `{}`, allowed are {} to {}",
            self.parameter, self.actual, self.min, self.max
        )
    }
}

impl core::error::Error for ParamsError {}
