//! Tenants, attributes, types of records and rules.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::super::{
    AttributeDocument, FieldDocument, LevelDocument, PolicyError, ResourceDocument, RuleDocument,
    TenantsDocument,
};
use super::table::{Entry, Table};

pub(super) fn tenants(root: &mut Table<'_>) -> Result<Option<TenantsDocument>, PolicyError> {
    let Some(mut table) = root.table("tenants", "a table with `level`, `owner` and `member`")?
    else {
        return Ok(None);
    };
    let tenants = TenantsDocument {
        level: table.required("level", "it says which scopes are tenants")?,
        owner: table.strings("owner")?.unwrap_or_default(),
        member: table.strings("member")?.unwrap_or_default(),
        at: Some(table.position()),
    };
    table.finish("`level`, `owner` or `member`")?;
    Ok(Some(tenants))
}

/// `[auth]` or `[context]`.
pub(super) fn attributes(
    root: &mut Table<'_>,
    key: &'static str,
) -> Result<Vec<AttributeDocument>, PolicyError> {
    let entries = root.entries(key)?;
    entries
        .into_iter()
        .map(|entry| {
            Ok(AttributeDocument {
                name: entry.name.to_string(),
                kind: entry.required_string("the name of a type")?,
                at: Some(entry.at),
            })
        })
        .collect()
}

pub(super) fn resources(root: &mut Table<'_>) -> Result<Vec<ResourceDocument>, PolicyError> {
    let mut resources = Vec::new();
    for entry in root.entries("resources")? {
        let mut table = entry.table("a table with `fields`")?;
        resources.push(ResourceDocument {
            name: entry.name.to_string(),
            label: table.string("label")?.unwrap_or_default(),
            table: table.string("table")?.unwrap_or_default(),
            actions: table.strings("actions")?,
            scope: scope(&mut table)?,
            fields: fields(&mut table)?,
            at: Some(entry.at),
        });
        table.finish("`label`, `table`, `actions`, `scope` or `fields`")?;
    }
    Ok(resources)
}

fn scope(resource: &mut Table<'_>) -> Result<Vec<LevelDocument>, PolicyError> {
    let entries = resource.entries("scope")?;
    entries
        .into_iter()
        .map(|entry| {
            Ok(LevelDocument {
                level: entry.name.to_string(),
                field: entry.required_string("the name of a field")?,
            })
        })
        .collect()
}

fn fields(resource: &mut Table<'_>) -> Result<Vec<FieldDocument>, PolicyError> {
    resource.entries("fields")?.iter().map(field).collect()
}

fn field(entry: &Entry<'_>) -> Result<FieldDocument, PolicyError> {
    let mut field = FieldDocument {
        name: entry.name.to_string(),
        kind: String::new(),
        default: None,
        at: Some(entry.at),
    };
    if let Some(kind) = entry.string() {
        field.kind = kind;
    } else {
        let mut table = entry.table("the name of a type, or a table with `type` and `default`")?;
        field.kind = table.required("type", "a field has a type")?;
        field.default = table.string("default")?;
        table.finish("`type` or `default`")?;
    }
    Ok(field)
}

pub(super) fn rules(root: &mut Table<'_>) -> Result<Vec<RuleDocument>, PolicyError> {
    let mut rules = Vec::new();
    for mut table in root.tables("rules", "a list of tables, written `[[rules]]`")? {
        let (when, when_at) = table.placed_string("when")?.unzip();
        rules.push(RuleDocument {
            name: table.required("name", "decisions name the rule they come from")?,
            effect: table.required("effect", "a rule says `allow` or `deny`")?,
            resource: table.required("resource", "a rule is about a type of record")?,
            actions: table.strings("actions")?,
            when,
            fields: table.strings("fields")?,
            roles: table.strings("roles")?,
            tier: table.string("tier")?,
            message: table.string("message")?.unwrap_or_default(),
            at: Some(table.position()),
            when_at: when_at.flatten(),
        });
        table.finish(
            "`name`, `effect`, `resource`, `actions`, `when`, `fields`, `roles`, `tier` or `message`",
        )?;
    }
    Ok(rules)
}

/// Where the condition of a rule is written, quotes and all.
pub(super) fn condition_span(root: &mut Table<'_>, rule: &str) -> Option<Range<usize>> {
    let rules = root.tables("rules", "").ok()?;
    rules.into_iter().find_map(|mut table| {
        let (name, _) = table.text("name").ok()??;
        (name == rule).then(|| table.text("when").ok()?.map(|(_, span)| span))?
    })
}

/// Where the default of a field, `resource.field`, is written, quotes and all.
pub(super) fn default_span(root: &mut Table<'_>, field: &str) -> Option<Range<usize>> {
    let (resource, field) = field.rsplit_once('.')?;
    let resource = find(root.entries("resources").ok()?, resource)?;
    let fields = resource.table("").ok()?.entries("fields").ok()?;
    let mut field = find(fields, field)?.table("").ok()?;
    field.text("default").ok()?.map(|(_, span)| span)
}

fn find<'t>(entries: Vec<Entry<'t>>, name: &str) -> Option<Entry<'t>> {
    entries.into_iter().find(|entry| entry.name == name)
}
