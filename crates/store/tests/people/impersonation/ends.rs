//! When it is over.

use serde_json::json;

use crate::world::{HOUR_MS, World};

/// How long a change may take to be seen by one who is kept.
const BOUND_MS: i64 = 1000;

#[test]
fn it_ends_after_an_hour_to_the_millisecond_however_much_it_is_used() {
    for is_browser in [true, false] {
        let world = World::with(|settings| settings.sessions.short_secs = 30 * 86_400);
        let mut own = if is_browser {
            world.browser("head")
        } else {
            world.bearer("head")
        };
        let mut other = world.begin(&mut own, "clerk");
        for _ in 0..59 {
            world.pass(60_000);
            let answer = world.get(&mut other, "/api/auth/get-session");
            assert_eq!(answer.json["user"]["id"], "clerk");
        }
        let token = world.get(&mut other, "/api/auth/token").json["token"].clone();
        let mut jwt = crate::world::Caller::Bearer(token.as_str().unwrap().to_owned());
        world.pass(59_999);
        assert_eq!(world.who(&mut other).as_deref(), Some("clerk"));
        assert_eq!(world.get(&mut jwt, "/api/auth/me").status, 200);
        world.pass(1);
        assert_eq!(world.get(&mut jwt, "/api/auth/me").status, 401);
        assert_eq!(world.who(&mut other), None);
    }
}

#[test]
fn it_never_outlives_the_session_behind_it() {
    let world = World::new();
    let token = world.sign_in_for("head", HOUR_MS / 4);
    let mut own = crate::world::Caller::Bearer(token);
    let mut other = world.begin(&mut own, "clerk");
    world.pass(HOUR_MS / 4 - 1);
    assert_eq!(world.who(&mut other).as_deref(), Some("clerk"));
    world.pass(1);
    assert_eq!(world.who(&mut other), None);
}

/// Something that happens meanwhile, as an operator's shell would write it, and whether it is over
/// by that.
#[rustfmt::skip] // A table: one event a line.
const EVENTS: &[(&str, &str, bool)] = &[
    ("its session is ended", "DELETE FROM session WHERE id = 'session-of-head'", true),
    ("its session is shortened to now", "UPDATE session SET expires_at_ms = NOW WHERE id = 'session-of-head'", true),
    ("its session is extended", "UPDATE session SET expires_at_ms = expires_at_ms + 1000 WHERE id = 'session-of-head'", false),
    ("its session gets another token", "UPDATE session SET token_hash = 'x' WHERE id = 'session-of-head'", false),
    ("it is disabled", "UPDATE user SET disabled_at_ms = 1 WHERE id = 'head'", true),
    ("it is banned", "UPDATE user SET banned_at_ms = 1 WHERE id = 'head'", true),
    ("it is deleted", "DELETE FROM user WHERE id = 'head'", true),
    ("it loses its role", "DELETE FROM role_grant WHERE user_id = 'head'", true),
    ("its role is another", "UPDATE role_grant SET role = 'CLERK' WHERE user_id = 'head'", true),
    ("it gets a role", "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('x', 'head', 'CLERK', 1)", true),
    ("its attributes are others", "UPDATE user SET attributes = '{}' WHERE id = 'head'", true),
    ("its epoch is another", "UPDATE user SET epoch = epoch + 1 WHERE id = 'head'", true),
    ("the user rises", "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('x', 'clerk', 'OWNER', 1)", true),
    ("the user falls", "DELETE FROM role_grant WHERE user_id = 'clerk'", true),
    ("the user's role moves to another", "UPDATE role_grant SET user_id = 'guest' WHERE user_id = 'clerk'", true),
    ("the user's tier is another", "UPDATE user SET tier = 'x' WHERE id = 'clerk'", true),
    ("the user is disabled", "UPDATE user SET disabled_at_ms = 1 WHERE id = 'clerk'", true),
    ("the user is banned", "UPDATE user SET banned_at_ms = 1 WHERE id = 'clerk'", true),
    ("the user is deleted", "DELETE FROM user WHERE id = 'clerk'", true),
    ("the user takes another name", "UPDATE user SET name = 'x' WHERE id = 'clerk'", false),
    ("another gets a role", "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('x', 'guest', 'OWNER', 1)", false),
    ("another is disabled", "UPDATE user SET disabled_at_ms = 1 WHERE id = 'peer'", false),
    ("another's session is ended", "DELETE FROM session WHERE id = 'session-of-peer'", false),
];

#[test]
fn it_ends_with_whatever_it_rests_on_and_with_nothing_else() {
    for (what, sql, is_over) in EVENTS {
        let world = World::new();
        world.sign_in("peer");
        let mut own = world.bearer("head");
        let mut other = world.begin(&mut own, "clerk");
        let token = world.get(&mut other, "/api/auth/token").json["token"].clone();
        let mut jwt = crate::world::Caller::Bearer(token.as_str().unwrap().to_owned());
        assert_eq!(world.get(&mut jwt, "/api/auth/me").status, 200, "{what}");
        world.sql(&sql.replace("NOW", &world.now_ms().to_string()));
        // At once where nothing may be a moment old, and everywhere within the bound.
        let rename = json!({ "deviceName": "x" });
        let status = world
            .post(&mut other, "/api/auth/update-session", rename)
            .status;
        assert_eq!(status, if *is_over { 401 } else { 200 }, "{what}");
        world.pass(BOUND_MS);
        let expected = (!is_over).then_some("clerk");
        assert_eq!(world.who(&mut other).as_deref(), expected, "{what}");
        let status = world.get(&mut jwt, "/api/auth/me").status;
        assert_eq!(status, if *is_over { 401 } else { 200 }, "{what}");
        let left =
            world.count("session WHERE impersonator_user_id IS NOT NULL AND expires_at_ms > 0");
        assert!(
            left == i64::from(!is_over) || what.contains("shortened"),
            "{what}"
        );
    }
}

#[test]
fn the_user_ends_it_with_all_other_sessions_of_its_own() {
    let world = World::new();
    let mut own = world.bearer("head");
    let mut other = world.begin(&mut own, "clerk");
    let mut clerk = world.bearer("clerk");
    let revoke = world.post(&mut clerk, "/api/auth/revoke-other-sessions", json!({}));
    assert_eq!(revoke.status, 200);
    assert_eq!(world.who(&mut other), None);
    assert_eq!(world.who(&mut own).as_deref(), Some("head"));
}

#[test]
fn what_it_was_decided_on_is_asked_again_when_it_begins() {
    use portcullis_service::impersonation::{ImpersonationStore, NewImpersonation};
    use portcullis_service::{AuditStatus, Context, SessionRef, Store, audit};

    const CHANGES: &[(&str, bool)] = &[
        ("SELECT 1", true),
        (
            "UPDATE user SET epoch = epoch + 1 WHERE id = 'clerk'",
            false,
        ),
        ("UPDATE user SET epoch = epoch + 1 WHERE id = 'head'", false),
        (
            "UPDATE user SET disabled_at_ms = 1 WHERE id = 'clerk'",
            false,
        ),
        (
            "UPDATE user SET disabled_at_ms = 1 WHERE id = 'head'",
            false,
        ),
        ("UPDATE user SET banned_at_ms = 1 WHERE id = 'clerk'", false),
        ("DELETE FROM session", false),
        ("UPDATE session SET expires_at_ms = 1", false),
        ("UPDATE session SET impersonator_user_id = 'owner'", false),
        ("UPDATE session SET user_id = 'peer'", false),
    ];
    for (change, is_begun) in CHANGES {
        let world = World::new();
        world.sign_in("head");
        let store = &world.app.store;
        let read = |id: &str| {
            let id = SessionRef::Id(format!("session-of-{id}"));
            crate::done::done(store.caller(&id, world.now_ms()))
                .unwrap()
                .unwrap()
        };
        world.sign_in("clerk");
        let (admin, target) = (read("head"), read("clerk").user);
        world.sql("DELETE FROM session WHERE user_id = 'clerk'");
        world.sql(change);
        let new = NewImpersonation {
            session_id: "new",
            token_hash: "hash",
            admin: &admin,
            target: &target,
            now_ms: world.now_ms(),
            expires_at_ms: world.now_ms() + HOUR_MS,
            ip_address: "",
            user_agent: "",
        };
        let context = Context::default();
        let event = audit::event(&world.app, &context, "user.impersonate", AuditStatus::Ok);
        let records = world.count("audit");
        let begun = crate::done::done(store.begin_impersonation(&new, &event)).unwrap();
        assert_eq!(begun.is_some(), *is_begun, "{change}");
        assert_eq!(
            world.count("session WHERE id = 'new'"),
            i64::from(*is_begun),
            "{change}"
        );
        assert_eq!(
            world.count("audit") - records,
            i64::from(*is_begun),
            "{change}"
        );
    }
}
