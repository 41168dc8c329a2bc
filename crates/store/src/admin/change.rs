//! Changes to accounts: each a batch that begins with what it was decided on.

use portcullis_service::admin::{
    Ban, Change, Changed, Effect, Ground, NewAccount, ProfileEffect, fold,
};
use portcullis_service::{AuditEvent, NewGrant, StoreError};

use super::row::by_id;
use crate::one_time::{require, void};
use crate::{Statement, Tables, audit, one_time, scopes, sessions, throttle};

/// The reasons of [`require`].
const STALE: &str = "decision is stale";
const TAKEN: &str = "address is taken";
const LAST_ADMINISTRATOR: &str = "no administrator is left";
const LAST_OWNER: &str = "tenant keeps an owner";

/// What a batch came to that a condition ended.
pub(super) fn reason_of(error: &StoreError) -> Option<Changed> {
    let is = |reason: &str| error.message.contains(reason);
    if is(STALE) {
        Some(Changed::Stale)
    } else if is(TAKEN) {
        Some(Changed::EmailTaken)
    } else if is(LAST_ADMINISTRATOR) {
        Some(Changed::LastAdministrator)
    } else if is(LAST_OWNER) {
        Some(Changed::LastOwner)
    } else {
        None
    }
}

/// The last statement returns the account.
pub(super) fn create(new: &NewAccount, event: &AuditEvent) -> Vec<Statement> {
    let user = &new.user;
    let id = user.id.as_str();
    let (caller_id, caller_epoch) = (&new.caller.0, new.caller.1);
    let mut statements = vec![
        caller_holds(caller_id, caller_epoch, user.created_at_ms),
        address_is_free(&user.email, id),
        Statement::new(
            "INSERT INTO user (id, email, name, name_folded, email_verified, image, tier, \
             created_at_ms, updated_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            vec![
                id.into(),
                user.email.as_str().into(),
                user.name.as_str().into(),
                fold(&user.name).into(),
                user.email_verified.into(),
                user.image.clone().into(),
                user.tier.clone().into(),
                user.created_at_ms.into(),
            ],
        ),
    ];
    if let Some(phc) = &new.phc {
        statements.push(set_password(id, phc, user.created_at_ms));
    }
    let given = new.grants.iter();
    statements.extend(given.map(|grant| give(id, grant, user.created_at_ms)));
    if let Some(ban) = &new.ban {
        statements.push(set_ban(id, Some(ban), user.created_at_ms));
    }
    if let Some(code) = &new.reset_code {
        statements.push(one_time::add(code, id));
    }
    statements.push(audit::add(event));
    statements.push(by_id(id));
    statements
}

/// The last statement returns the account, unless it was deleted.
pub(super) fn change(tables: &Tables, change: &Change) -> Vec<Statement> {
    let id = change.ground.user_id.as_str();
    let mut statements = holds(&change.ground, change.now_ms);
    let mut is_recorded = false;
    for effect in &change.effects {
        is_recorded |= matches!(effect, Effect::EndSessions | Effect::EndSession(_));
        statements.extend(effects(tables, id, effect, change));
    }
    if !change.keeps_one_of.is_empty() {
        statements.push(administrator_is_left(&change.keeps_one_of, change.now_ms));
    }
    if !is_recorded {
        statements.push(audit::add(&change.event));
    }
    statements.push(by_id(id));
    statements
}

/// Time of check to time of use (CWE-367): what was decided on has to hold still.
fn holds(ground: &Ground, now_ms: i64) -> Vec<Statement> {
    let mut statements = vec![caller_holds(&ground.caller_id, ground.caller_epoch, now_ms)];
    if let Some(epoch) = ground.user_epoch {
        statements.push(require(
            "EXISTS (SELECT 1 FROM user WHERE id = ?1 AND epoch = ?2)",
            vec![ground.user_id.as_str().into(), epoch.into()],
            STALE,
        ));
    }
    statements
}

fn caller_holds(caller_id: &str, epoch: i64, now_ms: i64) -> Statement {
    require(
        "EXISTS (SELECT 1 FROM user WHERE id = ?1 AND epoch = ?2 AND disabled_at_ms IS NULL \
         AND (banned_at_ms IS NULL OR ban_expires_at_ms <= ?3))",
        vec![caller_id.into(), epoch.into(), now_ms.into()],
        STALE,
    )
}

fn address_is_free(email: &str, but_for: &str) -> Statement {
    require(
        "NOT EXISTS (SELECT 1 FROM user WHERE email = ?1 AND id <> ?2)",
        vec![email.into(), but_for.into()],
        TAKEN,
    )
}

/// Asked when the change is made, in its transaction: of two who take each other away at the same
/// moment, the second finds that nobody would be left.
fn administrator_is_left(roles: &[String], now_ms: i64) -> Statement {
    require(
        "EXISTS (SELECT 1 FROM role_grant g JOIN user a ON a.id = g.user_id \
         WHERE g.role IN (SELECT value FROM json_each(?1)) AND g.scope = '' \
         AND a.disabled_at_ms IS NULL AND (a.banned_at_ms IS NULL OR a.ban_expires_at_ms <= ?2))",
        vec![scopes::json(roles), now_ms.into()],
        LAST_ADMINISTRATOR,
    )
}

fn effects(tables: &Tables, id: &str, effect: &Effect, change: &Change) -> Vec<Statement> {
    let now_ms = change.now_ms;
    match effect {
        Effect::Profile(profile) => set_profile(id, profile, now_ms),
        Effect::Roles { taken, given } => {
            let mut statements = vec![
                count_change(id, now_ms),
                Statement::new(
                    "DELETE FROM role_grant WHERE user_id = ?1 \
                     AND id IN (SELECT value FROM json_each(?2))",
                    vec![id.into(), scopes::json(taken)],
                ),
            ];
            statements.extend(given.iter().map(|grant| give(id, grant, now_ms)));
            statements
        }
        Effect::Ban(ban) => vec![set_ban(id, Some(ban), now_ms)],
        Effect::Unban => vec![set_ban(id, None, now_ms)],
        Effect::Tier(tier) => vec![Statement::new(
            "UPDATE user SET tier = ?2, updated_at_ms = ?3, epoch = epoch + 1 WHERE id = ?1",
            vec![id.into(), tier.clone().into(), now_ms.into()],
        )],
        Effect::Password { phc, guesses } => {
            let mut statements = vec![set_password(id, phc, now_ms)];
            statements.extend(sessions::end_all_statements(id, None));
            statements.push(void(id, now_ms));
            statements.push(throttle::forget_account(guesses));
            statements
        }
        Effect::EndSessions => {
            let mut statements = vec![audit::add_for_sessions(
                &change.event,
                "user_id = $1 AND expires_at_ms > $2",
                [id.into(), now_ms.into()],
            )];
            statements.extend(sessions::end_all_statements(id, None));
            statements
        }
        Effect::EndSession(session_id) => {
            let values = || [id.into(), session_id.as_str().into()];
            vec![
                audit::add_for_sessions(&change.event, "user_id = $1 AND id = $2", values()),
                Statement::new(
                    "DELETE FROM session WHERE user_id = ?1 AND id = ?2",
                    values().into(),
                ),
            ]
        }
        Effect::Remove => remove(tables, id),
    }
}

fn remove(tables: &Tables, id: &str) -> Vec<Statement> {
    let owners = tables.fill(
        "NOT EXISTS (SELECT 1 FROM {tenant_member} m WHERE m.user_id = ?1 AND m.is_owner = 1 \
         AND NOT EXISTS (SELECT 1 FROM {tenant_member} o WHERE o.tenant_id = m.tenant_id \
         AND o.is_owner = 1 AND o.user_id <> ?1))",
    );
    vec![
        require(&owners, vec![id.into()], LAST_OWNER),
        Statement::new("DELETE FROM user WHERE id = ?1", vec![id.into()]),
    ]
}

fn set_profile(id: &str, profile: &ProfileEffect, now_ms: i64) -> Vec<Statement> {
    let image = profile.image.clone();
    let mut statements = Vec::new();
    if let Some(email) = &profile.email {
        statements.push(address_is_free(email, id));
        statements.push(Statement::new(
            // An address that nobody has confirmed yet, unless this change says so below.
            "UPDATE user SET email = ?2, email_verified = 0 WHERE id = ?1 AND email <> ?2",
            vec![id.into(), email.as_str().into()],
        ));
        statements.push(void(id, now_ms));
    }
    statements.push(Statement::new(
        "UPDATE user SET name = coalesce(?2, name), name_folded = coalesce(?3, name_folded), \
         image = CASE WHEN ?4 THEN ?5 ELSE image END, \
         email_verified = coalesce(?6, email_verified), updated_at_ms = ?7, epoch = epoch + 1 \
         WHERE id = ?1",
        vec![
            id.into(),
            profile.name.clone().into(),
            profile.name.as_deref().map(fold).into(),
            image.is_some().into(),
            image.flatten().into(),
            profile.email_verified.into(),
            now_ms.into(),
        ],
    ));
    statements
}

fn count_change(id: &str, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE user SET epoch = epoch + 1, updated_at_ms = ?2 WHERE id = ?1",
        vec![id.into(), now_ms.into()],
    )
}

fn give(id: &str, grant: &NewGrant, now_ms: i64) -> Statement {
    Statement::new(
        "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
         VALUES (?2, ?1, ?3, ?4, ?5) ON CONFLICT (user_id, role, scope) DO NOTHING",
        vec![
            id.into(),
            grant.id.as_str().into(),
            grant.role.as_str().into(),
            grant.scope.as_str().into(),
            now_ms.into(),
        ],
    )
}

/// The schema ends the sessions of who is banned.
fn set_ban(id: &str, ban: Option<&Ban>, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE user SET banned_at_ms = ?2, ban_reason = ?3, ban_expires_at_ms = ?4, \
         updated_at_ms = ?5, epoch = epoch + 1 WHERE id = ?1",
        vec![
            id.into(),
            ban.map(|ban| ban.since_ms).into(),
            ban.and_then(|ban| ban.reason.clone()).into(),
            ban.and_then(|ban| ban.expires_at_ms).into(),
            now_ms.into(),
        ],
    )
}

fn set_password(id: &str, phc: &str, now_ms: i64) -> Statement {
    Statement::new(
        "INSERT INTO password (user_id, phc, updated_at_ms) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, \
         updated_at_ms = excluded.updated_at_ms",
        vec![id.into(), phc.into(), now_ms.into()],
    )
}
