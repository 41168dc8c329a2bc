//! A user there as an account here.

use portcullis_service::Email;
use portcullis_store::import::{ImportedUser, add_user};

use super::Context;
use super::chunk::{Key, Plan, Row};
use super::record::Record;

/// Reads a row of the table `user`.
pub(super) fn read(context: &Context, record: &Record) -> Row {
    let id = record.text("id").unwrap_or_default();
    match user(context, record) {
        Ok((user, mut notes)) => {
            let roles = record.text("role").unwrap_or_default();
            let (grants, unknown) = context.roles.grants(&roles);
            notes.extend(unknown.iter().map(|role| {
                format!("role `{role}` isn't granted; `--role-map {role}=ROLE` would")
            }));
            let key = Key::User {
                id: user.id.clone(),
                email: user.email.clone(),
            };
            let plan = Plan::Write(add_user(&user, &grants, context.now_ms), key);
            Row { id, plan, notes }
        }
        Err(reason) => Row::skipped(id, reason),
    }
}

fn user(context: &Context, record: &Record) -> Result<(ImportedUser, Vec<String>), String> {
    let address = record.required("email")?;
    let email = Email::parse(&address)
        .ok_or_else(|| format!("`{address}` isn't an e-mail address"))?
        .as_str()
        .to_owned();
    let created_at_ms = record.time_ms("createdat")?.unwrap_or(context.now_ms);
    let (disabled_at_ms, disabled_reason) = ban(context, record)?;
    let mut notes = Vec::new();
    if record.flag("twofactorenabled")? {
        notes.push("a second factor isn't imported; it has to be set up again".to_owned());
    }
    if disabled_at_ms.is_some() && record.time_ms("banexpires")?.is_some() {
        notes.push("a ban that would end by itself stays until it is lifted".to_owned());
    }
    Ok((
        ImportedUser {
            id: record.required("id")?,
            name: record.text("name").unwrap_or_else(|| email.clone()),
            email,
            email_verified: record.flag("emailverified")?,
            image: record.text("image"),
            disabled_at_ms,
            disabled_reason,
            created_at_ms,
            updated_at_ms: record.time_ms("updatedat")?.unwrap_or(created_at_ms),
        },
        notes,
    ))
}

/// Since when and why somebody may not sign in; a ban that is over is none.
fn ban(context: &Context, record: &Record) -> Result<(Option<i64>, Option<String>), String> {
    let is_over = record
        .time_ms("banexpires")?
        .is_some_and(|end_ms| end_ms <= context.now_ms);
    if !record.flag("banned")? || is_over {
        return Ok((None, None));
    }
    let since_ms = record.time_ms("updatedat")?.unwrap_or(context.now_ms);
    Ok((Some(since_ms), record.text("banreason")))
}
