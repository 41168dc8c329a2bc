//! The same done to many accounts.

use serde_json::{Value, json};

use crate::world::World;

const BULK: &str = "/api/v1/admin/users/bulk";

fn add(world: &World, count: usize) {
    for number in 0..count {
        world.sql(&format!(
            "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
             VALUES ('u{number:04}', 'u{number:04}@example.org', 'Number {number}', 1, 1)"
        ));
    }
}

fn codes(answer: &Value) -> Vec<(&str, &str)> {
    let failed = answer["failed"].as_array().unwrap().iter();
    let mut codes: Vec<_> = failed
        .map(|one| (one["id"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    codes.sort_unstable();
    codes
}

#[test]
fn what_may_be_done_is_done_and_the_rest_says_why() {
    let world = World::new();
    add(&world, 2);
    let mut head = world.bearer("head");
    let ids = [
        "u0000", "owner", "peer", "clerk", "head", "nobody", "u0001", "u0000",
    ];
    let body = json!({ "action": "ban", "userIds": ids, "banReason": "spam", "banExpiresIn": 60 });
    let answer = world.post(&mut head, BULK, body.clone());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["done"], json!(["u0000", "clerk", "u0001"]));
    assert_eq!(answer.json["next"], Value::Null);
    assert_eq!(
        codes(&answer.json),
        [
            ("head", "YOU_CANNOT_BAN_YOURSELF"),
            ("nobody", "USER_NOT_FOUND"),
            ("owner", "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
            ("peer", "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
        ]
    );
    assert_eq!(world.count("user WHERE banned_at_ms IS NOT NULL"), 3);
    let banned = "audit WHERE action = 'user.ban' AND status = 'ok'";
    assert_eq!(world.count(banned), 3, "a record each");
    assert_eq!(
        world.count(&format!(
            "{banned} AND json_extract(fields, '$.by') = 'head'"
        )),
        3
    );
    // Sent again, when nobody heard the answer.
    let again = world.post(&mut head, BULK, body);
    assert_eq!(again.json["done"], answer.json["done"]);
    assert_eq!(world.count("user WHERE banned_at_ms IS NOT NULL"), 3);
}

#[test]
fn who_may_do_it_to_nobody_is_refused_as_a_whole() {
    let world = World::new();
    let mut clerk = world.bearer("clerk");
    for (action, code) in [
        ("ban", "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
        ("unban", "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
        ("delete", "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS"),
        (
            "revoke-sessions",
            "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS",
        ),
    ] {
        let body = json!({ "action": action, "userIds": ["guest"] });
        let answer = world.post(&mut clerk, BULK, body);
        assert_eq!((answer.status, answer.code()), (403, code));
    }
    let mut head = world.bearer("head");
    let body = json!({ "action": "delete", "userIds": ["guest"] });
    assert_eq!(world.post(&mut head, BULK, body).status, 403);
    let mut acting = world.begin(&mut head, "clerk");
    let body = json!({ "action": "ban", "userIds": ["guest"] });
    assert_eq!(world.post(&mut acting, BULK, body).status, 403);
    let mut nobody = crate::world::Caller::Bearer("x".repeat(32));
    let body = json!({ "action": "ban", "userIds": ["guest"] });
    assert_eq!(world.post(&mut nobody, BULK, body).status, 401);
    assert_eq!(world.count("user"), 5);
}

#[test]
fn named_accounts_are_gone_through_by_the_cursor() {
    let world = World::new();
    add(&world, 25);
    let mut head = world.bearer("head");
    let ids: Vec<String> = (0..25).map(|number| format!("u{number:04}")).collect();
    let body = json!({ "action": "set-tier", "tier": "beta", "userIds": ids });
    let above = world.post(&mut head, BULK, body);
    assert_eq!(above.json["done"], json!([]), "above the head's own");
    assert_eq!(above.json["failed"][24]["code"], "TIER_NOT_HELD");
    world.sql("UPDATE user SET tier = 'beta' WHERE id = 'head'");
    let mut cursor = Value::Null;
    let mut pages = Vec::new();
    loop {
        let body = json!({ "action": "set-tier", "tier": "beta", "userIds": ids, "limit": 10, "cursor": cursor });
        let answer = world.post(&mut head, BULK, body);
        pages.push(answer.json["done"].as_array().unwrap().len());
        cursor = answer.json["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(pages, [10, 10, 5]);
    assert_eq!(world.count("user WHERE tier = 'beta'"), 26);
}

#[test]
fn accounts_that_are_found_are_gone_through_even_as_the_change_takes_them_away() {
    let world = World::new();
    add(&world, 23);
    let mut owner = world.bearer("owner");
    let filter = json!({ "searchValue": "number", "searchField": "name", "filterField": "banned", "filterValue": false });
    let mut cursor = Value::Null;
    let mut done = 0;
    for _ in 0..10 {
        let body = json!({ "action": "ban", "filter": filter, "limit": 5, "cursor": cursor });
        let answer = world.post(&mut owner, BULK, body);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json["failed"], json!([]));
        done += answer.json["done"].as_array().unwrap().len();
        cursor = answer.json["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!((done, cursor), (23, Value::Null));
    assert_eq!(world.count("user WHERE banned_at_ms IS NOT NULL"), 23);
    let body = json!({ "action": "delete", "filter": { "filterField": "banned", "filterValue": true }, "limit": 1000 });
    let answer = world.post(&mut owner, BULK, body);
    assert_eq!(answer.json["done"].as_array().unwrap().len(), 23);
    assert_eq!(world.count("user"), 5);
}

#[test]
fn roles_are_given_within_the_callers_own() {
    let world = World::new();
    let mut head = world.bearer("head");
    let mut set = |role: Value| {
        let body = json!({ "action": "set-role", "role": role, "userIds": ["clerk", "guest"] });
        world.post(&mut head, BULK, body)
    };
    assert_eq!(codes(&set(json!("OWNER")).json).len(), 2);
    assert_eq!(
        codes(&set(json!("CAPTAIN")).json)[0].1,
        "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE"
    );
    assert_eq!(set(json!([])).json["done"], json!(["clerk", "guest"]));
    assert_eq!(
        world.count("role_grant WHERE user_id IN ('clerk', 'guest')"),
        0
    );
}

#[test]
fn sessions_are_ended_and_bans_taken_back() {
    let world = World::new();
    world.sign_in("clerk");
    world.sign_in("guest");
    let mut head = world.bearer("head");
    let body = json!({ "action": "revoke-sessions", "userIds": ["clerk", "guest"] });
    assert_eq!(
        world.post(&mut head, BULK, body).json["done"],
        json!(["clerk", "guest"])
    );
    assert_eq!(world.count("session"), 1);
    world.sql("UPDATE user SET banned_at_ms = 1 WHERE id = 'clerk'");
    let body = json!({ "action": "unban", "userIds": ["clerk", "guest"] });
    assert_eq!(
        world.post(&mut head, BULK, body).json["done"],
        json!(["clerk", "guest"])
    );
    assert_eq!(world.count("user WHERE banned_at_ms IS NOT NULL"), 0);
}

#[test]
fn a_cursor_that_is_none_is_refused() {
    let world = World::new();
    let mut head = world.bearer("head");
    let body = json!({ "action": "unban", "userIds": ["clerk"], "cursor": "x" });
    let answer = world.post(&mut head, BULK, body);
    assert_eq!((answer.status, answer.code()), (400, "INVALID_CURSOR"));
}
