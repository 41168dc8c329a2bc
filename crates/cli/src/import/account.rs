//! How a user signs in: a password, or an account at an outside provider.

use portcullis_issue::password::form_of;
use portcullis_store::import::{ImportedOutsideAccount, add_outside_account, add_password};

use super::Context;
use super::chunk::{Key, Plan, Row};
use super::record::Record;

/// What the provider of passwords is called there.
const PASSWORDS: &str = "credential";

/// Reads a row of the table `account`.
pub(super) fn read(context: &Context, record: &Record) -> Row {
    let id = record.text("id").unwrap_or_default();
    match account(context, record) {
        Ok((plan, notes)) => Row { id, plan, notes },
        Err(reason) => Row::skipped(id, reason),
    }
}

fn account(context: &Context, record: &Record) -> Result<(Plan, Vec<String>), String> {
    let user_id = record.required("userid")?;
    let provider = record.required("providerid")?;
    let created_at_ms = record.time_ms("createdat")?.unwrap_or(context.now_ms);
    let updated_at_ms = record.time_ms("updatedat")?.unwrap_or(created_at_ms);
    if provider == PASSWORDS {
        let hash = record.required("password")?;
        form_of(&hash)
            .map_err(|error| format!("its password's hash can't be verified: {error}"))?;
        let statement = add_password(&user_id, &hash, updated_at_ms);
        let plan = Plan::Write(vec![statement], Key::Password { user_id });
        return Ok((plan, Vec::new()));
    }
    let mut notes = Vec::new();
    if record.text("refreshtoken").is_some() || record.text("accesstoken").is_some() {
        notes.push("tokens of outside providers aren't imported".to_owned());
    }
    let account = ImportedOutsideAccount {
        id: record.required("id")?,
        user_id,
        provider,
        account_id: record.required("accountid")?,
        scope: record.text("scope").unwrap_or_default(),
        created_at_ms,
        updated_at_ms,
    };
    let statement = add_outside_account(&account);
    let key = Key::Outside {
        user_id: account.user_id,
        provider: account.provider,
        account_id: account.account_id,
    };
    Ok((Plan::Write(vec![statement], key), notes))
}
