//! The JSON form of a document without places, which its digest is of.
//!
//! The same as [`Document::without_positions`] and [`Document::to_json`] make, without a copy and
//! without derived writers, which pages would have to load; a test holds the two against each other.

use alloc::string::String;

use super::{
    AppDocument, AttributeDocument, Document, FieldDocument, LevelDocument, PermissionDocument,
    ResourceDocument, RoleDocument, RuleDocument, ScopeDocument, TenantsDocument, TierDocument,
};
use crate::json::JsonText;

impl Document {
    /// What the digest of a policy is computed of.
    pub(super) fn canonical(&self) -> String {
        let mut text = JsonText::new();
        let out = &mut text;
        out.open('{');
        out.text_member("format", &self.format);
        out.text_member("name", &self.name);
        some_text(out, "version", &self.version);
        list(out, "scopes", &self.scopes, scope);
        list(out, "roles", &self.roles, role);
        list(out, "permissions", &self.permissions, permission);
        list(out, "tiers", &self.tiers, tier);
        optional_text(out, "default_tier", self.default_tier.as_deref());
        list(out, "apps", &self.apps, app);
        if let Some(it) = &self.tenants {
            out.name("tenants");
            out.open('{');
            tenants(out, it);
            out.close('}');
        }
        list(out, "auth", &self.auth, attribute);
        list(out, "context", &self.context, attribute);
        list(out, "resources", &self.resources, resource);
        list(out, "rules", &self.rules, rule);
        if self.reduced {
            out.name("reduced");
            out.flag(true);
        }
        out.close('}');
        text.finish()
    }
}

fn scope(out: &mut JsonText, scope: &ScopeDocument) {
    out.text_member("name", &scope.name);
}

fn role(out: &mut JsonText, role: &RoleDocument) {
    out.text_member("name", &role.name);
    some_text(out, "label", &role.label);
    out.name("level");
    out.whole(role.level.into());
    optional_texts(out, "grant_at", role.grant_at.as_deref());
    some_text(out, "manages", &role.manages);
    some_texts(out, "inherits", &role.inherits);
    optional_text(out, "superuser_at", role.superuser_at.as_deref());
}

fn permission(out: &mut JsonText, permission: &PermissionDocument) {
    out.text_member("name", &permission.name);
    some_text(out, "label", &permission.label);
    texts(out, "roles", &permission.roles);
    optional_text(out, "tier", permission.tier.as_deref());
}

fn tier(out: &mut JsonText, tier: &TierDocument) {
    out.text_member("name", &tier.name);
    some_text(out, "label", &tier.label);
}

fn app(out: &mut JsonText, app: &AppDocument) {
    out.text_member("name", &app.name);
    some_text(out, "label", &app.label);
    out.text_member("tier", &app.tier);
}

fn tenants(out: &mut JsonText, tenants: &TenantsDocument) {
    out.text_member("level", &tenants.level);
    some_texts(out, "owner", &tenants.owner);
    some_texts(out, "member", &tenants.member);
}

fn attribute(out: &mut JsonText, attribute: &AttributeDocument) {
    out.text_member("name", &attribute.name);
    out.text_member("type", &attribute.kind);
}

fn resource(out: &mut JsonText, resource: &ResourceDocument) {
    out.text_member("name", &resource.name);
    some_text(out, "label", &resource.label);
    some_text(out, "table", &resource.table);
    optional_texts(out, "actions", resource.actions.as_deref());
    list(out, "scope", &resource.scope, level);
    list(out, "fields", &resource.fields, field);
}

fn level(out: &mut JsonText, level: &LevelDocument) {
    out.text_member("level", &level.level);
    out.text_member("field", &level.field);
}

fn field(out: &mut JsonText, field: &FieldDocument) {
    out.text_member("name", &field.name);
    out.text_member("type", &field.kind);
    optional_text(out, "default", field.default.as_deref());
}

fn rule(out: &mut JsonText, rule: &RuleDocument) {
    out.text_member("name", &rule.name);
    out.text_member("effect", &rule.effect);
    out.text_member("resource", &rule.resource);
    optional_texts(out, "actions", rule.actions.as_deref());
    optional_text(out, "when", rule.when.as_deref());
    optional_texts(out, "fields", rule.fields.as_deref());
    optional_texts(out, "roles", rule.roles.as_deref());
    optional_text(out, "tier", rule.tier.as_deref());
    some_text(out, "message", &rule.message);
}

/// A member that is left out when it is empty.
#[inline(never)]
fn some_text(out: &mut JsonText, name: &str, text: &str) {
    if !text.is_empty() {
        out.text_member(name, text);
    }
}

fn optional_text(out: &mut JsonText, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        out.text_member(name, text);
    }
}

#[inline(never)]
fn texts(out: &mut JsonText, name: &str, texts: &[String]) {
    out.open_list(name);
    for text in texts {
        out.text(text);
    }
    out.close(']');
}

/// A list that is left out when it is empty.
fn some_texts(out: &mut JsonText, name: &str, list: &[String]) {
    if !list.is_empty() {
        texts(out, name, list);
    }
}

fn optional_texts(out: &mut JsonText, name: &str, list: Option<&[String]>) {
    if let Some(list) = list {
        texts(out, name, list);
    }
}

/// A list of objects, left out when it is empty.
fn list<T>(out: &mut JsonText, name: &str, entries: &[T], write: fn(&mut JsonText, &T)) {
    if entries.is_empty() {
        return;
    }
    out.open_list(name);
    for entry in entries {
        out.open('{');
        write(out, entry);
        out.close('}');
    }
    out.close(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Position;

    #[test]
    fn every_character_is_written_as_the_derived_writer_writes_it() {
        let mut document =
            Document::parse_json(r#"{"format":"portcullis-policy/1","name":"p"}"#).unwrap();
        document.version = ('\0'..='\u{ff}').chain(['\u{2028}', '\u{1f600}']).collect();
        assert_eq!(document.canonical(), document.to_json());
    }

    #[test]
    fn every_member_is_written_and_no_place_is() {
        let json = r#"{"format":"portcullis-policy/1","name":"p","version":"1",
            "scopes":[{"name":"s","at":{"line":1,"column":2}},{"name":"t"}],
            "roles":[{"name":"A","label":"a","level":2,"grant_at":[],"manages":"any","inherits":["B"],
                "superuser_at":"s","at":{"line":1,"column":2}},{"name":"B"}],
            "permissions":[{"name":"x:y","label":"X","roles":["B","A"],"tier":"t"},{"name":"x:z","roles":[]}],
            "tiers":[{"name":"t","label":"T"},{"name":"u"}],"default_tier":"t",
            "apps":[{"name":"a","label":"A","tier":"t"},{"name":"b","tier":"u"}],
            "tenants":{"level":"s","owner":["x:y"],"member":["x:z"],"at":{"line":1,"column":2}},
            "auth":[{"name":"a","type":"int"}],"context":[{"name":"c","type":"bool"},{"name":"d","type":"int"}],
            "resources":[{"name":"r","label":"R","table":"rs","actions":["read"],
                "scope":[{"level":"s","field":"f"}],"fields":[{"name":"f","type":"string","default":"auth.id"}]},
                {"name":"q","actions":[]}],
            "rules":[{"name":"n","effect":"deny","resource":"r","actions":["read"],"when":"true",
                "fields":["f"],"roles":["A"],"tier":"t","message":"m","at":{"line":1,"column":2},
                "when_at":{"line":3,"column":4}},{"name":"o","effect":"allow","resource":"r","fields":[]}],
            "reduced":true}"#;
        let document = Document::parse_json(json).unwrap();
        assert_eq!(document.rules[0].at, Some(Position { line: 1, column: 2 }));
        let bare = document.clone().without_positions();
        assert_eq!(document.canonical(), bare.to_json());
        assert_eq!(bare.canonical(), bare.to_json());
        assert!(
            bare.canonical()
                .ends_with(r#""fields":[]}],"reduced":true}"#)
        );
    }
}
