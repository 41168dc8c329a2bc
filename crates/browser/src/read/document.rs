//! Policy documents.

use portcullis_core::json::Value;
use portcullis_core::policy::{
    AppDocument, AttributeDocument, Document, FORMAT, FieldDocument, LevelDocument,
    PermissionDocument, Position, ResourceDocument, RoleDocument, RuleDocument, ScopeDocument,
    TenantsDocument, TierDocument,
};

use super::members::texts;
use super::{MAX_INPUT_BYTES, Members, ReadError};

/// Reads a policy document; a member that documents don't have is an error.
pub(crate) fn document(text: &str) -> Result<Document, ReadError> {
    let mut members = Members::parse(text, MAX_INPUT_BYTES);
    let format = members.required_text("format");
    if format != FORMAT {
        members.fail("format", FORMAT);
    }
    let document = Document {
        format,
        name: members.required_text("name"),
        version: members.text("version"),
        scopes: members.list("scopes", scope),
        roles: members.list("roles", role),
        permissions: members.list("permissions", permission),
        tiers: members.list("tiers", tier),
        default_tier: members.optional_text("default_tier"),
        apps: members.list("apps", app),
        tenants: tenants_in(&mut members),
        auth: members.list("auth", attribute),
        context: members.list("context", attribute),
        resources: members.list("resources", resource),
        rules: members.list("rules", rule),
        reduced: members.flag("reduced"),
    };
    members.end();
    members.finish().map(|()| document)
}

fn scope(members: &mut Members) -> ScopeDocument {
    let scope = ScopeDocument {
        name: members.required_text("name"),
        at: position(members, "at"),
    };
    members.end();
    scope
}

fn role(members: &mut Members) -> RoleDocument {
    let role = RoleDocument {
        name: members.required_text("name"),
        label: members.text("label"),
        level: match members.take("level") {
            None => 0,
            level => small(members, "level", level),
        },
        grant_at: optional_texts_in(members, "grant_at"),
        superuser_at: members.optional_text("superuser_at"),
        manages: members.text("manages"),
        inherits: texts_in(members, "inherits"),
        at: position(members, "at"),
    };
    members.end();
    role
}

fn permission(members: &mut Members) -> PermissionDocument {
    let permission = PermissionDocument {
        name: members.required_text("name"),
        label: members.text("label"),
        roles: required_texts_in(members, "roles"),
        tier: members.optional_text("tier"),
        at: position(members, "at"),
    };
    members.end();
    permission
}

fn tier(members: &mut Members) -> TierDocument {
    let tier = TierDocument {
        name: members.required_text("name"),
        label: members.text("label"),
        at: position(members, "at"),
    };
    members.end();
    tier
}

fn app(members: &mut Members) -> AppDocument {
    let app = AppDocument {
        name: members.required_text("name"),
        label: members.text("label"),
        tier: members.required_text("tier"),
        at: position(members, "at"),
    };
    members.end();
    app
}

fn tenants_in(members: &mut Members) -> Option<TenantsDocument> {
    let value = members.take_some("tenants")?;
    let mut read = None;
    members.within("tenants", value, &mut |inner| read = Some(tenants(inner)));
    read
}

fn tenants(members: &mut Members) -> TenantsDocument {
    let tenants = TenantsDocument {
        level: members.required_text("level"),
        owner: texts_in(members, "owner"),
        member: texts_in(members, "member"),
        at: position(members, "at"),
    };
    members.end();
    tenants
}

fn attribute(members: &mut Members) -> AttributeDocument {
    let attribute = AttributeDocument {
        name: members.required_text("name"),
        kind: members.required_text("type"),
        at: position(members, "at"),
    };
    members.end();
    attribute
}

fn resource(members: &mut Members) -> ResourceDocument {
    let resource = ResourceDocument {
        name: members.required_text("name"),
        label: members.text("label"),
        table: members.text("table"),
        actions: optional_texts_in(members, "actions"),
        scope: members.list("scope", level),
        fields: members.list("fields", field),
        at: position(members, "at"),
    };
    members.end();
    resource
}

fn level(members: &mut Members) -> LevelDocument {
    let level = LevelDocument {
        level: members.required_text("level"),
        field: members.required_text("field"),
    };
    members.end();
    level
}

fn field(members: &mut Members) -> FieldDocument {
    let field = FieldDocument {
        name: members.required_text("name"),
        kind: members.required_text("type"),
        default: members.optional_text("default"),
        at: position(members, "at"),
    };
    members.end();
    field
}

fn rule(members: &mut Members) -> RuleDocument {
    let rule = RuleDocument {
        name: members.required_text("name"),
        effect: members.required_text("effect"),
        resource: members.required_text("resource"),
        actions: optional_texts_in(members, "actions"),
        when: members.optional_text("when"),
        fields: optional_texts_in(members, "fields"),
        roles: optional_texts_in(members, "roles"),
        tier: members.optional_text("tier"),
        message: members.text("message"),
        at: position(members, "at"),
        when_at: position(members, "when_at"),
    };
    members.end();
    rule
}

/// A list of texts, empty when it is absent; it can't be `null`.
#[inline(never)]
fn texts_in(members: &mut Members, name: &str) -> Vec<String> {
    let value = members.take(name);
    as_texts(members, name, value).unwrap_or_default()
}

/// A list of texts, or nothing, which `null` is.
#[inline(never)]
fn optional_texts_in(members: &mut Members, name: &str) -> Option<Vec<String>> {
    let value = members.take_some(name);
    as_texts(members, name, value)
}

fn required_texts_in(members: &mut Members, name: &str) -> Vec<String> {
    let value = members.take_some(name);
    if value.is_none() {
        members.fail(name, "there");
    }
    as_texts(members, name, value).unwrap_or_default()
}

#[inline(never)]
fn as_texts(members: &mut Members, name: &str, value: Option<Value>) -> Option<Vec<String>> {
    let read = texts(value?, "").ok();
    if read.is_none() {
        members.fail(name, "a list of texts");
    }
    read
}

#[inline(never)]
fn position(members: &mut Members, name: &str) -> Option<Position> {
    let value = members.take_some(name)?;
    let (mut line, mut column) = (0, 0);
    members.within(name, value, &mut |place| {
        let number = place.take("line");
        line = small(place, "line", number);
        let number = place.take("column");
        column = small(place, "column", number);
        place.end();
    });
    Some(Position { line, column })
}

#[inline(never)]
fn small(members: &mut Members, name: &str, value: Option<Value>) -> u32 {
    let number = value.and_then(|value| value.as_u64());
    let small = number.and_then(|number| u32::try_from(number).ok());
    if small.is_none() {
        members.fail(name, "a whole number below 2^32");
    }
    small.unwrap_or_default()
}
