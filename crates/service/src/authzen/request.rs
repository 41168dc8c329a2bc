//! From a question to a request of the decision engine.

use portcullis_core::decide::{RawScope, Request, Target};
use portcullis_core::policy::{Policy, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Action, Entity, Question};
use crate::catalog::{Registered, with_id};

/// The type of record that a resource is, when the policy declares it.
pub(super) fn resource_of<'a>(policy: &'a Policy, entity: &Entity) -> Option<&'a Resource> {
    policy.resource(policy.resource_id(&entity.kind)?)
}

/// Whether a resource's record has to be looked up: the policy declares its type, and the caller
/// says nothing of it.
pub(super) fn needs_record(policy: &Policy, entity: &Entity) -> bool {
    resource_of(policy, entity).is_some() && given(entity).is_none()
}

fn given(entity: &Entity) -> Option<&Map<String, Value>> {
    let properties = entity.properties.as_ref();
    properties.filter(|properties| !properties.is_empty())
}

/// The record of a resource: what the caller says of it, else what is registered.
pub(super) fn record_of(
    policy: &Policy,
    entity: &Entity,
    registered: &[Registered],
) -> Option<Map<String, Value>> {
    let resource = resource_of(policy, entity)?;
    if let Some(given) = given(entity) {
        return Some(with_id(resource, &entity.id, given.clone()));
    }
    let mut all = registered.iter();
    let found = all.find(|one| one.kind == entity.kind && one.id == entity.id)?;
    Some(found.properties.clone())
}

/// The request for a question; one that makes no sense asks for nothing, and is denied as malformed.
pub(super) fn request(question: &Question, record: Option<Map<String, Value>>) -> Request {
    let request = shaped(&question.action, &question.resource.kind, &question.context);
    request.map_or_else(Request::default, |request| Request { record, ..request })
}

/// A request without a record.
pub(super) fn shaped(
    action: &Action,
    resource: &str,
    context: &Map<String, Value>,
) -> Option<Request> {
    let none = Map::new();
    let said = action.properties.as_ref().unwrap_or(&none);
    Some(Request {
        permission: Some([resource, ":", &action.name].concat()),
        scope: member::<RawScope>(context, "scope")?,
        tenant: member::<String>(context, "tenant")?,
        fields: member::<Vec<String>>(said, "fields")?,
        target: member::<Target>(said, "target")?,
        context: Some(context.clone()),
        ..Request::default()
    })
}

/// A member that may be absent; `None` when it is of another shape.
#[expect(
    clippy::option_option,
    reason = "malformed is the outer one, absent the inner one"
)]
fn member<T: DeserializeOwned>(members: &Map<String, Value>, name: &str) -> Option<Option<T>> {
    match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => serde_json::from_value(value.clone()).ok().map(Some),
    }
}
