//! Decisions as SQL: a predicate that picks the rows of a table that a principal may act on.
//!
//! [`Policy::filter`] gives the predicate for `WHERE`; it is true for exactly the rows whose record,
//! each column a field, [`check`](crate::decide::check) allows. [`Policy::access`] says besides which
//! fields of those rows are allowed. The text is SQLite's (3.45 or later, D1 included), names columns
//! bare and holds no value: those are parameters, at most [`MAX_PARAMETERS`].
//!
//! The same predicate checks a record that isn't in the table yet: select from a subquery whose
//! columns are the record's fields.

mod access;
mod column;
mod condition;
mod cover;
mod fold;
mod fragment;
mod mask;

use alloc::string::String;
use alloc::vec::Vec;

use crate::condition::{Datum, Facts, Test};
use crate::decide::{Code, ScopePath, Subject};
use crate::json::{Map, Value};
use crate::policy::{Policy, Resource};
use crate::time::UnixSecs;

pub use column::Columns;
pub use fold::{MAX_PARAMETERS, numbered};
pub use fragment::{Fragment, sql};
pub use mask::{Mask, MaskedAccess, Masks};

use access::Question;
use fragment::Predicate;

/// A predicate: SQL that gives 1 or 0. `0` alone is never true, `1` alone always.
pub type Filter = Fragment;

/// What a request says besides who, what and which record.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Where, for a resource whose records lie in no scope; `None` is the global scope.
    pub scope: Option<ScopePath>,
    /// Attributes of the request that the policy declares under `[context]`; others are ignored.
    pub context: Map<String, Value>,
    /// The time of the decision.
    pub now: UnixSecs,
}

/// In which of the allowed rows a field is allowed, too.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldAccess {
    /// In none.
    Never,
    /// In all.
    Always,
    /// In those of which this is true.
    When(Filter),
}

/// Everything that a principal may do to a table by one action.
#[derive(Debug, Clone)]
pub struct Access {
    /// The rows.
    pub rows: Filter,
    /// For each field, by its number, in which of those rows.
    pub fields: Vec<FieldAccess>,
}

impl Policy {
    /// The rows of a resource's table on which the principal may do an action.
    ///
    /// # Errors
    /// [`Code::UnknownPermission`] when there is no such resource or action,
    /// [`Code::MalformedRequest`] for a scope with a resource whose records say where they are.
    pub fn filter(
        &self,
        subject: &Subject,
        resource: &str,
        action: &str,
        given: &Given,
    ) -> Result<Filter, Code> {
        let resource = self.resource_named(resource)?;
        let question = Question::new(self, subject, resource, action, given)?;
        Ok(Question::finish(question.rows()))
    }

    /// The rows as [`Self::filter`] gives them, and the fields.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub fn access(
        &self,
        subject: &Subject,
        resource: &str,
        action: &str,
        given: &Given,
    ) -> Result<Access, Code> {
        let masked = self.masked_access(subject, resource, action, given)?;
        let fields = masked.fields.iter().map(|mask| masked.field(mask));
        Ok(Access {
            fields: fields.collect(),
            rows: masked.rows,
        })
    }

    /// The rows and fields as [`Self::access`] gives them, for statements about many fields.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub fn masked_access(
        &self,
        subject: &Subject,
        resource: &str,
        action: &str,
        given: &Given,
    ) -> Result<MaskedAccess, Code> {
        let resource = self.resource_named(resource)?;
        let question = Question::new(self, subject, resource, action, given)?;
        let (fields, conditions) = question.fields(resource.fields.len());
        Ok(MaskedAccess {
            rows: Question::finish(question.rows()),
            fields,
            conditions,
        })
    }

    fn resource_named(&self, name: &str) -> Result<&Resource, Code> {
        let id = self.resource_id(name).ok_or(Code::UnknownPermission)?;
        self.resource(id).ok_or(Code::UnknownPermission)
    }
}

/// All of them together, each complete in itself.
#[must_use]
pub fn all(filters: &[Filter]) -> Filter {
    let known = filters.iter().map(|filter| match filter {
        never if never.is_never() => Predicate::FALSE,
        always if always.is_always() => Predicate::TRUE,
        some => Predicate::certain(some.clone()),
    });
    Predicate::all(known).into_fragment()
}

impl Columns<'_> {
    /// The rows for which a test of the record is true, such as a caller's own search.
    ///
    /// Places other than the record's fields are null in it.
    #[must_use]
    pub fn filter(&self, test: &Test) -> Filter {
        let facts = Facts {
            auth_id: &Datum::Null,
            auth: &[],
            record: None,
            request: &[],
            now: UnixSecs::new(0),
        };
        let known = condition::Known {
            facts,
            columns: self,
        };
        Question::finish(known.predicate(test).or_if_error(false))
    }

    /// A value as SQL.
    #[must_use]
    pub fn parameter(value: &Datum) -> Fragment {
        match value {
            Datum::List(members) => column::set(members),
            single => column::parameter(single),
        }
    }
}
