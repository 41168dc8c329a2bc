//! A change as one batch: the verdict, the effects, the record, the audit, the answer.

use portcullis_service::StoreError;
use portcullis_service::tenants::{Change, Condition, NewChange, Outcome, Write};

use super::conditions::verdict;
use super::effects::effects;
use super::reads::{MEMBER, PERMISSION, ROLE, TENANT};
use crate::{Row, Statement, Tables, audit};

/// The last statement but one returns the verdict and the record.
pub(crate) fn change(tables: &Tables, change: &NewChange<'_>) -> Vec<Statement> {
    let mut statements = vec![verdict(tables, change)];
    statements.extend(effects(tables, change));
    statements.extend(record(tables, change));
    let outbox = tables.fill("{tenant_change}");
    statements.push(audit::add_if_changed(change.event, change.id, &outbox));
    statements.push(Statement::new(
        format!("SELECT id, verdict, record FROM {outbox} WHERE id = ?1"),
        vec![change.id.into()],
    ));
    statements.push(Statement::new(
        format!("DELETE FROM {outbox} WHERE id = ?1 AND (verdict <> 'ok' OR ?2 = 0)"),
        vec![change.id.into(), change.is_told.into()],
    ));
    statements
}

/// Keeps the record as it is now; deletions have kept it as it was.
fn record(tables: &Tables, change: &NewChange<'_>) -> Option<Statement> {
    let (record, id) = match change.write {
        Write::CreateTenant { id, .. } => (tenant(), id.as_str()),
        Write::UpdateTenant { .. } => (tenant(), change.tenant_id.unwrap_or_default()),
        Write::AddMember { user, .. } => {
            let of_user = "m.user_id IN (SELECT id FROM user WHERE id = ?2 OR email = ?2)";
            let text = member(&format!(
                "{of_user} AND m.tenant_id = (SELECT tenant_id FROM {{tenant_change}} WHERE id = ?1)"
            ));
            (text, user.as_str())
        }
        Write::SetOwner { member_id, .. } => (member("m.id = ?2"), member_id.as_str()),
        Write::CreateRole { id, .. } | Write::UpdateRole { role_id: id, .. } => (
            format!("SELECT {ROLE} FROM {{tenant_role}} r WHERE r.id = ?2"),
            id.as_str(),
        ),
        Write::CreatePermission { id, .. } | Write::UpdatePermission { id, .. } => (
            format!("SELECT {PERMISSION} FROM {{tenant_permission}} p WHERE p.id = ?2"),
            id.as_str(),
        ),
        Write::RemoveMember { .. }
        | Write::DeleteRole { .. }
        | Write::Assign { .. }
        | Write::Unassign { .. }
        | Write::DeletePermission { .. } => return None,
    };
    let text = format!(
        "UPDATE {{tenant_change}} SET record = ({record}) WHERE id = ?1 AND verdict IN ('ok', 'same')"
    );
    let params = vec![change.id.into(), id.into()];
    Some(Statement::new(tables.fill(&text), params))
}

fn tenant() -> String {
    format!("SELECT {TENANT} FROM {{tenant}} t WHERE t.id = ?2")
}

fn member(which: &str) -> String {
    format!(
        "SELECT {MEMBER} FROM {{tenant_member}} m JOIN user u ON u.id = m.user_id WHERE {which}"
    )
}

/// What came of a change, from the results of its batch.
pub(crate) fn outcome(change: &NewChange<'_>, results: &[Vec<Row>]) -> Result<Outcome, StoreError> {
    let row = results
        .len()
        .checked_sub(2)
        .and_then(|index| results.get(index)?.first())
        .ok_or_else(|| StoreError::new("a change left no verdict"))?;
    let verdict = row.text("verdict")?;
    if let Some(condition) = condition(&verdict) {
        return Ok(Outcome::Refused(condition));
    }
    let record = change.write.kind().read(&row.text("record")?)?;
    match verdict.as_str() {
        "ok" => Ok(Outcome::Done(Box::new(Change {
            id: change.id.to_owned(),
            kind: change.write.kind(),
            tenant_id: change.tenant_id.map(str::to_owned),
            user_id: change.authority.user_id.clone(),
            at_ms: change.at_ms,
            record,
        }))),
        "same" => Ok(Outcome::Unchanged(Box::new(record))),
        _ => Err(row.inconsistent("verdict", "one of those that there are")),
    }
}

fn condition(verdict: &str) -> Option<Condition> {
    Some(match verdict {
        "last_owner" => Condition::LastOwner,
        "limit" => Condition::Limit,
        "name_taken" => Condition::NameTaken,
        "no_member" => Condition::NoMember,
        "no_permission" => Condition::NoPermission,
        "no_role" => Condition::NoRole,
        "no_tenant" => Condition::NoTenant,
        "no_user" => Condition::NoUser,
        "not_owner" => Condition::NotOwner,
        "stale" => Condition::Stale,
        _ => return None,
    })
}
