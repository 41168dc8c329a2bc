//! What a change does besides, and what keeps it from being made.

use portcullis_service::admin::{self, AdminStore, Change, Changed, Effect, Ground, Update};
use portcullis_service::{AuditEvent, AuditStatus};

use crate::world::{START_MS, World, done, word};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");

/// Administrators who manage each other.
fn peers() -> World {
    World::new(&NAVAL.replace("[roles.admin]\n", "[roles.admin]\nmanages = \"equal\"\n"))
}

fn record(world: &World) -> AuditEvent {
    portcullis_service::audit::event(&world.app, &world.context, "user.ban", AuditStatus::Ok)
}

fn records(world: &World, user_id: &str) -> Vec<(String, String, String)> {
    let rows = world.sql(&format!(
        "SELECT action, status, coalesce(json_extract(fields, '$.by'), '') AS by FROM audit \
         WHERE user_id = '{user_id}' ORDER BY id"
    ));
    let text = |row: &portcullis_store::Row, name| row.text(name).unwrap();
    rows.iter()
        .map(|row| (text(row, "action"), text(row, "status"), text(row, "by")))
        .collect()
}

/// Time of check to time of use: each part of what a change was decided on, changed since.
#[test]
fn a_change_that_was_decided_on_what_is_no_longer_so_is_not_made() {
    let world = World::new(NAVAL);
    let admin = world.person(&["admin"]);
    let target = world.person(&["executive"]);
    let change = |caller_epoch, user_epoch| Change {
        ground: Ground {
            caller_id: admin.clone(),
            caller_epoch,
            user_id: target.clone(),
            user_epoch: Some(user_epoch),
        },
        effects: vec![Effect::EndSessions],
        keeps_one_of: Vec::new(),
        now_ms: START_MS,
        event: record(&world),
    };
    let made = |change: &Change| {
        let changed = done(world.app.store.change_account(change)).unwrap();
        matches!(changed, Changed::Done(_))
    };
    assert!(!made(&change(1, 0)) && !made(&change(0, 1)));
    assert_eq!(
        world.count("SELECT count(*) AS n FROM session"),
        2,
        "nothing was done"
    );
    assert_eq!(
        world.count("SELECT count(*) AS n FROM audit"),
        0,
        "nor recorded"
    );
    world.sql(&format!(
        "UPDATE user SET disabled_at_ms = 1 WHERE id = '{admin}'"
    ));
    assert!(!made(&change(0, 0)), "a disabled caller");
    world.sql(&format!(
        "UPDATE user SET disabled_at_ms = NULL, banned_at_ms = 1 WHERE id = '{admin}'"
    ));
    assert!(!made(&change(0, 0)), "a banned caller");
    world.sql(&format!(
        "UPDATE user SET ban_expires_at_ms = {START_MS} WHERE id = '{admin}'"
    ));
    assert!(made(&change(0, 0)), "a ban that is over");
}

/// Two administrators who take each other away at the same moment: the second's decision rests on its
/// epoch, which the first has changed.
#[test]
fn of_two_who_demote_each_other_at_once_one_stays() {
    let world = peers();
    let (ann, bob) = (world.person(&["admin"]), world.person(&["admin"]));
    let (as_ann, as_bob) = (world.caller(&ann), world.caller(&bob));
    let demote = |by, id: &str| {
        word(done(admin::set_roles(
            &world.app,
            by,
            id,
            &[],
            &world.context,
        )))
    };
    assert_eq!(demote(&as_ann, &bob), "done");
    assert_eq!(demote(&as_bob, &ann), "Changed");
    assert_eq!(demote(&as_ann, &ann), "LastAdministrator");
    assert_eq!(
        world.count("SELECT count(*) AS n FROM role_grant WHERE role = 'admin'"),
        1
    );
}

#[test]
fn the_last_administrator_is_neither_demoted_nor_taken_a_grant_from() {
    let world = peers();
    let ann = world.person(&["admin"]);
    let caller = || world.caller(&ann);
    let set = |roles: &[&str]| {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        word(done(admin::set_roles(
            &world.app,
            &caller(),
            &ann,
            &roles,
            &world.context,
        )))
    };
    let revoke = || {
        let is_meant = |one: &admin::HeldGrant| one.role == "admin";
        word(done(admin::revoke(
            &world.app,
            &caller(),
            &ann,
            is_meant,
            &world.context,
        )))
    };
    let update = || {
        let update = Update {
            roles: Some(Vec::new()),
            ..Update::default()
        };
        word(done(admin::update(
            &world.app,
            &caller(),
            &ann,
            update,
            &world.context,
        )))
    };
    let bob = world.person(&["admin"]);
    for state in [
        "disabled_at_ms = 1",
        "disabled_at_ms = NULL, banned_at_ms = 1",
    ] {
        world.sql(&format!("UPDATE user SET {state} WHERE id = '{bob}'"));
        assert_eq!(set(&[]), "LastAdministrator", "{state}");
        assert_eq!(set(&["executive"]), "LastAdministrator");
        assert_eq!(revoke(), "LastAdministrator");
        assert_eq!(update(), "LastAdministrator");
    }
    // A duty watch may change accounts as well, but stands below.
    world.person(&["duty_watch"]);
    assert_eq!(set(&[]), "LastAdministrator");
    world.sql(&format!(
        "UPDATE user SET banned_at_ms = NULL WHERE id = '{bob}'"
    ));
    assert_eq!(set(&["executive"]), "done", "now there is another");
    assert_eq!(revoke(), "not allowed admin.set_role");
}

#[test]
fn a_bans_last_administrator_is_refused_and_so_is_its_removal() {
    let world = peers();
    let (ann, bob) = (world.person(&["admin"]), world.person(&["admin"]));
    let caller = world.caller(&ann);
    // As if Ann were taken away between her decision and the write: her own account no longer counts.
    world.sql(&format!("DELETE FROM role_grant WHERE user_id = '{ann}'"));
    let ban = admin::ban(&world.app, &caller, &bob, None, None, &world.context);
    assert_eq!(word(done(ban)), "LastAdministrator");
    let remove = admin::remove(&world.app, &caller, &bob, &world.context);
    assert_eq!(word(done(remove)), "LastAdministrator");
    assert!(world.account(&bob).is_some());
}

#[test]
fn the_last_owner_of_a_tenant_is_not_removed() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person::<&str>(&[]);
    world.sql("INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) VALUES ('t', 'T', 't', 1, 1)");
    world.sql(&format!(
        "INSERT INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) \
         VALUES ('m', 't', '{target}', 1, 1)"
    ));
    let remove = || {
        word(done(admin::remove(
            &world.app,
            &admin,
            &target,
            &world.context,
        )))
    };
    assert_eq!(remove(), "Tenants(LastOwner)");
    world.sql("UPDATE tenant_member SET is_owner = 0");
    assert_eq!(remove(), "done");
    assert!(world.account(&target).is_none());
}

#[test]
fn every_change_is_recorded_about_whom_and_by_whom() {
    let world = World::new(NAVAL);
    let admin_id = world.person(&["admin"]);
    let admin = world.caller(&admin_id);
    let target = world.person(&["executive"]);
    let (app, context) = (&world.app, &world.context);
    assert!(
        done(admin::set_roles(
            app,
            &admin,
            &target,
            &["duty_watch".into()],
            context
        ))
        .is_ok()
    );
    assert!(done(admin::revoke_sessions(app, &admin, &target, context)).is_ok());
    let password = "correct horse battery staple";
    assert!(done(admin::set_password(app, &admin, &target, password, context)).is_ok());
    assert!(done(admin::ban(app, &admin, &target, None, None, context)).is_ok());
    assert!(done(admin::unban(app, &admin, &target, context)).is_ok());
    let watch = world.caller(&world.person(&["duty_watch"]));
    assert!(done(admin::ban(app, &watch, &target, None, None, context)).is_err());
    assert!(done(admin::remove(app, &admin, &target, context)).is_ok());
    let of = |action: &str, status: &str, by: &str| {
        (action.to_owned(), status.to_owned(), by.to_owned())
    };
    let expected = [
        of("role.set", "ok", &admin_id),
        of("session.revoke", "ok", &admin_id),
        of("user.set_password", "ok", &admin_id),
        of("user.ban", "ok", &admin_id),
        of("user.unban", "ok", &admin_id),
        of("admin.ban_user", "fail", &watch.user.id),
        of("user.delete", "ok", &admin_id),
    ];
    assert_eq!(records(&world, &target), expected);
}

#[test]
fn another_password_ends_sessions_and_links_and_may_be_the_first() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person(&["executive"]);
    world.sql(&format!(
        "INSERT INTO one_time (id, secret_hash, purpose, user_id, payload, created_at_ms, expires_at_ms) \
         VALUES ('o', 'h', 'reset-password', '{target}', '', 1, {START_MS} * 2)"
    ));
    let set = |typed: &str| {
        word(done(admin::set_password(
            &world.app,
            &admin,
            &target,
            typed,
            &world.context,
        )))
    };
    assert_eq!(set("short"), "PasswordTooShort { min: 15 }");
    assert_eq!(set("correct horse battery staple"), "done");
    let of_target = format!("WHERE user_id = '{target}'");
    assert_eq!(
        world.count(&format!("SELECT count(*) AS n FROM session {of_target}")),
        0
    );
    assert_eq!(
        world.count(&format!("SELECT count(*) AS n FROM password {of_target}")),
        1
    );
    assert_eq!(
        world.count("SELECT count(*) AS n FROM one_time WHERE used_at_ms IS NULL"),
        0
    );
}

#[test]
fn another_address_is_not_confirmed_unless_the_change_says_so_and_is_nobody_elses() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person(&["executive"]);
    world.sql(&format!(
        "UPDATE user SET email_verified = 1 WHERE id = '{target}'"
    ));
    let update = |email: &str, email_verified| {
        let update = Update {
            email: Some(email.to_owned()),
            email_verified,
            ..Update::default()
        };
        done(admin::update(
            &world.app,
            &admin,
            &target,
            update,
            &world.context,
        ))
    };
    let account = update("New@Example.org", None).unwrap();
    assert_eq!(
        (account.user.email.as_str(), account.user.email_verified),
        ("new@example.org", false)
    );
    let account = update("newer@example.org", Some(true)).unwrap();
    assert!(account.user.email_verified);
    assert_eq!(word(update(&admin.user.email, None)), "EmailTaken");
    assert_eq!(word(update("new", None)), "InvalidEmail");
}

#[test]
fn a_tier_is_one_that_there_is_and_changes_only_what_was_seen() {
    let policy = include_str!("../../../../policies/release-tiers.toml");
    let policy = policy.replace(
        "[permissions]\n",
        "[permissions]\n\"user:update\" = [\"admin\"]\n",
    );
    let world = World::new(&policy);
    let id = world.person(&["admin"]);
    world.sql(&format!("UPDATE user SET tier = 'beta' WHERE id = '{id}'"));
    let admin = world.caller(&id);
    let target = world.person(&["member"]);
    let set = |tier: &str, if_epoch| {
        let tier = Some(tier.to_owned());
        done(admin::set_tier(
            &world.app,
            &admin,
            &target,
            tier,
            if_epoch,
            &world.context,
        ))
    };
    assert_eq!(
        word(set("gold", None)),
        "UnknownTier([\"guest\", \"public\", \"beta\", \"alpha\", \"founder\"])"
    );
    assert_eq!(word(set("beta", Some(7))), "NotAsSeen");
    let account = set("beta", Some(0)).unwrap();
    assert_eq!(
        (account.user.tier.as_deref(), account.user.epoch),
        (Some("beta"), 1)
    );
    assert_eq!(word(set("alpha", Some(0))), "NotAsSeen");
}
