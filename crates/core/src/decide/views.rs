//! Other ways to ask the same question.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::verdict::Asked;
use super::{
    Code, Directory, Explanation, PermissionQuery, Query, RawScope, Request, ScopePath, Subject,
    Verdict, check, decide, decide_within, explain,
};
use crate::condition::{Test, Truth};
use crate::policy::{Depth, Effect, FieldId, PermissionId, Policy, RoleId};
use crate::time::UnixSecs;

/// The verdict on several requests together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict on the request that settled it.
    pub verdict: Verdict,
    /// Which request that was.
    pub index: usize,
}

/// Whether at least one of the requests is allowed: the first that is, else the first of all.
///
/// Nothing asked for is [`Code::MalformedRequest`].
#[must_use]
pub fn check_any(
    policy: &Policy,
    subject: &Subject,
    requests: &[Request],
    directory: &Directory,
    now: UnixSecs,
) -> Outcome {
    settle(policy, subject, requests, directory, now, true)
}

/// Whether all of the requests are allowed: the first that isn't, else the first of all.
///
/// Nothing asked for is [`Code::MalformedRequest`].
#[must_use]
pub fn check_all(
    policy: &Policy,
    subject: &Subject,
    requests: &[Request],
    directory: &Directory,
    now: UnixSecs,
) -> Outcome {
    settle(policy, subject, requests, directory, now, false)
}

fn settle(
    policy: &Policy,
    subject: &Subject,
    requests: &[Request],
    directory: &Directory,
    now: UnixSecs,
    settling: bool,
) -> Outcome {
    let mut first = Verdict::new(Code::MalformedRequest);
    for (index, request) in requests.iter().enumerate() {
        let verdict = check(policy, subject, request, directory, now);
        if verdict.is_allowed() == settling {
            return Outcome { verdict, index };
        }
        if index == 0 {
            first = verdict;
        }
    }
    Outcome {
        verdict: first,
        index: 0,
    }
}

/// Lets a caller go on only when the request is allowed.
///
/// # Errors
/// The explanation of the denial.
pub fn require(
    policy: &Policy,
    subject: &Subject,
    request: &Request,
    directory: &Directory,
    now: UnixSecs,
) -> Result<Verdict, Box<Explanation>> {
    let verdict = check(policy, subject, request, directory, now);
    if verdict.is_allowed() {
        return Ok(verdict);
    }
    Err(Box::new(explain(policy, subject, request, directory, now)))
}

/// As [`require`], for a permission at the global scope.
///
/// # Errors
/// As [`require`].
pub fn require_global(
    policy: &Policy,
    subject: &Subject,
    permission: &str,
    now: UnixSecs,
) -> Result<Verdict, Box<Explanation>> {
    let request = Request::permission(permission.to_string(), RawScope::global());
    require(policy, subject, &request, &Directory::open(), now)
}

/// A permission that a subject has at a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effective {
    /// Which one.
    pub permission: PermissionId,
    /// Why it is allowed; `None` when that depends on the record or the request.
    pub code: Option<Code>,
}

/// What a subject may do at a scope: what is allowed whatever the record, and what is allowed for
/// some records or requests, in the order of the policy.
///
/// Conditions about the principal alone are settled. One that no record could satisfy may still be
/// listed as depending on the record.
#[must_use]
pub fn effective_permissions(
    policy: &Policy,
    subject: &Subject,
    scope: &ScopePath,
    now: UnixSecs,
) -> Vec<Effective> {
    let reach = subject.reach(policy, scope);
    let ids = (0..).zip(policy.permissions()).map(|(id, _)| id);
    ids.filter_map(|permission| {
        let code = match reach.code(policy, subject, permission) {
            Some(_) => Some(decide_within(policy, subject, permission, &reach, now).code),
            None if subject.is_expired(now) => return None,
            None => {
                let asked = Asked::within(policy, subject, permission, &reach, now)?;
                settled(&asked)
            }
        };
        code.is_none_or(Code::allows)
            .then_some(Effective { permission, code })
    })
    .collect()
}

/// The verdict as far as it is the same for every record and request.
fn settled(asked: &Asked<'_>) -> Option<Code> {
    let subject = asked.subject;
    let known = |when: &Test| match when.for_principal(subject.id(), subject.attributes()) {
        Test::Constant(truth) => Some(truth),
        _ => None,
    };
    let mut depends = false;
    for (_, rule) in asked.denying().filter(|(_, rule)| rule.fields.is_none()) {
        match known(&rule.when) {
            Some(Truth::False) => (),
            Some(Truth::True) if !depends => return Some(Code::DeniedByRule),
            Some(_) => return Some(Code::EvaluationFailed),
            None => depends = true,
        }
    }
    if let Some(denial) = asked.tier_denial() {
        return Some(denial);
    }
    let mut code = asked.standing().code();
    let mut may_allow = code.is_some();
    if code.is_none() {
        for (_, rule) in asked.allowing() {
            match known(&rule.when) {
                Some(Truth::True) => {
                    code = Some(Code::RuleAllowed);
                    may_allow = true;
                    break;
                }
                Some(_) => (),
                None => may_allow = true,
            }
        }
    }
    match (may_allow, depends) {
        (false, _) => Some(Code::ConditionUnmet),
        (true, true) => None,
        (true, false) => code,
    }
}

/// The subjects that a request is allowed for, each with its verdict.
#[must_use]
pub fn who_can<'a>(
    policy: &Policy,
    subjects: impl Iterator<Item = &'a Subject>,
    query: &Query,
    now: UnixSecs,
) -> Vec<(&'a Subject, Verdict)> {
    subjects
        .map(|subject| (subject, decide(policy, subject, query, now)))
        .filter(|(_, verdict)| verdict.is_allowed())
        .collect()
}

/// What a principal must have for a permission at a scope, so that a host can look for those alone
/// in its database.
///
/// Nobody else is allowed; those who have it need not be, for want of a tier or for a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are ways beside each other, not states"
)]
pub struct Carriers {
    /// A role, and the depth on the scope's path at which to hold it.
    pub roles: Vec<(RoleId, Depth)>,
    /// Owners of the scope's tenant.
    pub owner: bool,
    /// Members of the scope's tenant.
    pub member: bool,
    /// Those with a role in the scope's tenant that has the permission.
    pub tenant_role: bool,
    /// Anyone at all: a rule that doesn't name roles may allow it.
    pub everyone: bool,
}

/// What could allow a permission at a scope.
///
/// Superuser roles are among the roles, as are those that rules name and those that inherit them.
/// Depths at which the scope's path has no id are left out.
#[must_use]
pub fn carriers(policy: &Policy, permission: PermissionId, scope: &ScopePath) -> Carriers {
    let allow_rules = policy.permission(permission).into_iter().flat_map(|one| {
        let ids = one.allow_rules.iter();
        ids.filter_map(|id| policy.rule(*id))
            .filter(|rule| rule.effect == Effect::Allow)
    });
    let named = |id| {
        let mut rules = allow_rules.clone();
        rules.any(|rule| rule.roles.is_some() && rule.holders.contains(id))
    };
    let mut roles = Vec::new();
    for depth in (0..=scope.depth()).filter(|at| *at == 0 || scope.id_at(*at).is_some()) {
        for (id, role) in (0..).zip(policy.roles()) {
            let is_superuser = role
                .superuser_from
                .is_some_and(|from| depth <= from && scope.depth() >= from);
            if role.may_be_granted_at(depth)
                && (role.permissions.contains(permission) || is_superuser || named(id))
            {
                roles.push((id, depth));
            }
        }
    }
    let tenants = policy
        .tenants()
        .filter(|tenants| scope.id_at(tenants.depth).is_some());
    Carriers {
        roles,
        owner: tenants.is_some_and(|tenants| tenants.owner.contains(permission)),
        member: tenants.is_some_and(|tenants| tenants.member.contains(permission)),
        tenant_role: tenants.is_some(),
        everyone: allow_rules.clone().any(|rule| rule.roles.is_none()),
    }
}

/// The fields that a subject may read or write by a request; `None` means all of them, none listed
/// that it may not. The request's own `fields` don't matter.
#[must_use]
pub fn allowed_fields(
    policy: &Policy,
    subject: &Subject,
    query: &Query,
    now: UnixSecs,
) -> Option<Vec<FieldId>> {
    let Query::Permission(query) = query else {
        return Some(Vec::new());
    };
    let of_none = PermissionQuery {
        fields: Vec::new(),
        ..query.clone()
    };
    let Some(asked) = Asked::new(policy, subject, &of_none, now) else {
        return Some(Vec::new());
    };
    if !asked.code().allows() {
        return Some(Vec::new());
    }
    let resource = policy.resource(asked.permission.resource?)?;
    let all = (0..).zip(&resource.fields).map(|(id, _)| id);
    let allowed: Vec<FieldId> = all
        .filter(|id| {
            let one = [*id];
            let asked = Asked {
                fields: &one,
                ..asked
            };
            asked.denied_field().is_none()
        })
        .collect();
    (allowed.len() < resource.fields.len()).then_some(allowed)
}
