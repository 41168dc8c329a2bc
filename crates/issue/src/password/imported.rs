//! What an imported hash costs, by a short name of its kind.

use super::Limits;
use super::stored::Stored;

/// What comparing with a hash of a kind costs, in KiB times passes of argon2.
///
/// The kind is `better-auth`, `scrypt:LN,R,P`, `bcrypt:COST`, `pbkdf2-sha256:ITERATIONS` (also
/// `-sha1`, `-sha512`) or `argon2id:KIB,PASSES`. `None` for other text, and for a cost above the
/// default [`Limits`].
#[must_use]
pub fn work_of(kind: &str) -> Option<u64> {
    let sample = sample(kind)?;
    let stored = Stored::parse(&sample).ok()?;
    stored.admit(&Limits::default()).ok()?;
    Some(stored.work())
}

/// A hash of the kind.
fn sample(kind: &str) -> Option<String> {
    let salt = "c2FsdHNhbHRzYWx0";
    let zeros = |bytes: usize| "A".repeat((bytes * 8).div_ceil(6));
    if kind == "better-auth" {
        return Some(format!("{}:{}", "0".repeat(32), "0".repeat(128)));
    }
    let (name, costs) = kind.split_once(':')?;
    let mut costs = costs.split(',');
    let mut cost = || costs.next();
    Some(match name {
        "argon2id" => {
            let (m, t) = (cost()?, cost()?);
            format!("$argon2id$v=19$m={m},t={t},p=1${salt}${}", zeros(32))
        }
        "bcrypt" => format!("$2b${:0>2}${}", cost()?, ".".repeat(53)),
        "pbkdf2-sha1" => format!("${name}$i={}${salt}${}", cost()?, zeros(20)),
        "pbkdf2-sha256" => format!("${name}$i={}${salt}${}", cost()?, zeros(32)),
        "pbkdf2-sha512" => format!("${name}$i={}${salt}${}", cost()?, zeros(64)),
        "scrypt" => {
            let (ln, r, p) = (cost()?, cost()?, cost()?);
            format!("$scrypt$ln={ln},r={r},p={p}${salt}${}", zeros(32))
        }
        _ => return None,
    })
    .filter(|_| costs.next().is_none())
}
