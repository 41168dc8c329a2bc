//! A ban ends what runs, lets nothing begin, and ends by itself.

use portcullis_service::admin;
use portcullis_service::session::{Begin, Device, new_session};
use portcullis_service::sign_in::{SignIn, sign_in};
use portcullis_service::{AuditEvent, AuditStatus, Caller, Error, SessionRef, Store, feed};

use crate::world::{START_MS, World, done, word};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");
const PASSWORD: &str = "correct horse battery staple";

fn event(world: &World) -> AuditEvent {
    AuditEvent {
        status: AuditStatus::Ok,
        ..portcullis_service::audit::event(&world.app, &world.context, "t", AuditStatus::Ok)
    }
}

/// Whether a session begins for somebody now.
fn begins(world: &World, user_id: &str) -> bool {
    let user = world.account(user_id).unwrap().user;
    let (_, new) = new_session(&world.app, &user, Begin::default(), &world.context);
    done(world.app.store.begin_session(&new, &event(world))).unwrap()
}

fn ban(world: &World, admin: &Caller, user_id: &str, secs: Option<i64>) -> String {
    let reason = Some("spam".to_owned());
    let banned = admin::ban(&world.app, admin, user_id, reason, secs, &world.context);
    word(done(banned))
}

#[test]
fn sessions_of_who_is_banned_end_and_none_begins_until_the_ban_is_over() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person(&["executive"]);
    world.session(&target);
    assert_eq!(ban(&world, &admin, &target, Some(3600)), "done");
    let sessions = format!("SELECT count(*) AS n FROM session WHERE user_id = '{target}'");
    assert_eq!(world.count(&sessions), 0);
    assert!(!begins(&world, &target));
    world.app.host.pass(3_599_999);
    assert!(!begins(&world, &target));
    assert!(
        world
            .account(&target)
            .unwrap()
            .ban_at(
                world
                    .app
                    .host
                    .now_ms
                    .load(std::sync::atomic::Ordering::Relaxed)
            )
            .is_some()
    );
    world.app.host.pass(1);
    let before = world.count("SELECT total_changes() AS n");
    let account = world.account(&target).unwrap();
    assert!(account.ban_at(START_MS + 3_600_000).is_none());
    assert_eq!(
        world.count("SELECT total_changes() AS n"),
        before,
        "an end is not written down"
    );
    assert!(begins(&world, &target));
}

#[test]
fn a_ban_for_good_ends_when_it_is_taken_back() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person::<&str>(&[]);
    assert_eq!(ban(&world, &admin, &target, None), "done");
    world.app.host.pass(20 * 365 * 86_400_000);
    assert!(!begins(&world, &target));
    let account = done(admin::unban(&world.app, &admin, &target, &world.context)).unwrap();
    assert_eq!(account.ban, None);
    assert!(begins(&world, &target));
}

#[test]
fn a_caller_that_is_kept_is_gone_with_the_next_request_after_its_ban() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person::<&str>(&[]);
    let user = world.account(&target).unwrap().user;
    let (tokens, new) = new_session(&world.app, &user, Begin::default(), &world.context);
    assert!(done(world.app.store.begin_session(&new, &event(&world))).unwrap());
    let token = tokens.session.expose();
    assert!(done(feed::by_token(&world.app, token)).is_ok());
    assert_eq!(ban(&world, &admin, &target, None), "done");
    let gone = done(feed::by_token(&world.app, token));
    assert_eq!(word(gone), "Unauthenticated");
    let session = SessionRef::Id(new.session.id);
    let now_ms = new.session.created_at_ms;
    assert!(
        done(world.app.store.caller(&session, now_ms))
            .unwrap()
            .is_none()
    );
}

#[test]
fn only_who_knows_the_password_hears_of_a_ban() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person::<&str>(&[]);
    let set = admin::set_password(&world.app, &admin, &target, PASSWORD, &world.context);
    assert_eq!(word(done(set)), "done");
    let try_in = |password: &str| {
        let asked = SignIn {
            email: format!("{target}@example.org"),
            password: password.to_owned(),
            remember_me: true,
            replaces: None,
            device: Device::default(),
            wants_refresh: false,
            known_device: None,
        };
        let result = done(sign_in(&world.app, asked, &world.context));
        word::<()>(result.map(drop).map_err(|error: Error| error))
    };
    assert_eq!(try_in(PASSWORD), "done");
    assert_eq!(ban(&world, &admin, &target, Some(60)), "done");
    assert_eq!(try_in("wrong"), "InvalidCredentials");
    assert_eq!(try_in(PASSWORD), "Account(Banned)");
    let reasons = world.sql(
        "SELECT json_extract(fields, '$.reason') AS r FROM audit \
                             WHERE action = 'auth.login' AND status = 'fail' ORDER BY id",
    );
    let reasons: Vec<_> = reasons.iter().map(|row| row.text("r").unwrap()).collect();
    assert_eq!(reasons, ["wrong_password", "banned"]);
    world.app.host.pass(60_000);
    assert_eq!(try_in(PASSWORD), "done");
}

#[test]
fn a_ban_has_an_end_within_a_hundred_years_or_none() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let target = world.person::<&str>(&[]);
    for (secs, is) in [
        (
            -1,
            "Value(\"banExpiresIn\", \"a number of seconds, a hundred years at most\")",
        ),
        (
            3_155_760_001,
            "Value(\"banExpiresIn\", \"a number of seconds, a hundred years at most\")",
        ),
        (3_155_760_000, "done"),
        (0, "done"),
    ] {
        assert_eq!(ban(&world, &admin, &target, Some(secs)), is);
    }
    let account = world.account(&target).unwrap();
    assert_eq!(
        account.ban.unwrap().expires_at_ms,
        None,
        "0 is for good, as for clients of the protocol"
    );
}
