//! The sentence for people, and the clause that decided.

use alloc::string::{String, ToString};

use super::changes::tier_set;
use super::missing::{is_superuser, missing, text_of};
use super::{Clause, Explanation};
use crate::condition::{Test, Truth};
use crate::decide::verdict::Asked;
use crate::decide::{Code, Request, ScopePath, Subject};
use crate::json::excerpt;
use crate::policy::{Policy, Position, Role, Rule, TierRank};
use crate::time::UnixSecs;

/// What is being explained, and what is said about it so far.
pub(super) struct Told<'a> {
    pub(super) policy: &'a Policy,
    pub(super) subject: &'a Subject,
    pub(super) request: &'a Request,
    pub(super) now: UnixSecs,
    pub(super) explanation: Explanation,
}

const EXPIRED: &str = "what is known of the caller has expired; renew it";

impl<'a> Told<'a> {
    const fn code(&self) -> Code {
        self.explanation.code
    }

    /// Adds to the sentence.
    #[inline(never)]
    fn say(&mut self, parts: &[&str]) {
        for part in parts {
            self.explanation.message.push_str(part);
        }
    }

    /// Adds something that callers wrote, shortened.
    fn quote(&mut self, text: &str) {
        self.say(&["`", &excerpt(text), "`"]);
    }

    #[inline(never)]
    fn cite(&mut self, path: &[&str], at: Option<Position>) {
        let path = path.concat();
        self.explanation.clause = Some(Clause { path, at });
    }

    /// Of a request that names something unknown, or isn't one.
    pub(super) fn unresolved(&mut self) {
        let request = self.request;
        match self.code() {
            Code::UnknownPermission => {
                let name = request.permission_name().ok().flatten().unwrap_or_default();
                self.say(&["the policy has no permission "]);
                self.quote(&name);
            }
            Code::UnknownApp => {
                self.say(&["the policy has no app "]);
                self.quote(request.app.as_deref().unwrap_or_default());
            }
            Code::UnknownTier => {
                self.say(&["the policy has no tier "]);
                self.quote(request.tier.as_deref().unwrap_or_default());
            }
            Code::UnknownScope => {
                self.say(&["there is no scope "]);
                self.quote(&self.scope_asked());
            }
            Code::UnknownTenant => {
                self.say(&["there is no tenant "]);
                self.quote(&self.scope_asked());
            }
            Code::UnknownField => {
                self.say(&["`fields` names a field that the resource doesn't have"]);
            }
            Code::MalformedScope if request.record.is_some() => {
                self.say(&["the record's fields for scopes aren't text"]);
            }
            Code::UnknownScopeLevel | Code::MalformedScope => {
                self.quote(&self.scope_asked());
                self.say(&[" isn't a scope of this policy, whose levels are: "]);
                self.say_all(self.policy.levels().iter().map(String::as_str), ", ");
            }
            _ => self.say(&[
                "a request names exactly one of `permission` (or `action` and `resource`; with or \
                 without `scope` or `tenant`, `record`, `fields`, `context`, `target`), `app` and \
                 `tier`",
            ]),
        }
    }

    fn say_all<'t>(&mut self, texts: impl Iterator<Item = &'t str>, separator: &str) {
        let mut before = "";
        for text in texts {
            self.say(&[before, text]);
            before = separator;
        }
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
        &mut self,
        path: &[&str],
        at: Option<Position>,
        label: &str,
        required: TierRank,
    ) {
        match self.code() {
            Code::TierSufficient => {
                let needed = self.tier_label(required);
                self.say(&[label, " is open to the tier ", needed, " and above"]);
            }
            Code::PrincipalExpired => self.say(&[EXPIRED]),
            _ => self.needs_tier(label, required),
        }
        self.cite(path, at);
        if !self.code().allows() {
            let set = tier_set(self.policy, self.subject, required, self.now);
            self.explanation.missing.push(set);
            self.explanation.complete = !self.policy.document().reduced;
        }
    }

    /// Of a request for a permission.
    pub(super) fn permission(&mut self, asked: &Asked<'a>, scope: &'a ScopePath) {
        let permission = asked.permission;
        // Where a rule or a role decided, its clause replaces this one.
        self.cite(&["permissions.", &permission.name], permission.at);
        match self.code() {
            Code::RoleGranted | Code::Superuser => self.by_role(asked, scope),
            Code::TenantGranted => self.by_tenant(asked, scope),
            Code::RuleAllowed
            | Code::DeniedByRule
            | Code::ConditionUnmet
            | Code::EvaluationFailed => self.by_rule(asked, scope),
            Code::FieldDenied => self.by_field(asked),
            Code::LevelTooLow | Code::UnknownRole => self.by_target(asked),
            _ => self.without_role(asked, scope),
        }
        if !self.code().allows() {
            let missing = missing(asked, scope);
            self.explanation.missing = missing.sets;
            self.explanation.complete = missing.is_complete;
        }
    }

    fn by_role(&mut self, asked: &Asked<'a>, scope: &'a ScopePath) {
        let lists = |role: &Role, _: &ScopePath| role.permissions.contains(asked.id);
        let rules = |role: &Role, at: &ScopePath| is_superuser(role, at.depth(), scope.depth());
        let is_superuser = self.code() == Code::Superuser;
        let carrier = self.held(scope, &lists).or_else(|| {
            let found = is_superuser.then(|| self.held(scope, &rules));
            found.flatten()
        });
        let Some((role, at)) = carrier else { return };
        let (held_at, here) = (self.scope_text(at), self.scope_text(scope));
        self.say(&[&role.label, " at ", &held_at]);
        self.say(&[" allows ", &asked.permission.label, " at ", &here]);
        if is_superuser {
            self.cite(&["roles.", &role.name, ".superuser_at"], role.at);
        }
        self.explanation.granted_by = Some(self.held_text(&role.name, at));
    }

    /// The first role held covering a scope that fits, and where it is held.
    fn held(
        &self,
        scope: &'a ScopePath,
        fits: &dyn Fn(&Role, &ScopePath) -> bool,
    ) -> Option<(&'a Role, &'a ScopePath)> {
        for holding in self.subject.covering(scope) {
            for id in &holding.roles {
                if let Some(role) = self.policy.role(*id)
                    && fits(role, &holding.scope)
                {
                    return Some((role, &holding.scope));
                }
            }
        }
        None
    }

    fn by_tenant(&mut self, asked: &Asked<'a>, scope: &'a ScopePath) {
        self.explanation.clause = None;
        let Some(tenants) = self.policy.tenants() else {
            return;
        };
        let id = asked.id;
        for holding in self.subject.covering(scope) {
            let Some(tenancy) = &holding.tenancy else {
                continue;
            };
            let mut roles = tenancy.roles.iter();
            let name = if tenancy.is_owner && tenants.owner.contains(id) {
                self.cite(&["tenants.owner"], tenants.at);
                "owner"
            } else if tenants.member.contains(id) {
                self.cite(&["tenants.member"], tenants.at);
                "member"
            } else if let Some((name, _)) = roles.find(|(_, bits)| bits.contains(id)) {
                name
            } else {
                continue;
            };
            let at = self.scope_text(&holding.scope);
            self.say(&["being ", name, " of ", &at]);
            self.say(&[" allows ", &asked.permission.label]);
            self.explanation.granted_by = Some(self.held_text(name, &holding.scope));
            return;
        }
    }

    fn by_rule(&mut self, asked: &Asked<'a>, scope: &ScopePath) {
        let (_, id) = asked.rule_denial().unwrap_or_else(|| asked.rule_verdict());
        let Some(rule) = id.and_then(|id| self.policy.rule(id)) else {
            return;
        };
        self.cite(&["rules.", &rule.name], rule.at);
        let (name, label) = (rule.name.as_str(), asked.permission.label.as_str());
        match self.code() {
            Code::RuleAllowed => return self.say(&["the rule ", name, " allows ", label]),
            _ if !rule.message.is_empty() => return self.say(&[&rule.message]),
            Code::DeniedByRule => self.say(&["the rule ", name, " denies ", label]),
            Code::ConditionUnmet => self.say(&[label, " at ", &self.scope_text(scope)]),
            _ if asked.record.is_none() && reads_record(&rule.when) => {
                self.say(&["the rule ", name, " needs the record"]);
            }
            _ => self.say(&["the rule ", name, " lacks a value"]),
        }
        self.say_comparisons(asked, rule);
    }

    /// Names the comparisons that made a rule's condition come out as it did.
    fn say_comparisons(&mut self, asked: &Asked<'_>, rule: &Rule) {
        let facts = asked.facts();
        let (introduction, wanted) = match self.code() {
            Code::DeniedByRule => (", since ", Truth::True),
            Code::ConditionUnmet => (" needs ", Truth::False),
            _ => (" for ", Truth::Error),
        };
        let mut separator = introduction;
        for atom in rule.when.atoms() {
            if atom.evaluate(&facts) == wanted {
                self.say(&[separator, "`", &text_of(atom, asked), "`"]);
                separator = ", ";
            }
        }
        if separator == introduction && !rule.when_text.is_empty() {
            self.say(&[introduction, "`", &rule.when_text, "`"]);
        }
    }

    fn by_field(&mut self, asked: &Asked<'_>) {
        let Some((field, rule)) = asked.denied_field() else {
            return;
        };
        let rule = rule.and_then(|id| self.policy.rule(id));
        let resource = asked.permission.resource;
        let field = resource
            .and_then(|id| self.policy.resource(id)?.field(field))
            .map_or("", |field| field.name.as_str());
        let label = asked.permission.label.as_str();
        let Some(rule) = rule else {
            return self.say(&[label, " doesn't reach the field ", field]);
        };
        self.cite(&["rules.", &rule.name], rule.at);
        if rule.message.is_empty() {
            self.say(&["the rule ", &rule.name, " takes the field ", field]);
            self.say(&[" out of ", label]);
        } else {
            self.say(&[&rule.message]);
        }
    }

    fn by_target(&mut self, asked: &Asked<'_>) {
        self.explanation.clause = None;
        let Some((index, _)) = asked.target_denial() else {
            return;
        };
        let Some(Some((role, scope))) = asked.target.get(index) else {
            let grants = self.request.target.as_ref().map(|target| &target.grants);
            let grant = grants.and_then(|grants| grants.get(index));
            self.say(&["the policy doesn't know the grant "]);
            return self.quote(&grant.map(ToString::to_string).unwrap_or_default());
        };
        let Some(role) = self.policy.role(*role) else {
            return;
        };
        self.cite(&["roles.", &role.name], role.at);
        self.say(&[&role.label, " at ", &self.scope_text(scope)]);
        self.say(&[" isn't managed by a role of the caller there"]);
    }

    fn without_role(&mut self, asked: &Asked<'_>, scope: &ScopePath) {
        let permission = asked.permission;
        let label = permission.label.as_str();
        match self.code() {
            Code::PrincipalExpired => return self.say(&[EXPIRED]),
            Code::TierTooLow | Code::PrincipalTierUnknown => {
                return self.needs_tier(label, permission.tier.unwrap_or(0));
            }
            _ => (),
        }
        let policy = self.policy;
        let is_elsewhere = self.code() == Code::OutOfScope;
        if !permission.roles.is_empty() {
            self.say(&[label, " needs "]);
            let roles = permission.roles.iter();
            let labels = roles.filter_map(|id| Some(policy.role(*id)?.label.as_str()));
            self.say_all(labels, " or ");
        } else if is_elsewhere || policy.document().reduced {
            // Of a reduced policy, roles that carry it may have been left out.
            self.say(&[label, " isn't allowed"]);
        } else {
            return self.say(&["no role carries ", label]);
        }
        self.say(&[" at ", &self.scope_text(scope)]);
        if is_elsewhere {
            self.say(&["; yours is held elsewhere"]);
        }
    }

    fn needs_tier(&mut self, label: &str, required: TierRank) {
        self.say(&[
            label,
            " needs the tier ",
            self.tier_label(required),
            "; yours ",
        ]);
        match self.subject.tier() {
            Some(rank) => self.say(&["is ", self.tier_label(rank)]),
            None => self.say(&["isn't a tier of this policy"]),
        }
    }

    fn tier_label(&self, rank: TierRank) -> &'a str {
        let tier = self.policy.tiers().get(usize::from(rank));
        tier.map_or("", |tier| tier.label.as_str())
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
