//! A condition after its types were checked.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Datum;
use crate::time::UnixSecs;

/// Something that is true, false or an error (Kleene's logic; SQL's NULL is the error).
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Always the same.
    Constant(Truth),
    /// All of them.
    And(Vec<Test>),
    /// At least one of them.
    Or(Vec<Test>),
    /// Not this one.
    Not(Box<Test>),
    /// Two values of one type, or one of them null.
    Compare(Comparison, Term, Term),
    /// The first is a member of the second, a list.
    In(Term, Term),
    /// The first text begins with the second.
    StartsWith(Term, Term),
    /// The place isn't null.
    Has(Place),
    /// A `bool` by itself.
    IsTrue(Term),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`; null equals null.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// A value in a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// Written in the policy, or known beforehand.
    Constant(Datum),
    /// Looked up.
    Place(Place),
    /// Characters of a text, or members of a list.
    Size(Box<Term>),
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `auth.id`.
    AuthId,
    /// An attribute of principals, by its number in the policy.
    Auth(u16),
    /// A field of the record, by its number in the resource.
    Record(u16),
    /// `request.time`, Unix seconds.
    Time,
    /// An attribute of requests, by its number in the policy.
    Request(u16),
}

/// How a test comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// No.
    False,
    /// Yes.
    True,
    /// It can't be said.
    Error,
}

/// What a test is evaluated on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The principal's id, as [`Datum::Text`].
    pub auth_id: &'a Datum,
    /// The principal's attributes, by number.
    pub auth: &'a [Datum],
    /// The record's fields, by number; `None` when the request has no record.
    pub record: Option<&'a [Datum]>,
    /// The request's attributes, by number.
    pub request: &'a [Datum],
    /// The time of the decision.
    pub now: UnixSecs,
}
