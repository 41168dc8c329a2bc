//! How often the database is asked for a caller.

use std::sync::atomic::Ordering;

use portcullis_core::decide::{RawScope, Request};
use portcullis_service::{Error, authorize, feed};
use portcullis_store::{Driver, Statement};

use crate::support::{BOUND_MS, World, caller, counted, disable, done, known};

#[test]
fn a_caller_takes_one_statement_at_first_and_none_while_it_is_kept() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    let (first, took) = counted(feed::by_token(&server, &token));
    assert_eq!((first.unwrap().user.id.as_str(), took), ("ann", (1, 1)));
    world.pass(BOUND_MS / 2);
    for _ in 0..5 {
        let (again, took) = counted(feed::by_token(&server, &token));
        assert_eq!((again.unwrap().user.id.as_str(), took), ("ann", (0, 0)));
    }
}

#[test]
fn all_callers_together_take_one_statement_in_the_bound() {
    let world = World::new();
    let tokens = ["ann", "bob", "eve"].map(|id| world.user(id));
    let server = world.server(false);
    for token in &tokens {
        caller(&server, token).unwrap();
    }
    for _ in 0..10 {
        world.pass(BOUND_MS);
        let all = async {
            for token in &tokens {
                feed::by_token(&server, token).await.unwrap();
            }
        };
        assert_eq!(counted(all).1, (1, 1));
    }
}

#[test]
fn in_the_last_quarter_of_the_bound_one_asks_and_the_others_go_on() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.pass(BOUND_MS * 3 / 4 - 1);
    assert_eq!(counted(feed::by_token(&server, &token)).1, (0, 0));
    world.pass(1);
    assert_eq!(counted(feed::by_token(&server, &token)).1, (1, 1));
    assert_eq!(counted(feed::by_token(&server, &token)).1, (0, 0));
}

#[test]
fn a_caller_is_kept_five_minutes_and_no_longer() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    for _ in 0..299 {
        world.pass(1000);
        assert_eq!(
            counted(feed::by_token(&server, &token)).1,
            (1, 1),
            "the feed alone"
        );
    }
    world.pass(999);
    done(feed::by_token(&server, &token)).unwrap();
    let asked = counted(feed::by_token(&server, &token));
    assert_eq!(asked.1, (0, 0));
    world.pass(1);
    assert_eq!(
        counted(feed::by_token(&server, &token)).1,
        (1, 1),
        "looked up"
    );
}

#[test]
fn a_kept_caller_ends_with_its_session() {
    let world = World::new();
    let token = world.user("ann");
    let end_ms = world.now_ms() + 500;
    world.sql(&format!("UPDATE session SET expires_at_ms = {end_ms}"));
    let server = world.server(false);
    assert!(caller(&server, &token).is_some());
    world.pass(499);
    assert!(caller(&server, &token).is_some());
    world.pass(1);
    assert!(caller(&server, &token).is_none());
}

#[test]
fn what_a_server_changes_itself_it_sees_at_once() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    assert!(caller(&server, &token).is_some());
    disable(&server, "ann");
    assert!(caller(&server, &token).is_none());
}

#[test]
fn a_write_whose_answer_was_lost_is_seen_at_once_by_its_server() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    assert!(caller(&server, &token).is_some());
    let write = || {
        let sql = "UPDATE user SET disabled_at_ms = 1";
        let driver = server.store.driver();
        driver.batch(vec![Statement::new(sql, Vec::new())])
    };
    // Nobody waits for it: nothing was done here, but that can't be known.
    drop(write());
    assert_eq!(
        counted(feed::by_token(&server, &token)).1,
        (0, 0),
        "it never began"
    );
    world.loses_answers.store(true, Ordering::Relaxed);
    assert!(done(write()).is_err());
    assert!(caller(&server, &token).is_none());
    world.sql("UPDATE user SET disabled_at_ms = NULL");
    for _ in 0..2 {
        assert!(caller(&server, &token).is_some());
    }
    let took = counted(feed::by_token(&server, &token)).1;
    assert_eq!(took, (0, 0), "and then it is known");
}

#[test]
fn a_change_of_others_leaves_a_kept_caller_alone() {
    let world = World::new();
    let (ann, bob) = (world.user("ann"), world.user("bob"));
    let server = world.server(false);
    caller(&server, &ann).unwrap();
    caller(&server, &bob).unwrap();
    disable(&server, "bob");
    assert_eq!(
        counted(feed::by_token(&server, &ann)).1,
        (1, 1),
        "what is new"
    );
    assert_eq!(counted(feed::by_token(&server, &ann)).1, (0, 0));
    assert!(caller(&server, &bob).is_none());
}

#[test]
fn a_current_caller_is_asked_for_every_time() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.sql("UPDATE user SET tier = 'x'");
    let (now, took) = counted(feed::current_by_token(&server, &token));
    assert_eq!(
        (now.unwrap().user.tier.as_deref(), took),
        (Some("x"), (1, 1))
    );
    world.sql("DELETE FROM session");
    assert!(known(done(feed::current_by_token(&server, &token))).is_none());
}

#[test]
fn what_is_forgotten_is_looked_up_and_what_is_remembered_is_not() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    let mut ann = caller(&server, &token).unwrap();
    ann.session.last_active_at_ms += 5;
    feed::remember(&server, &token, &ann);
    let (again, took) = counted(feed::by_token(&server, &token));
    assert_eq!((again.unwrap().session, took), (ann.session, (0, 0)));
    feed::forget(&server, &token);
    assert_eq!(counted(feed::by_token(&server, &token)).1, (1, 1));
}

#[test]
fn what_can_not_be_asked_for_is_a_fault_and_never_an_old_answer() {
    let world = World::new();
    let token = world.user("ann");
    let server = world.server(false);
    caller(&server, &token).unwrap();
    world.fails.store(true, Ordering::Relaxed);
    world.pass(BOUND_MS * 3 / 4 - 1);
    assert!(caller(&server, &token).is_some());
    world.pass(BOUND_MS / 4 + 1);
    for _ in 0..3 {
        let outcome = done(feed::by_token(&server, &token));
        assert!(matches!(outcome, Err(Error::Fault(_))), "{outcome:?}");
    }
    world.fails.store(false, Ordering::Relaxed);
    assert!(caller(&server, &token).is_some());
}

#[test]
fn a_token_that_nobody_has_is_never_kept() {
    let world = World::new();
    let server = world.server(false);
    let token = "a".repeat(32);
    assert!(caller(&server, &token).is_none());
    assert_eq!(counted(feed::by_token(&server, &token)).1, (1, 1));
    assert_eq!(counted(feed::by_token(&server, "no token")).1, (0, 0));
}

#[test]
fn thousands_of_callers_take_a_bounded_room() {
    let world = World::new();
    world.user("ann");
    let ids: Vec<_> = (0..5000).map(|n| format!("s{n}")).collect();
    let tokens = world.sessions("ann", &ids);
    let server = world.server(false);
    for token in &tokens {
        caller(&server, token).unwrap();
    }
    let asked = |token: &String| counted(feed::by_token(&server, token)).1.0;
    let kept = tokens
        .iter()
        .rev()
        .take_while(|token| asked(token) == 0)
        .count();
    assert!((2048..=4096).contains(&kept), "{kept}");
}

#[test]
fn known_scopes_are_asked_for_once_until_one_of_them_changes() {
    let world = World::new();
    let token = world.user("ann");
    world.sql(
        "INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:o', 'org:o', 'O', 1);
         INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
         VALUES ('g', 'ann', 'READER', 'org:o', 1)",
    );
    let server = world.server(false);
    let at = |scope: &str| {
        let request = Request::permission("doc:read".to_owned(), RawScope::Text(scope.to_owned()));
        let asked = async {
            let ann = feed::by_token(&server, &token).await.unwrap();
            authorize::check(&server, &ann, &[request])
                .await
                .unwrap()
                .remove(0)
        };
        let (answer, (statements, _)) = counted(asked);
        (answer.code.as_str(), statements)
    };
    assert_eq!(at("org:o"), ("role_granted", 2));
    assert_eq!(at("org:o"), ("role_granted", 0));
    assert_eq!(at("org:x"), ("unknown_tenant", 1));
    assert_eq!(at("org:x"), ("unknown_tenant", 0));
    world.sql("UPDATE user SET name = 'x' WHERE id = 'nobody'; UPDATE scope SET label = 'P'");
    world.pass(BOUND_MS);
    assert_eq!(
        at("org:o"),
        ("role_granted", 1),
        "what is new, which is nothing of this"
    );
    world.sql("DELETE FROM scope; INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:x', 'org:x', 'X', 1)");
    world.pass(BOUND_MS);
    assert_eq!(at("org:o"), ("unknown_tenant", 2));
    assert_eq!(at("org:x").1, 1);
    assert_eq!(at("org:x").1, 0);
}
