//! Links from chat identities to accounts.

use portcullis_service::identity_links::{
    Begun, Identity, IdentityLink, IdentityLinkStore, NewCode, NewLink, Redeemed, ServiceSession,
};
use portcullis_service::{AuditEvent, StoreError};

use crate::{Driver, Row, SqlStore, Statement, Value, audit};

impl<D: Driver> IdentityLinkStore for SqlStore<D> {
    async fn put_link_code(
        &self,
        new: &NewCode<'_>,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let statements = vec![put_code(new), audit::add_if_link_code(event, new.code_hash)];
        let results = self.driver().batch(statements).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn redeem_link_code(
        &self,
        new: &NewLink<'_>,
        event: &AuditEvent,
    ) -> Result<Redeemed, StoreError> {
        let statements = vec![
            link(new),
            use_up(new),
            audit::add_if_linked(event, new.id),
            redeemed_state(new),
        ];
        let results = self.driver().batch(statements).await?;
        let state = results.last().and_then(|rows| rows.first());
        let state = state.ok_or_else(|| StoreError::new("a link's state is one row"))?;
        redeemed(new, state)
    }

    async fn identity_links(&self, user_id: &str) -> Result<Vec<IdentityLink>, StoreError> {
        let statement = Statement::new(
            "SELECT * FROM identity_link WHERE user_id = ?1 ORDER BY created_at_ms, id",
            vec![user_id.into()],
        );
        self.all(statement, record).await
    }

    async fn remove_identity_link(
        &self,
        user_id: &str,
        id: &str,
        event: &AuditEvent,
    ) -> Result<Option<IdentityLink>, StoreError> {
        let results = self.driver().batch(remove(user_id, id, event)).await?;
        let row = results.last().and_then(|rows| rows.first());
        row.map(record).transpose()
    }

    async fn begin_service_session(
        &self,
        new: &ServiceSession<'_>,
        event: &AuditEvent,
    ) -> Result<Begun, StoreError> {
        let results = self.driver().batch(begin(new, event)).await?;
        begun(results.last().and_then(|rows| rows.first()))
    }
}

fn put_code(new: &NewCode<'_>) -> Statement {
    Statement::new(
        "INSERT INTO identity_link_code (user_id, code_hash, created_at_ms, expires_at_ms) \
         SELECT id, ?2, ?3, ?4 FROM user WHERE id = ?1 AND disabled_at_ms IS NULL \
         ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, link_id = NULL, \
         created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms \
         RETURNING user_id",
        vec![
            new.user_id.into(),
            new.code_hash.into(),
            new.created_at_ms.into(),
            new.expires_at_ms.into(),
        ],
    )
}

/// Race (CWE-362): that the code is unused, that the identity is free and that the account has room is
/// asked in the statement that links.
fn link(new: &NewLink<'_>) -> Statement {
    Statement::new(
        "INSERT INTO identity_link (id, network, external_id, user_id, display_name, linked_by, \
         created_at_ms) SELECT ?1, ?2, ?3, c.user_id, ?4, ?5, ?6 \
         FROM identity_link_code c JOIN user u ON u.id = c.user_id \
         WHERE c.code_hash = ?7 AND c.link_id IS NULL AND c.expires_at_ms > ?6 \
         AND u.disabled_at_ms IS NULL \
         AND (SELECT count(*) FROM identity_link l WHERE l.user_id = c.user_id) < ?8 \
         ON CONFLICT (network, external_id) DO NOTHING",
        vec![
            new.id.into(),
            new.identity.network().into(),
            new.identity.external_id().into(),
            new.display_name.map(str::to_owned).into(),
            new.service.into(),
            new.at_ms.into(),
            new.code_hash.into(),
            i64::from(new.max_links).into(),
        ],
    )
}

/// Uses the code up for the link, if the identity is its user's by now.
fn use_up(new: &NewLink<'_>) -> Statement {
    Statement::new(
        "UPDATE identity_link_code SET link_id = (SELECT l.id FROM identity_link l \
         WHERE l.network = ?2 AND l.external_id = ?3 AND l.user_id = identity_link_code.user_id) \
         WHERE code_hash = ?1 AND link_id IS NULL AND expires_at_ms > ?4",
        vec![
            new.code_hash.into(),
            new.identity.network().into(),
            new.identity.external_id().into(),
            new.at_ms.into(),
        ],
    )
}

/// The code, its account and the identity's link, as they are now; one row, whatever there is.
fn redeemed_state(new: &NewLink<'_>) -> Statement {
    Statement::new(
        "SELECT c.user_id AS code_user_id, c.link_id AS code_link_id, \
         c.expires_at_ms AS code_expires_at_ms, u.disabled_at_ms, l.* FROM (SELECT 1) \
         LEFT JOIN identity_link_code c ON c.code_hash = ?1 \
         LEFT JOIN user u ON u.id = c.user_id \
         LEFT JOIN identity_link l ON l.network = ?2 AND l.external_id = ?3",
        vec![
            new.code_hash.into(),
            new.identity.network().into(),
            new.identity.external_id().into(),
        ],
    )
}

fn redeemed(new: &NewLink<'_>, state: &Row) -> Result<Redeemed, StoreError> {
    let counts = state
        .optional_integer("code_expires_at_ms")?
        .is_some_and(|expires_at_ms| expires_at_ms > new.at_ms);
    let is_disabled = state.optional_integer("disabled_at_ms")?.is_some();
    if !counts || is_disabled {
        return Ok(Redeemed::InvalidCode);
    }
    let used_for = state.optional_text("code_link_id")?;
    let linked = state.optional_text("id")?;
    match (used_for, linked) {
        (Some(used_for), Some(linked)) if used_for == linked => Ok(Redeemed::Linked {
            is_new: linked == new.id,
            link: record(state)?,
        }),
        (Some(_), _) => Ok(Redeemed::InvalidCode),
        (None, Some(_)) => Ok(Redeemed::Taken),
        (None, None) => Ok(Redeemed::Limit),
    }
}

/// The last statement returns the link as it was.
fn remove(user_id: &str, id: &str, event: &AuditEvent) -> Vec<Statement> {
    let params = || -> Vec<Value> { vec![id.into(), user_id.into()] };
    vec![
        audit::add_if_link_of(event, id, user_id),
        Statement::new(
            "DELETE FROM session WHERE id = \
             (SELECT session_id FROM identity_link WHERE id = ?1 AND user_id = ?2)",
            params(),
        ),
        Statement::new(
            "DELETE FROM identity_link WHERE id = ?1 AND user_id = ?2 RETURNING *",
            params(),
        ),
    ]
}

/// Extends the link's session, or begins one in place of one that is over; the last statement tells
/// whose link it is and which session holds.
fn begin(new: &ServiceSession<'_>, event: &AuditEvent) -> Vec<Statement> {
    let identity = || -> [Value; 2] {
        [
            new.identity.network().into(),
            new.identity.external_id().into(),
        ]
    };
    let with = |more: Vec<Value>| identity().into_iter().chain(more).collect::<Vec<_>>();
    vec![
        Statement::new(
            "UPDATE session SET expires_at_ms = max(expires_at_ms, ?4), updated_at_ms = ?3, \
             last_active_at_ms = ?3 \
             WHERE expires_at_ms > ?3 AND absolute_expires_at_ms >= ?4 AND id = (SELECT l.session_id FROM identity_link l \
             JOIN user u ON u.id = l.user_id WHERE l.network = ?1 AND l.external_id = ?2 \
             AND u.disabled_at_ms IS NULL)",
            with(vec![new.at_ms.into(), new.expires_at_ms.into()]),
        ),
        Statement::new(
            "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
             expires_at_ms, ip_address, user_agent, remember_me, absolute_expires_at_ms, \
             last_active_at_ms, authenticated_at_ms, methods, user_epoch) \
             SELECT ?5, ?6, l.user_id, ?3, ?3, ?4, ?7, ?8, 0, ?9, ?3, ?3, '[\"service\"]', u.epoch \
             FROM identity_link l JOIN user u ON u.id = l.user_id \
             WHERE l.network = ?1 AND l.external_id = ?2 AND u.disabled_at_ms IS NULL \
             AND NOT EXISTS (SELECT 1 FROM session s WHERE s.id = l.session_id \
             AND s.expires_at_ms > ?3 AND s.absolute_expires_at_ms >= ?4)",
            with(vec![
                new.at_ms.into(),
                new.expires_at_ms.into(),
                new.session_id.into(),
                new.token_hash.into(),
                new.ip_address.into(),
                format!("service:{}", new.service).into(),
                new.absolute_expires_at_ms.into(),
            ]),
        ),
        Statement::new(
            "DELETE FROM session WHERE id = (SELECT session_id FROM identity_link \
             WHERE network = ?1 AND external_id = ?2) AND EXISTS (SELECT 1 FROM session WHERE id = ?3)",
            with(vec![new.session_id.into()]),
        ),
        Statement::new(
            "UPDATE identity_link SET last_used_at_ms = ?3, \
             session_id = coalesce((SELECT id FROM session WHERE id = ?4), session_id) \
             WHERE network = ?1 AND external_id = ?2 AND EXISTS (SELECT 1 FROM user u \
             WHERE u.id = identity_link.user_id AND u.disabled_at_ms IS NULL)",
            with(vec![new.at_ms.into(), new.session_id.into()]),
        ),
        audit::add_for_identity(event, new.identity.network(), new.identity.external_id()),
        owner(new.identity, new.at_ms),
    ]
}

/// Whose link it is; who is banned at a time counts as disabled.
fn owner(identity: &Identity, at_ms: i64) -> Statement {
    Statement::new(
        "SELECT l.id, l.user_id, l.session_id, coalesce(u.disabled_at_ms, CASE WHEN \
         u.ban_expires_at_ms IS NULL OR u.ban_expires_at_ms > ?3 THEN u.banned_at_ms END) \
         AS disabled_at_ms FROM identity_link l JOIN user u ON u.id = l.user_id \
         WHERE l.network = ?1 AND l.external_id = ?2",
        vec![
            identity.network().into(),
            identity.external_id().into(),
            at_ms.into(),
        ],
    )
}

fn begun(owner: Option<&Row>) -> Result<Begun, StoreError> {
    let Some(owner) = owner else {
        return Ok(Begun::NotLinked);
    };
    if owner.optional_integer("disabled_at_ms")?.is_some() {
        let user_id = owner.text("user_id")?;
        return Ok(Begun::Disabled { user_id });
    }
    let id = owner.text("session_id")?;
    Ok(Begun::Session { id })
}

fn record(row: &Row) -> Result<IdentityLink, StoreError> {
    Ok(IdentityLink {
        id: row.text("id")?,
        user_id: row.text("user_id")?,
        network: row.text("network")?,
        external_id: row.text("external_id")?,
        display_name: row.optional_text("display_name")?,
        linked_by: row.text("linked_by")?,
        created_at_ms: row.integer("created_at_ms")?,
        last_used_at_ms: row.optional_integer("last_used_at_ms")?,
    })
}
