//! Accounts of Better Auth, imported.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Place, Server, program, run, said};

/// `correct horse battery`, as Better Auth 1.7 stored it.
const HASH: &str = "a83566bca9679a8225c3174f9e1ff0e8:8e2fad2cb37cf2d80b69c5dac3b07ba34794c8c2380ffab19be84e2a90493766887c6ed653b6323a37722afa38ce6a768605a1fd19300a647e32ac8d8e4db9f9";
const TYPED: &str = "correct horse battery";
const TOKEN: &str = "KRP0uBysK49bcVYd3MReAKOZDV8ZNfMw";

/// A database as Better Auth's own SQLite adapter makes it: camel case, times as ISO text.
const OWN: &str = "
CREATE TABLE user (id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
  emailVerified integer NOT NULL, image text, createdAt date NOT NULL, updatedAt date NOT NULL,
  role text, banned integer, banReason text, banExpires date);
CREATE TABLE account (id text PRIMARY KEY, accountId text NOT NULL, providerId text NOT NULL,
  userId text NOT NULL REFERENCES user (id), accessToken text, refreshToken text, scope text,
  password text, createdAt date NOT NULL, updatedAt date NOT NULL);
CREATE TABLE session (id text PRIMARY KEY, expiresAt date NOT NULL, token text NOT NULL UNIQUE,
  createdAt date NOT NULL, updatedAt date NOT NULL, ipAddress text, userAgent text,
  userId text NOT NULL REFERENCES user (id));";

/// As its Drizzle adapter's schemas have it: plural, snake case, times as numbers.
const DRIZZLE: &str = "
CREATE TABLE users (id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
  email_verified integer NOT NULL, image text, created_at integer NOT NULL,
  updated_at integer NOT NULL, role text, banned integer, ban_reason text, ban_expires integer);
CREATE TABLE accounts (id text PRIMARY KEY, account_id text NOT NULL, provider_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id), access_token text, refresh_token text, scope text,
  password text, created_at integer NOT NULL, updated_at integer NOT NULL);
CREATE TABLE sessions (id text PRIMARY KEY, expires_at integer NOT NULL, token text NOT NULL UNIQUE,
  created_at integer NOT NULL, updated_at integer NOT NULL, ip_address text, user_agent text,
  user_id text NOT NULL REFERENCES users (id));";

fn import(args: &[&str], file: &Path, db: &str) -> Output {
    let file = file.to_str().unwrap();
    run(&[&["import", "better-auth", "--db", db, file], args].concat())
}

fn rows(db: &str, sql: &str) -> Vec<Vec<String>> {
    let connection = Connection::open(db).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| {
        let text = |index| row.get::<_, rusqlite::types::Value>(index);
        (0..columns)
            .map(|index| {
                text(index).map(|value| match value {
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            })
            .collect()
    };
    let rows = statement.query_map([], read).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn count(db: &str, table: &str) -> i64 {
    let connection = Connection::open(db).unwrap();
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Ann with a password, a session and an account elsewhere, and Bob who is banned.
fn fill(path: &Path, schema: &str, seconds: impl Fn(i64) -> String) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(schema).unwrap();
    let plural = if schema.contains("users") { "s" } else { "" };
    let (made, changed, far) = (
        seconds(1_700_000_000),
        seconds(1_700_000_060),
        seconds(4_000_000_000),
    );
    let sql = format!(
        "INSERT INTO user{plural} VALUES
           ('u-ann', 'Ann Lee', 'Ann@Example.org', 1, 'https://img.example/a.png', {made}, {changed}, 'admin,user', 0, NULL, NULL),
           ('u-bob', 'Bob', 'bob@example.org', 0, NULL, {made}, {changed}, 'user', 1, 'spam', NULL),
           ('u-cat', 'Cat', 'cat@example.org', 0, NULL, {made}, {changed}, NULL, 1, 'over', {changed});
         INSERT INTO account{plural} VALUES
           ('a-1', 'u-ann', 'credential', 'u-ann', NULL, NULL, NULL, '{HASH}', {made}, {changed}),
           ('a-2', '1234', 'github', 'u-ann', 'gho_secret', NULL, 'read:user,repo', NULL, {made}, {changed});
         INSERT INTO session{plural} VALUES
           ('s-1', {far}, '{TOKEN}', {made}, {changed}, '203.0.113.9', 'Firefox', 'u-ann'),
           ('s-2', {changed}, 'YmJjCuUIEJY0ULJupswzSzEdbvGxGfsB', {made}, {made}, NULL, NULL, 'u-ann'),
           ('s-3', {far}, 'ZmJjCuUIEJY0ULJupswzSzEdbvGxGfsB', {made}, {changed}, '', '', 'u-bob');"
    );
    connection.execute_batch(&sql).unwrap();
}

fn iso(secs: i64) -> String {
    match secs {
        1_700_000_000 => "'2023-11-14T22:13:20.000Z'".to_owned(),
        1_700_000_060 => "'2023-11-14T22:14:20.000Z'".to_owned(),
        _ => "'2096-10-02T07:06:40.000Z'".to_owned(),
    }
}

/// How a form writes a time.
type Time = fn(i64) -> String;

#[test]
fn every_adapters_database_gives_the_same_accounts() {
    let place = Place::new();
    let mut seen = Vec::new();
    let forms: [(_, _, Time); 3] = [
        ("own", OWN, iso),
        ("seconds", DRIZZLE, |secs| secs.to_string()),
        ("milliseconds", DRIZZLE, |secs| (secs * 1000).to_string()),
    ];
    for (name, schema, time) in forms {
        let file = place.file(&format!("{name}.sqlite"));
        fill(&file, schema, time);
        let db = place.file(&format!("{name}.db"));
        let db = db.to_str().unwrap();
        let args = [
            "--from",
            "sqlite",
            "--sessions",
            "--role-map",
            "admin=STATE_ADMIN@state:ca",
        ];
        let output = import(&args, &file, db);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let text = said(&output);
        assert!(
            text.contains("user     3 imported, 0 there already, 0 left out"),
            "{text}"
        );
        assert!(
            text.contains("account  2 imported, 0 there already, 0 left out"),
            "{text}"
        );
        assert!(
            text.contains("session  1 imported, 0 there already, 2 left out"),
            "{text}"
        );
        assert!(text.contains("session row 2 `s-2`: it is over"), "{text}");
        assert!(
            text.contains("session row 3 `s-3`: its account is disabled"),
            "{text}"
        );
        assert!(
            !text.contains("gho_secret") && !text.contains(TOKEN),
            "{text}"
        );
        let all = [
            "SELECT id, email, name, email_verified, image, disabled_at_ms, disabled_reason, \
             created_at_ms, updated_at_ms, epoch FROM user ORDER BY id",
            "SELECT user_id, role, scope FROM role_grant ORDER BY user_id",
            "SELECT user_id, phc, updated_at_ms FROM password",
            "SELECT id, user_id, provider, account_id, scope, created_at_ms FROM outside_account",
            "SELECT id, token_hash, user_id, created_at_ms, expires_at_ms, ip_address, user_agent, \
             remember_me FROM session",
        ];
        seen.push(all.map(|sql| rows(db, sql)));
    }
    let users = &seen[0][0];
    assert_eq!(users[0][..2], ["u-ann", "ann@example.org"]);
    assert_eq!(users[0][7], "Integer(1700000000000)");
    assert_eq!(users[1][5..7], ["Integer(1700000060000)", "spam"]);
    assert_eq!(
        users[2][5..7],
        ["Null", "Null"],
        "a ban that is over is none"
    );
    assert_eq!(seen[0][1], [["u-ann", "STATE_ADMIN", "state:ca"]]);
    assert_eq!(seen[0][2][0][1], HASH);
    assert_eq!(seen[0][3][0][2..5], ["github", "1234", "read:user,repo"]);
    assert!(
        !format!("{seen:?}").contains(TOKEN),
        "only its hash is stored"
    );
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

/// A JSON file with members of a document.
fn write(place: &Place, name: &str, document: &Value) -> std::path::PathBuf {
    let file = place.file(name);
    std::fs::write(&file, document.to_string()).unwrap();
    file
}

#[test]
fn rows_that_cannot_be_taken_over_are_left_out_with_their_reason_and_the_others_are_in() {
    let place = Place::new();
    let document = json!({
        "user": [
            { "id": "1", "email": "A@x.org", "name": "A" },
            { "id": "2", "email": "a@X.ORG", "name": "the same by case" },
            { "id": 3, "email": "n@x.org", "name": "a number", "twoFactorEnabled": true },
            { "id": "4", "email": "nobody" },
            { "email": "noid@x.org" },
            17,
            { "id": "7", "email": "t@x.org", "createdAt": "yesterday" },
            { "id": "8", "email": "eight@x.org", "role": "root" },
        ],
        "verification": [{ "anything": [1, { "deep": true }] }],
        "account": [
            { "id": "a1", "userId": "1", "providerId": "credential", "password": "plain" },
            { "id": "a2", "userId": "2", "providerId": "credential", "password": HASH },
            { "id": "a3", "userId": 3, "providerId": "github", "accountId": 99 },
            { "id": "a4", "userId": "8", "providerId": "github", "accountId": "99" },
        ],
    });
    let file = write(&place, "dump.json", &document);
    let report = place.file("report.jsonl");
    let report_path = report.to_str().unwrap();
    let output = import(
        &["--from", "json", "--report", report_path],
        &file,
        &place.db(),
    );
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let text = said(&output);
    for line in [
        "user     3 imported, 0 there already, 5 left out",
        "account  1 imported, 0 there already, 3 left out",
        "note     a second factor isn't imported; it has to be set up again (1)",
        "note     role `root` isn't granted; `--role-map root=ROLE` would (1)",
        "left out user row 2 `2`: the account `1` has its address `a@x.org`",
        "left out user row 4 `4`: `nobody` isn't an e-mail address",
        "left out user row 5 ``: it has no `id`",
        "left out user row 6 ``: it has no `email`",
        "left out user row 7 `7`: its `createdat` isn't a time",
        "left out account row 1 `a1`: its password's hash can't be verified",
        "left out account row 2 `a2`: its user `2` isn't there",
        "left out account row 4 `a4`: the account `3` has this account of `github`",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let lines = std::fs::read_to_string(report).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[0]["row"], 2);
    assert_eq!(lines[0]["table"], "user");
    assert_eq!(count(&place.db(), "user"), 3);
}

#[test]
fn a_strict_import_stores_nothing_of_the_group_with_the_bad_row() {
    let place = Place::new();
    for (bad, problem) in [
        (
            json!({ "id": "z", "email": "nobody" }),
            "`nobody` isn't an e-mail address",
        ),
        (
            json!({ "id": "z", "email": "a@x.org" }),
            "the account `a` has its address `a@x.org`",
        ),
    ] {
        let document = json!({ "user": [{ "id": "a", "email": "a@x.org" }, bad] });
        let file = write(&place, "dump.json", &document);
        let output = import(&["--from", "json", "--strict"], &file, &place.db());
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains(&format!("row 2 of `user`, `z`: {problem}")),
            "{}",
            said(&output)
        );
        assert_eq!(count(&place.db(), "user"), 0);
    }
}

#[test]
fn a_file_that_is_cut_off_is_told_and_what_was_read_is_kept() {
    let place = Place::new();
    let users: Vec<_> = (0..600)
        .map(|n| json!({ "id": format!("u{n}"), "email": format!("u{n}@x.org") }))
        .collect();
    let text = json!({ "user": users }).to_string();
    let file = place.file("cut.json");
    std::fs::write(&file, &text.as_bytes()[..text.len() - 30]).unwrap();
    let output = import(&["--from", "json"], &file, &place.db());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("EOF while parsing"),
        "{}",
        said(&output)
    );
    assert_eq!(count(&place.db(), "user"), 500, "whole groups");
}

#[test]
fn importing_again_changes_nothing_that_was_changed_since() {
    let place = Place::new();
    let db = place.db();
    let file = place.file("own.sqlite");
    fill(&file, OWN, iso);
    let args = [
        "--from",
        "sqlite",
        "--role-map",
        "admin=STATE_ADMIN@state:ca",
    ];
    assert!(import(&args, &file, &db).status.success());
    let connection = Connection::open(&db).unwrap();
    connection
        .execute_batch(
            "UPDATE password SET phc = 'newer'; DELETE FROM role_grant; \
             UPDATE user SET name = 'Ann Smith', email = 'smith@example.org' WHERE id = 'u-ann';",
        )
        .unwrap();
    let again = import(&args, &file, &db);
    assert!(again.status.success(), "{}", said(&again));
    assert!(said(&again).contains("user     0 imported, 3 there already, 0 left out"));
    assert!(said(&again).contains("account  0 imported, 2 there already, 0 left out"));
    let user = rows(&db, "SELECT name, email FROM user WHERE id = 'u-ann'");
    assert_eq!(user, [["Ann Smith", "smith@example.org"]]);
    assert_eq!(rows(&db, "SELECT phc FROM password"), [["newer"]]);
    assert_eq!(
        count(&db, "role_grant"),
        0,
        "a role that was taken stays taken"
    );
}

#[test]
fn a_dry_run_tells_the_same_and_leaves_nothing() {
    let place = Place::new();
    let db = place.db();
    let file = place.file("own.sqlite");
    fill(&file, OWN, iso);
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = names();
    let dry = import(&["--from", "sqlite", "--sessions", "--dry-run"], &file, &db);
    assert_eq!(names(), before, "no database, no copy of one");
    let real = import(&["--from", "sqlite", "--sessions"], &file, &db);
    assert_eq!(dry.status.code(), real.status.code());
    assert_eq!(
        said(&dry).replace("would be imported", "imported"),
        said(&real)
    );
    let dry = import(&["--from", "sqlite", "--sessions", "--dry-run"], &file, &db);
    assert!(
        said(&dry).contains("user     0 would be imported, 3 there already"),
        "{}",
        said(&dry)
    );
    assert_eq!(count(&db, "user"), 3);
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    let place = Place::new();
    let db = place.db();
    let users = 40_000;
    let file = place.file("many.sqlite");
    let source = Connection::open(&file).unwrap();
    source.execute_batch(OWN).unwrap();
    source
        .execute_batch(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {users})
             INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt)
             SELECT 'u' || i, 'N', 'u' || i || '@example.org', 0, 1700000000, 1700000000 FROM n;
             INSERT INTO account (id, accountId, providerId, userId, password, createdAt, updatedAt)
             SELECT 'a' || id, id, 'credential', id, '{HASH}', 1700000000, 1700000000 FROM user;"
        ))
        .unwrap();
    drop(source);
    let path = file.to_str().unwrap();
    let arguments = [
        "import",
        "better-auth",
        "--from",
        "sqlite",
        path,
        "--db",
        &db,
    ];
    let mut first = program()
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The database is made with its tables first; then rows come.
    let rows_so_far = || {
        Connection::open(&db)
            .and_then(|one| {
                one.query_row("SELECT count(*) FROM user", [], |row| row.get::<_, i64>(0))
            })
            .unwrap_or(0)
    };
    while rows_so_far() == 0 && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let kept = rows_so_far();
    assert!(kept > 0 && kept % 500 == 0, "whole groups: {kept}");
    let second = run(&[&arguments[..], &["--resume"]].concat());
    assert!(second.status.success(), "{}", said(&second));
    let text = said(&second);
    if kept < users {
        assert!(
            text.contains(&format!("going on behind row {kept} of `user`")),
            "{text}"
        );
        let line = format!("user     {} imported, 0 there already", users - kept);
        assert!(text.contains(&line), "{text}");
    }
    assert_eq!(count(&db, "user"), users);
    assert_eq!(count(&db, "password"), users);
}

#[test]
fn sql_for_another_database_does_the_same() {
    let place = Place::new();
    let file = place.file("own.sqlite");
    fill(&file, OWN, iso);
    let direct = place.db();
    let args = [
        "--from",
        "sqlite",
        "--sessions",
        "--role-map",
        "admin=STATE_ADMIN@state:ca",
    ];
    import(&args, &file, &direct);
    let printed = import(&[&args[..], &["--sql"]].concat(), &file, "none.sqlite");
    assert!(!Path::new("none.sqlite").exists());
    let sql = String::from_utf8(printed.stdout).unwrap();
    let other = place.file("other.sqlite");
    let other = other.to_str().unwrap();
    assert!(run(&["migrate", "apply", "--db", other]).status.success());
    for _ in 0..2 {
        Connection::open(other)
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        for sql in [
            "SELECT id, email, disabled_at_ms, disabled_reason, epoch FROM user ORDER BY id",
            "SELECT user_id, role, scope FROM role_grant",
            "SELECT * FROM password",
            "SELECT * FROM outside_account",
            "SELECT * FROM session",
        ] {
            assert_eq!(rows(&direct, sql), rows(other, sql), "{sql}");
        }
    }
}

#[test]
fn who_is_imported_signs_in_with_the_old_password_and_the_hash_is_renewed() {
    let place = Place::new();
    let file = place.file("own.sqlite");
    fill(&file, OWN, iso);
    let db = place.db();
    import(&["--from", "sqlite", "--sessions"], &file, &db);
    let mut command = program();
    command.env(
        "PORTCULLIS_SECRET",
        "a secret of the environment, long enough",
    );
    let server = Server::start_as(&place, command);
    let sign_in = |email: &str, password: &str| {
        let url = format!("http://127.0.0.1:{}/api/auth/sign-in/email", server.port);
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let answer = agent
            .post(url)
            .send_json(json!({ "email": email, "password": password }));
        answer.unwrap().status().as_u16()
    };
    let (status, session) = server.get("/api/auth/get-session", TOKEN).unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        session["user"]["email"], "ann@example.org",
        "still signed in"
    );
    assert_eq!(sign_in("ann@example.org", "wrong"), 401);
    assert_eq!(rows(&db, "SELECT phc FROM password"), [[HASH]]);
    assert_eq!(sign_in("ANN@example.org", TYPED), 200);
    let stored = rows(&db, "SELECT phc FROM password");
    assert!(stored[0][0].starts_with("$argon2id$v=19$"), "{stored:?}");
    assert_ne!(sign_in("bob@example.org", TYPED), 200);
}
