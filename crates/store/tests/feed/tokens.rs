//! Access tokens: what they carry, and what verifying one asks of the database.

use core::sync::atomic::Ordering;

use portcullis_core::jose::base64url;
use portcullis_service::{Error, Fault, Store, keys, snapshot, token};
use serde_json::Value;

use crate::support::{BOUND_MS, SECRET, Server, World, bearer, caller, counted, done, minted};

fn part(jwt: &str, number: usize) -> Value {
    let part = jwt.split('.').nth(number).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}

fn header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn payload(jwt: &str) -> Value {
    part(jwt, 1)
}

/// A tenant of which ann is owner and has a role with as many permissions.
fn tenant(world: &World, permissions: usize) {
    world.sql(
        "INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) VALUES ('t', 'T', 't', 1, 1);
         INSERT INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) \
         VALUES ('m', 't', 'ann', 1, 1);
         INSERT INTO tenant_role (id, tenant_id, name, created_at_ms, updated_at_ms) \
         VALUES ('r', 't', 'R', 1, 1);
         INSERT INTO tenant_member_role (member_id, role_id, created_at_ms) VALUES ('m', 'r', 1)",
    );
    for n in 0..permissions {
        world.sql(&format!(
            "INSERT INTO tenant_role_permission (role_id, permission) VALUES ('r', 'permission-{n}:read')"
        ));
    }
}

/// A server whose keys are loaded and whose feed is fresh.
fn warm(world: &std::sync::Arc<World>, session_token: &str) -> Server {
    let server = world.server(false);
    caller(&server, session_token).unwrap();
    done(keys::signing(&server)).unwrap();
    server
}

#[test]
fn a_token_says_everything_that_a_decision_needs() {
    let world = World::new();
    let token = world.user("ann");
    tenant(&world, 1);
    world.sql(
        "UPDATE user SET attributes = '{\"region\":\"west\",\"secret\":\"x\"}', tier = 'gold', image = 'i';
         INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) VALUES ('g', 'ann', 'READER', 'org:t', 1);
         UPDATE session SET methods = '[\"pwd\",\"otp\"]'",
    );
    let server = world.server(false);
    let stored = caller(&server, &token).unwrap();
    let jwt = minted(&server, &token);
    let claims = payload(&jwt);
    let expected = serde_json::json!({
        "grants": ["READER@org:t"], "tier": "gold", "attributes": { "region": "west" },
        "tenants": [{ "id": "t", "owner": true, "roles": [{ "name": "R", "permissions": ["permission-0:read"] }] }],
        "amr": ["pwd", "otp"], "image": "i", "name": "ann", "email": "ann@example.org",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(claims.get(name), Some(value), "{name}");
    }
    assert_eq!(claims.get("rev").and_then(Value::as_i64), Some(stored.rev));
    for name in ["partial", "ipAddress", "userAgent", "act"] {
        assert_eq!(claims.get(name), None, "{name}");
    }
    let other = world.server(false);
    caller(&other, &token).unwrap();
    let policy = &server.settings.policy;
    let claimed = bearer(&other, &jwt).unwrap();
    assert_eq!(claimed.principal(policy), stored.principal(policy));
    assert_eq!(claimed.user, stored.user);
    assert_eq!(claimed.session.id, stored.session.id);
    assert_eq!(claimed.session.methods, stored.session.methods);
    assert_eq!(
        claimed.session.authenticated_at_ms,
        stored.session.authenticated_at_ms
    );
}

#[test]
fn verifying_a_token_asks_nothing_and_at_most_what_is_new_once_in_the_bound() {
    let world = World::new();
    let token = world.user("ann");
    let jwt = minted(&world.server(false), &token);
    let server = warm(&world, &token);
    let first = counted(token::caller(&server, &jwt)).1;
    assert_eq!(
        first,
        (1, 1),
        "what there was between the token and the server"
    );
    for _ in 0..3 {
        let (outcome, took) = counted(token::caller(&server, &jwt));
        assert_eq!((outcome.unwrap().user.id.as_str(), took), ("ann", (0, 0)));
    }
    world.pass(BOUND_MS);
    assert_eq!(counted(token::caller(&server, &jwt)).1, (1, 1));
    assert_eq!(counted(token::caller(&server, &jwt)).1, (0, 0));
}

#[test]
fn a_token_of_somebody_whose_rights_changed_is_looked_up_once_and_then_kept() {
    let world = World::new();
    let token = world.user("ann");
    let server = warm(&world, &token);
    let jwt = minted(&server, &token);
    world.sql("INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('g', 'ann', 'READER', 1)");
    world.pass(BOUND_MS);
    assert_eq!(
        counted(token::caller(&server, &jwt)).1,
        (2, 2),
        "what is new, and the caller"
    );
    assert_eq!(counted(token::caller(&server, &jwt)).1, (0, 0));
    assert_eq!(crate::support::roles(bearer(&server, &jwt)), ["READER"]);
}

#[test]
fn a_token_that_another_server_made_a_moment_ago_is_believed_once_it_is_known_what_came_before_it()
{
    let world = World::new();
    let (ann, bob) = (world.user("ann"), world.user("bob"));
    let server = warm(&world, &ann);
    world.sql("UPDATE user SET name = 'B' WHERE id = 'bob'");
    let jwt = minted(&world.server(false), &bob);
    assert_eq!(counted(token::caller(&server, &jwt)).1, (1, 1));
    assert_eq!(bearer(&server, &jwt).unwrap().user.name, "B");
}

#[test]
fn a_token_that_would_be_longer_than_four_kilobytes_says_nothing_of_what_is_held() {
    let world = World::new();
    let token = world.user("ann");
    tenant(&world, 150);
    let server = warm(&world, &token);
    let jwt = minted(&server, &token);
    let claims = payload(&jwt);
    assert!(jwt.len() < 1200, "{}", jwt.len());
    assert_eq!(claims.get("partial"), Some(&Value::Bool(true)));
    assert_eq!(claims.get("grants"), Some(&serde_json::json!([])));
    for name in ["tier", "tenants", "attributes"] {
        assert_eq!(claims.get(name), None, "{name}");
    }
    let (found, took) = counted(token::caller(&server, &jwt));
    assert_eq!(took, (1, 1));
    assert_eq!(found.unwrap().tenants[0].roles[0].permissions.len(), 150);
    assert_eq!(counted(token::caller(&server, &jwt)).1, (0, 0));
}

#[test]
fn whole_tokens_are_never_longer_than_four_kilobytes() {
    let mut whole = 0;
    for permissions in (0..130).step_by(5) {
        let world = World::new();
        let token = world.user("ann");
        tenant(&world, permissions);
        let jwt = minted(&world.server(false), &token);
        assert!(
            jwt.len() <= token::MAX_WHOLE_TOKEN_BYTES,
            "{permissions}: {}",
            jwt.len()
        );
        if payload(&jwt).get("partial").is_none() {
            whole = whole.max(jwt.len());
        }
    }
    assert!(whole > 3900, "{whole}");
}

#[test]
fn a_token_ends_after_five_minutes_also_where_it_is_kept() {
    let world = World::new();
    let token = world.user("ann");
    let server = warm(&world, &token);
    let jwt = minted(&server, &token);
    let exp = payload(&jwt).get("exp").and_then(Value::as_i64).unwrap();
    assert_eq!(exp, world.now_ms() / 1000 + 300);
    world.pass(exp * 1000 - world.now_ms() - 1);
    assert!(bearer(&server, &jwt).is_some());
    world.pass(1);
    assert!(bearer(&server, &jwt).is_none());
}

#[test]
fn a_token_whose_key_was_deleted_is_refused_at_the_bound() {
    let world = World::new();
    let token = world.user("ann");
    let server = warm(&world, &token);
    let jwt = minted(&server, &token);
    assert!(bearer(&server, &jwt).is_some());
    world.sql("DELETE FROM signing_key WHERE state = 'active'");
    world.pass(BOUND_MS);
    assert!(bearer(&server, &jwt).is_none());
}

#[test]
fn keys_that_were_loaded_before_a_server_knew_any_change_are_loaded_again() {
    let world = World::new();
    let token = world.user("ann");
    let other = warm(&world, &token);
    let jwt = minted(&other, &token);
    let server = world.server(false);
    done(keys::published(&server)).unwrap();
    world.sql("DELETE FROM signing_key WHERE state = 'active'");
    done(keys::rotate(&other)).unwrap();
    caller(&server, &token).unwrap();
    assert!(bearer(&server, &jwt).is_none());
}

#[test]
fn where_the_host_does_not_sign_nothing_is_given_out_and_nothing_is_kept() {
    let world = World::new();
    let session_token = world.user("ann");
    let server = warm(&world, &session_token);
    let ann = caller(&server, &session_token).unwrap();
    world.refuses_to_sign.store(true, Ordering::Relaxed);
    let content = done(snapshot::prepare(&server, &ann)).unwrap();
    let faults = [
        done(token::mint(&server, &ann)).unwrap_err(),
        done(token::recent(&server, &session_token, &ann)).unwrap_err(),
        done(content.sign(&server.host)).unwrap_err(),
    ];
    for fault in faults {
        let is_told = matches!(&fault, Error::Fault(Fault::Keys(text)) if text == "the platform doesn't sign");
        assert!(is_told, "{fault:?}");
    }
    world.refuses_to_sign.store(false, Ordering::Relaxed);
    let jwt = done(token::recent(&server, &session_token, &ann)).unwrap();
    assert!(bearer(&server, &jwt).is_some());
}

#[test]
fn where_the_host_makes_no_key_there_is_none_and_not_one_of_two_is_stored() {
    for made in [0, 1] {
        let world = World::new();
        let server = world.server(false);
        world.keys_to_make.store(made, Ordering::Relaxed);
        let fault = done(keys::signing(&server)).unwrap_err();
        let is_told = matches!(&fault, Error::Fault(Fault::Keys(text)) if text == "the platform makes no keys");
        assert!(is_told, "{fault:?}");
        assert_eq!(done(server.store.signing_keys()).unwrap(), []);
        world.keys_to_make.store(2, Ordering::Relaxed);
        assert!(done(keys::signing(&server)).unwrap().signer.is_some());
        assert_eq!(done(server.store.signing_keys()).unwrap().len(), 2);
    }
}

#[test]
fn a_current_bearer_is_asked_for_every_time() {
    let world = World::new();
    let token = world.user("ann");
    let server = warm(&world, &token);
    let jwt = minted(&server, &token);
    world.sql("UPDATE user SET tier = 'x'");
    let (now, took) = counted(token::current_caller(&server, &jwt));
    assert_eq!(
        (now.unwrap().user.tier.as_deref(), took),
        (Some("x"), (1, 1))
    );
    world.sql("DELETE FROM session");
    assert!(done(token::current_caller(&server, &jwt)).is_err());
}

#[test]
fn the_token_beside_a_session_is_made_once_a_minute_and_again_when_something_changed() {
    let world = World::new();
    let session_token = world.user("ann");
    let server = warm(&world, &session_token);
    let recent = || {
        let ann = caller(&server, &session_token).unwrap();
        done(token::recent(&server, &session_token, &ann)).unwrap()
    };
    let first = recent();
    world.pass(59_999);
    assert_eq!(recent(), first);
    world.pass(1);
    let second = recent();
    assert_ne!(second, first);
    world.sql("UPDATE user SET name = 'B'");
    world.pass(BOUND_MS);
    assert_eq!(payload(&recent()).get("name"), Some(&Value::from("B")));
}

#[test]
fn the_token_beside_a_session_is_not_given_out_again_once_another_key_signs() {
    let world = World::new();
    let session_token = world.user("ann");
    let server = world.server_with(false, SECRET, |settings| {
        settings.feed.revocation_bound_ms = 60_000;
    });
    let recent = || {
        let ann = caller(&server, &session_token).unwrap();
        done(token::recent(&server, &session_token, &ann)).unwrap()
    };
    let other = world.server(false);
    done(keys::rotate(&other)).unwrap();
    // The keys are loaded some time before the token is made and the feed asked: so they are looked at again
    // before the feed is.
    caller(&server, &session_token).unwrap();
    done(keys::signing(&server)).unwrap();
    world.pass(50_000);
    let first = recent();
    world.sql("DELETE FROM signing_key WHERE state = 'active'");
    done(keys::rotate(&other)).unwrap();
    world.pass(9_999);
    assert_eq!(recent(), first);
    world.pass(1);
    let second = recent();
    assert_ne!(header(&second).get("kid"), header(&first).get("kid"));
    assert_eq!(recent(), second);
}

#[test]
fn who_acts_for_a_user_does_not_become_the_user_when_rights_change() {
    let world = World::new();
    let token = world.user("ann");
    let server = warm(&world, &token);
    let mut ann = caller(&server, &token).unwrap();
    ann.actor = Some("service:bot".to_owned());
    let jwt = done(token::mint(&server, &ann)).unwrap();
    let actor = |server: &Server| bearer(server, &jwt).unwrap().actor;
    assert_eq!(actor(&server).as_deref(), Some("service:bot"));
    world.sql("INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('g', 'ann', 'READER', 1)");
    world.pass(BOUND_MS);
    for server in [&server, &world.server(false)] {
        assert_eq!(actor(server).as_deref(), Some("service:bot"), "looked up");
        assert_eq!(actor(server).as_deref(), Some("service:bot"), "kept");
        let now = done(token::current_caller(server, &jwt)).unwrap();
        assert_eq!(now.actor.as_deref(), Some("service:bot"));
    }
}
