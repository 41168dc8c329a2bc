//! Explanations as JSON, written by hand: the derived writers are several times as large, and a
//! page loads them. A test holds the two against each other.

use alloc::string::String;

use super::{Change, Clause, Explanation, IgnoredGrant, IgnoredReason, TenantPart};
use crate::json::JsonText;

impl Explanation {
    /// The JSON that serde makes of it, too.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = JsonText::new();
        out.open('{');
        out.name("allow");
        out.flag(self.allow);
        out.text_member("code", self.code.as_str());
        out.text_member("message", &self.message);
        if let Some(clause) = &self.clause {
            write_clause(&mut out, clause);
        }
        if let Some(grant) = &self.granted_by {
            out.text_member("grantedBy", grant);
        }
        out.open_list("missing");
        for changes in &self.missing {
            write_changes(&mut out, changes);
        }
        out.close(']');
        if !self.complete {
            out.name("complete");
            out.flag(false);
        }
        if !self.ignored_grants.is_empty() {
            out.name("ignoredGrants");
            write_ignored(&mut out, &self.ignored_grants);
        }
        out.close('}');
        out.finish()
    }
}

fn write_clause(out: &mut JsonText, clause: &Clause) {
    out.name("clause");
    out.open('{');
    out.text_member("path", &clause.path);
    if let Some(at) = clause.at {
        out.name("line");
        out.whole(at.line.into());
        out.name("column");
        out.whole(at.column.into());
    }
    out.close('}');
}

fn write_changes(out: &mut JsonText, changes: &[Change]) {
    out.open('[');
    for change in changes {
        out.open('{');
        write_change(out, change);
        out.close('}');
    }
    out.close(']');
}

fn write_change(out: &mut JsonText, change: &Change) {
    match change {
        Change::Grant { role, scope } => {
            out.text_member("kind", "grant");
            out.text_member("role", role);
            out.text_member("scope", scope);
        }
        Change::Tier { tier } => {
            out.text_member("kind", "tier");
            out.text_member("tier", tier);
        }
        Change::Renew => out.text_member("kind", "renew"),
        Change::Tenant { tenant, part } => {
            out.text_member("kind", "tenant");
            out.text_member("tenant", tenant);
            out.text_member("as", part.as_str());
        }
        Change::Fact { fact, value } => {
            out.text_member("kind", "fact");
            out.text_member("fact", fact);
            out.name("is");
            out.flag(*value);
        }
    }
}

/// A list of grants that confer nothing, as a value.
#[inline(never)]
pub fn write_ignored(out: &mut JsonText, ignored: &[IgnoredGrant]) {
    out.open('[');
    for one in ignored {
        out.open('{');
        out.text_member("grant", &one.grant);
        out.text_member("reason", one.reason.as_str());
        out.close('}');
    }
    out.close(']');
}

impl TenantPart {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
            Self::Role => "role",
        }
    }
}

impl IgnoredReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedScope => "malformed_scope",
            Self::NotGrantableHere => "not_grantable_here",
            Self::UnknownRole => "unknown_role",
            Self::UnknownScopeLevel => "unknown_scope_level",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::decide::Code;
    use crate::policy::Position;

    #[track_caller]
    fn agree(explanation: &Explanation) {
        let derived = serde_json::to_string(explanation).unwrap();
        assert_eq!(explanation.to_json(), derived);
    }

    fn explanation() -> Explanation {
        Explanation {
            allow: false,
            code: Code::OutOfScope,
            message: "a \"b\"\n".to_string(),
            clause: None,
            granted_by: None,
            missing: vec![],
            complete: true,
            ignored_grants: vec![],
        }
    }

    #[test]
    fn the_json_is_what_the_derived_writer_makes() {
        let text = "x".to_string();
        let tenant = |part| Change::Tenant {
            tenant: "t".to_string(),
            part,
        };
        let ignored = |reason| IgnoredGrant {
            grant: "R@a:1".to_string(),
            reason,
        };
        agree(&explanation());
        let mut full = explanation();
        full.allow = true;
        full.complete = false;
        full.granted_by = Some(text.clone());
        full.missing = vec![
            vec![
                Change::Grant {
                    role: text.clone(),
                    scope: String::new(),
                },
                Change::Tier { tier: text.clone() },
                Change::Renew,
            ],
            vec![],
            vec![
                tenant(TenantPart::Owner),
                tenant(TenantPart::Member),
                tenant(TenantPart::Role),
            ],
            vec![Change::Fact {
                fact: text.clone(),
                value: true,
            }],
        ];
        full.ignored_grants = vec![
            ignored(IgnoredReason::MalformedScope),
            ignored(IgnoredReason::NotGrantableHere),
            ignored(IgnoredReason::UnknownRole),
            ignored(IgnoredReason::UnknownScopeLevel),
        ];
        for at in [None, Some(Position { line: 1, column: 2 })] {
            full.clause = Some(Clause {
                path: text.clone(),
                at,
            });
            agree(&full);
        }
    }
}
