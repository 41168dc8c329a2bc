//! Mail on its way.

use portcullis_service::StoreError;
use portcullis_service::mail::{MailKind, NewMail, SettledMail, TakenMail};

use crate::{Row, Statement, Value};

/// Which account a mail is about, and in which case it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    /// The account of a one-time value, if that was made.
    OneTime(&'a str),
    /// An account.
    User(&'a str),
    /// The account with an address, unless it is the one with this id.
    Other {
        /// The address.
        email: &'a str,
        /// The id.
        id: &'a str,
    },
}

/// Writes a mail. One to an address that isn't the account's own isn't written when another account
/// has it: its owner has asked for nothing.
pub(crate) fn add(mail: &NewMail, about: About<'_>) -> Statement {
    let (accounts, keys): (&str, Vec<Value>) = match about {
        About::OneTime(id) => (
            "u.id = (SELECT user_id FROM one_time WHERE id = ?7)",
            vec![id.into()],
        ),
        About::User(id) => ("u.id = ?7", vec![id.into()]),
        About::Other { email, id } => {
            ("u.email = ?7 AND u.id <> ?8", vec![email.into(), id.into()])
        }
    };
    let mut params: Vec<Value> = vec![
        mail.id.as_str().into(),
        mail.kind.as_str().into(),
        mail.recipient.clone().into(),
        mail.sealed.as_str().into(),
        mail.created_at_ms.into(),
        mail.expires_at_ms.into(),
    ];
    params.extend(keys);
    Statement::new(
        format!(
            "INSERT INTO mail (id, kind, user_id, recipient, sealed, created_at_ms, expires_at_ms, \
             next_at_ms) SELECT ?1, ?2, u.id, coalesce(?3, u.email), ?4, ?5, ?6, ?5 FROM user u \
             WHERE {accounts} AND u.disabled_at_ms IS NULL AND NOT EXISTS \
             (SELECT 1 FROM user v WHERE v.email = ?3 AND v.id <> u.id)"
        ),
        params,
    )
}

pub(crate) fn take(now_ms: i64, until_ms: i64, limit: u32) -> Statement {
    Statement::new(
        "UPDATE mail SET attempts = attempts + 1, next_at_ms = ?2 WHERE id IN \
         (SELECT id FROM mail WHERE dead_at_ms IS NULL AND next_at_ms <= ?1 \
         ORDER BY next_at_ms LIMIT ?3) RETURNING *, \
         (SELECT u.name FROM user u WHERE u.id = mail.user_id) AS user_name, \
         (SELECT u.email FROM user u WHERE u.id = mail.user_id) AS user_email",
        vec![now_ms.into(), until_ms.into(), i64::from(limit).into()],
    )
}

pub(crate) fn taken(row: &Row) -> Result<TakenMail, StoreError> {
    let kind = MailKind::parse(&row.text("kind")?)
        .ok_or_else(|| row.inconsistent("kind", "one of those that there are"))?;
    Ok(TakenMail {
        id: row.text("id")?,
        kind,
        recipient: row.text("recipient")?,
        user_id: row.text("user_id")?,
        user_name: row.text("user_name")?,
        user_email: row.text("user_email")?,
        sealed: row.text("sealed")?,
        expires_at_ms: row.integer("expires_at_ms")?,
        attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
    })
}

pub(crate) fn settle(settled: &SettledMail) -> Statement {
    match settled {
        SettledMail::Done { id } => {
            Statement::new("DELETE FROM mail WHERE id = ?1", vec![id.as_str().into()])
        }
        SettledMail::Later {
            id,
            next_at_ms,
            problem,
        } => Statement::new(
            "UPDATE mail SET next_at_ms = ?2, last_error = ?3 WHERE id = ?1",
            vec![
                id.as_str().into(),
                (*next_at_ms).into(),
                problem.as_str().into(),
            ],
        ),
        SettledMail::Dead { id, at_ms, problem } => Statement::new(
            // An operator may hand it on again for as long as its link opens something.
            "UPDATE mail SET dead_at_ms = ?2, last_error = ?3, \
             sealed = CASE WHEN expires_at_ms > ?2 THEN sealed END WHERE id = ?1",
            vec![id.as_str().into(), (*at_ms).into(), problem.as_str().into()],
        ),
    }
}

pub(crate) fn prune(before_ms: i64) -> Statement {
    Statement::new(
        "DELETE FROM mail WHERE dead_at_ms < ?1 OR expires_at_ms < ?1",
        vec![before_ms.into()],
    )
}
