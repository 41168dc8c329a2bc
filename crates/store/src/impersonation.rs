//! Sessions in which administrators act as others.

use portcullis_service::impersonation::{ImpersonationStore, NewImpersonation};
use portcullis_service::{AuditEvent, Caller, SessionRef, StoreError};

use crate::{Driver, SqlStore, Statement, audit, sessions};

impl<D: Driver> ImpersonationStore for SqlStore<D> {
    async fn begin_impersonation(
        &self,
        new: &NewImpersonation<'_>,
        event: &AuditEvent,
    ) -> Result<Option<Caller>, StoreError> {
        let id = SessionRef::Id(new.session_id.to_owned());
        let statements = vec![
            begin(new),
            audit::add_if_session(event, new.session_id),
            sessions::caller_by(&self.tables, &id, new.now_ms),
        ];
        let results = self.driver.batch(statements).await?;
        let found = results.last().and_then(|rows| rows.first());
        found.map(sessions::caller).transpose()
    }
}

/// Race (CWE-362): what it was decided on is asked again in the statement that begins the session, by
/// the epochs of both; nested sessions and longer ones can't be made by any caller of this.
fn begin(new: &NewImpersonation<'_>) -> Statement {
    let (admin, target) = (new.admin, new.target);
    Statement::new(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, ip_address, user_agent, remember_me, absolute_expires_at_ms, \
         last_active_at_ms, authenticated_at_ms, methods, device_id, device_name, user_epoch, \
         impersonator_user_id, impersonator_session_id) \
         SELECT ?1, ?2, u.id, ?3, ?3, min(?4, own.expires_at_ms), ?5, ?6, 0, \
         min(?4, own.expires_at_ms), ?3, own.authenticated_at_ms, '[]', own.device_id, '', u.epoch, \
         a.id, own.id FROM user u JOIN session own ON own.id = ?7 JOIN user a ON a.id = own.user_id \
         WHERE u.id = ?8 AND u.epoch = ?9 AND u.disabled_at_ms IS NULL \
         AND a.id = ?10 AND a.epoch = ?11 AND a.disabled_at_ms IS NULL AND a.id <> u.id \
         AND own.expires_at_ms > ?3 AND own.impersonator_user_id IS NULL",
        vec![
            new.session_id.into(),
            new.token_hash.into(),
            new.now_ms.into(),
            new.expires_at_ms.into(),
            new.ip_address.into(),
            new.user_agent.into(),
            admin.session.id.as_str().into(),
            target.id.as_str().into(),
            target.epoch.into(),
            admin.user.id.as_str().into(),
            admin.user.epoch.into(),
        ],
    )
}
