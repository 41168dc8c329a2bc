//! A decision with its reasons, as enforcement points get it.

use portcullis_core::decide::Explanation;
use serde_json::{Map, Value, json};

/// Allowed or not, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether it is allowed.
    pub decision: bool,
    /// Reasons: `code` for machines and `reason_user` for the user it is about; for callers who may
    /// ask about others besides `reason_admin`, `clause`, `granted_by`, and on a deny `missing`, the
    /// smallest sets of changes that would allow it.
    pub context: Map<String, Value>,
}

impl Decision {
    /// The answer that an explanation comes to. Only a trusted caller gets the clause and what is
    /// missing: they tell what registered records hold and how the policy is built.
    pub(super) fn new(explanation: &Explanation, is_trusted: bool) -> Self {
        let status = if explanation.allow { "200" } else { "403" };
        let code = explanation.code.as_str();
        let mut context = Map::new();
        context.insert("code".to_owned(), code.into());
        context.insert(
            "reason_user".to_owned(),
            json!({ status: explanation.message }),
        );
        if is_trusted {
            let clause = explanation.clause.as_ref();
            let reason = clause.map_or_else(
                || code.to_owned(),
                |clause| match clause.at {
                    Some(at) => format!("{code} by {} at {at}", clause.path),
                    None => format!("{code} by {}", clause.path),
                },
            );
            context.insert("reason_admin".to_owned(), json!({ status: reason }));
            context.extend(clause.map(|clause| ("clause".to_owned(), json!(clause))));
            let granted_by = explanation.granted_by.as_deref();
            context.extend(granted_by.map(|grant| ("granted_by".to_owned(), grant.into())));
            if !explanation.allow {
                context.insert("missing".to_owned(), json!(explanation.missing));
            }
        }
        Self {
            decision: explanation.allow,
            context,
        }
    }

    /// A denial because there is no such subject; only callers who may ask about it get it.
    pub(super) fn unknown_subject() -> Self {
        let reason = "There is no such subject.";
        let mut context = Map::new();
        context.insert("code".to_owned(), "unknown_subject".into());
        context.insert("reason_user".to_owned(), json!({ "403": reason }));
        context.insert(
            "reason_admin".to_owned(),
            json!({ "403": "unknown_subject" }),
        );
        Self {
            decision: false,
            context,
        }
    }
}
