//! From JSON to the core's types.
//!
//! The core's types can be read by serde's derived code, too, as servers do. Here they are read from
//! a JSON value by hand, because derived readers would make up a fifth of the module; a test holds
//! the two against each other. Like the core's reader of tokens this one refuses duplicate members.

use std::collections::BTreeMap;

use portcullis_core::decide::{Grant, Principal, RawScope, Request};
use portcullis_core::json::{self, Map, Value};

mod document;
mod members;

pub(crate) use document::document;
pub(crate) use members::{Members, ReadError, texts as texts_of};

/// The largest policy document, principal or list of scopes that is read, in bytes (4 MiB).
const MAX_INPUT_BYTES: usize = 4 << 20;

/// The largest request that is read, in bytes (16 KiB): eight ids of 128 bytes fit ten times.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// Reads a principal; members that this version doesn't know are ignored.
pub(crate) fn principal(text: &str) -> Result<Principal, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES)?;
    Ok(Principal {
        id: members.text("id")?.unwrap_or_default(),
        grants: members.list("grants", grant)?,
        tier: members.optional_text("tier")?,
        expires_secs: members.optional_whole("expiresSecs")?,
    })
}

/// Reads a request; a member that requests don't have is an error.
pub(crate) fn request(text: &str) -> Result<Request, ReadError> {
    let mut members = Members::parse(text, MAX_REQUEST_BYTES)?;
    let request = Request {
        permission: members.optional_text("permission")?,
        scope: match members.take_some("scope") {
            None => None,
            Some(value) => Some(raw_scope(value)?),
        },
        app: members.optional_text("app")?,
        tier: members.optional_text("tier")?,
    };
    members.end()?;
    Ok(request)
}

/// Reads a scope.
pub(crate) fn scope(text: &str) -> Result<RawScope, ReadError> {
    raw_scope(json::parse(text.as_bytes(), MAX_REQUEST_BYTES)?)
}

/// Reads a list of texts.
pub(crate) fn texts(text: &str) -> Result<Vec<String>, ReadError> {
    texts_of(json::parse(text.as_bytes(), MAX_INPUT_BYTES)?, "")
}

/// Reads an object whose members the caller takes.
pub(crate) fn object(text: &str) -> Result<Members, ReadError> {
    Members::parse(text, MAX_REQUEST_BYTES)
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
