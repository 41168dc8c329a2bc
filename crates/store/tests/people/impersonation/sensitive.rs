//! What touches the account itself, and all administration, is refused meanwhile.

use serde_json::{Value, json};

use crate::world::{Caller, World};

/// Method, path, body.
fn sensitive() -> Vec<(&'static str, &'static str, Value)> {
    let post = |path, body| ("POST", path, body);
    let get = |path| ("GET", path, Value::Null);
    let change = json!({ "currentPassword": "x", "newPassword": "correct horse battery" });
    let user = json!({ "userId": "guest" });
    vec![
        post("/api/auth/change-password", change),
        post(
            "/api/auth/change-email",
            json!({ "newEmail": "new@example.org" }),
        ),
        post("/api/auth/delete-user", json!({})),
        post("/api/auth/update-user", json!({ "name": "x" })),
        post("/api/auth/session/step-up", json!({ "password": "x" })),
        post("/api/auth/revoke-session", json!({ "token": "x" })),
        post("/api/auth/revoke-sessions", json!({})),
        post("/api/auth/revoke-other-sessions", json!({})),
        post("/api/auth/unlink-account", json!({ "accountId": "x" })),
        post("/api/v1/me/identity-links/code", json!({})),
        post("/api/auth/verify-password", json!({ "password": "x" })),
        ("DELETE", "/api/v1/me/identity-links/x", Value::Null),
        get("/api/auth/list-sessions"),
        get("/api/v1/me/security-events"),
        post("/api/auth/admin/impersonate-user", user),
    ]
}

#[test]
fn every_sensitive_call_takes_the_user_in_person_by_cookie_bearer_and_access_token() {
    let world = World::with(|settings| {
        settings
            .read_named(|name| match name {
                "PORTCULLIS_DELETE_USER" => Some("on".to_owned()),
                "PORTCULLIS_MAIL" => Some("log".to_owned()),
                "PORTCULLIS_RATES" => Some("all=6000000/60".to_owned()),
                _ => None,
            })
            .unwrap();
    });
    let mut own = world.browser("head");
    let mut page = world.begin(&mut own, "clerk");
    let token = world.get(&mut page, "/api/auth/token").json["token"].clone();
    let mut jwt = Caller::Bearer(token.as_str().unwrap().to_owned());
    let mut own = world.bearer("owner");
    let mut bearer = world.begin(&mut own, "clerk");
    let before = world.count("session");
    for (method, path, body) in sensitive() {
        for caller in [&mut page, &mut bearer, &mut jwt] {
            let body = (!body.is_null()).then(|| body.clone());
            let answer = world.send(caller, method, path, body);
            let is_refused = (answer.status, answer.code()) == (403, "ACTOR_NOT_ALLOWED")
                // An access token alone begins nothing.
                || (answer.status == 401 && path.ends_with("impersonate-user"));
            assert!(is_refused, "{method} {path}: {answer:?}");
        }
    }
    assert_eq!(world.count("session"), before);
}
