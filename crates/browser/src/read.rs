//! From JSON to the core's types.
//!
//! The core's types can be read by serde's derived code, too, as servers do. Here they are read from
//! a JSON value by hand, because derived readers would make up a fifth of the module; a test holds
//! the two against each other. Like the core's reader of tokens this one refuses duplicate members.

use portcullis_core::decide::{
    Grant, Membership, Principal, RawScope, Request, Target, TenantRole,
};
use portcullis_core::json::{self, Map, Value};

mod document;
mod members;

pub(crate) use document::document;
use members::entry;
pub(crate) use members::{Members, ReadError};

/// The largest policy document, principal, list of scopes or request that is read, in bytes
/// (4 MiB); a request may have a record in it.
const MAX_INPUT_BYTES: usize = 4 << 20;

/// Reads a principal; members that this version doesn't know are ignored.
pub(crate) fn principal(text: &str) -> Result<Principal, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES);
    let principal = Principal {
        id: members.text("id"),
        grants: grants(&mut members),
        tier: members.optional_text("tier"),
        expires_secs: members.optional_whole("expiresSecs"),
        attributes: attributes(&mut members),
        tenants: members.list("tenants", membership),
    };
    members.finish().map(|()| principal)
}

fn attributes(members: &mut Members) -> Map<String, Value> {
    match members.take("attributes") {
        None => Map::new(),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => {
            members.fail("attributes", "an object");
            Map::new()
        }
    }
}

fn membership(members: &mut Members) -> Membership {
    Membership {
        id: members.required_text("id"),
        owner: members.flag("owner"),
        roles: members.list("roles", tenant_role),
    }
}

fn tenant_role(members: &mut Members) -> TenantRole {
    TenantRole {
        name: members.required_text("name"),
        permissions: match members.take("permissions") {
            None => Vec::new(),
            Some(value) => members.texts_of("permissions", value),
        },
    }
}

/// Roles at scopes, each a text or an object.
fn grants(members: &mut Members) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (index, value) in members.values("grants").into_iter().enumerate() {
        match value {
            Value::String(text) => grants.push(Grant::parse(&text)),
            value => members.within(&entry("grants", index), value, &mut |one| {
                grants.push(Grant {
                    role: one.required_text("role"),
                    scope: scope(one).unwrap_or_else(RawScope::global),
                });
            }),
        }
    }
    grants
}

/// Reads a request; a member that requests don't have is an error.
pub(crate) fn request(text: &str) -> Result<Request, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES);
    let request = Request {
        permission: members.optional_text("permission"),
        scope: scope(&mut members),
        action: members.optional_text("action"),
        resource: members.optional_text("resource"),
        tenant: members.optional_text("tenant"),
        record: members.optional_object("record"),
        fields: members.optional_texts("fields"),
        context: members.optional_object("context"),
        target: target(&mut members),
        app: members.optional_text("app"),
        tier: members.optional_text("tier"),
    };
    members.end();
    members.finish().map(|()| request)
}

/// The account that a request is about; its grants are there, as texts.
fn target(members: &mut Members) -> Option<Target> {
    let value = members.take_some("target")?;
    let mut grants = Vec::new();
    members.within("target", value, &mut |target| {
        match target.optional_texts("grants") {
            Some(texts) => grants.extend(texts.iter().map(|text| Grant::parse(text))),
            None => target.fail("grants", "there"),
        }
        target.end();
    });
    Some(Target { grants })
}

/// A scope as text or by level, or nothing, which `null` is.
fn scope(members: &mut Members) -> Option<RawScope> {
    let read = match members.take_some("scope")? {
        Value::String(text) => Some(RawScope::Text(text)),
        Value::Object(ids) => ids_by_level(ids),
        _ => None,
    };
    if read.is_none() {
        members.fail("scope", "text, or ids by level");
    }
    read
}

fn ids_by_level(members: Map<String, Value>) -> Option<RawScope> {
    let mut ids = Vec::new();
    for (level, id) in members {
        let Value::String(id) = id else {
            return None;
        };
        ids.push((level, id));
    }
    Some(RawScope::Members(ids))
}

/// Reads a list of texts.
pub(crate) fn texts(text: &str) -> Result<Vec<String>, ReadError> {
    members::texts(value(text)?, "")
}

fn value(text: &str) -> Result<Value, ReadError> {
    json::parse(text.as_bytes(), MAX_INPUT_BYTES).map_err(|error| ReadError::from(&error))
}

/// Reads an object whose members the caller takes.
pub(crate) fn object(text: &str) -> Members {
    Members::parse(text, MAX_INPUT_BYTES)
}

#[cfg(test)]
mod tests;
