//! Tenants, attributes and types of records.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::error::DEFAULT;
use super::super::{
    AttributeDocument, BitSet, Depth, Document, Field, FieldDocument, FieldId, GLOBAL,
    PermissionId, PolicyError, PolicyErrorKind, Position, Resource, ResourceDocument,
    TenantsDocument,
};
use super::Tenants;
use super::index::{
    ACTION, AUTH, CONTEXT, FIELD, Index, Kind, RESOURCE, SCOPE_LEVEL, TABLE, label, repeated,
    unknown,
};
use super::permissions::Permissions;
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
    levels: &[String],
    level_ids: &Index,
    permissions: &Permissions,
) -> Result<Tenants, PolicyError> {
    let set = |names: &[String]| {
        let mut set = BitSet::with_capacity(permissions.list.len());
        for id in permissions.index.find_all(names, tenants.at)? {
            set.insert(id);
        }
        Ok(set)
    };
    Ok(Tenants {
        depth: named_depth(&tenants.level, levels, level_ids, tenants.at)?,
        owner: set(&tenants.owner)?,
        member: set(&tenants.member)?,
        at: tenants.at,
    })
}

/// The depth of a level that the policy names: there is one global scope, without an id.
fn named_depth(
    name: &str,
    levels: &[String],
    level_ids: &Index,
    at: Option<Position>,
) -> Result<Depth, PolicyError> {
    if name == GLOBAL {
        let named = levels.iter().skip(1).map(String::as_str);
        return Err(unknown(SCOPE_LEVEL.one(), name, named, at));
    }
    depth(name, level_ids, at)
}

pub(super) fn auth(document: &Document) -> Result<Vec<Attribute>, PolicyError> {
    attributes(&document.auth, &AUTH, ("id", "auth.id"))
}

pub(super) fn context(document: &Document) -> Result<Vec<Attribute>, PolicyError> {
    attributes(&document.context, &CONTEXT, ("time", "request.time"))
}

fn attributes(
    documents: &[AttributeDocument],
    kind: &'static Kind,
    (reserved, path): (&str, &'static str),
) -> Result<Vec<Attribute>, PolicyError> {
    let mut index = Index::new(kind);
    let mut attributes = Vec::with_capacity(documents.len());
    for attribute in documents {
        let at = attribute.at;
        if attribute.name == reserved {
            return Err(PolicyErrorKind::Reserved { path }.at(at));
        }
        index.add(&attribute.name, at)?;
        attributes.push(Attribute {
            name: attribute.name.clone(),
            kind: type_of(&attribute.kind, at)?,
            at,
        });
    }
    Ok(attributes)
}

fn type_of(name: &str, at: Option<Position>) -> Result<Type, PolicyError> {
    Type::parse(name).ok_or_else(|| unknown("type", name, TYPES.into_iter(), at))
}

/// Types of records, and for each the numbers of its fields.
pub(super) struct Resources {
    pub(super) list: Vec<Resource>,
    pub(super) index: Index,
    pub(super) fields: Vec<Index>,
}

/// All types of records; the permissions of their actions are added to `permissions`.
pub(super) fn resources(
    document: &Document,
    levels: &[String],
    level_ids: &Index,
    auth: &[Attribute],
    permissions: &mut Permissions,
) -> Result<Resources, PolicyError> {
    let documents = &document.resources;
    let mut resources = Resources {
        list: Vec::with_capacity(documents.len()),
        index: Index::of(&RESOURCE, documents.iter().map(|one| (&one.name, one.at)))?,
        fields: Vec::with_capacity(documents.len()),
    };
    for one in documents {
        let index = Index::of(
            &FIELD,
            one.fields.iter().map(|field| (&field.name, field.at)),
        )?;
        let mut fields = Vec::with_capacity(one.fields.len());
        for field in &one.fields {
            fields.push(compiled_field(field, &one.name, auth)?);
        }
        let (actions, ids) = actions(one, permissions)?;
        if !one.table.is_empty() {
            TABLE.check(&one.table, one.at)?;
        }
        resources.list.push(Resource {
            name: one.name.clone(),
            label: label(&one.label, &one.name),
            table: label(&one.table, &one.name),
            actions,
            permissions: ids,
            scope: scope(one, levels, level_ids, &index, &fields)?,
            fields,
            at: one.at,
        });
        resources.fields.push(index);
    }
    Ok(resources)
}

fn actions(
    resource: &ResourceDocument,
    permissions: &mut Permissions,
) -> Result<(Vec<String>, Vec<PermissionId>), PolicyError> {
    let actions = match &resource.actions {
        Some(actions) => actions.clone(),
        None => ACTIONS.map(ToString::to_string).to_vec(),
    };
    let mut index = Index::new(&ACTION);
    let mut ids = Vec::with_capacity(actions.len());
    for action in &actions {
        if index.get(action).is_some() {
            return Err(repeated(&ACTION, action, resource.at));
        }
        index.add(action, resource.at)?;
        ids.push(permissions.of_action(&resource.name, action, resource.at)?);
    }
    Ok((actions, ids))
}

fn compiled_field(
    field: &FieldDocument,
    resource: &str,
    auth: &[Attribute],
) -> Result<Field, PolicyError> {
    let kind = type_of(&field.kind, field.at)?;
    let vocabulary = Vocabulary {
        auth,
        ..Vocabulary::default()
    };
    let default = match &field.default {
        None => None,
        Some(text) => Some(parse_default(text, &vocabulary, kind).map_err(|error| {
            let name = [resource, ".", &field.name].concat();
            let what = DEFAULT;
            PolicyErrorKind::Condition { what, name, error }.at(field.at)
        })?),
    };
    Ok(Field {
        name: field.name.clone(),
        kind,
        default,
        at: field.at,
    })
}

/// The fields that hold ids of scopes, widest level first.
fn scope(
    resource: &ResourceDocument,
    levels: &[String],
    level_ids: &Index,
    field_ids: &Index,
    fields: &[Field],
) -> Result<Vec<(Depth, FieldId)>, PolicyError> {
    let at = resource.at;
    let mut scope: Vec<(Depth, FieldId)> = Vec::with_capacity(resource.scope.len());
    for entry in &resource.scope {
        let depth = named_depth(&entry.level, levels, level_ids, at)?;
        let field = field_ids.find(&entry.field, at)?;
        let declared = fields.get(usize::from(field));
        if declared.is_none_or(|field| field.kind != Type::One(Scalar::Text)) {
            let kind = resource.fields.get(usize::from(field));
            return Err(PolicyErrorKind::NotText {
                field: entry.field.clone(),
                kind: kind.map(|field| field.kind.clone()).unwrap_or_default(),
            }
            .at(at));
        }
        let place = scope.partition_point(|(known, _)| *known < depth);
        if scope.get(place).is_some_and(|(known, _)| *known == depth) {
            return Err(repeated(&SCOPE_LEVEL, &entry.level, at));
        }
        scope.insert(place, (depth, field));
    }
    Ok(scope)
}
