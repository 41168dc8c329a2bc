//! What a denial says would allow it, against a search through all small sets of changes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use portcullis_core::decide::{
    Change, Directory, Grant, Principal, RawScope, Request, ScopePath, Subject, explain,
};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;

const NOW: UnixSecs = UnixSecs::new(1000);

const SMALL: &str = r#"
name = "small"
scopes = ["state", "team"]
default_tier = "public"
[[tiers]]
name = "public"
[[tiers]]
name = "beta"
[[tiers]]
name = "alpha"
[roles.CHIEF]
superuser_at = "state"
[roles.LEAD]
grant_at = ["team"]
[roles.CLERK]
[permissions]
"a:do" = ["LEAD", "CLERK"]
"b:do" = { roles = ["CLERK"], tier = "beta" }
"c:do" = []
[apps]
lab = "alpha"
"#;

fn allows(policy: &Policy, principal: &Principal, request: &Request) -> bool {
    let subject = Subject::compile(policy, principal);
    explain(policy, &subject, request, &Directory::open(), NOW).allow
}

fn changed(principal: &Principal, set: &[Change]) -> Principal {
    let mut principal = principal.clone();
    for change in set {
        match change {
            Change::Grant { role, scope } => principal.grants.push(Grant {
                role: role.clone(),
                scope: RawScope::Text(scope.clone()),
            }),
            Change::Tier { tier } => principal.tier = Some(tier.clone()),
            Change::Renew => principal.expires_secs = None,
            // Nothing here is about tenants or records.
            Change::Tenant { .. } | Change::Fact { .. } => (),
        }
    }
    principal
}

/// Every change that could matter: any role at any known place on the path, the lowest tier that
/// would do, renewal.
fn candidates(policy: &Policy, request: &Request) -> Vec<Change> {
    let mut all = vec![Change::Renew];
    let path = request
        .scope
        .as_ref()
        .map(|raw| ScopePath::parse(policy, raw).unwrap());
    if let Some(path) = path {
        for depth in 0..=path.depth() {
            let Some(at) = path.ancestor(depth) else {
                continue;
            };
            all.extend(policy.roles().iter().map(|role| Change::Grant {
                role: role.name.clone(),
                scope: at.to_text(policy),
            }));
        }
    }
    let needed = match (&request.permission, &request.app) {
        (Some(name), _) => policy
            .permission_id(name)
            .and_then(|id| policy.permission(id)?.tier),
        (_, Some(name)) => policy
            .app_id(name)
            .and_then(|id| Some(policy.app(id)?.tier)),
        _ => None,
    };
    all.extend(needed.map(|rank| Change::Tier {
        tier: policy.tiers()[usize::from(rank)].name.clone(),
    }));
    all
}

/// The smallest sets of at most three changes that allow the request, by trying them all.
fn searched(policy: &Policy, principal: &Principal, request: &Request) -> BTreeSet<Vec<Change>> {
    let all = candidates(policy, request);
    let mut found: Vec<BTreeSet<Change>> = Vec::new();
    for size in 1..=3 {
        for bits in 0_u32..1 << all.len() {
            if bits.count_ones() != size {
                continue;
            }
            let set: BTreeSet<Change> = (0..all.len())
                .filter(|n| bits >> n & 1 == 1)
                .map(|n| all[n].clone())
                .collect();
            if found.iter().any(|smaller| smaller.is_subset(&set)) {
                continue;
            }
            let list: Vec<_> = set.iter().cloned().collect();
            if allows(policy, &changed(principal, &list), request) {
                found.push(set);
            }
        }
    }
    found
        .into_iter()
        .map(|set| set.into_iter().collect())
        .collect()
}

#[test]
fn the_missing_sets_of_a_denial_are_exactly_the_smallest_ones() {
    let policy = toml::parse(SMALL).unwrap();
    let requests = ["a:do", "b:do", "c:do"]
        .iter()
        .flat_map(|name| {
            ["", "state:x", "state:x/team:t", "team:t"]
                .map(|scope| Request::permission((*name).into(), RawScope::Text(scope.into())))
        })
        .chain([Request {
            app: Some("lab".into()),
            ..Request::default()
        }]);
    let mut denials = 0;
    for request in requests {
        for grants in [
            &[][..],
            &["CLERK@team:t"],
            &["CLERK"],
            &["LEAD@team:other"],
            &["CHIEF@state:y"],
        ] {
            for (tier, expires_secs) in [
                (None, None),
                (Some("beta"), Some(1000)),
                (Some("alpha"), None),
            ] {
                let principal = Principal {
                    id: "u".into(),
                    grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
                    tier: tier.map(Into::into),
                    expires_secs,
                    ..Principal::default()
                };
                let subject = Subject::compile(&policy, &principal);
                let told = explain(&policy, &subject, &request, &Directory::open(), NOW);
                if told.allow {
                    continue;
                }
                denials += 1;
                let mut missing: Vec<_> = told.missing.clone();
                for set in &mut missing {
                    set.sort();
                }
                let missing: BTreeSet<_> = missing.into_iter().collect();
                assert_eq!(missing.len(), told.missing.len(), "no set is told twice");
                assert_eq!(
                    missing,
                    searched(&policy, &principal, &request),
                    "{principal:?} {request:?}"
                );
            }
        }
    }
    assert!(denials > 100, "only {denials} denials were looked at");
}
