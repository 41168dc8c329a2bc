//! Public keys, with and without tables of multiples.

use alloc::sync::Arc;
use core::fmt;

use crate::limbs;
use crate::point::{Affine, Extended, parse_coordinate};
use crate::scalar::{Scalar, multipliers};
use crate::signature::Signature;
use crate::table::Table;
use crate::wnaf::linear_combination;

/// A point of P-256 other than infinity; the group has prime order, so every such point is a key.
#[derive(Clone)]
pub struct PublicKey {
    point: Affine,
}

impl PublicKey {
    /// Takes the coordinates of a JWK, 32 big-endian bytes each (RFC 7518 section 6.2.1).
    ///
    /// # Errors
    /// `CoordinateTooLarge` if x or y is p or more, `NotOnCurve` if they are no point (SEC 1
    /// section 3.2.2.1). Infinity has no coordinates and can't be given.
    pub fn parse_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, PublicKeyError> {
        let read = |bytes| {
            parse_coordinate(&limbs::from_be_bytes(bytes)).ok_or(PublicKeyError::CoordinateTooLarge)
        };
        let point = Affine {
            x: read(x)?,
            y: read(y)?,
        };
        // Off the curve the group law is that of another, weaker curve (invalid-curve attack).
        if point.is_on_curve() {
            Ok(Self { point })
        } else {
            Err(PublicKeyError::NotOnCurve)
        }
    }

    /// The x coordinate, 32 big-endian bytes.
    #[must_use]
    pub fn x(&self) -> [u8; 32] {
        limbs::to_be_bytes(&self.point.x.to_canonical())
    }

    /// The y coordinate, 32 big-endian bytes.
    #[must_use]
    pub fn y(&self) -> [u8; 32] {
        limbs::to_be_bytes(&self.point.y.to_canonical())
    }

    /// Whether the signature is one of this key for a SHA-256 digest (SEC 1 section 4.1.4).
    ///
    /// Takes about three times as long as [`PreparedKey::verify_digest`] and no memory that stays.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &Signature) -> bool {
        let Some((u, v)) = multipliers(&Scalar::reduce(digest), &signature.r, &signature.s) else {
            return false;
        };
        let sum = linear_combination(&u, &v, &self.point);
        signature.is_x_modulo_n(|x| sum.has_x(x))
    }

    /// Makes the tables of multiples of this key and of G.
    ///
    /// A host with several keys makes the one of G once and uses [`PublicKey::prepare_with`].
    #[must_use]
    pub fn prepare(&self) -> PreparedKey {
        self.prepare_with(&GeneratorTable::new())
    }

    /// Makes the table of multiples of this key, beside one of G that is already there.
    #[must_use]
    pub fn prepare_with(&self, generator: &Arc<GeneratorTable>) -> PreparedKey {
        PreparedKey {
            key: self.clone(),
            table: Table::new(&self.point),
            generator: Arc::clone(generator),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.x() == other.x() && self.y() == other.y()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.x()
            .iter()
            .chain(&self.y())
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Why coordinates are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKeyError {
    /// x or y is not below p.
    CoordinateTooLarge,
    /// The coordinates do not satisfy the equation of the curve.
    NotOnCurve,
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CoordinateTooLarge => "coordinate of the public key is not below the field size",
            Self::NotOnCurve => "coordinates of the public key are no point of the curve",
        })
    }
}

impl core::error::Error for PublicKeyError {}

/// Multiples of the base point G, the same for every key.
pub struct GeneratorTable(Table);

impl GeneratorTable {
    /// Computes the table, to be shared by all keys of a host.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Table::new(&Affine::GENERATOR)))
    }

    /// Memory it takes.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl fmt::Debug for GeneratorTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratorTable")
            .field("table_bytes", &self.table_bytes())
            .finish()
    }
}

/// A public key with tables of multiples: verification without a doubling.
pub struct PreparedKey {
    key: PublicKey,
    table: Table,
    generator: Arc<GeneratorTable>,
}

impl PreparedKey {
    /// The key itself.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether the signature is one of this key for a SHA-256 digest (SEC 1 section 4.1.4).
    ///
    /// The answer is that of [`PublicKey::verify_digest`] for every input.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &Signature) -> bool {
        let Some((u, v)) = multipliers(&Scalar::reduce(digest), &signature.r, &signature.s) else {
            return false;
        };
        let mut sum = Extended::INFINITY;
        self.generator.0.add_multiple(&mut sum, &u);
        self.table.add_multiple(&mut sum, &v);
        signature.is_x_modulo_n(|x| sum.has_x(x))
    }

    /// Memory taken by the table of this key, without the shared one of G.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        self.table.bytes()
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("key", &self.key)
            .field("table_bytes", &self.table_bytes())
            .finish_non_exhaustive()
    }
}
