//! Values that open something once.
//!
//! One is used up by a single conditional `UPDATE`; the statement after it ends the whole batch
//! unless that took effect. So what a value opens is done exactly once, together with using it up.

use portcullis_service::StoreError;
use portcullis_service::accounts::{Ask, Audience, NewOneTime, OneTime, Purpose, Use, Whom};

use crate::{Row, Statement, Value};

/// Most values for one purpose made for an account in an hour: so much mail at most can others have
/// sent to it.
const MAX_PER_HOUR: i64 = 5;
const HOUR_MS: i64 = 3_600_000;

/// Ends the batch that it is in, with nothing done, unless a condition holds; `reason` becomes part of
/// the error, by which [`crate::accounts`] tells it from a failure.
///
/// SQLite has no statement that fails on purpose outside of triggers; a JSON path that isn't one does.
pub(crate) fn require(condition: &str, mut params: Vec<Value>, reason: &'static str) -> Statement {
    params.push(reason.into());
    let number = params.len();
    Statement::new(
        format!(
            "SELECT CASE WHEN {condition} THEN 1 ELSE json_extract('{{}}', ?{number}) END AS held"
        ),
        params,
    )
}

/// Uses a value up, or ends the batch.
pub(crate) fn consume(by: &Use) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE one_time SET used_at_ms = ?3, used_by = ?2 \
             WHERE secret_hash = ?1 AND purpose = ?4 AND user_id = ?5 AND used_at_ms IS NULL \
             AND expires_at_ms > ?3 AND EXISTS (SELECT 1 FROM user u \
             WHERE u.id = one_time.user_id AND u.disabled_at_ms IS NULL) RETURNING id",
            vec![
                by.secret_hash.as_str().into(),
                by.use_id.as_str().into(),
                by.now_ms.into(),
                by.purpose.as_str().into(),
                by.user_id.as_str().into(),
            ],
        ),
        require(
            "EXISTS (SELECT 1 FROM one_time WHERE secret_hash = ?1 AND used_by = ?2)",
            vec![by.secret_hash.as_str().into(), by.use_id.as_str().into()],
            USED,
        ),
    ]
}

/// The reason of [`require`] for a value that is used, over, or another's.
pub(crate) const USED: &str = "one-time value is used";

/// Makes every value of an account open nothing any more, but those that confirm its address.
pub(crate) fn void(user_id: &str, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE one_time SET used_at_ms = ?2, used_by = 'void' \
         WHERE user_id = ?1 AND used_at_ms IS NULL AND purpose <> 'verify-email'",
        vec![user_id.into(), now_ms.into()],
    )
}

/// Makes a value for an account that there is and that isn't disabled.
pub(crate) fn ask(ask: &Ask<'_>) -> Statement {
    let (column, key) = match ask.whom {
        Whom::Email(email) => ("email", email),
        Whom::Id(id) => ("id", id),
    };
    let audience = match ask.audience {
        Audience::Anybody => "",
        Audience::Unverified => " AND u.email_verified = 0",
    };
    let value = &ask.value;
    let mut params = params(value);
    params.extend([
        key.into(),
        (value.created_at_ms - HOUR_MS).into(),
        MAX_PER_HOUR.into(),
    ]);
    Statement::new(
        format!(
            "INSERT INTO one_time (id, secret_hash, purpose, user_id, payload, created_at_ms, \
             expires_at_ms) SELECT ?1, ?2, ?3, u.id, ?4, ?5, ?6 FROM user u \
             WHERE u.{column} = ?7 AND u.disabled_at_ms IS NULL{audience} \
             AND (SELECT count(*) FROM one_time o WHERE o.user_id = u.id AND o.purpose = ?3 \
             AND o.created_at_ms > ?8) < ?9 RETURNING id"
        ),
        params,
    )
}

/// Makes a value for an account with this id.
pub(crate) fn add(value: &NewOneTime, user_id: &str) -> Statement {
    let mut params = params(value);
    params.push(user_id.into());
    Statement::new(
        "INSERT INTO one_time (id, secret_hash, purpose, user_id, payload, created_at_ms, \
         expires_at_ms) SELECT ?1, ?2, ?3, u.id, ?4, ?5, ?6 FROM user u WHERE u.id = ?7",
        params,
    )
}

/// Makes a value for the account with this address; returns a row when there is one.
#[must_use]
pub fn add_for_email(value: &NewOneTime, email: &str) -> Statement {
    let mut params = params(value);
    params.push(email.into());
    Statement::new(
        "INSERT INTO one_time (id, secret_hash, purpose, user_id, payload, created_at_ms, \
         expires_at_ms) SELECT ?1, ?2, ?3, u.id, ?4, ?5, ?6 FROM user u WHERE u.email = ?7 \
         RETURNING id",
        params,
    )
}

fn params(value: &NewOneTime) -> Vec<Value> {
    vec![
        value.id.as_str().into(),
        value.secret_hash.as_str().into(),
        value.purpose.as_str().into(),
        value.payload.as_str().into(),
        value.created_at_ms.into(),
        value.expires_at_ms.into(),
    ]
}

/// A value that wasn't used, of an account that isn't disabled.
pub(crate) fn unused(secret_hash: &str) -> Statement {
    Statement::new(
        "SELECT o.* FROM one_time o JOIN user u ON u.id = o.user_id \
         WHERE o.secret_hash = ?1 AND o.used_at_ms IS NULL AND u.disabled_at_ms IS NULL",
        vec![secret_hash.into()],
    )
}

pub(crate) fn value(row: &Row) -> Result<OneTime, StoreError> {
    let purpose = Purpose::parse(&row.text("purpose")?)
        .ok_or_else(|| row.inconsistent("purpose", "one of those that there are"))?;
    Ok(OneTime {
        purpose,
        user_id: row.text("user_id")?,
        payload: row.text("payload")?,
        expires_at_ms: row.integer("expires_at_ms")?,
    })
}

pub(crate) fn prune(before_ms: i64) -> Statement {
    Statement::new(
        "DELETE FROM one_time WHERE expires_at_ms < ?1",
        vec![before_ms.into()],
    )
}
