//! An application's own tables, bound to a policy and a principal.
//!
//! [`Rows`] reads and writes a resource's table so that nothing outside the policy is seen or
//! changed: what the policy allows is part of each statement ([`portcullis_core::sql`]), never a
//! check before it. A field that is never allowed isn't in the statement at all; one that is allowed
//! in some rows is null in the others, for searching and sorting, too, so that no answer tells
//! anything of a hidden value.
//!
//! Each call is one statement with at most 100 parameters and [`MAX_STATEMENT_BYTES`], on D1 as in
//! SQLite; a longer one isn't sent. Fields that are allowed in some rows only come from a subquery,
//! which works out each rule's condition once for a row: outside of it these columns alone are
//! searched and sorted by, within it the rows that the policy allows are looked up. Tables should be
//! `STRICT`, or their columns of the affinity of the field's type: a column that turns what is
//! written into another type is checked before it does. A `float` is read exactly between 1e-9 and
//! 1e16; beyond that the SQLite of D1 may write its last digit differently.

mod error;
mod search;
mod select;
pub(crate) mod statement;
mod write;

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Code, ScopePath, Subject};
use portcullis_core::json::{Map, Value};
use portcullis_core::policy::{FieldId, Policy, Resource};
use portcullis_core::sql::{Given, Mask, MaskedAccess};
use portcullis_core::time::UnixSecs;

pub use error::RowsError;
pub use search::Where;
pub use select::{Cursor, DEFAULT_LIMIT, Direction, MAX_LIMIT, Order, Page, Select};
pub use statement::MAX_STATEMENT_BYTES;

use crate::Driver;

/// The tables of a policy's resources, as one principal may use them.
#[derive(Debug)]
pub struct Rows<'a, D> {
    driver: &'a D,
    policy: &'a Policy,
    subject: &'a Subject,
    given: Given,
}

/// A resource and what the principal may do to its table by one action.
struct Bound<'a> {
    resource: &'a Resource,
    action: &'static str,
    access: MaskedAccess,
}

impl<'a, D: Driver> Rows<'a, D> {
    /// Binds a database to a principal at a time.
    #[must_use]
    pub fn bind(driver: &'a D, policy: &'a Policy, subject: &'a Subject, now: UnixSecs) -> Self {
        let given = Given {
            now,
            ..Given::default()
        };
        Self {
            driver,
            policy,
            subject,
            given,
        }
    }

    /// The same at a scope, for resources whose records don't say where they are.
    #[must_use]
    pub fn at(mut self, scope: ScopePath) -> Self {
        self.given.scope = Some(scope);
        self
    }

    /// The same with attributes of the request, as `[context]` declares them.
    #[must_use]
    pub fn with_context(mut self, context: Map<String, Value>) -> Self {
        self.given.context = context;
        self
    }

    fn bound(&self, resource: &str, action: &'static str) -> Result<Bound<'a>, RowsError> {
        let id = self.policy.resource_id(resource);
        let found = id.and_then(|id| self.policy.resource(id));
        let access = self
            .policy
            .masked_access(self.subject, resource, action, &self.given);
        Ok(Bound {
            resource: found.ok_or(RowsError::Refused(Code::UnknownPermission))?,
            action,
            access: access.map_err(RowsError::Refused)?,
        })
    }
}

impl Bound<'_> {
    fn field(&self, name: &str) -> Result<FieldId, RowsError> {
        self.resource
            .field_id(name)
            .ok_or_else(|| RowsError::UnknownField {
                resource: self.resource.name.clone(),
                field: name.to_owned(),
            })
    }

    fn mask(&self, field: FieldId) -> &Mask {
        let mask = self.access.fields.get(usize::from(field));
        mask.unwrap_or(&Mask::Never)
    }

    fn forbidden(&self, field: &str) -> RowsError {
        RowsError::FieldForbidden {
            field: field.to_owned(),
            action: self.action,
        }
    }

    /// A value as one of the field's type; a whole number also as a `float`.
    fn typed(&self, field: FieldId, value: &Datum) -> Result<Datum, RowsError> {
        let declared = self.resource.field(field);
        let kind = declared.map(|field| field.kind);
        let typed = kind.map(|kind| Datum::conform(&value.to_json(), kind));
        typed
            .filter(|typed| *typed != Datum::Null || *value == Datum::Null)
            .ok_or_else(|| RowsError::WrongType {
                field: declared.map(|field| field.name.clone()).unwrap_or_default(),
                expected: kind.map(|kind| kind.to_string()).unwrap_or_default(),
            })
    }
}
