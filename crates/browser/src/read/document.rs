//! Policy documents.

use portcullis_core::json::{ReadError, Reader};
use portcullis_core::policy::{
    AppDocument, AttributeDocument, Document, FORMAT, FieldDocument, LevelDocument,
    PermissionDocument, Position, ResourceDocument, RoleDocument, RuleDocument, ScopeDocument,
    TenantsDocument, TierDocument,
};

/// Reads a policy document; a member that documents don't have is an error.
pub(crate) fn document(text: &str) -> Result<Document, ReadError> {
    let mut document = Document::default();
    let it = &mut document;
    let mut reader = super::reader(text);
    reader.members(&["format", "name"], &mut |reader, name| match name {
        "format" => format(reader, &mut it.format),
        "name" => reader.text(&mut it.name),
        "version" => reader.text(&mut it.version),
        "scopes" => reader.list(&mut it.scopes, scope),
        "roles" => reader.list(&mut it.roles, role),
        "permissions" => reader.list(&mut it.permissions, permission),
        "tiers" => reader.list(&mut it.tiers, tier),
        "default_tier" => reader.optional_text(&mut it.default_tier),
        "apps" => reader.list(&mut it.apps, app),
        "tenants" => reader.optional(&mut it.tenants, tenants),
        "auth" => reader.list(&mut it.auth, attribute),
        "context" => reader.list(&mut it.context, attribute),
        "resources" => reader.list(&mut it.resources, resource),
        "rules" => reader.list(&mut it.rules, rule),
        "reduced" => reader.flag(&mut it.reduced),
        _ => reader.unknown(),
    });
    reader.finish().map(|()| document)
}

fn format(reader: &mut Reader<'_>, format: &mut String) {
    reader.text(format);
    if format != FORMAT {
        reader.misfit(FORMAT);
    }
}

fn scope(reader: &mut Reader<'_>, it: &mut ScopeDocument) {
    reader.members(&["name"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn role(reader: &mut Reader<'_>, it: &mut RoleDocument) {
    reader.members(&["name"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "label" => reader.text(&mut it.label),
        "level" => reader.small(&mut it.level),
        "grant_at" => reader.optional_texts(&mut it.grant_at),
        "superuser_at" => reader.optional_text(&mut it.superuser_at),
        "manages" => reader.text(&mut it.manages),
        "inherits" => reader.texts(&mut it.inherits),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn permission(reader: &mut Reader<'_>, it: &mut PermissionDocument) {
    reader.members(&["name", "roles"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "label" => reader.text(&mut it.label),
        "roles" => reader.texts(&mut it.roles),
        "tier" => reader.optional_text(&mut it.tier),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn tier(reader: &mut Reader<'_>, it: &mut TierDocument) {
    reader.members(&["name"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "label" => reader.text(&mut it.label),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn app(reader: &mut Reader<'_>, it: &mut AppDocument) {
    reader.members(&["name", "tier"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "label" => reader.text(&mut it.label),
        "tier" => reader.text(&mut it.tier),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn tenants(reader: &mut Reader<'_>, it: &mut TenantsDocument) {
    reader.members(&["level"], &mut |reader, name| match name {
        "level" => reader.text(&mut it.level),
        "owner" => reader.texts(&mut it.owner),
        "member" => reader.texts(&mut it.member),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn attribute(reader: &mut Reader<'_>, it: &mut AttributeDocument) {
    reader.members(&["name", "type"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "type" => reader.text(&mut it.kind),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn resource(reader: &mut Reader<'_>, it: &mut ResourceDocument) {
    reader.members(&["name"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "label" => reader.text(&mut it.label),
        "table" => reader.text(&mut it.table),
        "actions" => reader.optional_texts(&mut it.actions),
        "scope" => reader.list(&mut it.scope, level),
        "fields" => reader.list(&mut it.fields, field),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn level(reader: &mut Reader<'_>, it: &mut LevelDocument) {
    reader.members(&["level", "field"], &mut |reader, name| match name {
        "level" => reader.text(&mut it.level),
        "field" => reader.text(&mut it.field),
        _ => reader.unknown(),
    });
}

fn field(reader: &mut Reader<'_>, it: &mut FieldDocument) {
    reader.members(&["name", "type"], &mut |reader, name| match name {
        "name" => reader.text(&mut it.name),
        "type" => reader.text(&mut it.kind),
        "default" => reader.optional_text(&mut it.default),
        "at" => reader.optional(&mut it.at, position),
        _ => reader.unknown(),
    });
}

fn rule(reader: &mut Reader<'_>, it: &mut RuleDocument) {
    reader.members(
        &["name", "effect", "resource"],
        &mut |reader, name| match name {
            "name" => reader.text(&mut it.name),
            "effect" => reader.text(&mut it.effect),
            "resource" => reader.text(&mut it.resource),
            "actions" => reader.optional_texts(&mut it.actions),
            "when" => reader.optional_text(&mut it.when),
            "fields" => reader.optional_texts(&mut it.fields),
            "roles" => reader.optional_texts(&mut it.roles),
            "tier" => reader.optional_text(&mut it.tier),
            "message" => reader.text(&mut it.message),
            "at" => reader.optional(&mut it.at, position),
            "when_at" => reader.optional(&mut it.when_at, position),
            _ => reader.unknown(),
        },
    );
}

fn position(reader: &mut Reader<'_>, it: &mut Position) {
    reader.members(&["line", "column"], &mut |reader, name| match name {
        "line" => reader.small(&mut it.line),
        "column" => reader.small(&mut it.column),
        _ => reader.unknown(),
    });
}
