//! Accounts made of a file.

use serde_json::{Value, json};

use crate::world::{Answer, Caller, World};

const IMPORT: &str = "/api/v1/admin/users/import";

fn send(world: &World, caller: &mut Caller, query: &str, kind: &str, file: &str) -> Answer {
    world.send_file(caller, &format!("{IMPORT}{query}"), kind, file)
}

fn failed(answer: &Answer) -> Vec<(u64, &str)> {
    let failed = answer.json["failed"].as_array().unwrap().iter();
    failed
        .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
        .collect()
}

fn made(answer: &Answer) -> Vec<u64> {
    let made = answer.json["made"].as_array().unwrap().iter();
    made.map(|one| one["line"].as_u64().unwrap()).collect()
}

const FILE: &str = "email,name,roles,tier,emailVerified\n\
    ann@example.org,Ann,CLERK,beta,true\n\
    BOB@example.org,\"'=Bob\",,,\n\
    not an address,X,,,\n\
    clerk@example.org,Taken,,,\n\
    cy@example.org,Cy,OWNER,,\n\
    dan@example.org,Dan,CAPTAIN,,\n\
    eve@example.org,Eve,,gold,\n\
    fay@example.org,Fay\n\
    ann@example.org,Ann again,,,\n";

const FAILED: [(u64, &str); 7] = [
    (4, "INVALID_EMAIL"),
    (5, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
    (6, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"),
    (7, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE"),
    (8, "UNKNOWN_TIER"),
    (9, "invalid_line"),
    (10, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
];

#[test]
fn each_line_becomes_an_account_or_says_why_not() {
    let world = World::new();
    let mut head = world.bearer("head");
    let above = send(&world, &mut head, "?dryRun=true", "text/csv", FILE);
    assert_eq!(
        made(&above),
        [3, 10],
        "the second line is the first of its address"
    );
    assert_eq!(failed(&above)[0], (2, "TIER_NOT_HELD"));
    world.sql("UPDATE user SET tier = 'beta' WHERE id = 'head'");
    let dry = send(&world, &mut head, "?dryRun=true", "text/csv", FILE);
    assert_eq!(dry.status, 200, "{dry:?}");
    assert_eq!((made(&dry), failed(&dry)), (vec![2, 3], FAILED.to_vec()));
    assert_eq!(dry.json["dryRun"], true);
    assert_eq!(world.count("user"), 5, "nothing was written");
    let answer = send(&world, &mut head, "", "text/csv", FILE);
    assert_eq!(
        (made(&answer), failed(&answer)),
        (vec![2, 3], FAILED.to_vec())
    );
    assert_eq!(world.count("user"), 7);
    let rows = world.sql("SELECT * FROM user WHERE email = 'ann@example.org'");
    assert_eq!(
        rows[0].optional_text("tier").unwrap().as_deref(),
        Some("beta")
    );
    assert!(rows[0].flag("email_verified").unwrap());
    assert_eq!(
        world.count("user WHERE email = 'bob@example.org' AND name = '=Bob'"),
        1
    );
    assert_eq!(world.count("role_grant WHERE role = 'CLERK'"), 2);
    assert_eq!(world.count("password"), 0);
    assert_eq!(
        world.count("audit WHERE action = 'user.create' AND status = 'ok'"),
        2
    );
    let again = send(&world, &mut head, "", "text/csv", FILE);
    assert_eq!(made(&again), [0; 0], "sent again, it makes nobody twice");
    assert_eq!(world.count("user"), 7);
}

#[test]
fn owners_get_codes_if_that_is_asked_for_and_only_hashes_are_stored() {
    let world = World::new();
    let mut head = world.bearer("head");
    let file =
        "{\"email\":\"ann@example.org\",\"roles\":[\"CLERK\"]}\n{\"email\":\"bob@example.org\"}\n";
    let answer = send(
        &world,
        &mut head,
        "?resetCodeMinutes=60",
        "application/x-ndjson",
        file,
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let code = answer.json["made"][0]["resetCode"].as_str().unwrap();
    assert_eq!(
        world.count("one_time WHERE purpose = 'reset-password' OR purpose LIKE '%reset%'"),
        2
    );
    for table in ["one_time", "audit"] {
        let rows = format!("{:?}", world.sql(&format!("SELECT * FROM {table}")));
        assert!(!rows.contains(code), "{table}");
    }
    let lines = world.line().to_string();
    assert!(!lines.contains(code));
    let plain = send(
        &world,
        &mut head,
        "",
        "application/x-ndjson",
        "{\"email\":\"cy@example.org\"}",
    );
    assert_eq!(plain.json["made"][0]["resetCode"], Value::Null);
}

#[test]
fn an_export_of_one_server_is_read_in_by_another() {
    let one = World::new();
    one.sql("UPDATE user SET id = 'x' || id, email = 'x' || email, name = '-1+cmd', tier = 'beta' WHERE id = 'guest'");
    let mut owner = one.bearer("owner");
    for (format, kind) in [("csv", "text/csv"), ("json", "application/x-ndjson")] {
        let file = one
            .get(
                &mut owner,
                &format!("/api/v1/admin/users/export?format={format}"),
            )
            .text;
        let other = World::new();
        other.sql("UPDATE user SET tier = 'beta' WHERE id = 'owner'");
        let mut caller = other.bearer("owner");
        let answer = send(&other, &mut caller, "", kind, &file);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(made(&answer).len(), 1, "{answer:?}");
        assert_eq!(failed(&answer).len(), 4, "those that are there");
        assert_eq!(
            other.count(
                "user WHERE email = 'xguest@example.org' AND name = '-1+cmd' AND tier = 'beta'"
            ),
            1
        );
    }
}

#[test]
fn a_file_that_is_none_or_too_long_is_refused_as_a_whole() {
    let world = World::new();
    let mut head = world.bearer("head");
    let long = format!("email\n{}", "a@example.org\n".repeat(501));
    for (query, kind, file, status) in [
        ("", "text/csv", "email,password\na@example.org,x\n", 400),
        ("", "text/csv", "", 400),
        ("", "text/csv", long.as_str(), 400),
        ("", "text/plain", "email\n", 415),
        ("?dryRun=1", "text/csv", "email\n", 400),
        ("?resetCodeMinutes=0", "text/csv", "email\n", 400),
        ("?resetCodeMinutes=10081", "text/csv", "email\n", 400),
    ] {
        let answer = send(&world, &mut head, query, kind, file);
        assert_eq!(answer.status, status, "{query} {kind}: {answer:?}");
    }
    let answer = send(
        &world,
        &mut head,
        "",
        "text/csv",
        &long.replacen("a@example.org\n", "", 1),
    );
    assert_eq!(answer.status, 200, "500 lines are taken");
}

#[test]
fn who_may_not_make_accounts_makes_none() {
    let world = World::new();
    let mut clerk = world.bearer("clerk");
    let answer = send(&world, &mut clerk, "", "text/csv", "email\nx@example.org\n");
    assert_eq!(answer.status, 403, "{answer:?}");
    let mut head = world.bearer("head");
    let mut acting = world.begin(&mut head, "clerk");
    assert_eq!(
        send(
            &world,
            &mut acting,
            "",
            "text/csv",
            "email\nx@example.org\n"
        )
        .status,
        403
    );
    assert_eq!(world.count("user"), 5);
    assert_eq!(json!(world.record().1), "fail");
}
