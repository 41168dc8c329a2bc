//! Accounts as a file.

use crate::world::{Caller, World};

const EXPORT: &str = "/api/v1/admin/users/export";
const HEAD: &str = "id,email,name,emailVerified,image,tier,roles,disabled,banned,banReason,banExpires,\
    createdAt,updatedAt\r\n";

#[test]
fn csv_has_all_accounts_in_the_order_of_their_ids_and_runs_nothing() {
    let world = World::new();
    world
        .sql("UPDATE user SET name = '=HYPERLINK(\"http://x\")', tier = 'beta' WHERE id = 'guest'");
    world.sql("UPDATE user SET banned_at_ms = 1, ban_reason = '@x' WHERE id = 'clerk'");
    world.sql("INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) VALUES ('x', 'clerk', 'HEAD', 'org:o', 1)");
    let mut head = world.bearer("head");
    let answer = world.get(&mut head, EXPORT);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"users.csv\""
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    let then = "1970-01-01T00:00:00.001Z,1970-01-01T00:00:00.001Z\r\n";
    let expected = [
        HEAD,
        "clerk,clerk@example.org,clerk,true,,,CLERK HEAD@org:o,false,true,\"'@x\",,",
        then,
        "guest,guest@example.org,\"'=HYPERLINK(\"\"http://x\"\")\",true,,beta,,false,false,,,",
        then,
        "head,head@example.org,head,true,,,HEAD,false,false,,,",
        then,
        "owner,owner@example.org,owner,true,,,OWNER,false,false,,,",
        then,
        "peer,peer@example.org,peer,true,,,HEAD,false,false,,,",
        then,
    ];
    assert_eq!(answer.text, expected.concat());
    let (action, status, user, fields) = world.record();
    assert_eq!(
        (action.as_str(), status.as_str(), user.as_str()),
        ("user.export", "ok", "head")
    );
    assert_eq!(fields["users"], 5);
}

#[test]
fn pages_put_together_are_one_file() {
    let world = World::new();
    let mut head = world.bearer("head");
    for format in ["csv", "json"] {
        let whole = world
            .get(&mut head, &format!("{EXPORT}?format={format}"))
            .text;
        let mut path = format!("{EXPORT}?format={format}&limit=2");
        let mut text = String::new();
        let mut pages = 0;
        loop {
            let answer = world.get(&mut head, &path);
            assert_eq!(answer.status, 200, "{answer:?}");
            text.push_str(&answer.text);
            pages += 1;
            let Some(link) = answer.headers.get("link") else {
                break;
            };
            let next = answer.headers["x-next-cursor"].to_str().unwrap();
            let link = link.to_str().unwrap();
            path = link
                .split_once('<')
                .unwrap()
                .1
                .split_once('>')
                .unwrap()
                .0
                .to_owned();
            assert!(path.ends_with(&format!("&after={next}")), "{path}");
        }
        assert_eq!((text, pages), (whole, 3), "{format}");
    }
}

#[test]
fn json_has_an_account_a_line_and_neither_secret_nor_hash() {
    let world = World::new();
    world.sql("INSERT INTO password (user_id, phc, updated_at_ms) VALUES ('clerk', 'a hash', 1)");
    let mut head = world.bearer("head");
    let answer = world.get(&mut head, &format!("{EXPORT}?format=json"));
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let lines: Vec<serde_json::Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["email"], "clerk@example.org");
    assert_eq!(lines[0]["roles"], serde_json::json!(["CLERK"]));
    assert!(!answer.text.contains("hash"), "{}", answer.text);
}

#[test]
fn one_whose_administration_is_in_a_place_exports_those_in_it_alone() {
    let world = World::new();
    world.sql(
        "INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:o', 'org:o', 'O', 1)",
    );
    world.sql("UPDATE role_grant SET scope = 'org:o' WHERE user_id IN ('head', 'clerk')");
    let mut head = world.bearer("head");
    let text = world.get(&mut head, EXPORT).text;
    let ids: Vec<_> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(ids, ["clerk", "head"]);
}

#[test]
fn who_may_not_gets_nothing() {
    let world = World::new();
    let mut clerk = world.bearer("clerk");
    assert_eq!(world.get(&mut clerk, EXPORT).status, 403);
    let mut nobody = Caller::Bearer("x".repeat(32));
    assert_eq!(world.get(&mut nobody, EXPORT).status, 401);
    let mut head = world.bearer("head");
    for query in [
        "format=xml",
        "limit=0",
        "limit=5001",
        "after=a%0d%0ab",
        "after=%3E",
    ] {
        let answer = world.get(&mut head, &format!("{EXPORT}?{query}"));
        assert_eq!(
            (answer.status, answer.code()),
            (400, "VALIDATION_ERROR"),
            "{query}"
        );
    }
}
