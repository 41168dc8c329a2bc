//! Scope levels, tiers and apps.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::names::MAX_SCOPE_LEVELS;
use super::super::{Document, GLOBAL, PolicyError, PolicyErrorKind, TierRank};
use super::index::{APP, Index, SCOPE_LEVEL, TIER, label, too_many_levels};
use super::{App, Tier};

/// The names of all levels, `global` first, each at its depth.
pub(super) fn levels(document: &Document) -> Result<(Vec<String>, Index), PolicyError> {
    if let Some(scope) = document.scopes.get(MAX_SCOPE_LEVELS) {
        return Err(too_many_levels(scope.at));
    }
    let mut index = Index::new(&SCOPE_LEVEL);
    index.add(GLOBAL, None)?;
    let mut levels = alloc::vec![GLOBAL.to_string()];
    for scope in &document.scopes {
        index.add(&scope.name, scope.at)?;
        levels.push(scope.name.clone());
    }
    Ok((levels, index))
}

pub(super) fn tiers(document: &Document) -> Result<(Vec<Tier>, Index), PolicyError> {
    let tiers = &document.tiers;
    let index = Index::of(&TIER, tiers.iter().map(|tier| (&tier.name, tier.at)))?;
    let compiled = tiers.iter().map(|tier| Tier {
        name: tier.name.clone(),
        label: label(&tier.label, &tier.name),
        at: tier.at,
    });
    Ok((compiled.collect(), index))
}

pub(super) fn default_tier(document: &Document, tiers: &Index) -> Result<TierRank, PolicyError> {
    match (&document.default_tier, document.tiers.first()) {
        (Some(name), _) => tiers.find(name, None),
        (None, None) => Ok(0),
        (None, Some(first)) => Err(PolicyErrorKind::Missing {
            path: "default_tier".to_string(),
            because: "a policy with tiers names the tier of a principal that has none",
        }
        .at(first.at)),
    }
}

pub(super) fn apps(document: &Document, tiers: &Index) -> Result<(Vec<App>, Index), PolicyError> {
    let apps = &document.apps;
    let index = Index::of(&APP, apps.iter().map(|app| (&app.name, app.at)))?;
    let mut compiled = Vec::with_capacity(apps.len());
    for app in apps {
        compiled.push(App {
            name: app.name.clone(),
            label: label(&app.label, &app.name),
            tier: tiers.find(&app.tier, app.at)?,
            at: app.at,
        });
    }
    Ok((compiled, index))
}
