//! Accounts, their passwords and their grants.

mod own;
mod port;

use portcullis_service::accounts::NewOneTime;
use portcullis_service::{Credential, NewGrant, NewScope, NewUser, StoreError, User};

use portcullis_service::admin::fold;

use crate::{Row, Statement, Value, admin, one_time};

pub(crate) fn credential_by_email(email: &str) -> Statement {
    Statement::new(
        "SELECT u.*, p.phc FROM user u LEFT JOIN password p ON p.user_id = u.id WHERE u.email = ?1",
        vec![email.into()],
    )
}

pub(crate) fn credential(row: &Row) -> Result<Credential, StoreError> {
    Ok(Credential {
        user: user(row)?,
        phc: row.optional_text("phc")?,
        ban: admin::ban(row)?,
    })
}

pub(crate) fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.text("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        email_verified: row.flag("email_verified")?,
        image: row.optional_text("image")?,
        tier: row.optional_text("tier")?,
        disabled_at_ms: row.optional_integer("disabled_at_ms")?,
        created_at_ms: row.integer("created_at_ms")?,
        updated_at_ms: row.integer("updated_at_ms")?,
        epoch: row.integer("epoch")?,
    })
}

/// Makes an account with its password and grants. With `if_empty`, only in a database that has no
/// account yet; the first statement returns a row when it was made.
#[must_use]
pub fn add_user(new: &NewUser, if_empty: bool) -> Vec<Statement> {
    add_user_when(new, if_empty, "")
}

/// As [`add_user`], and when there is an account with the address, nothing is done.
fn add_user_unless_taken(new: &NewUser) -> Vec<Statement> {
    add_user_when(new, false, "ON CONFLICT (email) DO NOTHING ")
}

fn add_user_when(new: &NewUser, if_empty: bool, conflict: &str) -> Vec<Statement> {
    let user = &new.user;
    let mut statements = vec![
        Statement::new(
            format!(
                "INSERT INTO user (id, email, name, email_verified, image, tier, created_at_ms, \
                 updated_at_ms, name_folded) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?9 \
                 WHERE ?8 = 0 OR NOT EXISTS (SELECT 1 FROM user) {conflict}RETURNING id"
            ),
            vec![
                user.id.as_str().into(),
                user.email.as_str().into(),
                user.name.as_str().into(),
                user.email_verified.into(),
                user.image.clone().into(),
                user.tier.clone().into(),
                user.created_at_ms.into(),
                if_empty.into(),
                fold(&user.name).into(),
            ],
        ),
        Statement::new(
            "INSERT INTO password (user_id, phc, updated_at_ms) \
             SELECT id, ?2, ?3 FROM user WHERE id = ?1",
            vec![
                user.id.as_str().into(),
                new.phc.as_str().into(),
                user.created_at_ms.into(),
            ],
        ),
    ];
    statements.extend(new.grants.iter().map(|grant| {
        Statement::new(
            "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
             SELECT ?2, id, ?3, ?4, ?5 FROM user WHERE id = ?1",
            vec![
                user.id.as_str().into(),
                grant.id.as_str().into(),
                grant.role.as_str().into(),
                grant.scope.as_str().into(),
                user.created_at_ms.into(),
            ],
        )
    }));
    statements
}

/// Makes an account without a password, with its grants and a code with which its owner sets one. When
/// there is an account with the address, nothing is done; the first statement returns a row when it was
/// made.
#[must_use]
pub fn add_user_without_password(
    user: &User,
    grants: &[NewGrant],
    code: Option<&NewOneTime>,
) -> Vec<Statement> {
    let new = NewUser {
        user: user.clone(),
        phc: String::new(),
        grants: grants.to_vec(),
    };
    let mut statements = add_user_unless_taken(&new);
    // The second one sets the password.
    statements.remove(1);
    statements.extend(code.map(|code| one_time::add(code, &user.id)));
    statements
}

/// Gives an account a new password and ends its sessions; the first statement returns a row when
/// there is such an account.
#[must_use]
pub fn set_password(email: &str, phc: &str, now_ms: i64) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO password (user_id, phc, updated_at_ms) \
             SELECT id, ?2, ?3 FROM user WHERE email = ?1 \
             ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, \
             updated_at_ms = excluded.updated_at_ms RETURNING user_id",
            vec![email.into(), phc.into(), now_ms.into()],
        ),
        end_sessions(email),
    ]
}

/// Grants a role; the first statement returns a row when there is such an account, also when it
/// held the role already.
#[must_use]
pub fn grant(email: &str, grant: &NewGrant, now_ms: i64) -> Vec<Statement> {
    vec![
        bump_epoch(email, now_ms),
        Statement::new(
            "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
             SELECT ?2, id, ?3, ?4, ?5 FROM user WHERE email = ?1 ON CONFLICT DO NOTHING",
            vec![
                email.into(),
                grant.id.as_str().into(),
                grant.role.as_str().into(),
                grant.scope.as_str().into(),
                now_ms.into(),
            ],
        ),
    ]
}

/// Takes a role back; the first statement returns a row when there is such an account.
#[must_use]
pub fn revoke(email: &str, grant: &NewGrant, now_ms: i64) -> Vec<Statement> {
    vec![
        bump_epoch(email, now_ms),
        Statement::new(
            "DELETE FROM role_grant WHERE role = ?2 AND scope = ?3 \
             AND user_id IN (SELECT id FROM user WHERE email = ?1)",
            vec![
                email.into(),
                grant.role.as_str().into(),
                grant.scope.as_str().into(),
            ],
        ),
    ]
}

/// Counts a change of what an account may do.
fn bump_epoch(email: &str, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE user SET epoch = epoch + 1, updated_at_ms = ?2 WHERE email = ?1 RETURNING id",
        vec![email.into(), now_ms.into()],
    )
}

/// Gives an account other attributes, a JSON object, in place of all that it had; the first statement
/// returns a row when there is such an account.
#[must_use]
pub fn set_attributes(email: &str, attributes: &str, now_ms: i64) -> Vec<Statement> {
    vec![Statement::new(
        "UPDATE user SET attributes = ?2, updated_at_ms = ?3, epoch = epoch + 1 \
         WHERE email = ?1 RETURNING id",
        vec![email.into(), attributes.into(), now_ms.into()],
    )]
}

/// Disables an account and ends its sessions at once, or enables it again; the first statement
/// returns a row when there is such an account.
#[must_use]
pub fn set_disabled(email: &str, disabled: bool, now_ms: i64) -> Vec<Statement> {
    let at = disabled.then_some(now_ms);
    let mut statements = vec![Statement::new(
        "UPDATE user SET disabled_at_ms = ?2, disabled_reason = NULL, updated_at_ms = ?3, \
         epoch = epoch + 1 WHERE email = ?1 RETURNING id",
        vec![email.into(), at.into(), now_ms.into()],
    )];
    if disabled {
        statements.push(end_sessions(email));
    }
    statements
}

fn end_sessions(email: &str) -> Statement {
    Statement::new(
        "DELETE FROM session WHERE user_id IN (SELECT id FROM user WHERE email = ?1)",
        vec![email.into()],
    )
}

/// The account with this address.
#[must_use]
pub fn list_by_email(email: &str) -> Statement {
    Statement::new("SELECT id FROM user WHERE email = ?1", vec![email.into()])
}

/// Every account with its grants, in order of its address, after `after`, at most `limit`.
#[must_use]
pub fn list_users(after: &str, limit: u32) -> Statement {
    Statement::new(
        "SELECT u.*, (SELECT group_concat(CASE g.scope WHEN '' THEN g.role \
         ELSE g.role || '@' || g.scope END, ' ') FROM role_grant g WHERE g.user_id = u.id) AS grants \
         FROM user u WHERE u.email > ?1 ORDER BY u.email LIMIT ?2",
        vec![after.into(), i64::from(limit).into()],
    )
}

/// Makes a scope known, or renames one; a leaf keeps the place that it has.
#[must_use]
pub fn add_scope(new: &NewScope, now_ms: i64) -> Statement {
    let leaf = new.path.rsplit('/').next().unwrap_or_default();
    let id = leaf.split_once(':').map_or(leaf, |(_, id)| id);
    Statement::new(
        "INSERT INTO scope (leaf, path, label, created_at_ms) \
         VALUES (?1, ?2, COALESCE(?3, ?5), ?4) \
         ON CONFLICT (leaf) DO UPDATE SET label = COALESCE(?3, label) WHERE path = excluded.path \
         RETURNING path",
        vec![
            leaf.into(),
            new.path.as_str().into(),
            new.label.as_deref().map_or(Value::Null, Value::from),
            Value::Integer(now_ms),
            id.into(),
        ],
    )
}
