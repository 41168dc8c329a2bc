//! Types of records.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Depth, FieldId, PermissionId, Position};
use crate::condition::{Term, Type};

/// A type of record of a compiled policy.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The type's name; the noun of its permissions.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// The table that holds its records.
    pub table: String,
    /// What can be done with a record, in the order of the file.
    pub actions: Vec<String>,
    /// The permission of each action, in the same order.
    pub permissions: Vec<PermissionId>,
    /// The fields of a record, each at its number, in the order of the file.
    pub fields: Vec<Field>,
    /// The fields that hold ids of scopes, widest level first; empty when records lie in no scope.
    pub scope: Vec<(Depth, FieldId)>,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// A field of a type of record.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field's name; its column's name in SQL.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// What a new record gets when nothing is given: a constant, `auth.id` or an attribute of the principal.
    pub default: Option<Term>,
    /// Where it is defined.
    pub at: Option<Position>,
}

impl Resource {
    /// The number of a field.
    #[must_use]
    pub fn field_id(&self, name: &str) -> Option<FieldId> {
        (0..)
            .zip(&self.fields)
            .find_map(|(id, field)| (field.name == name).then_some(id))
    }

    /// A field by its number.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(usize::from(id))
    }

    /// The permission of an action.
    #[must_use]
    pub fn permission(&self, action: &str) -> Option<PermissionId> {
        let mut pairs = self.actions.iter().zip(&self.permissions);
        pairs.find_map(|(name, id)| (name == action).then_some(*id))
    }
}
