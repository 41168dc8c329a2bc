//! Roles, permissions, tiers and apps.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::{
    AppDocument, PermissionDocument, PolicyError, RoleDocument, ScopeDocument, TierDocument,
};
use super::table::Table;

pub(super) fn scopes(root: &mut Table<'_>) -> Result<Vec<ScopeDocument>, PolicyError> {
    let names = root.placed_strings("scopes")?;
    Ok(names
        .into_iter()
        .map(|(name, at)| ScopeDocument { name, at: Some(at) })
        .collect())
}

pub(super) fn roles(root: &mut Table<'_>) -> Result<Vec<RoleDocument>, PolicyError> {
    const MANAGES: &str = "`none`, `below`, `equal` or `any`";
    let mut roles = Vec::new();
    for entry in root.entries("roles")? {
        let mut table = entry.table("a table such as `{ level = 1 }`")?;
        roles.push(RoleDocument {
            name: entry.name.to_string(),
            label: table.string("label")?.unwrap_or_default(),
            level: table.number("level")?.unwrap_or(0),
            grant_at: table.strings("grant_at")?,
            superuser_at: table.string("superuser_at")?,
            manages: table.choice("manages", MANAGES)?.unwrap_or_default(),
            inherits: table.strings("inherits")?.unwrap_or_default(),
            at: Some(entry.at),
        });
        table.finish("`label`, `level`, `manages`, `grant_at`, `inherits` or `superuser_at`")?;
    }
    Ok(roles)
}

pub(super) fn permissions(root: &mut Table<'_>) -> Result<Vec<PermissionDocument>, PolicyError> {
    const SHAPE: &str = "a list of roles, or a table with `roles`, `tier` and `label`";
    let mut permissions = Vec::new();
    for entry in root.entries("permissions")? {
        let mut permission = PermissionDocument {
            name: entry.name.to_string(),
            label: String::new(),
            roles: Vec::new(),
            tier: None,
            at: Some(entry.at),
        };
        if let Some(roles) = entry.strings(SHAPE)? {
            permission.roles = roles;
        } else {
            let mut table = entry.table(SHAPE)?;
            permission.roles = table.strings("roles")?.ok_or_else(|| {
                table.missing("roles", "a permission lists the roles that carry it")
            })?;
            permission.tier = table.string("tier")?;
            permission.label = table.string("label")?.unwrap_or_default();
            table.finish("`roles`, `tier` or `label`")?;
        }
        permissions.push(permission);
    }
    Ok(permissions)
}

pub(super) fn tiers(root: &mut Table<'_>) -> Result<Vec<TierDocument>, PolicyError> {
    let mut tiers = Vec::new();
    for mut table in root.tables("tiers", "a list of tables, written `[[tiers]]`")? {
        tiers.push(TierDocument {
            name: table.required("name", "a tier has a name")?,
            label: table.string("label")?.unwrap_or_default(),
            at: Some(table.position()),
        });
        table.finish("`name` or `label`")?;
    }
    Ok(tiers)
}

pub(super) fn apps(root: &mut Table<'_>) -> Result<Vec<AppDocument>, PolicyError> {
    const SHAPE: &str = "the name of a tier, or a table with `tier` and `label`";
    let mut apps = Vec::new();
    for entry in root.entries("apps")? {
        let mut app = AppDocument {
            name: entry.name.to_string(),
            label: String::new(),
            tier: String::new(),
            at: Some(entry.at),
        };
        if let Some(tier) = entry.string() {
            app.tier = tier;
        } else {
            let mut table = entry.table(SHAPE)?;
            app.tier = table.required("tier", "an app names the tier that opens it")?;
            app.label = table.string("label")?.unwrap_or_default();
            table.finish("`tier` or `label`")?;
        }
        apps.push(app);
    }
    Ok(apps)
}
