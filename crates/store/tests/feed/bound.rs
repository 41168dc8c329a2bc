//! A change that was made at T is seen by every decision that begins at T + bound.

use portcullis_service::feed::MAX_CHANGES;

use crate::support::{BOUND_MS, World, bearer, caller, minted, roles};

/// Every way to take something away, and whether the session is over then.
const REVOCATIONS: &[(&str, bool)] = &[
    ("DELETE FROM session", true),
    ("UPDATE user SET disabled_at_ms = 1", true),
    ("DELETE FROM user", true),
    ("UPDATE session SET expires_at_ms = 1", true),
    ("DELETE FROM role_grant", false),
    ("UPDATE role_grant SET role = 'OTHER'", false),
    ("UPDATE user SET tier = 'x'", false),
    ("DELETE FROM tenant_member", false),
    ("UPDATE tenant_member SET is_owner = 0", false),
    ("DELETE FROM tenant_role_permission", false),
    ("DELETE FROM tenant_role", false),
    ("DELETE FROM tenant", false),
    ("UPDATE user SET attributes = '{}'", false),
    (
        "UPDATE tenant_permission_epoch SET epoch = epoch + 1",
        false,
    ),
];

const HELD: &str = "
INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) VALUES ('g', 'ann', 'READER', '', 1);
INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) VALUES ('t', 'T', 't', 1, 1);
INSERT INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) VALUES ('m', 't', 'ann', 1, 1);
INSERT INTO tenant_role (id, tenant_id, name, created_at_ms, updated_at_ms) VALUES ('r', 't', 'R', 1, 1);
INSERT INTO tenant_role_permission (role_id, permission) VALUES ('r', 'doc:read');
INSERT INTO tenant_member_role (member_id, role_id, created_at_ms) VALUES ('m', 'r', 1);
UPDATE user SET attributes = '{\"region\":\"x\"}'";

#[test]
fn every_revocation_is_seen_at_the_bound_by_session_and_by_access_token() {
    for (revocation, is_over) in REVOCATIONS {
        let world = World::new();
        let token = world.user("ann");
        world.sql(HELD);
        let server = world.server(false);
        let jwt = minted(&server, &token);
        let describe = |caller: &portcullis_service::Caller| {
            let settings = &server.settings;
            let principal = caller.principal(&settings.policy);
            (
                principal.grants,
                principal.tier,
                principal.tenants,
                principal.attributes,
                caller.policy_epoch,
            )
        };
        let before = describe(&caller(&server, &token).unwrap());
        assert!(bearer(&server, &jwt).is_some());
        // At a moment when the feed has just been read.
        world.sql(revocation);
        world.pass(BOUND_MS);
        for now in [caller(&server, &token), bearer(&server, &jwt)] {
            assert_eq!(now.is_none(), *is_over, "{revocation}");
            if let Some(now) = now {
                assert_ne!(describe(&now), before, "{revocation}");
            }
        }
    }
}

#[test]
fn until_the_bound_a_server_may_go_on_with_what_it_keeps() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.sql("DELETE FROM session");
    world.pass(BOUND_MS * 3 / 4 - 1);
    assert!(caller(&server, &token).is_some());
    world.pass(BOUND_MS / 4 + 1);
    assert!(caller(&server, &token).is_none());
}

#[test]
fn another_bound_holds_as_well() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server_with(false, crate::support::SECRET, |settings| {
        settings.feed.revocation_bound_ms = 100;
    });
    caller(&server, &token).unwrap();
    world.sql("DELETE FROM session");
    world.pass(74);
    assert!(caller(&server, &token).is_some());
    world.pass(26);
    assert!(caller(&server, &token).is_none());
}

#[test]
fn what_is_given_is_seen_at_the_bound_too() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    let jwt = minted(&server, &token);
    assert!(roles(bearer(&server, &jwt)).is_empty());
    world.sql("INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('g', 'ann', 'READER', 1)");
    world.pass(BOUND_MS);
    assert_eq!(roles(caller(&server, &token)), ["READER"]);
    assert_eq!(roles(bearer(&server, &jwt)), ["READER"]);
}

#[test]
fn a_clock_that_goes_back_makes_nothing_last_longer() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.sql("DELETE FROM session");
    world.pass(-1);
    assert!(caller(&server, &token).is_none());
}

#[test]
fn more_changes_than_are_read_at_once_drop_everything_that_was_kept() {
    for count in [MAX_CHANGES, MAX_CHANGES + 1, 3 * MAX_CHANGES] {
        let world = World::new();
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let server = world.server(false);
        let jwts = [minted(&server, &ann), minted(&server, &bob)];
        let others: Vec<_> = (1..count)
            .map(|_| "UPDATE user SET name = 'x' WHERE id = 'bob'")
            .collect();
        world.sql(&others.join(";"));
        world.sql("DELETE FROM session WHERE user_id = 'ann'");
        world.pass(BOUND_MS);
        assert!(caller(&server, &ann).is_none(), "{count}");
        assert!(caller(&server, &bob).is_some(), "{count}");
        assert!(bearer(&server, &jwts[0]).is_none(), "{count}");
        assert!(bearer(&server, &jwts[1]).is_some(), "{count}");
    }
}

#[test]
fn changes_that_were_pruned_before_they_were_seen_drop_everything_that_was_kept() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    let jwt = minted(&server, &token);
    world.sql("DELETE FROM session");
    world.sql("UPDATE user SET name = 'x'");
    let other = world.server(false);
    crate::support::done(portcullis_service::feed::prune(&other)).unwrap();
    let left = world.sql("SELECT seq, kind FROM access_change");
    assert_eq!(
        (left.len(), left[0].text("kind").unwrap().as_str()),
        (1, "user")
    );
    world.pass(BOUND_MS);
    assert!(caller(&server, &token).is_none());
    assert!(bearer(&server, &jwt).is_none());
}

#[test]
fn a_database_that_was_put_back_to_an_earlier_state_is_believed_again() {
    let world = World::new();
    let token = world.user("ann");
    world.sql("UPDATE user SET name = 'x'; UPDATE user SET name = 'y'");
    let server = world.server(false);
    let jwt = minted(&server, &token);
    world
        .sql("DELETE FROM access_change; DELETE FROM sqlite_sequence WHERE name = 'access_change'");
    world.sql("DELETE FROM session");
    for _ in 0..3 {
        world.pass(BOUND_MS);
        assert!(caller(&server, &token).is_none());
        assert!(bearer(&server, &jwt).is_none());
    }
}

#[test]
fn a_kind_of_change_that_this_version_does_not_know_drops_everything_that_was_kept() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.sql("DROP TRIGGER access_change_session_deleted");
    world.sql(
        "DELETE FROM session; INSERT INTO access_change (kind, id) VALUES ('of tomorrow', 'x')",
    );
    world.pass(BOUND_MS);
    assert!(caller(&server, &token).is_none());
}
