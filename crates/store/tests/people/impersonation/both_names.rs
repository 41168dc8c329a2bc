//! Tokens, audit records and the log name both.

use portcullis_core::jose::base64url;
use serde_json::{Value, json};

use crate::world::{STOP, World};

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap()
}

#[test]
fn access_tokens_say_who_acts_and_prove_nothing_of_the_user() {
    let world = World::new();
    let mut own = world.bearer("head");
    let mut other = world.begin(&mut own, "clerk");
    let said = claims(&world.get(&mut other, "/api/auth/token").json["token"]);
    assert_eq!(said["sub"], "clerk");
    assert_eq!(
        said["act"],
        json!({ "sub": "head", "sid": "session-of-head" })
    );
    assert_eq!(said["amr"], json!([]));
    assert_eq!(said["grants"], json!(["CLERK"]));
    let told = world.get(&mut other, "/api/auth/get-session");
    let jwt = told.headers["set-auth-jwt"].to_str().unwrap();
    assert_eq!(claims(&jwt.into())["act"]["sub"], "head");
}

#[test]
fn audit_records_and_log_lines_name_both_however_it_calls() {
    let world = World::new();
    let mut own = world.browser("head");
    let mut page = world.begin(&mut own, "clerk");
    let (action, status, user, fields) = world.record();
    assert_eq!(
        (action.as_str(), status.as_str()),
        ("user.impersonate", "ok")
    );
    assert_eq!((user.as_str(), &fields["by"]), ("clerk", &json!("head")));
    let id = fields["session"].clone();
    let token = world.get(&mut page, "/api/auth/token").json["token"].clone();
    let mut jwt = crate::world::Caller::Bearer(token.as_str().unwrap().to_owned());
    for (caller, status) in [(&mut page, 200), (&mut jwt, 200)] {
        let act = json!({ "permission": "doc:read" });
        assert_eq!(world.post(caller, "/api/demo/act", act).status, status);
        let (action, _, user, fields) = world.record();
        assert_eq!((action.as_str(), user.as_str()), ("doc.read", "clerk"));
        assert_eq!(fields["act"], "head");
        assert_eq!(fields["act_session"], "session-of-head");
        let line = world.line();
        assert_eq!(
            (&line["userId"], &line["act"]),
            (&json!("clerk"), &json!("head"))
        );
        // A refusal, whose handler knows no user by then.
        assert_eq!(world.post(caller, "/api/demo/act", json!({})).status, 400);
        let line = world.line();
        assert_eq!(
            (&line["userId"], &line["act"]),
            (&json!("clerk"), &json!("head"))
        );
    }
    assert_eq!(world.post(&mut page, STOP, json!({})).status, 200);
    let (action, _, user, fields) = world.record();
    assert_eq!(
        (action.as_str(), user.as_str()),
        ("user.stop-impersonating", "clerk")
    );
    assert_eq!((&fields["act"], &fields["session"]), (&json!("head"), &id));
    let line = world.line();
    assert_eq!(
        (&line["userId"], &line["act"]),
        (&json!("clerk"), &json!("head"))
    );
    assert_eq!(world.who(&mut page).as_deref(), Some("head"));
    let line = world.line();
    assert_eq!(
        (&line["userId"], &line["act"]),
        (&json!("head"), &Value::Null)
    );
}

#[test]
fn signing_out_from_within_names_both() {
    let world = World::new();
    let mut own = world.bearer("head");
    let mut other = world.begin(&mut own, "clerk");
    assert_eq!(
        world
            .post(&mut other, "/api/auth/sign-out", json!({}))
            .status,
        200
    );
    let (action, _, user, fields) = world.record();
    assert_eq!((action.as_str(), user.as_str()), ("auth.logout", "clerk"));
    assert_eq!(fields["act"], "head");
    assert_eq!(
        world.who(&mut own).as_deref(),
        Some("head"),
        "a bearer's own goes on"
    );
}

#[test]
fn the_user_hears_of_it_in_the_security_events_and_not_in_the_list_of_its_sessions() {
    let world = World::new();
    let mut own = world.bearer("head");
    world.begin(&mut own, "clerk");
    let mut clerk = world.bearer("clerk");
    let sessions = world.get(&mut clerk, "/api/auth/list-sessions").json;
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    let events = world.get(&mut clerk, "/api/v1/me/security-events").json;
    assert!(events.to_string().contains("user.impersonate"), "{events}");
    assert!(events.to_string().contains("\"by\":\"head\""), "{events}");
}
