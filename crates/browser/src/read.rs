//! From JSON to the core's types.
//!
//! The core's types can be read by serde's derived code, too, as servers do. Here they are read from
//! JSON by hand, because derived readers would make up a fifth of the module; a test holds
//! the two against each other. Like the core's reader of tokens this one refuses duplicate members.

use core::mem;

use portcullis_core::decide::{
    Grant, Membership, Principal, RawScope, Request, Target, TenantRole,
};
use portcullis_core::json::{ReadError, Reader, Value};

mod document;

pub(crate) use document::document;

/// The largest policy document, principal, list of scopes or request that is read, in bytes
/// (4 MiB); a request may have a record in it.
const MAX_INPUT_BYTES: usize = 4 << 20;

/// A reader of what a page hands over.
pub(crate) fn reader(text: &str) -> Reader<'_> {
    Reader::new(text, MAX_INPUT_BYTES)
}

/// Reads a principal; members that this version doesn't know are ignored.
pub(crate) fn principal(text: &str) -> Result<Principal, ReadError> {
    let mut principal = Principal::default();
    let mut reader = reader(text);
    reader.members(&[], &mut |reader, name| match name {
        "id" => reader.text(&mut principal.id),
        "grants" => grants(reader, &mut principal.grants),
        "tier" => reader.optional_text(&mut principal.tier),
        "expiresSecs" => reader.optional_whole(&mut principal.expires_secs),
        "attributes" => reader.object(&mut principal.attributes),
        "tenants" => reader.list(&mut principal.tenants, membership),
        _ => reader.skip(),
    });
    reader.finish().map(|()| principal)
}

fn membership(reader: &mut Reader<'_>, membership: &mut Membership) {
    reader.members(&["id"], &mut |reader, name| match name {
        "id" => reader.text(&mut membership.id),
        "owner" => reader.flag(&mut membership.owner),
        "roles" => reader.list(&mut membership.roles, tenant_role),
        _ => reader.skip(),
    });
}

fn tenant_role(reader: &mut Reader<'_>, role: &mut TenantRole) {
    reader.members(&["name"], &mut |reader, name| match name {
        "name" => reader.text(&mut role.name),
        "permissions" => reader.texts(&mut role.permissions),
        _ => reader.skip(),
    });
}

/// Roles at scopes, each a text or an object.
fn grants(reader: &mut Reader<'_>, grants: &mut Vec<Grant>) {
    reader.elements(&mut |reader| {
        let mut text = String::new();
        if !reader.begins_with(b'{') {
            reader.text(&mut text);
            grants.push(Grant::parse(&text));
            return;
        }
        let mut at = None;
        reader.members(&["role"], &mut |reader, name| match name {
            "role" => reader.text(&mut text),
            "scope" => scope(reader, &mut at),
            _ => reader.skip(),
        });
        grants.push(Grant {
            role: mem::take(&mut text),
            scope: at.take().unwrap_or_else(RawScope::global),
        });
    });
}

/// Reads a request; a member that requests don't have is an error.
pub(crate) fn request(text: &str) -> Result<Request, ReadError> {
    let mut request = Request::default();
    let mut reader = reader(text);
    reader.members(&[], &mut |reader, name| match name {
        "permission" => reader.optional_text(&mut request.permission),
        "scope" => scope(reader, &mut request.scope),
        "action" => reader.optional_text(&mut request.action),
        "resource" => reader.optional_text(&mut request.resource),
        "tenant" => reader.optional_text(&mut request.tenant),
        "record" => reader.optional_object(&mut request.record),
        "fields" => reader.optional_texts(&mut request.fields),
        "context" => reader.optional_object(&mut request.context),
        "target" => reader.optional(&mut request.target, target),
        "app" => reader.optional_text(&mut request.app),
        "tier" => reader.optional_text(&mut request.tier),
        _ => reader.unknown(),
    });
    reader.finish().map(|()| request)
}

/// The account that a request is about; its grants are there, as texts.
fn target(reader: &mut Reader<'_>, target: &mut Target) {
    let mut grants = Vec::new();
    reader.members(&["grants"], &mut |reader, name| match name {
        "grants" => reader.texts(&mut grants),
        _ => reader.unknown(),
    });
    for text in grants {
        target.grants.push(Grant::parse(&text));
    }
}

/// A scope as text or by level, or nothing, which `null` is.
fn scope(reader: &mut Reader<'_>, scope: &mut Option<RawScope>) {
    *scope = match reader.value() {
        Value::Null => None,
        Value::String(text) => Some(RawScope::Text(text)),
        Value::Object(members) => {
            let mut ids = Vec::new();
            for (level, id) in members {
                if let Value::String(id) = id {
                    ids.push((level, id));
                } else {
                    reader.misfit(SCOPE);
                }
            }
            Some(RawScope::Members(ids))
        }
        _ => {
            reader.misfit(SCOPE);
            None
        }
    }
}

const SCOPE: &str = "text, or ids by level";

/// Reads a list of texts.
pub(crate) fn texts(text: &str) -> Result<Vec<String>, ReadError> {
    let mut texts = Vec::new();
    let mut reader = reader(text);
    reader.texts(&mut texts);
    reader.finish().map(|()| texts)
}

#[cfg(test)]
mod tests;
