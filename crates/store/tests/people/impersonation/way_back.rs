//! The way back to being oneself.

use serde_json::json;

use crate::world::{Caller, HOUR_MS, STOP, World};

fn cookies(caller: &Caller) -> Vec<&str> {
    let Caller::Browser(cookies) = caller else {
        return Vec::new();
    };
    let names = cookies.keys().map(String::as_str);
    names.filter(|name| !name.contains("bookmark")).collect()
}

#[test]
fn a_browser_gets_its_own_session_back() {
    let world = World::new();
    let mut page = world.browser("head");
    let before = page.clone();
    let mut other = world.begin(&mut page, "clerk");
    let answer = world.post(&mut page, STOP, json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["user"]["id"], "head");
    assert_eq!(answer.json["session"]["id"], "session-of-head");
    assert_eq!(answer.json["session"]["impersonatedBy"], json!(null));
    assert_eq!(cookies(&page), cookies(&before));
    assert_eq!(world.who(&mut page).as_deref(), Some("head"));
    assert_eq!(
        world.who(&mut other),
        None,
        "a copy of the other's cookies is over"
    );
}

#[test]
fn a_bearer_is_told_its_own_session_but_not_its_token() {
    let world = World::new();
    let mut own = world.bearer("head");
    let mut other = world.begin(&mut own, "clerk");
    let answer = world.post(&mut other, STOP, json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["user"]["id"], "head");
    assert_eq!(
        answer.json["session"]["token"], "session-of-head",
        "a handle"
    );
    assert!(!answer.headers.contains_key("set-auth-token"));
    assert!(
        answer
            .cookie_lines()
            .iter()
            .all(|line| !line.contains("session"))
    );
    assert_eq!(world.who(&mut other), None);
    assert_eq!(world.who(&mut own).as_deref(), Some("head"));
}

#[test]
fn after_the_hour_a_browser_still_finds_the_way_back() {
    let world = World::new();
    let mut page = world.browser("head");
    world.begin(&mut page, "clerk");
    world.pass(HOUR_MS);
    assert_eq!(world.who(&mut page), None);
    let answer = world.post(&mut page, STOP, json!({}));
    assert_eq!(
        (answer.status, &answer.json["user"]["id"]),
        (200, &json!("head"))
    );
    assert_eq!(world.who(&mut page).as_deref(), Some("head"));
}

#[test]
fn who_acts_as_nobody_is_told_so() {
    let world = World::new();
    for mut own in [world.browser("head"), world.bearer("clerk")] {
        let answer = world.post(&mut own, STOP, json!({}));
        let expected = json!({ "message": "You are not impersonating anyone" });
        assert_eq!((answer.status, answer.json), (400, expected));
    }
    let mut nobody = Caller::Bearer("x".repeat(32));
    let answer = world.post(&mut nobody, STOP, json!({}));
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
}

#[test]
fn a_cookie_that_was_not_put_aside_for_this_is_no_way_back() {
    const ASIDE: &str = "better-auth.admin_session";
    let world = World::new();
    let owner = world.sign_in("owner");
    let secrets = &world.app.settings.secrets;
    let sign = |text: &str| portcullis_issue::cookie_signature::sign(secrets, text);
    let forged = [
        None,
        Some("x".to_owned()),
        Some(sign("x:")),
        // Somebody else's session, and one without the colon.
        Some(sign(&format!("{owner}:"))),
        Some(sign(&owner)),
    ];
    for value in forged {
        let mut page = world.browser("head");
        world.begin(&mut page, "clerk");
        let Caller::Browser(jar) = &mut page else {
            panic!("a browser");
        };
        match &value {
            Some(value) => jar.insert(ASIDE.to_owned(), value.clone()),
            None => jar.remove(ASIDE),
        };
        let answer = world.post(&mut page, STOP, json!({}));
        let expected = json!({ "message": "Failed to find admin session" });
        assert_eq!((answer.status, answer.json), (500, expected), "{value:?}");
        assert_eq!(world.who(&mut page), None, "{value:?}");
        assert_eq!(
            world.count("session WHERE impersonator_user_id IS NOT NULL"),
            0
        );
        world.sql("DELETE FROM session WHERE user_id = 'head'");
    }
}

#[test]
fn signing_out_of_a_browser_leaves_nobody_signed_in_behind() {
    let world = World::new();
    let mut page = world.browser("head");
    world.begin(&mut page, "clerk");
    assert_eq!(
        world
            .post(&mut page, "/api/auth/sign-out", json!({}))
            .status,
        200
    );
    assert_eq!(cookies(&page), [""; 0]);
    assert_eq!(world.count("session"), 0);
    let (action, _, user, fields) = world.record();
    assert_eq!((action.as_str(), user.as_str()), ("auth.logout", "head"));
    assert_eq!(
        (&fields["as"], &fields["session"]),
        (&json!("clerk"), &json!("session-of-head"))
    );
    assert_eq!(world.post(&mut page, STOP, json!({})).status, 401);
}
