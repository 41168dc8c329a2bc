//! The sentence for people, and the clause that decided.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::missing::{is_superuser, missing, text_of, tier_set};
use super::{Clause, Explanation};
use crate::condition::{Test, Truth};
use crate::decide::verdict::Asked;
use crate::decide::{Code, Request, ScopePath, Subject};
use crate::json::excerpt;
use crate::policy::{Policy, Position, Role, RoleId, Rule, TierRank};
use crate::time::UnixSecs;

/// What is being explained.
pub(super) struct Told<'a> {
    pub(super) policy: &'a Policy,
    pub(super) subject: &'a Subject,
    pub(super) request: &'a Request,
    pub(super) code: Code,
    pub(super) now: UnixSecs,
}

/// The reasons of a decision.
#[derive(Default)]
struct Reason {
    message: String,
    clause: Option<Clause>,
    granted_by: Option<String>,
}

const EXPIRED: &str = "what is known of the caller has expired; renew it";

impl Told<'_> {
    fn explanation(&self, reason: Reason) -> Explanation {
        Explanation {
            allow: self.code.allows(),
            code: self.code,
            message: reason.message,
            clause: reason.clause,
            granted_by: reason.granted_by,
            missing: Vec::new(),
            complete: true,
            ignored_grants: self.subject.ignored().to_vec(),
        }
    }

    /// Of a request that names something unknown, or isn't one.
    pub(super) fn unresolved(&self) -> Explanation {
        let request = self.request;
        let quoted = |name: &Option<String>| excerpt(name.as_deref().unwrap_or_default());
        let message = match self.code {
            Code::UnknownPermission => {
                let name = request.permission_name().ok().flatten().unwrap_or_default();
                format!("the policy has no permission `{}`", excerpt(&name))
            }
            Code::UnknownApp => format!("the policy has no app `{}`", quoted(&request.app)),
            Code::UnknownTier => format!("the policy has no tier `{}`", quoted(&request.tier)),
            Code::UnknownScope => format!("there is no scope `{}`", excerpt(&self.scope_asked())),
            Code::UnknownTenant => format!("there is no tenant `{}`", excerpt(&self.scope_asked())),
            Code::UnknownField => "`fields` names a field that the resource doesn't have".into(),
            Code::MalformedScope if request.record.is_some() => {
                "the record's fields for scopes aren't text".into()
            }
            Code::UnknownScopeLevel | Code::MalformedScope => {
                let levels = self.policy.levels().join(", ");
                format!(
                    "`{}` isn't a scope of this policy, whose levels are: {levels}",
                    excerpt(&self.scope_asked())
                )
            }
            _ => {
                "a request names exactly one of `permission` (or `action` and `resource`; with or \
                  without `scope` or `tenant`, `record`, `fields`, `context`, `target`), `app` and \
                  `tier`"
                    .into()
            }
        };
        self.explanation(Reason {
            message,
            ..Reason::default()
        })
    }

    fn scope_asked(&self) -> String {
        match (&self.request.scope, &self.request.tenant) {
            (Some(scope), _) => scope.to_string(),
            (None, Some(tenant)) => tenant.clone(),
            (None, None) => String::new(),
        }
    }

    /// Of a request for an app or a tier.
    pub(super) fn tier(
        &self,
        path: &[&str],
        at: Option<Position>,
        label: &str,
        required: TierRank,
    ) -> Explanation {
        let needed = self.tier_label(required);
        let message = match self.code {
            Code::TierSufficient => format!("{label} is open to the tier {needed} and above"),
            Code::PrincipalExpired => EXPIRED.to_string(),
            _ => format!("{label} needs the tier {needed}; {}", self.own_tier()),
        };
        let mut explanation = self.explanation(Reason {
            message,
            clause: clause(path, at),
            granted_by: None,
        });
        if !self.code.allows() {
            let set = tier_set(self.policy, self.subject, required, self.now);
            explanation.missing.push(set);
            explanation.complete = !self.policy.document().reduced;
        }
        explanation
    }

    /// Of a request for a permission.
    pub(super) fn permission(&self, asked: &Asked<'_>, scope: &ScopePath) -> Explanation {
        let mut reason = match self.code {
            Code::RoleGranted | Code::Superuser => self.by_role(asked, scope),
            Code::TenantGranted => self.by_tenant(asked, scope),
            Code::RuleAllowed
            | Code::DeniedByRule
            | Code::ConditionUnmet
            | Code::EvaluationFailed => self.by_rule(asked, scope),
            Code::FieldDenied => self.by_field(asked),
            Code::LevelTooLow | Code::UnknownRole => self.by_target(asked),
            _ => Reason {
                message: self.without_role(asked, scope),
                ..Reason::default()
            },
        };
        let has_clause = matches!(
            self.code,
            Code::TenantGranted | Code::LevelTooLow | Code::UnknownRole
        );
        if reason.clause.is_none() && !has_clause {
            let permission = asked.permission;
            reason.clause = clause(&["permissions.", &permission.name], permission.at);
        }
        let mut explanation = self.explanation(reason);
        if !self.code.allows() {
            let missing = missing(asked, scope);
            explanation.missing = missing.sets;
            explanation.complete = missing.is_complete;
        }
        explanation
    }

    fn by_role(&self, asked: &Asked<'_>, scope: &ScopePath) -> Reason {
        let held = || {
            self.subject.covering(scope).flat_map(|holding| {
                let roles = holding.roles.iter();
                roles.filter_map(move |role| Some((self.policy.role(*role)?, &holding.scope)))
            })
        };
        let is_superuser = |(role, at): &(&Role, &ScopePath)| {
            self.code == Code::Superuser && is_superuser(role, at.depth(), scope.depth())
        };
        let carrier = held()
            .find(|(role, _)| role.permissions.contains(asked.id))
            .or_else(|| held().find(is_superuser));
        let Some((role, at)) = carrier else {
            return Reason::default();
        };
        let clause = match self.code {
            Code::Superuser => clause(&["roles.", &role.name, ".superuser_at"], role.at),
            _ => None,
        };
        Reason {
            message: format!(
                "{} at {} allows {} at {}",
                role.label,
                self.scope_text(at),
                asked.permission.label,
                self.scope_text(scope)
            ),
            clause,
            granted_by: Some(self.held_text(&role.name, at)),
        }
    }

    fn by_tenant(&self, asked: &Asked<'_>, scope: &ScopePath) -> Reason {
        let Some(tenants) = self.policy.tenants() else {
            return Reason::default();
        };
        let (id, label) = (asked.id, &asked.permission.label);
        for holding in self.subject.covering(scope) {
            let Some(tenancy) = &holding.tenancy else {
                continue;
            };
            let mut roles = tenancy.roles.iter();
            let (path, name) = if tenancy.is_owner && tenants.owner.contains(id) {
                ("tenants.owner", "owner")
            } else if tenants.member.contains(id) {
                ("tenants.member", "member")
            } else if let Some((name, _)) = roles.find(|(_, bits)| bits.contains(id)) {
                ("", name.as_str())
            } else {
                continue;
            };
            let at = self.scope_text(&holding.scope);
            return Reason {
                message: format!("being {name} of {at} allows {label}"),
                clause: (!path.is_empty())
                    .then(|| clause(&[path], tenants.at))
                    .flatten(),
                granted_by: Some(self.held_text(name, &holding.scope)),
            };
        }
        Reason::default()
    }

    fn by_rule(&self, asked: &Asked<'_>, scope: &ScopePath) -> Reason {
        let (_, id) = asked.rule_denial().unwrap_or_else(|| asked.rule_verdict());
        let Some(rule) = id.and_then(|id| self.policy.rule(id)) else {
            return Reason::default();
        };
        let (name, label) = (&rule.name, &asked.permission.label);
        let mut message = match self.code {
            Code::RuleAllowed => format!("the rule {name} allows {label}"),
            _ if !rule.message.is_empty() => rule.message.clone(),
            Code::DeniedByRule => format!("the rule {name} denies {label}"),
            Code::ConditionUnmet => format!("{label} at {}", self.scope_text(scope)),
            _ if asked.record.is_none() && reads_record(&rule.when) => {
                format!("the rule {name} needs the record")
            }
            _ => format!("the rule {name} lacks a value"),
        };
        if rule.message.is_empty() && !self.code.allows() {
            self.add_comparisons(&mut message, asked, rule);
        }
        Reason {
            message,
            clause: clause(&["rules.", name], rule.at),
            granted_by: None,
        }
    }

    /// Names the comparisons that made a rule's condition come out as it did.
    fn add_comparisons(&self, message: &mut String, asked: &Asked<'_>, rule: &Rule) {
        let facts = asked.facts();
        let (introduction, wanted) = match self.code {
            Code::DeniedByRule => (", since ", Truth::True),
            Code::ConditionUnmet => (" needs ", Truth::False),
            _ => (" for ", Truth::Error),
        };
        let mut separator = introduction;
        for atom in rule.when.atoms() {
            if atom.evaluate(&facts) == wanted {
                message.push_str(separator);
                message.push('`');
                message.push_str(&text_of(atom, asked));
                message.push('`');
                separator = ", ";
            }
        }
        if separator == introduction && !rule.when_text.is_empty() {
            message.push_str(introduction);
            message.push('`');
            message.push_str(&rule.when_text);
            message.push('`');
        }
    }

    fn by_field(&self, asked: &Asked<'_>) -> Reason {
        let Some((field, rule)) = asked.denied_field() else {
            return Reason::default();
        };
        let rule = rule.and_then(|id| self.policy.rule(id));
        let resource = asked.permission.resource;
        let field = resource
            .and_then(|id| self.policy.resource(id)?.field(field))
            .map_or("", |field| field.name.as_str());
        let message = match rule {
            Some(rule) if !rule.message.is_empty() => rule.message.clone(),
            Some(rule) => format!(
                "the rule {} takes the field {field} out of {}",
                rule.name, asked.permission.label
            ),
            None => format!("{} doesn't reach the field {field}", asked.permission.label),
        };
        Reason {
            message,
            clause: rule.and_then(|rule| clause(&["rules.", &rule.name], rule.at)),
            granted_by: None,
        }
    }

    fn by_target(&self, asked: &Asked<'_>) -> Reason {
        let Some((index, _)) = asked.target_denial() else {
            return Reason::default();
        };
        let Some(Some((role, scope))) = asked.target.get(index) else {
            let grants = self.request.target.as_ref().map(|target| &target.grants);
            let grant = grants.and_then(|grants| grants.get(index));
            let grant = grant.map(ToString::to_string).unwrap_or_default();
            return Reason {
                message: format!("the policy doesn't know the grant `{}`", excerpt(&grant)),
                ..Reason::default()
            };
        };
        let Some(role) = self.policy.role(*role) else {
            return Reason::default();
        };
        Reason {
            message: format!(
                "{} at {} isn't managed by a role of the caller there",
                role.label,
                self.scope_text(scope)
            ),
            clause: clause(&["roles.", &role.name], role.at),
            granted_by: None,
        }
    }

    fn without_role(&self, asked: &Asked<'_>, scope: &ScopePath) -> String {
        let permission = asked.permission;
        let label = &permission.label;
        match self.code {
            Code::PrincipalExpired => return EXPIRED.to_string(),
            Code::TierTooLow | Code::PrincipalTierUnknown => {
                let needed = self.tier_label(permission.tier.unwrap_or(0));
                return format!("{label} needs the tier {needed}; {}", self.own_tier());
            }
            _ => (),
        }
        let here = self.scope_text(scope);
        let needed = match self.roles_text(&permission.roles) {
            Some(roles) => format!("{label} needs {roles} at {here}"),
            // Of a reduced policy, roles that carry it may have been left out.
            None if self.code == Code::OutOfScope || self.policy.document().reduced => {
                format!("{label} isn't allowed at {here}")
            }
            None => return format!("no role carries {label}"),
        };
        if self.code == Code::OutOfScope {
            format!("{needed}; yours is held elsewhere")
        } else {
            needed
        }
    }

    fn roles_text(&self, roles: &[RoleId]) -> Option<String> {
        let labels: Vec<_> = roles
            .iter()
            .filter_map(|role| Some(self.policy.role(*role)?.label.as_str()))
            .collect();
        (!labels.is_empty()).then(|| labels.join(" or "))
    }

    fn tier_label(&self, rank: TierRank) -> &str {
        let tier = self.policy.tiers().get(usize::from(rank));
        tier.map_or("", |tier| tier.label.as_str())
    }

    fn own_tier(&self) -> String {
        match self.subject.tier() {
            Some(rank) => format!("yours is {}", self.tier_label(rank)),
            None => "yours isn't a tier of this policy".to_string(),
        }
    }

    fn scope_text(&self, scope: &ScopePath) -> String {
        let text = scope.to_text(self.policy);
        if text.is_empty() {
            "global".to_string()
        } else {
            text
        }
    }

    fn held_text(&self, name: &str, at: &ScopePath) -> String {
        let scope = at.to_text(self.policy);
        let separator = if scope.is_empty() { "" } else { "@" };
        [name, separator, &scope].concat()
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "an explanation's clause is optional"
)]
fn clause(path: &[&str], at: Option<Position>) -> Option<Clause> {
    Some(Clause {
        path: path.concat(),
        at,
    })
}

/// Whether a test looks at the record.
fn reads_record(test: &Test) -> bool {
    use crate::condition::{Place, Term};
    fn term(one: &Term) -> bool {
        match one {
            Term::Constant(_) => false,
            Term::Place(place) => matches!(place, Place::Record(_)),
            Term::Size(inner) => term(inner),
        }
    }
    test.atoms().into_iter().any(|atom| match atom {
        Test::Compare(_, left, right) | Test::In(left, right) | Test::StartsWith(left, right) => {
            term(left) || term(right)
        }
        Test::Has(place) => matches!(place, Place::Record(_)),
        Test::IsTrue(one) => term(one),
        _ => false,
    })
}
