//! Types of attributes and fields, and their values.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::json::Value;
use crate::policy::Position;

/// The type of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `bool`.
    Bool,
    /// `int`: 64 bits, signed.
    Int,
    /// `float`: a finite double.
    Float,
    /// `string`.
    Text,
}

/// The type of an attribute or field; every one can be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// One value.
    One(Scalar),
    /// `list<T>`: values, none of them null.
    List(Scalar),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Datum {
    /// Nothing, or nothing of the declared type.
    #[default]
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`; finite.
    Float(f64),
    /// A `string`.
    Text(String),
    /// A list; its members are of one type, none of them null or a list.
    List(Vec<Datum>),
}

/// A declared attribute of principals or requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Where it is declared.
    pub at: Option<Position>,
}

impl Scalar {
    const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "string",
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Type {
    /// Reads `bool`, `int`, `float`, `string` or `list<…>` of one of these, as policies write types.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text
            .strip_prefix("list<")
            .and_then(|rest| rest.strip_suffix('>'));
        let name = inner.unwrap_or(text);
        let scalars = [Scalar::Bool, Scalar::Int, Scalar::Float, Scalar::Text];
        let scalar = scalars.into_iter().find(|scalar| scalar.name() == name)?;
        Some(if inner.is_some() {
            Self::List(scalar)
        } else {
            Self::One(scalar)
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(scalar) => f.write_str(scalar.name()),
            Self::List(scalar) => write!(f, "list<{scalar}>"),
        }
    }
}

impl Datum {
    /// A JSON value as a value of a declared type; null when it is of another (LANGUAGE.md section 4).
    ///
    /// An `int` takes numbers without a fraction within 64 bits, however they are written (`3.0` is
    /// 3), a `float` any number; a list that has a null or a member of another type is null as a whole.
    #[must_use]
    pub fn conform(value: &Value, kind: Type) -> Self {
        match (kind, value) {
            (Type::One(scalar), value) => Self::conform_one(value, scalar),
            (Type::List(scalar), Value::Array(values)) => {
                let members = values.iter().map(|value| Self::conform_one(value, scalar));
                let members: Vec<Self> = members.collect();
                if members.contains(&Self::Null) {
                    Self::Null
                } else {
                    Self::List(members)
                }
            }
            (Type::List(_), _) => Self::Null,
        }
    }

    fn conform_one(value: &Value, scalar: Scalar) -> Self {
        let value = match (scalar, value) {
            (Scalar::Bool, Value::Bool(value)) => Some(Self::Bool(*value)),
            (Scalar::Int, Value::Number(number)) => match number.as_i64() {
                Some(value) => Some(Self::Int(value)),
                None => number
                    .as_f64()
                    .filter(|_| number.is_f64())
                    .and_then(whole)
                    .map(Self::Int),
            },
            (Scalar::Float, Value::Number(number)) => number.as_f64().map(Self::Float),
            (Scalar::Text, Value::String(text)) => Some(Self::Text(text.clone())),
            _ => None,
        };
        value.unwrap_or_default()
    }

    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::from(*value),
            Self::Float(value) => Value::from(*value),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(members) => Value::Array(members.iter().map(Self::to_json).collect()),
        }
    }
}

/// A double without a fraction as 64 bits, when it fits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the conversion back finds whatever a conversion lost"
)]
fn whole(value: f64) -> Option<i64> {
    let integer = value as i64;
    // 2^63 saturates to 2^63 - 1, which converts back to 2^63.
    (integer as f64 == value && integer != i64::MAX).then_some(integer)
}
