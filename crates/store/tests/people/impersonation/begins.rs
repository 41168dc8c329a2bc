//! Who may act as whom, and what it gives.

use serde_json::json;

use crate::world::{BEGIN, Caller, START_MS, World};

#[test]
fn a_browser_goes_on_as_the_user_with_its_own_session_put_aside() {
    let world = World::new();
    let mut page = world.browser("head");
    let answer = world.post(&mut page, BEGIN, json!({ "userId": "clerk" }));
    assert_eq!(answer.status, 200, "{answer:?}");
    let session = &answer.json["session"];
    assert_eq!(session["impersonatedBy"], "head");
    assert_eq!(session["userId"], "clerk");
    assert_eq!(session["token"], session["id"], "a page sees no token");
    assert_eq!(session["expiresAt"], "2100-03-01T01:00:00.000Z");
    assert_eq!(answer.json["user"]["email"], "clerk@example.org");
    let lines = answer.cookie_lines();
    let line = |name: &str| {
        let found = lines.iter().find(|line| line.starts_with(name));
        *found.unwrap_or_else(|| panic!("{name} in {lines:?}"))
    };
    for name in ["better-auth.session_token=", "better-auth.dont_remember="] {
        assert!(line(name).ends_with("; Path=/; HttpOnly; SameSite=Lax"));
        assert!(!line(name).contains("Max-Age"));
    }
    let aside = line("better-auth.admin_session=");
    assert!(aside.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"));
    assert_eq!(world.who(&mut page).as_deref(), Some("clerk"));
}

#[test]
fn a_bearer_is_given_the_other_token_and_its_own_stays_what_it_was() {
    let world = World::new();
    let mut own = world.bearer("head");
    let answer = world.post(&mut own, BEGIN, json!({ "userId": "clerk" }));
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.json["session"]["token"].as_str().unwrap();
    let told = answer.headers["set-auth-token"].to_str().unwrap();
    assert_eq!(told.split('.').next(), Some(token));
    assert!(
        answer
            .cookie_lines()
            .iter()
            .all(|line| !line.contains("session"))
    );
    let mut other = Caller::Bearer(token.to_owned());
    assert_eq!(world.who(&mut other).as_deref(), Some("clerk"));
    assert_eq!(world.who(&mut own).as_deref(), Some("head"));
    let mut signed = Caller::Bearer(told.to_owned());
    assert_eq!(world.who(&mut signed).as_deref(), Some("clerk"));
}

#[test]
fn a_user_id_may_come_as_a_number_and_what_is_none_is_refused() {
    let world = World::new();
    let mut own = world.bearer("head");
    world.sql("UPDATE user SET id = '7' WHERE id = 'guest'");
    assert_eq!(
        world.post(&mut own, BEGIN, json!({ "userId": 7 })).status,
        200
    );
    let answer = world.post(&mut own, BEGIN, json!({}));
    assert_eq!((answer.status, answer.code()), (400, "VALIDATION_ERROR"));
}

#[test]
fn nobody_acts_as_one_who_is_not_below_as_themselves_or_as_one_who_may_not_sign_in() {
    let world = World::new();
    world.sql("UPDATE user SET disabled_at_ms = 1 WHERE id = 'guest'");
    let refused = [
        (
            "head",
            "owner",
            403,
            "YOU_CANNOT_IMPERSONATE_ADMINS",
            "You cannot impersonate admins",
        ),
        (
            "head",
            "peer",
            403,
            "YOU_CANNOT_IMPERSONATE_ADMINS",
            "You cannot impersonate admins",
        ),
        (
            "head",
            "head",
            400,
            "YOU_CANNOT_IMPERSONATE_YOURSELF",
            "You cannot impersonate yourself",
        ),
        (
            "head",
            "guest",
            403,
            "YOU_CANNOT_IMPERSONATE_BANNED_USERS",
            "You cannot impersonate a user who is banned or disabled",
        ),
        ("head", "nobody", 404, "USER_NOT_FOUND", "User not found"),
        (
            "clerk",
            "guest",
            403,
            "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS",
            "You are not allowed to impersonate users",
        ),
        (
            "clerk",
            "nobody",
            403,
            "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS",
            "You are not allowed to impersonate users",
        ),
    ];
    let mut callers = [
        ("head", world.bearer("head")),
        ("clerk", world.bearer("clerk")),
    ];
    for (who, whom, status, code, message) in refused {
        let own = callers.iter_mut().find(|(id, _)| *id == who).unwrap();
        let answer = world.post(&mut own.1, BEGIN, json!({ "userId": whom }));
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{who} as {whom}"
        );
        assert_eq!(answer.json["message"], message, "{who} as {whom}");
        let (_, status, ..) = world.record();
        assert!(
            status == "fail" || code == "USER_NOT_FOUND",
            "{who} as {whom}"
        );
    }
    assert_eq!(
        world.count("session WHERE impersonator_user_id IS NOT NULL"),
        0
    );
    let mut owner = world.bearer("owner");
    assert_eq!(
        world
            .post(&mut owner, BEGIN, json!({ "userId": "head" }))
            .status,
        200
    );
}

#[test]
fn a_banned_user_is_nobody_to_act_as_until_the_ban_is_over() {
    let world = World::new();
    let mut own = world.bearer("head");
    let end = START_MS + 1000;
    world.sql(&format!(
        "UPDATE user SET banned_at_ms = 1, ban_expires_at_ms = {end} WHERE id = 'clerk'"
    ));
    let answer = world.post(&mut own, BEGIN, json!({ "userId": "clerk" }));
    assert_eq!(answer.code(), "YOU_CANNOT_IMPERSONATE_BANNED_USERS");
    world.pass(999);
    assert_eq!(
        world
            .post(&mut own, BEGIN, json!({ "userId": "clerk" }))
            .status,
        403
    );
    world.pass(1);
    assert_eq!(
        world
            .post(&mut own, BEGIN, json!({ "userId": "clerk" }))
            .status,
        200
    );
}

#[test]
fn from_within_nobody_acts_as_somebody_else_again() {
    let world = World::new();
    for call in [World::browser, World::bearer] {
        let mut own = call(&world, "owner");
        let mut other = world.begin(&mut own, "head");
        let answer = world.post(&mut other, BEGIN, json!({ "userId": "clerk" }));
        assert_eq!((answer.status, answer.code()), (403, "ACTOR_NOT_ALLOWED"));
        assert_eq!(world.who(&mut other).as_deref(), Some("head"));
        world.sql("DELETE FROM session");
    }
}

#[test]
fn who_is_not_signed_in_or_has_an_access_token_alone_hears_401_without_a_body() {
    let world = World::new();
    let mut own = world.bearer("head");
    let token = world.get(&mut own, "/api/auth/token").json["token"].clone();
    let mut jwt = Caller::Bearer(token.as_str().unwrap().to_owned());
    assert_eq!(world.get(&mut jwt, "/api/auth/me").status, 200);
    let mut nobody = Caller::Bearer("x".repeat(32));
    for caller in [&mut jwt, &mut nobody] {
        let answer = world.post(caller, BEGIN, json!({ "userId": "clerk" }));
        assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    }
}
