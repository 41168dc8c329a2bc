//! Why, and what would have to change.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::{Code, Directory, Query, Request, ScopePath, Subject, Verdict, decide};
use crate::policy::{Depth, PermissionId, Policy, Position, Role, TierRank};
use crate::time::UnixSecs;

/// A decision with its reasons, as data for people and machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether the request is allowed.
    pub allow: bool,
    /// The stable reason.
    #[serde(serialize_with = "code_as_text")]
    pub code: Code,
    /// The reason as a sentence for people.
    pub message: String,
    /// The clause of the policy that decided; absent when no clause is about the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
    /// On an allow by role, the grant that carried it, as `ROLE@scope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<String>,
    /// On a deny, the smallest sets of changes that would allow it, narrowest grants first; empty
    /// when no change to the principal would.
    pub missing: Vec<Vec<Change>>,
    /// Grants of the principal that confer nothing under this policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_grants: Vec<IgnoredGrant>,
}

/// A clause of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Its path, such as `permissions.pin:reveal`.
    pub path: String,
    /// Its place in the file, where known.
    #[serde(flatten)]
    pub at: Option<Position>,
}

/// One change to a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Change {
    /// Grant a role at a scope.
    Grant {
        /// The role.
        role: String,
        /// The scope as text; empty is global.
        scope: String,
    },
    /// Raise the tier.
    Tier {
        /// The lowest tier that is enough.
        tier: String,
    },
    /// Renew what is known of the principal: sign in again, or fetch a fresh token.
    Renew,
}

/// A grant that confers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IgnoredGrant {
    /// The grant as `ROLE@scope`.
    pub grant: String,
    /// Why.
    pub reason: IgnoredReason,
}

/// Why a grant confers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IgnoredReason {
    /// Its scope isn't written as a scope.
    MalformedScope,
    /// The role may not be granted at that level.
    NotGrantableHere,
    /// The policy has no such role.
    UnknownRole,
    /// The policy has no such scope level.
    UnknownScopeLevel,
}

/// Decides as [`super::check`] does, and says why.
#[must_use]
pub fn explain(
    policy: &Policy,
    subject: &Subject,
    request: &Request,
    directory: &Directory,
    now: UnixSecs,
) -> Explanation {
    let query = Query::resolve(policy, request, directory);
    let verdict = match &query {
        Ok(query) => decide(policy, subject, query, now),
        Err(code) => Verdict::new(*code),
    };
    let told = Told {
        policy,
        subject,
        verdict,
        now,
    };
    match query {
        Ok(Query::Permission { id, scope }) => told.permission(id, &scope),
        Ok(Query::App(id)) => match policy.app(id) {
            Some(app) => told.tier(&format!("apps.{}", app.name), app.at, &app.label, app.tier),
            None => told.unresolved(request),
        },
        Ok(Query::Tier(rank)) => match policy.tiers().get(usize::from(rank)) {
            Some(tier) => told.tier(&format!("tiers.{}", tier.name), tier.at, &tier.label, rank),
            None => told.unresolved(request),
        },
        Err(_) => told.unresolved(request),
    }
}

struct Told<'a> {
    policy: &'a Policy,
    subject: &'a Subject,
    verdict: Verdict,
    now: UnixSecs,
}

impl Told<'_> {
    fn explanation(&self, message: String, clause: Option<Clause>) -> Explanation {
        Explanation {
            allow: self.verdict.is_allowed(),
            code: self.verdict.code,
            message,
            clause,
            granted_by: None,
            missing: Vec::new(),
            ignored_grants: self.subject.ignored().to_vec(),
        }
    }

    fn unresolved(&self, request: &Request) -> Explanation {
        let quoted = |name: &Option<String>| name.clone().unwrap_or_default();
        let message = match self.verdict.code {
            Code::UnknownPermission => {
                format!(
                    "the policy has no permission `{}`",
                    quoted(&request.permission)
                )
            }
            Code::UnknownApp => format!("the policy has no app `{}`", quoted(&request.app)),
            Code::UnknownTier => format!("the policy has no tier `{}`", quoted(&request.tier)),
            Code::UnknownScopeLevel | Code::MalformedScope => {
                let scope = request.scope.as_ref().map(ToString::to_string);
                let levels = self.policy.levels().join(", ");
                format!(
                    "`{}` isn't a scope of this policy, whose levels are: {levels}",
                    scope.unwrap_or_default()
                )
            }
            _ => "a request names exactly one of `permission` (with or without `scope`), `app` \
                  and `tier`"
                .to_string(),
        };
        self.explanation(message, None)
    }

    fn tier(
        &self,
        path: &str,
        at: Option<Position>,
        label: &str,
        required: TierRank,
    ) -> Explanation {
        let needed = self.tier_label(required);
        let message = match self.verdict.code {
            Code::TierSufficient => format!("{label} is open to the tier {needed} and above"),
            Code::PrincipalExpired => EXPIRED.to_string(),
            _ => format!("{label} needs the tier {needed}; {}", self.own_tier()),
        };
        let clause = Clause {
            path: path.to_string(),
            at,
        };
        let mut explanation = self.explanation(message, Some(clause));
        if !self.verdict.is_allowed() {
            let mut set = self.renewal();
            set.extend(self.tier_change(required));
            explanation.missing.push(set);
        }
        explanation
    }

    fn permission(&self, id: PermissionId, scope: &ScopePath) -> Explanation {
        let Some(permission) = self.policy.permission(id) else {
            return self.explanation(String::new(), None);
        };
        let mut clause = Clause {
            path: format!("permissions.{}", permission.name),
            at: permission.at,
        };
        let carrier = self.carrier(id, scope);
        if let (Code::Superuser, Some((role, _))) = (self.verdict.code, &carrier) {
            clause = Clause {
                path: format!("roles.{}.superuser_at", role.name),
                at: role.at,
            };
        }
        let message = self.permission_message(id, scope, carrier.as_ref());
        let mut explanation = self.explanation(message, Some(clause));
        if self.verdict.is_allowed() {
            explanation.granted_by = carrier.map(|(role, at)| self.grant_text(role, &at));
        } else {
            explanation.missing = self.missing(id, scope);
        }
        explanation
    }

    /// The held role that carries the permission here: one that is listed before a superuser.
    fn carrier(&self, id: PermissionId, scope: &ScopePath) -> Option<(&Role, ScopePath)> {
        let held = || {
            self.subject.covering(scope).flat_map(|holding| {
                let roles = holding.roles.iter();
                roles.filter_map(move |role| Some((self.policy.role(*role)?, &holding.scope)))
            })
        };
        held()
            .find(|(role, _)| role.permissions.contains(id))
            .or_else(|| held().find(|(role, at)| is_superuser(role, at.depth(), scope.depth())))
            .map(|(role, at)| (role, at.clone()))
    }

    fn permission_message(
        &self,
        id: PermissionId,
        scope: &ScopePath,
        carrier: Option<&(&Role, ScopePath)>,
    ) -> String {
        let Some(permission) = self.policy.permission(id) else {
            return String::new();
        };
        let label = &permission.label;
        let here = self.scope_text(scope);
        match self.verdict.code {
            Code::RoleGranted | Code::Superuser => match carrier {
                Some((role, at)) => {
                    let at = self.scope_text(at);
                    format!("{} at {at} allows {label} at {here}", role.label)
                }
                None => String::new(),
            },
            Code::PrincipalExpired => EXPIRED.to_string(),
            Code::TierTooLow | Code::PrincipalTierUnknown => {
                let needed = self.tier_label(permission.tier.unwrap_or(0));
                format!("{label} needs the tier {needed}; {}", self.own_tier())
            }
            _ => {
                let roles: Vec<_> = permission
                    .roles
                    .iter()
                    .filter_map(|role| Some(self.policy.role(*role)?.label.as_str()))
                    .collect();
                if roles.is_empty() {
                    return format!("no role carries {label}");
                }
                let roles = roles.join(" or ");
                if self.verdict.code == Code::OutOfScope {
                    format!("{label} needs {roles} at {here}; yours is held elsewhere")
                } else {
                    format!("{label} needs {roles} at {here}")
                }
            }
        }
    }

    /// Every single grant on the path that would do, each with the tier and renewal it needs
    /// beside it. Grants are alternatives, so the sets are minimal by construction.
    fn missing(&self, id: PermissionId, scope: &ScopePath) -> Vec<Vec<Change>> {
        let required = self.policy.permission(id).and_then(|one| one.tier);
        let mut beside = self.renewal();
        beside.extend(required.and_then(|rank| self.tier_change(rank)));
        let standing = self.subject.standing(id, scope);
        if standing.listed || standing.superuser {
            return alloc::vec![beside];
        }
        let mut sets = Vec::new();
        for listed in [true, false] {
            for depth in (0..=scope.depth()).rev() {
                let Some(at) = scope.ancestor(depth) else {
                    continue;
                };
                let roles = self.policy.roles().iter().filter(|role| {
                    role.may_be_granted_at(depth)
                        && role.permissions.contains(id) == listed
                        && (listed || is_superuser(role, depth, scope.depth()))
                });
                for role in roles {
                    let grant = Change::Grant {
                        role: role.name.clone(),
                        scope: at.to_text(self.policy),
                    };
                    let mut set = alloc::vec![grant];
                    set.extend(beside.iter().cloned());
                    sets.push(set);
                }
            }
        }
        sets
    }

    fn renewal(&self) -> Vec<Change> {
        let is_expired = self.subject.is_expired(self.now);
        is_expired.then_some(Change::Renew).into_iter().collect()
    }

    fn tier_change(&self, required: TierRank) -> Option<Change> {
        if self.subject.tier().is_some_and(|rank| rank >= required) {
            return None;
        }
        let tier = self.policy.tiers().get(usize::from(required))?;
        Some(Change::Tier {
            tier: tier.name.clone(),
        })
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

    fn grant_text(&self, role: &Role, at: &ScopePath) -> String {
        let scope = at.to_text(self.policy);
        let separator = if scope.is_empty() { "" } else { "@" };
        format!("{}{separator}{scope}", role.name)
    }
}

const EXPIRED: &str = "what is known of the caller has expired; renew it";

/// Whether a role granted at one depth may do everything at another on the same path.
fn is_superuser(role: &Role, granted: Depth, asked: Depth) -> bool {
    role.superuser_from
        .is_some_and(|from| granted <= from && asked >= from)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn code_as_text<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}
