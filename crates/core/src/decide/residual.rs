//! What a verdict still depends on once the principal and the scope are known.

use alloc::vec::Vec;

use super::verdict::Asked;
use super::{Reach, Subject};
use crate::condition::{Test, Truth};
use crate::policy::{PermissionId, Policy, Rule};
use crate::time::UnixSecs;

/// The rules that have a say about a permission at a scope, with what is known of the principal put in.
///
/// A request for the permission there, with a record and attributes or without, is allowed when no
/// test of `deny` comes out true or an error, and `allow` is `None` or has a test that comes out
/// true. Whether the principal has expired, and which fields and whose account the request is
/// about, is another matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Residual {
    /// Tests of the rules that deny, but for those that can't come out other than false.
    pub deny: Vec<Test>,
    /// Tests of the rules that allow, but for those that can't come out true; `None` when a role or
    /// a tenant allows it.
    pub allow: Option<Vec<Test>>,
}

impl Reach {
    /// What a request for this permission at this scope still depends on.
    #[must_use]
    pub fn residual(
        &self,
        policy: &Policy,
        subject: &Subject,
        permission: PermissionId,
    ) -> Residual {
        let never = Residual {
            deny: Vec::new(),
            allow: Some(Vec::new()),
        };
        let known = |rule: &Rule| rule.when.for_principal(subject.id(), subject.attributes());
        let Some(asked) = Asked::within(policy, subject, permission, self, UnixSecs::new(0)) else {
            return never;
        };
        if asked.tier_denial().is_some() {
            return never;
        }
        let mut deny = Vec::new();
        for (_, rule) in asked.denying() {
            let test = known(rule);
            if rule.fields.is_none() && test != Test::Constant(Truth::False) {
                deny.push(test);
            }
        }
        if asked.standing().code().is_some() {
            return Residual { deny, allow: None };
        }
        let mut allow = Vec::new();
        for (_, rule) in asked.allowing() {
            let test = known(rule);
            if !matches!(test, Test::Constant(Truth::False | Truth::Error)) {
                allow.push(test);
            }
        }
        let allow = Some(allow);
        Residual { deny, allow }
    }
}
