//! What a hash may cost: parameters for new ones, limits for stored ones.

use core::fmt;

use super::PasswordError;

/// Cost parameters of new argon2id hashes, at or above what OWASP recommends.
///
/// The default is m = 19,456 KiB (19 MiB), t = 2, p = 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
/// hold of the database. The default is 64 MiB, 10 passes and 16 lanes: what common libraries
/// write by default fits, a worker's 128 MB don't run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory in KiB.
    pub max_m_kib: u32,
    /// Passes over the memory.
    pub max_t: u32,
    /// Lanes.
    pub max_p: u32,
}

impl Limits {
    /// These limits, raised where needed so that hashes made with `params` verify.
    #[must_use]
    pub fn raised_to(self, params: &Params) -> Self {
        Self {
            max_m_kib: self.max_m_kib.max(params.m_kib),
            max_t: self.max_t.max(params.t),
            max_p: self.max_p.max(params.p),
        }
    }

    /// Refuses a cost above any of the limits.
    pub(super) fn admit(&self, m_kib: u32, t: u32, p: u32) -> Result<(), PasswordError> {
        let costs = [
            (CostParameter::MemoryKib, m_kib, self.max_m_kib),
            (CostParameter::Passes, t, self.max_t),
            (CostParameter::Lanes, p, self.max_p),
        ];
        for (parameter, asked, allowed) in costs {
            if asked > allowed {
                return Err(PasswordError::TooExpensive {
                    parameter,
                    asked,
                    allowed,
                });
            }
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_m_kib: 65_536,
            max_t: 10,
            max_p: 16,
        }
    }
}

/// One of the three cost parameters of argon2 (RFC 9106 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostParameter {
    /// `p`, the degree of parallelism.
    Lanes,
    /// `m`, memory in KiB.
    MemoryKib,
    /// `t`, the number of passes.
    Passes,
}

impl fmt::Display for CostParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lanes => "p (lanes)",
            Self::MemoryKib => "m (KiB of memory)",
            Self::Passes => "t (passes)",
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
