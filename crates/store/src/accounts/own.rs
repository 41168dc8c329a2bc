//! What people do with their own accounts.

use portcullis_service::AuditEvent;
use portcullis_service::StoreError;
use portcullis_service::accounts::{
    LinkedAccount, NewHash, PasswordChange, ProfileChange, SignUpRecord, Use,
};
use portcullis_service::admin::fold;
use portcullis_service::mail::NewMail;
use serde_json::json;

use super::add_user_unless_taken;
use crate::mail::{self, About};
use crate::one_time::{consume, require, void};
use crate::{Row, Statement, Tables, audit, one_time, sessions, throttle};

/// The reason of [`require`] for what has changed since it was looked at.
pub(super) const CHANGED: &str = "account has changed";
/// The reason of [`require`] for an address that another account has.
pub(super) const TAKEN: &str = "address is taken";
/// The reason of [`require`] for the last administrator of accounts.
pub(super) const LAST_ADMINISTRATOR: &str = "no administrator is left";
/// The reason of [`require`] for the last owner of a tenant.
pub(super) const LAST_OWNER: &str = "tenant keeps an owner";

pub(super) fn credential_by_id(user_id: &str) -> Statement {
    Statement::new(
        "SELECT u.*, p.phc FROM user u LEFT JOIN password p ON p.user_id = u.id WHERE u.id = ?1",
        vec![user_id.into()],
    )
}

/// The first statement returns a row when the account was made; the others hold only then, but the
/// mail to the owner of the address and the record of the refusal, which hold only otherwise.
pub(super) fn sign_up(new: &SignUpRecord) -> Vec<Statement> {
    let user = &new.user.user;
    let mut statements = add_user_unless_taken(&new.user);
    if let Some((session, login)) = &new.session {
        statements.extend(sessions::begin_statements(session));
        statements.push(audit::add_if_session(login, &session.session.id));
    }
    if let Some((value, letter)) = &new.verification {
        statements.push(one_time::add(value, &user.id));
        statements.push(mail::add(letter, About::OneTime(&value.id)));
    }
    if let Some(letter) = &new.exists {
        let about = About::Other {
            email: &user.email,
            id: &user.id,
        };
        statements.push(mail::add(letter, about));
    }
    statements.push(audit::add_if_user(&new.made, &user.id));
    statements.push(audit::add_unless_user(&new.refused, &user.id));
    statements
}

/// The first statement returns a row when there is such an account.
pub(super) fn update_profile(change: &ProfileChange, event: &AuditEvent) -> Vec<Statement> {
    let image = change.image.clone();
    vec![
        Statement::new(
            "UPDATE user SET name = coalesce(?2, name), name_folded = coalesce(?7, name_folded), \
             image = CASE WHEN ?3 THEN ?4 ELSE image END, updated_at_ms = ?5, epoch = epoch + ?6 \
             WHERE id = ?1 RETURNING id",
            vec![
                change.user_id.as_str().into(),
                change.name.clone().into(),
                image.is_some().into(),
                image.flatten().into(),
                change.now_ms.into(),
                change.counts.into(),
                change.name.as_deref().map(fold).into(),
            ],
        ),
        audit::add_if_user(event, &change.user_id),
    ]
}

pub(super) fn change_password(change: &PasswordChange) -> Vec<Statement> {
    let user_id = change.user_id.as_str();
    let mut statements = vec![
        Statement::new(
            "UPDATE password SET phc = ?3, updated_at_ms = ?4 WHERE user_id = ?1 AND phc = ?2 \
             AND EXISTS (SELECT 1 FROM user WHERE id = ?1 AND disabled_at_ms IS NULL) \
             RETURNING user_id",
            vec![
                user_id.into(),
                change.from.as_str().into(),
                change.to.as_str().into(),
                change.now_ms.into(),
            ],
        ),
        require(
            "EXISTS (SELECT 1 FROM password p JOIN session s ON s.user_id = p.user_id \
             WHERE p.user_id = ?1 AND p.phc = ?2 AND s.id = ?3)",
            vec![
                user_id.into(),
                change.to.as_str().into(),
                change.session_id.as_str().into(),
            ],
            CHANGED,
        ),
    ];
    statements.extend(sessions::rotate_statements(&change.rotation));
    if change.ends_others {
        let kept = Some(change.session_id.as_str());
        statements.extend(sessions::end_all_statements(user_id, kept));
    }
    statements.push(void(user_id, change.now_ms));
    statements.push(throttle::forget(&change.guess));
    if let Some(letter) = &change.notice {
        statements.push(mail::add(letter, About::User(user_id)));
    }
    statements.push(audit::add(&change.event));
    statements
}

pub(super) fn reset_password(
    by: &Use,
    new: &NewHash,
    notice: Option<&NewMail>,
    event: &AuditEvent,
) -> Vec<Statement> {
    let user_id = by.user_id.as_str();
    let mut statements = consume(by);
    statements.push(Statement::new(
        "INSERT INTO password (user_id, phc, updated_at_ms) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, \
         updated_at_ms = excluded.updated_at_ms",
        vec![user_id.into(), new.phc.as_str().into(), by.now_ms.into()],
    ));
    statements.extend(sessions::end_all_statements(user_id, None));
    statements.push(void(user_id, by.now_ms));
    statements.push(throttle::forget_account(&new.guesses));
    if let Some(letter) = notice {
        statements.push(mail::add(letter, About::User(user_id)));
    }
    statements.push(audit::add(event));
    statements
}

pub(super) fn verify_email(by: &Use, email: &str, event: &AuditEvent) -> Vec<Statement> {
    let user_id = by.user_id.as_str();
    let mut statements = consume(by);
    statements.extend([
        require(
            "EXISTS (SELECT 1 FROM user WHERE id = ?1 AND email = ?2)",
            vec![user_id.into(), email.into()],
            CHANGED,
        ),
        // Conditions of the policy may be about it, so it counts as a change of what one may do.
        Statement::new(
            "UPDATE user SET email_verified = 1, updated_at_ms = ?2, epoch = epoch + 1 \
             WHERE id = ?1 AND email_verified = 0",
            vec![user_id.into(), by.now_ms.into()],
        ),
        audit::add(event),
    ]);
    statements
}

pub(super) fn confirm_email_change(
    by: &Use,
    next: &portcullis_service::accounts::NewOneTime,
    letter: &NewMail,
    event: &AuditEvent,
) -> Vec<Statement> {
    let mut statements = consume(by);
    statements.extend([
        one_time::add(next, &by.user_id),
        mail::add(letter, About::OneTime(&next.id)),
        audit::add(event),
    ]);
    statements
}

pub(super) fn change_email(
    by: &Use,
    from: &str,
    to: &str,
    notice: Option<&NewMail>,
    event: &AuditEvent,
) -> Vec<Statement> {
    let user_id = by.user_id.as_str();
    let mut statements = consume(by);
    statements.extend([
        require(
            "NOT EXISTS (SELECT 1 FROM user WHERE email = ?1)",
            vec![to.into()],
            TAKEN,
        ),
        Statement::new(
            "UPDATE user SET email = ?3, email_verified = 1, updated_at_ms = ?4, \
             epoch = epoch + 1 WHERE id = ?1 AND email = ?2",
            vec![user_id.into(), from.into(), to.into(), by.now_ms.into()],
        ),
        require(
            "EXISTS (SELECT 1 FROM user WHERE id = ?1 AND email = ?2)",
            vec![user_id.into(), to.into()],
            CHANGED,
        ),
        void(user_id, by.now_ms),
    ]);
    if let Some(letter) = notice {
        statements.push(mail::add(letter, About::User(user_id)));
    }
    statements.push(audit::add(event));
    statements
}

/// The last statement returns a row when the account was deleted.
pub(super) fn delete_user(
    tables: &Tables,
    user_id: &str,
    by: Option<&Use>,
    administrating: &[(String, u32)],
    event: &AuditEvent,
) -> Vec<Statement> {
    let mut statements = by.map(consume).unwrap_or_default();
    let owners = tables.fill(
        "NOT EXISTS (SELECT 1 FROM {tenant_member} m WHERE m.user_id = ?1 AND m.is_owner = 1 \
         AND NOT EXISTS (SELECT 1 FROM {tenant_member} o WHERE o.tenant_id = m.tenant_id \
         AND o.is_owner = 1 AND o.user_id <> ?1))",
    );
    statements.extend([
        administrator_is_left(user_id, administrating, event.at_ms),
        require(&owners, vec![user_id.into()], LAST_OWNER),
        audit::add_if_user(event, user_id),
        Statement::new(
            "DELETE FROM user WHERE id = ?1 RETURNING id",
            vec![user_id.into()],
        ),
    ]);
    statements
}

/// Asked where the account is deleted, in one transaction, of what it holds then: of two administrators who delete
/// themselves at the same moment, the second finds that nobody would be left (CWE-367).
fn administrator_is_left(user_id: &str, roles: &[(String, u32)], now_ms: i64) -> Statement {
    require(
        "NOT EXISTS (SELECT 1 FROM role_grant g JOIN json_each(?2) r ON r.value ->> 0 = g.role \
         WHERE g.user_id = ?1 AND g.scope = '') \
         OR EXISTS (SELECT 1 FROM role_grant g JOIN json_each(?2) r ON r.value ->> 0 = g.role \
         JOIN user a ON a.id = g.user_id WHERE g.user_id <> ?1 AND g.scope = '' \
         AND a.disabled_at_ms IS NULL AND (a.banned_at_ms IS NULL OR a.ban_expires_at_ms <= ?3) \
         AND r.value ->> 1 >= (SELECT max(h.value ->> 1) FROM role_grant o \
         JOIN json_each(?2) h ON h.value ->> 0 = o.role WHERE o.user_id = ?1 AND o.scope = ''))",
        vec![
            user_id.into(),
            json!(roles).to_string().into(),
            now_ms.into(),
        ],
        LAST_ADMINISTRATOR,
    )
}

pub(super) fn linked_accounts(user_id: &str) -> Statement {
    Statement::new(
        "SELECT p.user_id AS id, p.user_id, 'credential' AS provider, p.user_id AS account_id, \
         '' AS scope, u.created_at_ms, p.updated_at_ms FROM password p \
         JOIN user u ON u.id = p.user_id WHERE p.user_id = ?1 \
         UNION ALL SELECT id, user_id, provider, account_id, scope, created_at_ms, updated_at_ms \
         FROM outside_account WHERE user_id = ?1 ORDER BY created_at_ms, id",
        vec![user_id.into()],
    )
}

pub(super) fn linked_account(row: &Row) -> Result<LinkedAccount, StoreError> {
    let scope = row.text("scope")?;
    let scopes = scope.split(',').map(str::trim);
    Ok(LinkedAccount {
        id: row.text("id")?,
        user_id: row.text("user_id")?,
        provider: row.text("provider")?,
        account_id: row.text("account_id")?,
        scopes: scopes
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        created_at_ms: row.integer("created_at_ms")?,
        updated_at_ms: row.integer("updated_at_ms")?,
    })
}

/// The last statement returns a row when the account was unlinked.
pub(super) fn unlink_account(user_id: &str, id: &str, event: &AuditEvent) -> Vec<Statement> {
    // Not the last way to sign in.
    let rule = "id = ?1 AND user_id = ?2 AND (EXISTS (SELECT 1 FROM password WHERE user_id = ?2) \
                OR (SELECT count(*) FROM outside_account WHERE user_id = ?2) > 1)";
    let keys = || vec![id.into(), user_id.into()];
    vec![
        require(
            &format!("EXISTS (SELECT 1 FROM outside_account WHERE {rule})"),
            keys(),
            CHANGED,
        ),
        audit::add(event),
        Statement::new(
            "DELETE FROM outside_account WHERE id = ?1 AND user_id = ?2 RETURNING id",
            keys(),
        ),
    ]
}
