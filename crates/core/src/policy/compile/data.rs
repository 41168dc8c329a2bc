//! Tenants, attributes and types of records.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::error::DEFAULT;
use super::super::{
    AttributeDocument, Depth, Document, Field, FieldDocument, FieldId, GLOBAL, PermissionId,
    PolicyErrorKind, Position, Resource, ResourceDocument, TenantsDocument,
};
use super::Tenants;
use super::basics::Levels;
use super::index::{
    ACTION, AUTH, CONTEXT, FIELD, Index, Kind, RESOURCE, SCOPE_LEVEL, TABLE, label,
};
use super::permissions::Permissions;
use super::problem::Problems;
use super::roles::depth;
use crate::condition::{Attribute, Scalar, Type, Vocabulary, parse_default};

/// What can be done with records when the policy doesn't say.
const ACTIONS: [&str; 4] = ["read", "create", "update", "delete"];

const TYPES: [&str; 8] = [
    "bool",
    "int",
    "float",
    "string",
    "list<bool>",
    "list<int>",
    "list<float>",
    "list<string>",
];

pub(super) fn tenants(
    tenants: &TenantsDocument,
    levels: &Levels,
    permissions: &Permissions,
    problems: &mut Problems,
) -> Tenants {
    let at = tenants.at;
    Tenants {
        depth: named_depth(&tenants.level, levels, at, problems),
        owner: permissions.set_of(&tenants.owner, at, problems),
        member: permissions.set_of(&tenants.member, at, problems),
        at,
    }
}

/// The depth of a level that the policy names: there is one global scope, without an id.
fn named_depth(
    name: &str,
    levels: &Levels,
    at: Option<Position>,
    problems: &mut Problems,
) -> Depth {
    if name == GLOBAL {
        let named = levels.names.get(1..).unwrap_or_default();
        problems.unknown(SCOPE_LEVEL.one(), name, named, at);
    }
    depth(name, &levels.index, at, problems)
}

pub(super) fn auth(document: &Document, problems: &mut Problems) -> Vec<Attribute> {
    attributes(&document.auth, &AUTH, ("id", "auth.id"), problems)
}

pub(super) fn context(document: &Document, problems: &mut Problems) -> Vec<Attribute> {
    let reserved = ("time", "request.time");
    attributes(&document.context, &CONTEXT, reserved, problems)
}

fn attributes(
    documents: &[AttributeDocument],
    kind: &'static Kind,
    (reserved, path): (&str, &'static str),
    problems: &mut Problems,
) -> Vec<Attribute> {
    let mut index = Index::new(kind);
    let mut attributes = Vec::with_capacity(documents.len());
    for attribute in documents {
        let at = attribute.at;
        if attribute.name == reserved {
            problems.note(PolicyErrorKind::Reserved { path }, at);
        }
        index.add(&attribute.name, at, problems);
        attributes.push(Attribute {
            name: attribute.name.clone(),
            kind: type_of(&attribute.kind, at, problems),
            at,
        });
    }
    attributes
}

fn type_of(name: &str, at: Option<Position>, problems: &mut Problems) -> Type {
    let found = Type::parse(name);
    if found.is_none() {
        problems.unknown("type", name, &TYPES, at);
    }
    found.unwrap_or(Type::One(Scalar::Text))
}

/// Types of records, and for each the numbers of its fields.
pub(super) struct Resources {
    pub(super) list: Vec<Resource>,
    pub(super) index: Index,
    pub(super) fields: Vec<Index>,
}

/// All types of records; the permissions of their actions are added to `permissions`.
pub(super) fn resources(
    documents: &[ResourceDocument],
    levels: &Levels,
    auth: &[Attribute],
    permissions: &mut Permissions,
    problems: &mut Problems,
) -> Resources {
    let mut resources = Resources {
        list: Vec::with_capacity(documents.len()),
        index: Index::new(&RESOURCE),
        fields: Vec::with_capacity(documents.len()),
    };
    for one in documents {
        resources.index.add(&one.name, one.at, problems);
    }
    for one in documents {
        let mut index = Index::new(&FIELD);
        for field in &one.fields {
            index.add(&field.name, field.at, problems);
        }
        let mut fields = Vec::with_capacity(one.fields.len());
        for field in &one.fields {
            fields.push(compiled_field(field, &one.name, auth, problems));
        }
        let (actions, ids) = actions(one, permissions, problems);
        if !one.table.is_empty() {
            TABLE.check(&one.table, one.at, problems);
        }
        resources.list.push(Resource {
            name: one.name.clone(),
            label: label(&one.label, &one.name),
            table: label(&one.table, &one.name),
            actions,
            permissions: ids,
            scope: scope(one, levels, &index, &fields, problems),
            fields,
            at: one.at,
        });
        resources.fields.push(index);
    }
    resources
}

fn actions(
    resource: &ResourceDocument,
    permissions: &mut Permissions,
    problems: &mut Problems,
) -> (Vec<String>, Vec<PermissionId>) {
    let at = resource.at;
    let mut actions = Vec::new();
    match &resource.actions {
        Some(named) => actions.clone_from(named),
        None => {
            for action in ACTIONS {
                actions.push(action.to_string());
            }
        }
    }
    let mut index = Index::new(&ACTION);
    let mut ids = Vec::with_capacity(actions.len());
    for action in &actions {
        if index.get(action).is_some() {
            problems.repeated(ACTION.one(), action, at);
        }
        index.add(action, at, problems);
        ids.push(permissions.of_action(&resource.name, action, at, problems));
    }
    (actions, ids)
}

fn compiled_field(
    field: &FieldDocument,
    resource: &str,
    auth: &[Attribute],
    problems: &mut Problems,
) -> Field {
    let kind = type_of(&field.kind, field.at, problems);
    let vocabulary = Vocabulary {
        auth,
        ..Vocabulary::default()
    };
    let mut default = None;
    if let Some(text) = &field.default {
        match parse_default(text, &vocabulary, kind) {
            Ok(term) => default = Some(term),
            Err(error) => {
                let name = [resource, ".", &field.name].concat();
                let what = DEFAULT;
                problems.note(PolicyErrorKind::Condition { what, name, error }, field.at);
            }
        }
    }
    Field {
        name: field.name.clone(),
        kind,
        default,
        at: field.at,
    }
}

/// The fields that hold ids of scopes, widest level first.
fn scope(
    resource: &ResourceDocument,
    levels: &Levels,
    field_ids: &Index,
    fields: &[Field],
    problems: &mut Problems,
) -> Vec<(Depth, FieldId)> {
    let at = resource.at;
    let mut scope: Vec<(Depth, FieldId)> = Vec::with_capacity(resource.scope.len());
    for entry in &resource.scope {
        let depth = named_depth(&entry.level, levels, at, problems);
        let field = field_ids.find(&entry.field, at, problems);
        let declared = fields.get(usize::from(field));
        if declared.is_none_or(|field| field.kind != Type::One(Scalar::Text)) {
            let kind = resource.fields.get(usize::from(field));
            let kind = PolicyErrorKind::NotText {
                field: entry.field.clone(),
                kind: kind.map(|field| field.kind.clone()).unwrap_or_default(),
            };
            problems.note(kind, at);
        }
        let mut place = 0;
        while scope.get(place).is_some_and(|(known, _)| *known < depth) {
            place += 1;
        }
        if scope.get(place).is_some_and(|(known, _)| *known == depth) {
            problems.repeated(SCOPE_LEVEL.one(), &entry.level, at);
        } else {
            scope.insert(place, (depth, field));
        }
    }
    scope
}
