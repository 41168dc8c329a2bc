//! Work in the background: done at least once, whatever statement fails.

use serde_json::json;

use crate::case::{get, post};
use crate::driver::Fault;
use crate::given::{signed_in, tenant};
use crate::world::{Task, World};

/// Longer than any lease or wait after a failure.
const LATER_MS: i64 = 3_600_000;

fn mail_queued(world: &mut World) {
    world.add("ann");
    world.must(&post(
        "/api/auth/request-password-reset",
        json!({ "email": "ann@example.org" }),
    ));
}

/// Lets every statement of a task fail in every way; `done` looks whether it was done in the end.
fn fail_everywhere(task: Task, given: fn(&mut World), done: fn(&World) -> bool) {
    let mut struck = 0;
    for fault in Fault::ALL {
        for at in 0.. {
            let mut world = World::new();
            given(&mut world);
            world.database().plan(Some((at, fault)));
            let outcome = world.work(task);
            let (fired, seen) = (world.database().fired(), world.database().seen());
            world.database().plan(None);
            if fired {
                struck += 1;
                assert_ne!(
                    outcome,
                    Some(true),
                    "{task:?}, {fault:?} at {at}: told as done"
                );
            }
            for _ in 0..3 {
                world.later(LATER_MS);
                assert_eq!(world.work(task), Some(true), "{task:?}, {fault:?} at {at}");
            }
            assert!(
                done(&world),
                "{task:?}, {fault:?} at {at}: {}",
                world.said()
            );
            if at >= seen {
                break;
            }
        }
    }
    println!("{task:?}: {struck} failures");
    assert!(struck > 0);
}

#[test]
fn a_mail_is_handed_on_whatever_fails_and_leaves_the_queue() {
    fail_everywhere(Task::Mail, mail_queued, |world| {
        let left = world
            .database()
            .texts("SELECT id FROM mail WHERE sealed IS NOT NULL");
        // A link lasts for an hour: one that was late is given up, and never sent without its link.
        left.is_empty()
    });
}

#[test]
fn a_webhook_is_told_at_least_once_whatever_fails() {
    fail_everywhere(Task::Webhook, tenant, |world| {
        let left = world.database().texts("SELECT id FROM tenant_change");
        world.posted() > 0 && left.is_empty()
    });
}

#[test]
fn every_audit_record_is_told_at_least_once_whatever_fails() {
    fail_everywhere(Task::Push, signed_in, |world| {
        let behind = world.database().texts(
            "SELECT id FROM audit WHERE id > (SELECT upto FROM audit_sink WHERE name = 'collector')",
        );
        world.posted() > 0 && behind.is_empty()
    });
}

#[test]
fn what_is_in_the_audit_log_is_signed_whatever_fails() {
    let given = |world: &mut World| {
        signed_in(world);
        world.later(LATER_MS);
    };
    fail_everywhere(Task::Checkpoint, given, |world| {
        let open = world
            .database()
            .texts("SELECT id FROM audit WHERE id > (SELECT max(upto) FROM audit_checkpoint)");
        let signed = world.database().texts("SELECT upto FROM audit_checkpoint");
        // One that was answered too late is no reason for a second of the same records.
        open.is_empty() && signed.len() == 1
    });
}

#[test]
fn the_ring_has_a_key_that_signs_and_one_that_follows_whatever_fails() {
    fail_everywhere(
        Task::Keys,
        |_| {},
        |world| {
            let states = world
                .database()
                .texts("SELECT state FROM signing_key ORDER BY state");
            states == [["active"], ["next"]]
        },
    );
}

#[test]
fn a_token_signed_before_a_failed_rotation_still_verifies() {
    for fault in Fault::ALL {
        for at in 0..4 {
            let mut world = World::new();
            signed_in(&mut world);
            let token = world.must(&get("/api/auth/token")).json["token"].clone();
            // Thirty days later the next key is due.
            world.later(30 * 86_400_000);
            world.database().plan(Some((at, fault)));
            world.work(Task::Keys);
            world.database().plan(None);
            let header = token.as_str().unwrap().split('.').next().unwrap();
            let keys = world.database().texts("SELECT kid FROM signing_key");
            let header = String::from_utf8(decode(header)).unwrap();
            assert!(
                keys.iter().any(|row| header.contains(&row[0])),
                "{fault:?} at {at}"
            );
        }
    }
}

/// Base64url without padding.
fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = text.bytes().flat_map(|byte| {
        let value = LETTERS.iter().position(|letter| *letter == byte).unwrap();
        (0..6).rev().map(move |bit| u8::from(value >> bit & 1 == 1))
    });
    let bits: Vec<u8> = bits.collect();
    bits.chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit))
        .collect()
}
