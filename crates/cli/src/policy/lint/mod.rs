//! What in a sound policy is likely a mistake.

mod escalation;
mod nulls;
mod roles;
mod rules;
mod truth;
mod unused;

use portcullis_core::policy::{Policy, Position};
use serde_json::{Value, json};

use super::model::Model;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// Likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A kind of finding: its stable name, how bad it is, and what it means.
#[derive(Debug)]
pub(super) struct Kind {
    code: &'static str,
    severity: Severity,
}

const fn warning(code: &'static str) -> Kind {
    Kind {
        code,
        severity: Severity::Warning,
    }
}

const fn note(code: &'static str) -> Kind {
    Kind {
        code,
        severity: Severity::Note,
    }
}

const ESCALATION: Kind = warning("escalation");
const IDLE_ROLE: Kind = warning("idle_role");
const NOBODY_MAY: Kind = warning("nobody_may");
const NULL_EQUALS_NULL: Kind = warning("null_equals_null");
const UNGRANTABLE_ROLE: Kind = warning("ungrantable_role");
const UNREACHABLE_RULE: Kind = warning("unreachable_rule");
const UNUSED_ATTRIBUTE: Kind = warning("unused_attribute");
const UNUSED_TIER: Kind = warning("unused_tier");
const CONFERS_MORE: Kind = note("confers_more");
const UNUSED_FIELD: Kind = note("unused_field");

const KINDS: [&Kind; 10] = [
    &ESCALATION,
    &IDLE_ROLE,
    &NOBODY_MAY,
    &NULL_EQUALS_NULL,
    &UNGRANTABLE_ROLE,
    &UNREACHABLE_RULE,
    &UNUSED_ATTRIBUTE,
    &UNUSED_TIER,
    &CONFERS_MORE,
    &UNUSED_FIELD,
];

/// What each code means, for the help of the command.
pub(super) const CODES_HELP: &str = "\
Warnings:
  escalation        a holder of a role can come to hold more than the role has, by managing itself
  idle_role         a role that carries no permission and that no rule names
  nobody_may        a permission that nobody can come to have
  null_equals_null  an allow rule that compares two values which may both be null, and so equal
  ungrantable_role  a role that can be granted nowhere
  unreachable_rule  a rule that can never decide anything
  unused_attribute  an attribute that no condition and no default uses
  unused_tier       a tier that nothing requires
Notes:
  confers_more      a holder of a role can give others what it doesn't have itself
  unused_field      a field that no condition, scope or rule uses";

/// Something found in a policy.
#[derive(Debug)]
pub(super) struct Finding {
    kind: &'static Kind,
    /// A sentence without a full stop.
    pub(super) message: String,
    /// The clause, such as `roles.NURSE`.
    path: String,
    /// Where it stands.
    pub(super) at: Option<Position>,
}

impl Finding {
    fn new(kind: &'static Kind, path: String, at: Option<Position>, message: String) -> Self {
        Self {
            kind,
            message,
            path,
            at,
        }
    }

    pub(super) const fn code(&self) -> &'static str {
        self.kind.code
    }

    pub(super) const fn severity(&self) -> Severity {
        self.kind.severity
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "code": self.code(),
            "severity": self.severity().as_str(),
            "message": self.message,
            "path": self.path,
            "line": self.at.map(|at| at.line),
            "column": self.at.map(|at| at.column),
        })
    }
}

pub(super) fn is_code(code: &str) -> bool {
    KINDS.iter().any(|kind| kind.code == code)
}

/// The codes there are, for a message.
pub(super) fn codes() -> String {
    let codes: Vec<_> = KINDS.iter().map(|kind| kind.code).collect();
    format!("there are: {}", codes.join(", "))
}

/// Everything found in a policy, in the order of the file.
pub(super) fn findings(policy: &Policy) -> Vec<Finding> {
    let model = Model::new(policy);
    let mut findings = Vec::new();
    roles::look(&model, &mut findings);
    rules::look(&model, &mut findings);
    nulls::look(&model, &mut findings);
    unused::look(&model, &mut findings);
    escalation::look(&model, &mut findings);
    findings.sort_by_key(|finding| finding.at.map(|at| (at.line, at.column)));
    findings
}
