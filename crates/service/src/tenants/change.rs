//! How every change is made: written with its audit record, then told to the hooks.

use portcullis_issue::random::random_id;
use serde_json::{Map, Value};

use super::access::{refuse, scope_of};
use super::ports::{Authority, NewChange, Outcome, Write};
use super::records::Record;
use crate::audit::event;
use crate::host::HostEntropy;
use crate::{App, AuditStatus, Context, Error, Host, Store};

/// Makes a change and answers with its record; for deletions, as it was. What is so already is no
/// error and changes nothing.
///
/// # Errors
/// [`super::Refused`] for the condition that didn't hold when it was written.
pub(super) async fn make<S: Store, H: Host>(
    app: &App<S, H>,
    tenant_id: Option<&str>,
    authority: &Authority,
    write: &Write,
    context: &Context,
) -> Result<Record, Error> {
    let mut record = event(app, context, write.kind().as_str(), AuditStatus::Ok);
    record.user_id = Some(authority.user_id.clone());
    record.scope = tenant_id.map(|id| scope_of(app, id)).transpose()?;
    record.fields = fields(write);
    if let Some(actor) = &authority.actor {
        record.fields.insert("act".into(), actor.as_str().into());
    }
    let id = random_id(&mut HostEntropy(&app.host));
    let outcome = app
        .store
        .change(&NewChange {
            id: &id,
            tenant_id,
            authority,
            write,
            at_ms: app.host.now_ms(),
            is_told: app.settings.webhook.is_some(),
            event: &record,
        })
        .await?;
    match outcome {
        Outcome::Done(change) => {
            app.hooks.after(&change).await;
            Ok(change.record)
        }
        Outcome::Unchanged(record) => Ok(*record),
        Outcome::Refused(condition) => Err(refuse(condition.into())),
    }
}

/// What the audit record says beside who, where and when.
fn fields(write: &Write) -> Map<String, Value> {
    let text = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    let given = |name: &str, value: &Option<String>| {
        let value = value.as_ref()?;
        Some((name.to_owned(), Value::from(value.as_str())))
    };
    let pairs: Vec<Option<(String, Value)>> = match write {
        Write::CreateTenant { name, slug, .. } => {
            vec![Some(text("name", name)), Some(text("slug", slug))]
        }
        Write::UpdateTenant { name } => vec![Some(text("name", name))],
        Write::AddMember {
            id, user, owner, ..
        } => vec![
            Some(text("member", id)),
            Some(text("added", user)),
            Some(("owner".to_owned(), (*owner).into())),
        ],
        Write::SetOwner { member_id, owner } => vec![
            Some(text("member", member_id)),
            Some(("owner".to_owned(), (*owner).into())),
        ],
        Write::RemoveMember { member_id } => vec![Some(text("member", member_id))],
        Write::CreateRole {
            id,
            name,
            permissions,
            ..
        } => vec![
            Some(text("role", id)),
            Some(text("name", name)),
            Some(text("permissions", &permissions.join(" "))),
        ],
        Write::UpdateRole {
            role_id,
            name,
            permissions,
            ..
        } => vec![
            Some(text("role", role_id)),
            given("name", name),
            given(
                "permissions",
                &permissions.as_ref().map(|all| all.join(" ")),
            ),
        ],
        Write::DeleteRole { role_id, .. } => vec![Some(text("role", role_id))],
        Write::Assign {
            member_id, role_id, ..
        }
        | Write::Unassign {
            member_id, role_id, ..
        } => vec![Some(text("member", member_id)), Some(text("role", role_id))],
        Write::CreatePermission { id, name, .. } => {
            vec![Some(text("permission", id)), Some(text("name", name))]
        }
        Write::UpdatePermission { id, name, .. } => {
            vec![Some(text("permission", id)), given("name", name)]
        }
        Write::DeletePermission { id } => vec![Some(text("permission", id))],
    };
    pairs.into_iter().flatten().collect()
}
