//! What an access token makes or ends: nothing that is there when it is over.

use serde_json::{Value, json};

use crate::world::{Caller, World};

const KEYS: &str = "/api/auth/api-key";

/// The access token of a caller.
fn access_token(world: &World, caller: &mut Caller) -> Caller {
    let token = world.get(caller, "/api/auth/token").json["token"].clone();
    Caller::Bearer(token.as_str().unwrap().to_owned())
}

fn world() -> World {
    World::with(|settings| {
        let set = |name: &'static str| match name {
            "PORTCULLIS_DELETE_USER" => Some("on".to_owned()),
            "PORTCULLIS_MAIL" => Some("log".to_owned()),
            "PORTCULLIS_RATES" => Some("off".to_owned()),
            _ => None,
        };
        settings.read_named(set).unwrap();
    })
}

#[test]
fn it_gets_no_key_no_code_no_other_address_and_no_deletion_and_ends_no_session() {
    let world = world();
    let mut own = world.browser("clerk");
    let mut jwt = access_token(&world, &mut own);
    let made = world.post(&mut own, &format!("{KEYS}/create"), json!({}));
    let id = made.json["id"].clone();
    let counted = |world: &World| {
        let from = ["api_key", "session", "user", "one_time", "mail"];
        from.map(|table| world.count(table))
    };
    let before = counted(&world);
    let asked: [(String, Value); 9] = [
        (format!("{KEYS}/create"), json!({})),
        (format!("{KEYS}/rotate"), json!({ "keyId": id })),
        (
            format!("{KEYS}/update"),
            json!({ "keyId": id, "name": "mine" }),
        ),
        ("/api/v1/me/identity-links/code".into(), json!({})),
        (
            "/api/auth/change-email".into(),
            json!({ "newEmail": "x@example.org" }),
        ),
        ("/api/auth/delete-user".into(), json!({})),
        (
            "/api/auth/revoke-session".into(),
            json!({ "token": "session-of-clerk" }),
        ),
        ("/api/auth/revoke-other-sessions".into(), json!({})),
        ("/api/auth/revoke-sessions".into(), json!({})),
    ];
    for (path, body) in asked {
        let refused = world.post(&mut jwt, &path, body);
        assert_eq!(refused.status, 401, "{path}: {refused:?}");
    }
    assert_eq!(counted(&world), before);
    assert_eq!(world.who(&mut own).as_deref(), Some("clerk"));
}

#[test]
fn with_the_sessions_own_token_each_of_these_is_done() {
    let world = world();
    for mut own in [world.browser("clerk"), world.bearer("guest")] {
        let made = world.post(&mut own, &format!("{KEYS}/create"), json!({}));
        assert_eq!(made.status, 200, "{made:?}");
        let rotated = world.post(
            &mut own,
            &format!("{KEYS}/rotate"),
            json!({ "keyId": made.json["id"] }),
        );
        assert_eq!(rotated.status, 200, "{rotated:?}");
        for path in [
            "/api/v1/me/identity-links/code",
            "/api/auth/revoke-sessions",
        ] {
            let answer = world.post(&mut own, path, json!({}));
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
        }
        assert_eq!(world.who(&mut own), None);
    }
}
