//! Who is signed in.

use portcullis_issue::opaque::SessionToken;
use portcullis_store::import::{ImportedSession, add_session};

use super::Context;
use super::chunk::{Key, Plan, Row};
use super::record::Record;

/// What a session that ends with the browser lasts there.
const BROWSER_SESSION_MS: i64 = 86_400_000;

/// Reads a row of the table `session`.
pub(super) fn read(context: &Context, record: &Record) -> Row {
    let id = record.text("id").unwrap_or_default();
    match session(context, record) {
        Ok(session) => {
            let key = Key::Session {
                user_id: session.user_id.clone(),
                token_hash: session.token_hash.clone(),
            };
            Row {
                id,
                plan: Plan::Write(vec![add_session(&session)], key),
                notes: Vec::new(),
            }
        }
        Err(reason) => Row::skipped(id, reason),
    }
}

fn session(context: &Context, record: &Record) -> Result<ImportedSession, String> {
    let token = SessionToken::parse(&record.required("token")?)
        .map_err(|error| format!("its token isn't one: {error}"))?;
    let expires_at_ms = record
        .time_ms("expiresat")?
        .ok_or_else(|| "it has no `expiresat`".to_owned())?;
    if expires_at_ms <= context.now_ms {
        return Err("it is over".to_owned());
    }
    if record.text("impersonatedby").is_some() {
        return Err("somebody else acts in it".to_owned());
    }
    let created_at_ms = record.time_ms("createdat")?.unwrap_or(context.now_ms);
    let renewed_at_ms = record.time_ms("updatedat")?.unwrap_or(created_at_ms);
    Ok(ImportedSession {
        id: record.required("id")?,
        token_hash: token.hash().to_string(),
        user_id: record.required("userid")?,
        created_at_ms,
        renewed_at_ms,
        expires_at_ms,
        ip_address: record.text("ipaddress").unwrap_or_default(),
        user_agent: record.text("useragent").unwrap_or_default(),
        remember_me: expires_at_ms - renewed_at_ms > BROWSER_SESSION_MS,
    })
}
