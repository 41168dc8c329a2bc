//! A document with its long lists packed, for snapshots that pages fetch again and again.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

use super::{Document, PermissionDocument, RoleDocument};
use crate::json::Value;

/// The format of a packed document that names none. Pages know it, so it stays when newer ones come.
const IMPLIED_FORMAT: &str = "portcullis-policy/1";

impl Document {
    /// The JSON form with `roles` and `permissions` as lists of positions, under the names `r` and `p`.
    ///
    /// A role is `[name, label, level, grant_at]`, a permission `[name, label, roles, tier]` with
    /// roles as their numbers in `r`; empty members at the end are left out, and both lists when
    /// they are empty. An entry that has more to say is an object in the document's own form.
    /// `format` is left out where it is `portcullis-policy/1`. Pages unpack it in JavaScript, to a
    /// document that is equal to this one.
    #[must_use]
    pub fn pack(mut self) -> Value {
        let roles = take(&mut self.roles);
        let permissions = take(&mut self.permissions);
        let mut numbers: Vec<(&str, usize)> = Vec::with_capacity(roles.len());
        numbers.extend((0..).zip(&roles).map(|(at, role)| (role.name.as_str(), at)));
        numbers.sort_unstable();
        let packed = [
            ("r", roles.iter().map(pack_role).collect::<Vec<_>>()),
            (
                "p",
                permissions
                    .iter()
                    .map(|one| pack_permission(one, &numbers))
                    .collect(),
            ),
        ];
        let mut document = to_value(&self);
        if let Value::Object(members) = &mut document {
            let lists = packed.into_iter().filter(|(_, list)| !list.is_empty());
            members.extend(lists.map(|(name, list)| (name.into(), Value::Array(list))));
            if self.format == IMPLIED_FORMAT {
                members.remove("format");
            }
        }
        document
    }
}

fn pack_role(role: &RoleDocument) -> Value {
    let fits = role.manages.is_empty()
        && role.inherits.is_empty()
        && role.superuser_at.is_none()
        && role.at.is_none();
    if !fits {
        return to_value(role);
    }
    positions([
        (Value::from(role.name.as_str()), false),
        (Value::from(role.label.as_str()), role.label.is_empty()),
        (Value::from(role.level), role.level == 0),
        (to_value(&role.grant_at), role.grant_at.is_none()),
    ])
}

/// `numbers` are the roles by name, sorted.
fn pack_permission(permission: &PermissionDocument, numbers: &[(&str, usize)]) -> Value {
    let number = |name: &String| {
        let found = numbers.binary_search_by(|(known, _)| (*known).cmp(name.as_str()));
        numbers.get(found.ok()?).map(|(_, at)| Value::from(*at))
    };
    let roles: Option<Vec<Value>> = permission.roles.iter().map(number).collect();
    let Some(roles) = roles.filter(|_| permission.at.is_none()) else {
        return to_value(permission);
    };
    let has_none = roles.is_empty();
    let label = permission.label.as_str();
    positions([
        (Value::from(permission.name.as_str()), false),
        (Value::from(label), label.is_empty()),
        (Value::Array(roles), has_none),
        (to_value(&permission.tier), permission.tier.is_none()),
    ])
}

/// A list of members without the empty ones at its end; each comes with whether it is empty.
fn positions(members: [(Value, bool); 4]) -> Value {
    let last = members.iter().rposition(|(_, is_empty)| !is_empty);
    let kept = last.map_or(0, |last| last + 1);
    let members = members.into_iter().take(kept);
    Value::Array(members.map(|(member, _)| member).collect())
}

fn to_value(value: &impl serde::Serialize) -> Value {
    // Strings, numbers and lists always serialize.
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn packed(json: &str) -> String {
        Document::parse_json(json).unwrap().pack().to_string()
    }

    #[test]
    fn entries_are_positions_with_roles_by_number_and_empty_ends_left_out() {
        let json = r#"{"format":"portcullis-policy/1","name":"p",
            "roles":[{"name":"A","label":"a","level":2},{"name":"B","level":0},{"name":"C","level":1,"grant_at":[]}],
            "permissions":[{"name":"x:y","label":"X","roles":["B","A"]},{"name":"x:z","roles":[],"tier":"t"},
                {"name":"y:z","roles":[]}]}"#;
        assert_eq!(
            packed(json),
            r#"{"name":"p","p":[["x:y","X",[1,0]],["x:z","",[],"t"],["y:z"]],"r":[["A","a",2],["B"],["C","",1,[]]]}"#
        );
    }

    #[test]
    fn what_does_not_fit_into_positions_stays_an_object() {
        let json = r#"{"format":"portcullis-policy/1","name":"p",
            "roles":[{"name":"A","level":0,"inherits":["B"]},{"name":"B","level":3,"superuser_at":"global"}],
            "permissions":[{"name":"x:y","roles":["GHOST"]},{"name":"x:z","roles":["B"],"at":{"line":1,"column":2}}]}"#;
        assert_eq!(
            packed(json),
            r#"{"name":"p","p":[{"name":"x:y","roles":["GHOST"]},{"at":{"column":2,"line":1},"name":"x:z","roles":["B"]}],"r":[{"inherits":["B"],"level":0,"name":"A"},{"level":3,"name":"B","superuser_at":"global"}]}"#
        );
    }

    #[test]
    fn a_document_without_roles_and_permissions_has_neither_list() {
        let json = r#"{"format":"portcullis-policy/1","name":"none"}"#;
        assert_eq!(packed(json), r#"{"name":"none"}"#);
    }

    #[test]
    fn a_format_that_pages_may_not_know_is_named() {
        let mut document =
            Document::parse_json(r#"{"format":"portcullis-policy/1","name":"p"}"#).unwrap();
        document.format = "portcullis-policy/2".into();
        assert_eq!(
            document.pack().to_string(),
            r#"{"format":"portcullis-policy/2","name":"p"}"#
        );
    }
}
