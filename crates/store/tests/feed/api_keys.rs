//! How often the database is asked for the caller of an API key, and how late a change may be seen.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use portcullis_core::decide::{RawScope, Request};
use portcullis_service::api_keys::{self, KeyChange, Made, NewKey, Refused};
use portcullis_service::{Caller, Context, Denied, Error, authorize, feed};

use crate::support::{BOUND_MS, Server, World, counted, done};

const GRANT: &str = "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
    VALUES ('g', 'ann', 'READER', '', 1)";

/// Ann, who reads, and a server.
fn ground() -> (Arc<World>, Server, Caller) {
    let world = World::new();
    let token = world.user("ann");
    world.sql(GRANT);
    let server = world.server(false);
    let ann = done(feed::current_by_token(&server, &token)).unwrap();
    (world, server, ann)
}

fn made(server: &Server, ann: &Caller, remaining: Option<i64>) -> Made {
    let new = NewKey {
        scopes: vec!["doc:read".to_owned()],
        rate_is_on: Some(false),
        remaining,
        ..NewKey::default()
    };
    done(api_keys::create(server, ann, new, &Context::default())).unwrap()
}

fn caller(server: &Server, made: &Made) -> Result<Caller, Error> {
    caller_at(server, made.key.expose(), "192.0.2.1")
}

fn caller_at(server: &Server, key: &str, ip_address: &str) -> Result<Caller, Error> {
    let context = Context {
        ip_address: ip_address.to_owned(),
        ..Context::default()
    };
    done(api_keys::caller(server, key, &context))
}

fn refused(outcome: Result<Caller, Error>) -> Refused {
    match outcome {
        Err(Error::Denied(Denied::ApiKeys(refused))) => refused,
        other => panic!("{other:?}"),
    }
}

fn taken(server: &Server, made: &Made) -> (u32, u32) {
    let context = Context::default();
    counted(api_keys::caller(server, made.key.expose(), &context)).1
}

fn may_read(server: &Server, caller: &Caller) -> bool {
    let request = Request::permission("doc:read".to_owned(), RawScope::global());
    done(authorize::check(server, caller, &[request])).unwrap()[0].allow
}

fn disable(server: &Server, ann: &Caller, made: &Made) {
    let off = KeyChange {
        enabled: Some(false),
        ..KeyChange::default()
    };
    let (id, context) = (&made.record.id, Context::default());
    let changed = api_keys::change(server, ann, id, off, None, false, &context);
    assert!(!done(changed).unwrap().enabled);
}

#[test]
fn a_key_whose_uses_are_not_counted_takes_no_statement_but_one_write_a_minute() {
    let (world, server, ann) = ground();
    let key = made(&server, &ann, None);
    assert_eq!(
        taken(&server, &key),
        (3, 2),
        "the look-up, and its first use"
    );
    world.pass(BOUND_MS / 2);
    for _ in 0..5 {
        assert_eq!(taken(&server, &key), (0, 0));
    }
    let mut round_trips = 0;
    for _ in 0..60 {
        world.pass(BOUND_MS);
        round_trips += taken(&server, &key).1;
    }
    assert_eq!(
        round_trips, 61,
        "what is new once in the bound, and one write"
    );
    let written = world.sql("SELECT last_used_at_ms FROM api_key");
    let last_ms = written[0].integer("last_used_at_ms").unwrap();
    assert!(world.now_ms() - last_ms < 60_000);
}

#[test]
fn a_key_whose_uses_are_counted_takes_one_write_a_use() {
    let (_world, server, ann) = ground();
    let key = made(&server, &ann, Some(3));
    assert_eq!(taken(&server, &key), (3, 2), "the look-up, and the use");
    for _ in 0..2 {
        assert_eq!(taken(&server, &key), (2, 1));
    }
    let refused = refused(caller(&server, &key));
    assert_eq!(refused, Refused::UsedUp { try_again_ms: None });
}

#[test]
fn the_server_that_changes_a_key_knows_it_at_once_and_others_within_the_bound() {
    let (world, server, ann) = ground();
    let key = made(&server, &ann, None);
    let other = world.server(false);
    for server in [&server, &other] {
        caller(server, &key).unwrap();
    }
    world.pass(1);
    disable(&server, &ann, &key);
    assert_eq!(refused(caller(&server, &key)), Refused::Disabled);
    world.pass(BOUND_MS / 2);
    caller(&other, &key).unwrap();
    world.pass(BOUND_MS / 2);
    assert_eq!(refused(caller(&other, &key)), Refused::Disabled);
}

#[test]
fn a_right_that_the_maker_loses_is_lost_to_the_key_within_the_bound() {
    let (world, server, ann) = ground();
    let key = made(&server, &ann, None);
    assert!(may_read(&server, &caller(&server, &key).unwrap()));
    world.sql("DELETE FROM role_grant");
    world.pass(BOUND_MS);
    assert!(!may_read(&server, &caller(&server, &key).unwrap()));
    world.sql("UPDATE user SET disabled_at_ms = 1");
    world.pass(BOUND_MS);
    assert_eq!(refused(caller(&server, &key)), Refused::Banned);
    world.sql("DELETE FROM user WHERE id = 'ann'");
    world.pass(BOUND_MS);
    assert_eq!(refused(caller(&server, &key)), Refused::Invalid);
}

#[test]
fn a_key_ends_in_the_moment_that_it_says_kept_or_not() {
    let (world, server, ann) = ground();
    let key = made(&server, &ann, None);
    caller(&server, &key).unwrap();
    let ends_ms = world.now_ms() + 1500;
    world.sql(&format!("UPDATE api_key SET expires_at_ms = {ends_ms}"));
    world.pass(BOUND_MS);
    caller(&server, &key).unwrap();
    world.pass(499);
    caller(&server, &key).unwrap();
    world.pass(1);
    assert_eq!(refused(caller(&server, &key)), Refused::Expired);
}

#[test]
fn an_old_key_ends_with_its_overlap_kept_or_not() {
    let (world, server, ann) = ground();
    let old = made(&server, &ann, None);
    caller(&server, &old).unwrap();
    let context = Context::default();
    let rotated = api_keys::rotate(&server, &ann, &old.record.id, 10, &context);
    let new = done(rotated).unwrap();
    world.pass(9_999);
    for key in [&old, &new] {
        caller(&server, key).unwrap();
    }
    world.pass(1);
    assert_eq!(refused(caller(&server, &old)), Refused::Invalid);
    caller(&server, &new).unwrap();
}

#[test]
fn when_what_is_new_cannot_be_read_no_key_is_let_in() {
    let (world, server, ann) = ground();
    let key = made(&server, &ann, None);
    caller(&server, &key).unwrap();
    world.fails.store(true, Ordering::Relaxed);
    caller(&server, &key).unwrap();
    world.pass(BOUND_MS);
    assert!(matches!(caller(&server, &key), Err(Error::Fault(_))));
}

#[test]
fn an_address_without_room_is_refused_before_a_look_up_and_kept_keys_are_let_in() {
    let (_world, server, ann) = ground();
    let kept = made(&server, &ann, None);
    let other = made(&server, &ann, None);
    let gone = made(&server, &ann, None);
    let context = Context::default();
    done(api_keys::delete(&server, &ann, &gone.record.id, &context)).unwrap();
    caller(&server, &kept).unwrap();
    for _ in 0..10 {
        assert_eq!(refused(caller(&server, &gone)), Refused::Invalid);
    }
    let is_closed = |outcome| matches!(outcome, Err(Error::Denied(Denied::TooManyRequests { .. })));
    assert!(
        is_closed(caller(&server, &gone)),
        "the eleventh in a minute"
    );
    let again = counted(api_keys::caller(
        &server,
        other.key.expose(),
        &Context {
            ip_address: "192.0.2.1".to_owned(),
            ..Context::default()
        },
    ));
    assert!(is_closed(again.0));
    assert_eq!(again.1, (0, 0));
    caller(&server, &kept).unwrap();
    caller_at(&server, other.key.expose(), "192.0.2.2").unwrap();
}

#[test]
fn a_mistyped_key_is_refused_without_a_statement() {
    let (_world, server, ann) = ground();
    let key = made(&server, &ann, None);
    let mistyped = format!("{}x", key.key.expose());
    let context = Context::default();
    let (outcome, took) = counted(api_keys::caller(&server, &mistyped, &context));
    assert_eq!((refused(outcome), took), (Refused::Invalid, (0, 0)));
    let (outcome, took) = counted(api_keys::caller(&server, "pk_", &context));
    assert_eq!((refused(outcome), took), (Refused::TooShort, (0, 0)));
}
