//! From JSON to the core's types.
//!
//! The core's types can be read by serde's derived code, too, as servers do. Here they are read from
//! a JSON value by hand, because derived readers would make up a fifth of the module; a test holds
//! the two against each other. Like the core's reader of tokens this one refuses duplicate members.

use std::collections::BTreeMap;

use portcullis_core::decide::{
    Grant, Membership, Principal, RawScope, Request, Target, TenantRole,
};
use portcullis_core::json::{self, Map, Value};

mod document;
mod members;

pub(crate) use document::document;
pub(crate) use members::{Members, ReadError, texts as texts_of};

/// The largest policy document, principal, list of scopes or request that is read, in bytes
/// (4 MiB); a request may have a record in it.
const MAX_INPUT_BYTES: usize = 4 << 20;

/// Reads a principal; members that this version doesn't know are ignored.
pub(crate) fn principal(text: &str) -> Result<Principal, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES)?;
    Ok(Principal {
        id: members.text("id")?.unwrap_or_default(),
        grants: members.list("grants", grant)?,
        tier: members.optional_text("tier")?,
        expires_secs: members.optional_whole("expiresSecs")?,
        attributes: match members.take("attributes") {
            None => Map::new(),
            Some(value) => object_of(value, "attributes")?,
        },
        tenants: members.list("tenants", membership)?,
    })
}

fn membership(value: Value, path: &str) -> Result<Membership, ReadError> {
    let mut members = Members::new(value, path)?;
    Ok(Membership {
        id: members.required_text("id")?,
        owner: match members.take("owner") {
            None => false,
            Some(Value::Bool(owner)) => owner,
            Some(_) => return Err(members.error("owner", "true or false")),
        },
        roles: members.list("roles", tenant_role)?,
    })
}

fn tenant_role(value: Value, path: &str) -> Result<TenantRole, ReadError> {
    let mut members = Members::new(value, path)?;
    Ok(TenantRole {
        name: members.required_text("name")?,
        permissions: members.list("permissions", text_of)?,
    })
}

/// Reads a request; a member that requests don't have is an error.
pub(crate) fn request(text: &str) -> Result<Request, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES)?;
    let request = Request {
        permission: members.optional_text("permission")?,
        scope: members.take_some("scope").map(raw_scope).transpose()?,
        action: members.optional_text("action")?,
        resource: members.optional_text("resource")?,
        tenant: members.optional_text("tenant")?,
        record: optional_object(&mut members, "record")?,
        fields: members.optional_texts("fields")?,
        context: optional_object(&mut members, "context")?,
        target: members.take_some("target").map(target).transpose()?,
        app: members.optional_text("app")?,
        tier: members.optional_text("tier")?,
    };
    members.end()?;
    Ok(request)
}

/// The account that a request is about; its grants are there, as texts.
fn target(value: Value) -> Result<Target, ReadError> {
    let mut members = Members::new(value, "target")?;
    let grants = members
        .optional_texts("grants")?
        .ok_or_else(|| members.error("grants", "there"))?;
    members.end()?;
    Ok(Target {
        grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
    })
}

fn optional_object(
    members: &mut Members,
    name: &str,
) -> Result<Option<Map<String, Value>>, ReadError> {
    let value = members.take_some(name);
    value.map(|value| object_of(value, name)).transpose()
}

fn object_of(value: Value, path: &str) -> Result<Map<String, Value>, ReadError> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(ReadError::new(path, "an object")),
    }
}

fn text_of(value: Value, path: &str) -> Result<String, ReadError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(ReadError::new(path, "text")),
    }
}

/// Reads a list of texts.
pub(crate) fn texts(text: &str) -> Result<Vec<String>, ReadError> {
    texts_of(json::parse(text.as_bytes(), MAX_INPUT_BYTES)?, "")
}

/// Reads an object whose members the caller takes.
pub(crate) fn object(text: &str) -> Result<Members, ReadError> {
    Members::parse(text, MAX_INPUT_BYTES)
}

fn grant(value: Value, path: &str) -> Result<Grant, ReadError> {
    if let Value::String(text) = value {
        return Ok(Grant::parse(&text));
    }
    let mut members = Members::new(value, path)?;
    Ok(Grant {
        role: members.required_text("role")?,
        scope: match members.take_some("scope") {
            None => RawScope::global(),
            Some(value) => raw_scope(value)?,
        },
    })
}

fn raw_scope(value: Value) -> Result<RawScope, ReadError> {
    match value {
        Value::String(text) => Ok(RawScope::Text(text)),
        Value::Object(members) => ids_by_level(members),
        _ => Err(ReadError::new("scope", "text, or ids by level")),
    }
}

fn ids_by_level(members: Map<String, Value>) -> Result<RawScope, ReadError> {
    let mut ids = BTreeMap::new();
    for (level, id) in members {
        let Value::String(id) = id else {
            return Err(ReadError::new("scope", "text, or ids by level"));
        };
        ids.insert(level, id);
    }
    Ok(RawScope::Members(ids))
}

#[cfg(test)]
mod tests;
