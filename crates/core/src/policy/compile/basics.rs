//! Scope levels, tiers and apps.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::names::MAX_SCOPE_LEVELS;
use super::super::{AppDocument, Document, GLOBAL, PolicyErrorKind, TierDocument, TierRank};
use super::index::{APP, Index, SCOPE_LEVEL, TIER, label};
use super::problem::Problems;
use super::{App, Tier};

/// The names of all levels, `global` first, each at its depth.
pub(super) struct Levels {
    pub(super) names: Vec<String>,
    pub(super) index: Index,
}

pub(super) fn levels(document: &Document, problems: &mut Problems) -> Levels {
    if let Some(scope) = document.scopes.get(MAX_SCOPE_LEVELS) {
        problems.too_many(SCOPE_LEVEL.many(), MAX_SCOPE_LEVELS, scope.at);
    }
    let mut levels = Levels {
        names: alloc::vec![GLOBAL.to_string()],
        index: Index::new(&SCOPE_LEVEL),
    };
    levels.index.add(GLOBAL, None, problems);
    for scope in document.scopes.iter().take(MAX_SCOPE_LEVELS) {
        levels.index.add(&scope.name, scope.at, problems);
        levels.names.push(scope.name.clone());
    }
    levels
}

pub(super) fn tiers(documents: &[TierDocument], problems: &mut Problems) -> (Vec<Tier>, Index) {
    let mut index = Index::new(&TIER);
    let mut tiers = Vec::with_capacity(documents.len());
    for tier in documents {
        index.add(&tier.name, tier.at, problems);
        tiers.push(Tier {
            name: tier.name.clone(),
            label: label(&tier.label, &tier.name),
            at: tier.at,
        });
    }
    (tiers, index)
}

pub(super) fn default_tier(
    document: &Document,
    tiers: &Index,
    problems: &mut Problems,
) -> TierRank {
    if let Some(name) = &document.default_tier {
        return tiers.find(name, None, problems);
    }
    if let Some(first) = document.tiers.first() {
        let kind = PolicyErrorKind::Missing {
            path: "default_tier".to_string(),
            because: "a policy with tiers names the tier of a principal that has none",
        };
        problems.note(kind, first.at);
    }
    0
}

pub(super) fn apps(
    documents: &[AppDocument],
    tiers: &Index,
    problems: &mut Problems,
) -> (Vec<App>, Index) {
    let mut index = Index::new(&APP);
    for app in documents {
        index.add(&app.name, app.at, problems);
    }
    let mut apps = Vec::with_capacity(documents.len());
    for app in documents {
        apps.push(App {
            name: app.name.clone(),
            label: label(&app.label, &app.name),
            tier: tiers.find(&app.tier, app.at, problems),
            at: app.at,
        });
    }
    (apps, index)
}
