//! A database with a copy that lags: nobody is let in or kept out by what it doesn't know yet, and who
//! has written reads its own.

use std::sync::Arc;

use portcullis_service::SessionRef;
use portcullis_service::feed::{self, AccessChanges};
use portcullis_service::request::Request;
use portcullis_store::{Driver, Statement};

use crate::support::{
    BOUND_MS, World, bearer, caller, disable, done, known, minted, roles, within,
};

#[test]
fn a_session_that_the_copy_does_not_know_yet_is_found() {
    let world = World::new();
    let ann = world.user("ann");
    world.catch_up();
    let server = world.server(true);
    caller(&server, &ann).unwrap();
    let bob = world.user("bob");
    assert!(caller(&server, &bob).is_some());
}

#[test]
fn a_session_that_was_ended_is_over_at_the_bound_though_the_copy_still_has_it() {
    let world = World::new();
    let (ann, bob) = (world.user("ann"), world.user("bob"));
    world.catch_up();
    let server = world.server(true);
    let jwt = minted(&server, &ann);
    world.sql("DELETE FROM session WHERE user_id = 'ann'");
    world.pass(BOUND_MS);
    assert!(caller(&server, &bob).is_some());
    assert!(caller(&server, &ann).is_none());
    assert!(bearer(&server, &jwt).is_none());
    // One that has kept nothing, and looks it up at the copy.
    let other = world.server(true);
    assert!(caller(&other, &bob).is_some());
    assert!(caller(&other, &ann).is_none());
    assert!(bearer(&other, &jwt).is_none());
    let at_copy = done(
        other
            .store
            .caller_at_replica(&SessionRef::Id("session-of-ann".into()), world.now_ms()),
    );
    assert!(at_copy.unwrap().is_some(), "the copy still has it");
}

#[test]
fn rights_are_those_of_the_last_commit_though_the_copy_has_older_ones() {
    let world = World::new();
    let ann = world.user("ann");
    world.catch_up();
    world.sql("INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('g', 'ann', 'READER', 1)");
    let server = world.server(true);
    assert_eq!(roles(caller(&server, &ann)), ["READER"]);
    world.sql("DELETE FROM role_grant");
    world.pass(BOUND_MS);
    assert!(roles(caller(&server, &ann)).is_empty());
}

#[test]
fn a_copy_that_is_new_enough_answers_instead_of_the_primary() {
    let world = World::new();
    let (ann, bob) = (world.user("ann"), world.user("bob"));
    world.catch_up();
    let server = world.server(true);
    caller(&server, &ann).unwrap();
    world
        .fails
        .store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(
        caller(&server, &bob).is_some(),
        "the primary doesn't answer"
    );
}

#[test]
fn who_has_written_reads_its_own_write_on_any_server() {
    let world = World::new();
    let ann = world.user("ann");
    world.catch_up();
    let [one, other] = [world.server(true), world.server(true)];
    caller(&other, &ann).unwrap();
    let writing = Arc::<Request>::default();
    let rename = Statement::new("UPDATE user SET name = 'A' WHERE id = 'ann'", Vec::new());
    within(&writing, one.store.driver().batch(vec![rename])).unwrap();
    assert!(writing.has_written() && writing.written_seq() > 0);

    let count = || Statement::new("SELECT name FROM user WHERE id = 'ann'", Vec::new());
    let name = |request: &Arc<Request>| {
        let rows = within(request, other.store.driver().query_replica(count())).unwrap();
        rows[0].text("name").unwrap()
    };
    let stranger = Arc::<Request>::default();
    assert_eq!(name(&stranger), "ann", "the copy lags");
    let kept = known(within(&stranger, feed::by_token(&other, &ann))).unwrap();
    assert_eq!(kept.user.name, "ann", "within the bound");

    let next = Arc::new(Request::new(writing.written_seq(), writing.bookmark()));
    let own = known(within(&next, feed::by_token(&other, &ann))).unwrap();
    assert_eq!(own.user.name, "A");
    assert_eq!(name(&next), "A");
}

#[test]
fn a_login_that_claims_to_have_seen_what_there_is_not_is_answered_all_the_same() {
    let world = World::new();
    let ann = world.user("ann");
    world.catch_up();
    let server = world.server(true);
    caller(&server, &ann).unwrap();
    let request = Arc::new(Request::new(1 << 40, None));
    for _ in 0..3 {
        assert!(known(within(&request, feed::by_token(&server, &ann))).is_some());
    }
}

#[test]
fn what_a_server_with_copies_changes_itself_it_sees_at_once() {
    let world = World::new();
    let ann = world.user("ann");
    world.catch_up();
    let server = world.server(true);
    let jwt = minted(&server, &ann);
    assert!(bearer(&server, &jwt).is_some());
    disable(&server, "ann");
    assert!(caller(&server, &ann).is_none());
    assert!(bearer(&server, &jwt).is_none());
}
