//! `has-permission`.

use axum::response::Response;
use http::StatusCode;
use portcullis_core::decide::RawScope;
use portcullis_service::admin::{Connector, has_permission};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::Administrator;
use crate::answer::{Refusal, answer, json_response};
use crate::body::Members;
use crate::call::Call;

/// Whether the caller may do all of `{permissions: {resource: [action]}}`, everywhere or at `scope`.
pub(super) async fn check<S: Store, H: Host>(
    Call(app, caller, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    match (members.has("permissions"), members.has("permission")) {
        (true, false) => {}
        (false, true) => {
            let message = "invalid permission check. no permission(s) were passed.";
            let body = json!({ "message": message });
            return Ok(json_response(StatusCode::BAD_REQUEST, &body));
        }
        (true, true) | (false, false) => {
            let problem = "[body] Invalid input: expected one of permissions and permission";
            return Err(Refusal::Validation(problem.to_owned()));
        }
    }
    let scope = members.optional_text("scope");
    let groups = groups(&members);
    if groups.is_none() {
        members.problem("[body.permissions] Invalid input: expected record");
    }
    members.settle()?;
    let scope = RawScope::Text(scope.unwrap_or_default());
    let groups = groups.unwrap_or_default();
    let success = has_permission(&app, &caller, &groups, &scope).await?;
    let body = json!({ "error": null, "success": success });
    Ok(answer(&body, caller.user.id))
}

/// Permissions by resource: a list of actions, or `{actions, connector}`.
fn groups(members: &Members) -> Option<Vec<(Vec<String>, Connector)>> {
    let permissions = members.get("permissions")?.as_object()?;
    permissions
        .iter()
        .map(|(resource, value)| {
            let (actions, connector) = match value {
                Value::Object(group) => (
                    group.get("actions")?.as_array()?,
                    match group.get("connector").and_then(Value::as_str) {
                        Some("OR") => Connector::Or,
                        None | Some("AND") => Connector::And,
                        Some(_) => return None,
                    },
                ),
                value => (value.as_array()?, Connector::And),
            };
            let names = actions.iter().map(|action| {
                let action = action.as_str()?;
                Some(format!("{resource}:{action}"))
            });
            Some((names.collect::<Option<Vec<_>>>()?, connector))
        })
        .collect()
}
