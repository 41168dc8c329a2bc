//! Which clauses of a policy decided some case.

use portcullis_core::decide::Request;
use portcullis_core::policy::{Effect, Policy, Position, TierRank};

use super::super::explain::Told;
use super::super::model::inherited;
use super::super::source::Source;

/// The clauses of a policy that can decide, and which of them did.
pub(super) struct Coverage {
    /// What the policy is called in places.
    pub(super) name: String,
    pub(super) clauses: Vec<Clause>,
}

/// A clause that can decide.
pub(super) struct Clause {
    /// As `permissions.record:read NURSE`.
    pub(super) path: String,
    pub(super) at: Option<Position>,
    pub(super) is_decisive: bool,
}

impl Coverage {
    pub(super) fn new(source: &Source) -> Self {
        let mut coverage = Self {
            name: source.name.clone(),
            clauses: Vec::new(),
        };
        coverage.list_roles(&source.policy);
        coverage.list_tiers(&source.policy);
        coverage.list_tenants(&source.policy);
        for rule in source.policy.rules() {
            coverage.add(format!("rules.{}", rule.name), rule.at);
        }
        coverage
    }

    fn add(&mut self, path: String, at: Option<Position>) {
        self.clauses.push(Clause {
            path,
            at,
            is_decisive: false,
        });
    }

    fn list_roles(&mut self, policy: &Policy) {
        for permission in policy.permissions() {
            for role in permission
                .roles
                .iter()
                .filter_map(|role| policy.role(*role))
            {
                self.add(
                    format!("permissions.{} {}", permission.name, role.name),
                    permission.at,
                );
            }
            if permission.tier.is_some() {
                self.add(
                    format!("permissions.{} tier", permission.name),
                    permission.at,
                );
            }
        }
        for role in policy
            .document()
            .roles
            .iter()
            .filter(|role| role.superuser_at.is_some())
        {
            self.add(format!("roles.{}.superuser_at", role.name), role.at);
        }
    }

    fn list_tiers(&mut self, policy: &Policy) {
        for tier in policy.tiers() {
            self.add(format!("tiers.{}", tier.name), tier.at);
        }
        for app in policy.apps() {
            self.add(format!("apps.{}", app.name), app.at);
        }
    }

    fn list_tenants(&mut self, policy: &Policy) {
        let Some(tenants) = &policy.document().tenants else {
            return;
        };
        for (list, names) in [("owner", &tenants.owner), ("member", &tenants.member)] {
            for name in names {
                self.add(format!("tenants.{list} {name}"), tenants.at);
            }
        }
    }

    /// Marks what decided a case.
    pub(super) fn note(&mut self, policy: &Policy, request: &Request, told: &Told) {
        let permission = permission_of(request);
        let path = told
            .clause
            .as_ref()
            .map_or("", |clause| clause.path.as_str());
        match told.code.as_str() {
            "role_granted" => self.note_role(policy, &permission, told),
            "superuser" => self.mark(&format!("roles.{}.superuser_at", granted_role(told))),
            "tenant_granted" => self.mark(&format!("{path} {permission}")),
            "tier_sufficient" | "tier_too_low" => self.note_tier(policy, request, &permission),
            "rule_allowed" | "denied_by_rule" | "field_denied" => self.mark(path),
            // A deny rule that can't be evaluated denies; an allow rule decides nothing then.
            "evaluation_failed" if is_deny_rule(policy, path) => self.mark(path),
            _ => {}
        }
    }

    /// Every role on the permission's line that the granted role is, or inherits from.
    fn note_role(&mut self, policy: &Policy, permission: &str, told: &Told) {
        let listed = policy
            .permission_id(permission)
            .and_then(|id| policy.permission(id))
            .zip(policy.role_id(granted_role(told)));
        let Some((permission, granted)) = listed else {
            return;
        };
        let roles = inherited(policy, granted);
        for role in permission.roles.iter().filter(|role| roles.contains(role)) {
            if let Some(role) = policy.role(*role) {
                self.mark(&format!("permissions.{} {}", permission.name, role.name));
            }
        }
    }

    fn note_tier(&mut self, policy: &Policy, request: &Request, permission: &str) {
        let app = request.app.as_deref().and_then(|name| policy.app_id(name));
        if let Some(app) = app.and_then(|id| policy.app(id)) {
            self.mark(&format!("apps.{}", app.name));
            self.mark_tier(policy, app.tier);
        } else if let Some(tier) = &request.tier {
            self.mark(&format!("tiers.{tier}"));
        } else {
            self.mark(&format!("permissions.{permission} tier"));
            let id = policy.permission_id(permission);
            let tier = id.and_then(|id| policy.permission(id)?.tier);
            if let Some(rank) = tier {
                self.mark_tier(policy, rank);
            }
        }
    }

    fn mark_tier(&mut self, policy: &Policy, rank: TierRank) {
        if let Some(tier) = policy.tiers().get(usize::from(rank)) {
            self.mark(&format!("tiers.{}", tier.name));
        }
    }

    fn mark(&mut self, path: &str) {
        let clauses = self.clauses.iter_mut();
        clauses
            .filter(|clause| clause.path == path)
            .for_each(|clause| clause.is_decisive = true);
    }

    pub(super) fn decisive(&self) -> usize {
        self.clauses
            .iter()
            .filter(|clause| clause.is_decisive)
            .count()
    }

    /// The part of the clauses that decided a case, in whole percent, rounded down.
    pub(super) fn percent(&self) -> u8 {
        let percent = (self.decisive() * 100).checked_div(self.clauses.len());
        percent.map_or(100, |percent| u8::try_from(percent).unwrap_or(100))
    }
}

fn permission_of(request: &Request) -> String {
    match (&request.permission, &request.resource, &request.action) {
        (Some(permission), _, _) => permission.clone(),
        (None, Some(resource), Some(action)) => format!("{resource}:{action}"),
        _ => String::new(),
    }
}

fn is_deny_rule(policy: &Policy, path: &str) -> bool {
    let name = path.strip_prefix("rules.");
    let rule = policy
        .rules()
        .iter()
        .find(|rule| Some(rule.name.as_str()) == name);
    rule.is_some_and(|rule| rule.effect == Effect::Deny)
}

/// The role in `ROLE@scope`.
fn granted_role(told: &Told) -> &str {
    let grant = told.granted_by.as_deref().unwrap_or("");
    grant.split_once('@').map_or(grant, |(role, _)| role)
}
