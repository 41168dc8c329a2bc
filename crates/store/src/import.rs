//! Accounts of another product: each row is added if nothing is in its way, and left alone if it is
//! there already, so that an import may be run again.

use portcullis_service::NewGrant;
use portcullis_service::admin::fold;

use crate::{Row, Statement, Value};

/// An account as another product has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportedUser {
    /// The id, kept.
    pub id: String,
    /// The address, lower-cased.
    pub email: String,
    /// Name for people.
    pub name: String,
    /// Whether the address was shown to be the person's.
    pub email_verified: bool,
    /// Address of a picture.
    pub image: Option<String>,
    /// When it was disabled, in Unix milliseconds; `None` for one that may sign in.
    pub disabled_at_ms: Option<i64>,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// When it was made, in Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was changed last, in Unix milliseconds.
    pub updated_at_ms: i64,
}

impl core::fmt::Debug for ImportedUser {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ImportedUser")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An account at an outside provider, without that provider's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedOutsideAccount {
    /// The id, kept.
    pub id: String,
    /// Whose it is here.
    pub user_id: String,
    /// The provider's name.
    pub provider: String,
    /// What the provider calls the account.
    pub account_id: String,
    /// What the provider was asked for, separated by commas.
    pub scope: String,
    /// When it was linked, in Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was changed last, in Unix milliseconds.
    pub updated_at_ms: i64,
}

/// A session as another product has it, its token hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedSession {
    /// The id, kept.
    pub id: String,
    /// SHA-256 of the token, as text.
    pub token_hash: String,
    /// Whose it is.
    pub user_id: String,
    /// When it began, in Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was extended last, in Unix milliseconds.
    pub renewed_at_ms: i64,
    /// When it ends, in Unix milliseconds.
    pub expires_at_ms: i64,
    /// The client's address; empty if unknown.
    pub ip_address: String,
    /// The client's name of itself; empty if unknown.
    pub user_agent: String,
    /// Whether it outlives the browser.
    pub remember_me: bool,
}

/// What `epoch` says of an account whose grants are still to come in the same batch.
const UNFINISHED: i64 = -1;

/// Adds an account with its roles; the first statement returns a row when it was added. Not when its
/// id or its address is taken: an account that was there already keeps what it has, so that importing
/// again doesn't give back a role that was taken from it since.
#[must_use]
pub fn add_user(user: &ImportedUser, grants: &[NewGrant], now_ms: i64) -> Vec<Statement> {
    let epoch = if grants.is_empty() { 0 } else { UNFINISHED };
    let mut statements = vec![Statement::new(
        "INSERT INTO user (id, email, name, email_verified, image, disabled_at_ms, \
         disabled_reason, created_at_ms, updated_at_ms, epoch, name_folded) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING RETURNING id",
        vec![
            user.id.as_str().into(),
            user.email.as_str().into(),
            user.name.as_str().into(),
            user.email_verified.into(),
            user.image.clone().into(),
            user.disabled_at_ms.into(),
            user.disabled_reason.clone().into(),
            user.created_at_ms.into(),
            user.updated_at_ms.into(),
            epoch.into(),
            fold(&user.name).into(),
        ],
    )];
    statements.extend(
        grants
            .iter()
            .map(|grant| add_grant(&user.id, grant, now_ms)),
    );
    if !grants.is_empty() {
        statements.push(Statement::new(
            "UPDATE user SET epoch = 0 WHERE id = ?1 AND epoch = ?2",
            vec![user.id.as_str().into(), UNFINISHED.into()],
        ));
    }
    statements
}

fn add_grant(user_id: &str, grant: &NewGrant, now_ms: i64) -> Statement {
    Statement::new(
        "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
         SELECT ?2, id, ?3, ?4, ?5 FROM user WHERE id = ?1 AND epoch = ?6 ON CONFLICT DO NOTHING",
        vec![
            user_id.into(),
            grant.id.as_str().into(),
            grant.role.as_str().into(),
            grant.scope.as_str().into(),
            now_ms.into(),
            UNFINISHED.into(),
        ],
    )
}

/// Gives an account the hash of its password as it is; returns a row when that was done. Not when it
/// has one already, which may be newer, and not without the account.
#[must_use]
pub fn add_password(user_id: &str, hash: &str, updated_at_ms: i64) -> Statement {
    Statement::new(
        "INSERT INTO password (user_id, phc, updated_at_ms) \
         SELECT id, ?2, ?3 FROM user WHERE id = ?1 ON CONFLICT DO NOTHING RETURNING user_id",
        vec![user_id.into(), hash.into(), updated_at_ms.into()],
    )
}

/// Adds an account at an outside provider; returns a row when it was added. Not without the account
/// here, nor when its id, or the provider's account, is there already.
#[must_use]
pub fn add_outside_account(account: &ImportedOutsideAccount) -> Statement {
    Statement::new(
        "INSERT INTO outside_account (id, user_id, provider, account_id, scope, created_at_ms, \
         updated_at_ms) SELECT ?1, id, ?3, ?4, ?5, ?6, ?7 FROM user WHERE id = ?2 \
         ON CONFLICT DO NOTHING RETURNING id",
        vec![
            account.id.as_str().into(),
            account.user_id.as_str().into(),
            account.provider.as_str().into(),
            account.account_id.as_str().into(),
            account.scope.as_str().into(),
            account.created_at_ms.into(),
            account.updated_at_ms.into(),
        ],
    )
}

/// Whose the account at a provider is: `user_id`, if it is anybody's.
#[must_use]
pub fn outside_account_owner(provider: &str, account_id: &str) -> Statement {
    Statement::new(
        "SELECT user_id FROM outside_account WHERE provider = ?1 AND account_id = ?2",
        vec![provider.into(), account_id.into()],
    )
}

/// Whose the session with this token is: `user_id`, if it is anybody's.
#[must_use]
pub fn session_owner(token_hash: &str) -> Statement {
    Statement::new(
        "SELECT user_id FROM session WHERE token_hash = ?1",
        vec![token_hash.into()],
    )
}

/// Adds a session; returns a row when it was added. Not without its account, nor when that is
/// disabled, nor when its id or token is there already.
#[must_use]
pub fn add_session(session: &ImportedSession) -> Statement {
    // Its absolute end is thirty days after its beginning, as that of sessions from before there was
    // one; how its owner signed in isn't known.
    Statement::new(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, ip_address, user_agent, remember_me, absolute_expires_at_ms, \
         last_active_at_ms, authenticated_at_ms, methods, user_epoch) \
         SELECT ?1, ?2, id, ?4, ?5, ?6, ?7, ?8, ?9, \
         CASE ?9 WHEN 1 THEN max(?6, ?4 + 2592000000) ELSE ?6 END, ?5, ?4, '[]', epoch FROM user \
         WHERE id = ?3 AND disabled_at_ms IS NULL ON CONFLICT DO NOTHING RETURNING id",
        vec![
            session.id.as_str().into(),
            session.token_hash.as_str().into(),
            session.user_id.as_str().into(),
            session.created_at_ms.into(),
            session.renewed_at_ms.into(),
            session.expires_at_ms.into(),
            session.ip_address.as_str().into(),
            session.user_agent.as_str().into(),
            session.remember_me.into(),
        ],
    )
}

/// Accounts with this id or this address, at most two: `id`, `email`, and whether each is `disabled`
/// and `has_password`.
#[must_use]
pub fn users_like(id: &str, email: &str) -> Statement {
    Statement::new(
        "SELECT u.id, u.email, u.disabled_at_ms IS NOT NULL AS disabled, \
         p.user_id IS NOT NULL AS has_password \
         FROM user u LEFT JOIN password p ON p.user_id = u.id WHERE u.id = ?1 OR u.email = ?2",
        vec![id.into(), email.into()],
    )
}

/// Whether the account of a row of [`users_like`] is disabled.
#[must_use]
pub fn is_disabled(row: &Row) -> bool {
    row.flag("disabled").unwrap_or(false)
}

/// Whether the account of a row of [`users_like`] has a password.
#[must_use]
pub fn has_password(row: &Row) -> bool {
    row.flag("has_password").unwrap_or(false)
}

/// The `stage` and `position` at which the import of a source stands.
#[must_use]
pub fn progress(source: &str) -> Statement {
    Statement::new(
        "SELECT stage, position FROM import_progress WHERE source = ?1",
        vec![source.into()],
    )
}

/// Moves an import on.
#[must_use]
pub fn advance(source: &str, stage: &'static str, position: i64, now_ms: i64) -> Statement {
    Statement::new(
        "INSERT INTO import_progress (source, stage, position, updated_at_ms) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source) DO UPDATE SET stage = excluded.stage, \
         position = excluded.position, updated_at_ms = excluded.updated_at_ms",
        vec![
            source.into(),
            stage.into(),
            position.into(),
            Value::Integer(now_ms),
        ],
    )
}
