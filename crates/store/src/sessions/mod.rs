//! Sessions: begun, looked up, used, refreshed, ended.

mod change;
mod list;
mod row;

use portcullis_core::decide::Grant;
use portcullis_service::session::{
    Refresh, Refreshed, Rotation, SessionStore, Touch, Touched, Which,
};
use portcullis_service::{AuditEvent, Caller, NewSession, Session, SessionRef, StoreError};

pub use change::{rotate_statements, rotate_statements_if};
pub use list::end_all_statements;

pub(crate) use list::named;
pub(crate) use row::session;

use row::COLUMNS as SESSION;

use crate::access_changes::LATEST_CHANGE;
use crate::tenants::{MEMBERSHIPS, PERMISSION_EPOCH};
use crate::{Driver, Row, SqlStore, Statement, Tables, Value, accounts, audit};

/// The first statement returns a row when the session was begun; the others hold only then.
pub(crate) fn begin(new: &NewSession, event: &AuditEvent) -> Vec<Statement> {
    let mut statements = begin_statements(new);
    statements.push(audit::add_if_session(event, &new.session.id));
    statements
}

/// As [`begin`], without the record: for batches with other changes.
#[must_use]
pub fn begin_statements(new: &NewSession) -> Vec<Statement> {
    let session = &new.session;
    let refresh = new.refresh.as_ref();
    let methods = serde_json::Value::from(session.methods.clone()).to_string();
    let mut statements = vec![Statement::new(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, ip_address, user_agent, remember_me, absolute_expires_at_ms, \
         last_active_at_ms, authenticated_at_ms, methods, device_id, device_name, user_epoch, \
         token_expires_at_ms, refresh_hash, refresh_rotated_at_ms) \
         SELECT ?1, ?2, id, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?4, ?10, ?11, ?12, ?13, epoch, ?14, ?15, ?4 \
         FROM user WHERE id = ?3 AND disabled_at_ms IS NULL RETURNING id",
        vec![
            session.id.as_str().into(),
            new.token_hash.as_str().into(),
            session.user_id.as_str().into(),
            session.created_at_ms.into(),
            session.expires_at_ms.into(),
            session.ip_address.as_str().into(),
            session.user_agent.as_str().into(),
            session.remember_me.into(),
            session.absolute_expires_at_ms.into(),
            session.authenticated_at_ms.into(),
            methods.into(),
            session.device_id.as_str().into(),
            session.device_name.as_str().into(),
            refresh.map(|new| new.token_expires_at_ms).into(),
            refresh.map(|new| new.hash.as_str()).into(),
        ],
    )];
    if let Some(replaced) = &new.replaces_token_hash {
        statements.push(Statement::new(
            "DELETE FROM session WHERE (token_hash = ?1 \
             OR (old_token_hash = ?1 AND old_token_until_ms > ?4)) AND user_id = ?2 \
             AND id <> ?3 AND EXISTS (SELECT 1 FROM session WHERE id = ?3)",
            vec![
                replaced.as_str().into(),
                session.user_id.as_str().into(),
                session.id.as_str().into(),
                session.created_at_ms.into(),
            ],
        ));
    }
    if let Some(rehash) = &new.rehash {
        statements.push(Statement::new(
            "UPDATE password SET phc = ?2, updated_at_ms = ?4 WHERE user_id = ?1 AND phc = ?3 \
             AND EXISTS (SELECT 1 FROM session WHERE id = ?5)",
            vec![
                session.user_id.as_str().into(),
                rehash.to.as_str().into(),
                rehash.from.as_str().into(),
                session.created_at_ms.into(),
                session.id.as_str().into(),
            ],
        ));
    }
    statements
}

/// A session in which an administrator acts as somebody else holds only as long as its own one.
const ACTED_BY_SOMEBODY: &str = "(s.impersonator_user_id IS NULL OR EXISTS (SELECT 1 \
    FROM session own JOIN user a ON a.id = own.user_id WHERE own.id = s.impersonator_session_id \
    AND own.user_id = s.impersonator_user_id AND own.expires_at_ms > ?2 \
    AND a.disabled_at_ms IS NULL))";

/// Everything that is known of a caller in one statement: what it may do is as new as its session.
pub(crate) fn caller_by(tables: &Tables, session: &SessionRef, now_ms: i64) -> Statement {
    // By the token, or by the one before it for a moment: two look-ups by index, the second only when
    // the first finds nothing.
    let (key, superseded_by, found) = match session {
        SessionRef::Id(id) => (id, "NULL", "s.id = ?1"),
        SessionRef::TokenHash(hash) => (
            hash,
            "CASE WHEN s.token_hash <> ?1 THEN s.token_hash END",
            "s.id = coalesce((SELECT id FROM session WHERE token_hash = ?1), \
             (SELECT id FROM session WHERE old_token_hash = ?1 AND old_token_until_ms > ?2)) \
             AND coalesce(s.token_expires_at_ms > ?2, 1)",
        ),
    };
    let text = format!(
        "SELECT u.*, {SESSION}, {superseded_by} AS superseded_by, \
         (SELECT json_group_array(CASE g.scope WHEN '' THEN g.role \
         ELSE g.role || '@' || g.scope END) FROM role_grant g WHERE g.user_id = u.id) \
         AS grants, {MEMBERSHIPS} AS memberships, {PERMISSION_EPOCH} AS policy_epoch, \
         {LATEST_CHANGE} AS rev \
         FROM session s JOIN user u ON u.id = s.user_id \
         WHERE {found} AND s.expires_at_ms > ?2 AND u.disabled_at_ms IS NULL AND {ACTED_BY_SOMEBODY}"
    );
    Statement::new(tables.fill(&text), vec![key.as_str().into(), now_ms.into()])
}

pub(crate) fn caller(row: &Row) -> Result<Caller, StoreError> {
    let user = accounts::user(row)?;
    let texts: Vec<String> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of texts"))?;
    let attributes = serde_json::from_str(&row.text("attributes")?)
        .map_err(|_| row.inconsistent("attributes", "a JSON object"))?;
    let tenants = serde_json::from_str(&row.text("memberships")?)
        .map_err(|_| row.inconsistent("memberships", "a JSON list of memberships"))?;
    Ok(Caller {
        impersonator: row::impersonator(row)?,
        session: row::session(row)?,
        user,
        grants: texts.iter().map(|text| Grant::parse(text)).collect(),
        attributes,
        tenants,
        policy_epoch: row.integer("policy_epoch")?,
        actor: None,
        api_key: None,
        rev: row.integer("rev")?,
    })
}

/// The last statement returns a row when there was a session to end: by its id, its token, or the one
/// before that while it holds.
pub(crate) fn end(session: &SessionRef, event: &AuditEvent) -> Vec<Statement> {
    let (condition, values): (_, Vec<Value>) = match session {
        SessionRef::Id(id) => ("id = $1", vec![id.as_str().into()]),
        SessionRef::TokenHash(hash) => (
            "(token_hash = $1 OR (old_token_hash = $1 AND old_token_until_ms > $2))",
            vec![hash.as_str().into(), event.at_ms.into()],
        ),
    };
    let delete = condition.replace('$', "?");
    vec![
        audit::add_for_sessions(event, condition, values.clone()),
        Statement::new(
            format!("DELETE FROM session WHERE {delete} RETURNING id"),
            values,
        ),
    ]
}

impl<D: Driver> SessionStore for SqlStore<D> {
    async fn sessions_of(&self, user_id: &str, now_ms: i64) -> Result<Vec<Session>, StoreError> {
        self.all(list::of_user(user_id, now_ms), row::session).await
    }

    async fn touch_session(&self, touch: &Touch) -> Result<Option<Touched>, StoreError> {
        let results = self.driver.batch(vec![change::touch(touch)]).await?;
        let rows = results.first().and_then(|rows| rows.first());
        rows.map(change::touched).transpose()
    }

    async fn name_device(
        &self,
        session_id: &str,
        name: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let statement = change::name_device(session_id, name, now_ms);
        let results = self.driver.batch(vec![statement]).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn rotate_session(
        &self,
        rotation: &Rotation,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let results = self.driver.batch(change::rotate(rotation, event)).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn refresh_session(
        &self,
        refresh: &Refresh,
        reuse: &AuditEvent,
    ) -> Result<Refreshed, StoreError> {
        let mut statements = change::refresh(refresh, reuse);
        let by_id = SessionRef::Id(refresh.session_id.clone());
        statements.push(caller_by(&self.tables, &by_id, refresh.now_ms));
        let results = self.driver.batch(statements).await?;
        let mut results = results.iter().skip(1).map(|rows| rows.first());
        let mut next = || results.next().flatten();
        let (ended, used, current, found) = (next(), next(), next(), next());
        if ended.is_some() {
            return Ok(Refreshed::Reused);
        }
        let hash = match (used, current) {
            (Some(_), _) => refresh.next.hash.clone(),
            (None, Some(row)) => row.text("refresh_hash")?,
            (None, None) => return Ok(Refreshed::Unknown),
        };
        match found {
            Some(row) => Ok(Refreshed::Current {
                hash,
                caller: Box::new(caller(row)?),
            }),
            None => Ok(Refreshed::Unknown),
        }
    }

    async fn revoke_session(
        &self,
        user_id: &str,
        id: &str,
        token_hash: &str,
        event: &AuditEvent,
    ) -> Result<Option<String>, StoreError> {
        let statements = list::revoke(user_id, id, token_hash, event);
        let results = self.driver.batch(statements).await?;
        let ended = results.last().and_then(|rows| rows.first());
        ended.map(|row| row.text("id")).transpose()
    }

    async fn clear_sessions(&self, before_ms: i64) -> Result<usize, StoreError> {
        let results = self.driver.batch(vec![list::clear(before_ms)]).await?;
        Ok(results.first().map_or(0, Vec::len))
    }

    async fn revoke_sessions(
        &self,
        user_id: &str,
        which: Which<'_>,
        event: &AuditEvent,
    ) -> Result<usize, StoreError> {
        let statements = list::revoke_many(user_id, which, event);
        let results = self.driver.batch(statements).await?;
        Ok(results.last().map_or(0, Vec::len))
    }
}
