//! Policy documents.

use portcullis_core::json::Value;
use portcullis_core::policy::{
    AppDocument, Document, FORMAT, PermissionDocument, Position, RoleDocument, ScopeDocument,
    TierDocument,
};

use super::{MAX_INPUT_BYTES, Members, ReadError};

/// Reads a policy document; a member that documents don't have is an error.
pub(crate) fn document(text: &str) -> Result<Document, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES)?;
    let format = members.required_text("format")?;
    if format != FORMAT {
        return Err(members.error("format", FORMAT));
    }
    let document = Document {
        format,
        name: members.required_text("name")?,
        version: members.text("version")?.unwrap_or_default(),
        scopes: members.list("scopes", scope)?,
        roles: members.list("roles", role)?,
        permissions: members.list("permissions", permission)?,
        tiers: members.list("tiers", tier)?,
        default_tier: members.optional_text("default_tier")?,
        apps: members.list("apps", app)?,
    };
    members.end()?;
    Ok(document)
}

fn scope(value: Value, path: &str) -> Result<ScopeDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let scope = ScopeDocument {
        name: members.required_text("name")?,
        at: position(&mut members)?,
    };
    members.end()?;
    Ok(scope)
}

fn role(value: Value, path: &str) -> Result<RoleDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let role = RoleDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        level: match members.take("level") {
            None => 0,
            Some(level) => small(&level).ok_or_else(|| members.error("level", SMALL))?,
        },
        grant_at: members.optional_texts("grant_at")?,
        superuser_at: members.optional_text("superuser_at")?,
        at: position(&mut members)?,
    };
    members.end()?;
    Ok(role)
}

fn permission(value: Value, path: &str) -> Result<PermissionDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let permission = PermissionDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        roles: members
            .optional_texts("roles")?
            .ok_or_else(|| members.error("roles", "there"))?,
        tier: members.optional_text("tier")?,
        at: position(&mut members)?,
    };
    members.end()?;
    Ok(permission)
}

fn tier(value: Value, path: &str) -> Result<TierDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let tier = TierDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        at: position(&mut members)?,
    };
    members.end()?;
    Ok(tier)
}

fn app(value: Value, path: &str) -> Result<AppDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let app = AppDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        tier: members.required_text("tier")?,
        at: position(&mut members)?,
    };
    members.end()?;
    Ok(app)
}

fn position(members: &mut Members) -> Result<Option<Position>, ReadError> {
    let Some(value) = members.take_some("at") else {
        return Ok(None);
    };
    let mut place = Members::new(value, "at")?;
    let mut number = |name| {
        let value = place.take(name).unwrap_or_default();
        small(&value).ok_or_else(|| place.error(name, SMALL))
    };
    let position = Position {
        line: number("line")?,
        column: number("column")?,
    };
    Ok(Some(position))
}

const SMALL: &str = "a whole number below 2^32";

fn small(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}
