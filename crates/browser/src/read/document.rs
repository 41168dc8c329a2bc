//! Policy documents.

use portcullis_core::json::Value;
use portcullis_core::policy::{
    AppDocument, AttributeDocument, Document, FORMAT, FieldDocument, LevelDocument,
    PermissionDocument, Position, ResourceDocument, RoleDocument, RuleDocument, ScopeDocument,
    TenantsDocument, TierDocument,
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
        tenants: match members.take_some("tenants") {
            None => None,
            Some(value) => Some(tenants(value)?),
        },
        auth: members.list("auth", attribute)?,
        context: members.list("context", attribute)?,
        resources: members.list("resources", resource)?,
        rules: members.list("rules", rule)?,
        reduced: match members.take("reduced") {
            None => false,
            Some(Value::Bool(reduced)) => reduced,
            Some(_) => return Err(members.error("reduced", "true or false")),
        },
    };
    members.end()?;
    Ok(document)
}

fn scope(value: Value, path: &str) -> Result<ScopeDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let scope = ScopeDocument {
        name: members.required_text("name")?,
        at: position(&mut members, "at")?,
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
        grant_at: optional_texts_in(&mut members, "grant_at")?,
        superuser_at: members.optional_text("superuser_at")?,
        manages: members.text("manages")?.unwrap_or_default(),
        inherits: texts_in(&mut members, "inherits")?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(role)
}

fn permission(value: Value, path: &str) -> Result<PermissionDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let permission = PermissionDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        roles: optional_texts_in(&mut members, "roles")?
            .ok_or_else(|| members.error("roles", "there"))?,
        tier: members.optional_text("tier")?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(permission)
}

fn tier(value: Value, path: &str) -> Result<TierDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let tier = TierDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        at: position(&mut members, "at")?,
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
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(app)
}

fn tenants(value: Value) -> Result<TenantsDocument, ReadError> {
    let mut members = Members::new(value, "tenants")?;
    let tenants = TenantsDocument {
        level: members.required_text("level")?,
        owner: texts_in(&mut members, "owner")?,
        member: texts_in(&mut members, "member")?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(tenants)
}

fn attribute(value: Value, path: &str) -> Result<AttributeDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let attribute = AttributeDocument {
        name: members.required_text("name")?,
        kind: members.required_text("type")?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(attribute)
}

fn resource(value: Value, path: &str) -> Result<ResourceDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let resource = ResourceDocument {
        name: members.required_text("name")?,
        label: members.text("label")?.unwrap_or_default(),
        table: members.text("table")?.unwrap_or_default(),
        actions: optional_texts_in(&mut members, "actions")?,
        scope: members.list("scope", level)?,
        fields: members.list("fields", field)?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(resource)
}

fn level(value: Value, path: &str) -> Result<LevelDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let level = LevelDocument {
        level: members.required_text("level")?,
        field: members.required_text("field")?,
    };
    members.end()?;
    Ok(level)
}

fn field(value: Value, path: &str) -> Result<FieldDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let field = FieldDocument {
        name: members.required_text("name")?,
        kind: members.required_text("type")?,
        default: members.optional_text("default")?,
        at: position(&mut members, "at")?,
    };
    members.end()?;
    Ok(field)
}

fn rule(value: Value, path: &str) -> Result<RuleDocument, ReadError> {
    let mut members = Members::new(value, path)?;
    let rule = RuleDocument {
        name: members.required_text("name")?,
        effect: members.required_text("effect")?,
        resource: members.required_text("resource")?,
        actions: optional_texts_in(&mut members, "actions")?,
        when: members.optional_text("when")?,
        fields: optional_texts_in(&mut members, "fields")?,
        roles: optional_texts_in(&mut members, "roles")?,
        tier: members.optional_text("tier")?,
        message: members.text("message")?.unwrap_or_default(),
        at: position(&mut members, "at")?,
        when_at: position(&mut members, "when_at")?,
    };
    members.end()?;
    Ok(rule)
}

/// A list of texts, empty when it is absent; it can't be `null`.
fn texts_in(members: &mut Members, name: &str) -> Result<Vec<String>, ReadError> {
    match members.take(name) {
        None => Ok(Vec::new()),
        Some(value) => texts(value).ok_or_else(|| members.error(name, TEXTS)),
    }
}

/// A list of texts, or nothing, which `null` is.
fn optional_texts_in(members: &mut Members, name: &str) -> Result<Option<Vec<String>>, ReadError> {
    match members.take_some(name) {
        None => Ok(None),
        Some(value) => match texts(value) {
            None => Err(members.error(name, TEXTS)),
            texts => Ok(texts),
        },
    }
}

const TEXTS: &str = "a list of texts";

/// Unlike [`super::texts`] it makes no path of each text: a large policy has tens of thousands.
fn texts(value: Value) -> Option<Vec<String>> {
    let Value::Array(entries) = value else {
        return None;
    };
    let mut texts = Vec::with_capacity(entries.len());
    for entry in entries {
        let Value::String(text) = entry else {
            return None;
        };
        texts.push(text);
    }
    Some(texts)
}

fn position(members: &mut Members, name: &str) -> Result<Option<Position>, ReadError> {
    let Some(value) = members.take_some(name) else {
        return Ok(None);
    };
    let mut place = Members::new(value, name)?;
    let mut number = |name| {
        let value = place.take(name).unwrap_or_default();
        small(&value).ok_or_else(|| place.error(name, SMALL))
    };
    let position = Position {
        line: number("line")?,
        column: number("column")?,
    };
    place.end()?;
    Ok(Some(position))
}

const SMALL: &str = "a whole number below 2^32";

fn small(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}
