//! Signing keys and the server's secret, exchanged under a running installation.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Place, Server, program, run, said};

const OLD: &str = "the first secret of the tests and long enough";
const NEW: &str = "the second secret of the tests and long enough";

fn start(place: &Place, secret: &str) -> Server {
    let mut command = program();
    command
        .env("PORTCULLIS_SECRET", secret)
        // Whoever issued a token goes on under its name, at whatever port.
        .env("PORTCULLIS_ORIGIN", "http://keys.test")
        .env("PORTCULLIS_ADMIN_PASSWORD", PASSWORD);
    Server::start_as(place, command)
}

/// `kid` and state of each key, and the version of the secret that it is sealed under.
fn keys(place: &Place) -> Vec<[String; 3]> {
    let output = run(&["keys", "list", "--db", &place.db()]);
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let parts: Vec<_> = line.split('\t').collect();
            let version = parts[3].strip_prefix("secret ").unwrap();
            [parts[0].to_owned(), parts[1].to_owned(), version.to_owned()]
        })
        .collect()
}

fn in_state(place: &Place, state: &str) -> Vec<String> {
    let found = keys(place).into_iter().filter(|key| key[1] == state);
    found.map(|key| key[0].clone()).collect()
}

fn published(server: &Server) -> Vec<String> {
    let (_, set) = server.get("/api/auth/jwks", "").unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// What somebody who is signed in holds.
struct SignedIn {
    cookie: String,
    token: String,
    access: String,
}

fn sign_in(server: &Server) -> SignedIn {
    let url = format!("http://127.0.0.1:{}/api/auth/sign-in/email", server.port);
    let mut answer = ureq::post(url)
        .send_json(json!({ "email": EMAIL, "password": PASSWORD }))
        .unwrap();
    let cookies = answer.headers().get_all("set-cookie").iter();
    let pairs = cookies.map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned());
    let cookie = pairs.collect::<Vec<_>>().join("; ");
    let body: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    let token = body["token"].as_str().unwrap().to_owned();
    let (status, minted) = server.get("/api/auth/token", &token).unwrap();
    assert_eq!(status, 200, "{minted}");
    SignedIn {
        cookie,
        token,
        access: minted["token"].as_str().unwrap().to_owned(),
    }
}

fn by_cookie(server: &Server, cookie: &str) -> Value {
    let url = format!("http://127.0.0.1:{}/api/auth/get-session", server.port);
    let mut answer = ureq::get(url).header("cookie", cookie).call().unwrap();
    serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
}

fn knows(server: &Server, bearer: &str) -> bool {
    server.get("/api/auth/me", bearer).unwrap().0 == 200
}

#[test]
fn a_new_secret_breaks_no_session_no_cookie_no_token_and_no_key() {
    let place = Place::new();
    let server = start(&place, &format!("1:{OLD}"));
    let ann = sign_in(&server);
    let before = published(&server);
    server.kill_nine();

    let server = start(&place, &format!("2:{NEW},1:{OLD}"));
    assert_eq!(by_cookie(&server, &ann.cookie)["user"]["email"], EMAIL);
    assert!(knows(&server, &ann.token), "the session by its token");
    assert!(knows(&server, &ann.access), "the access token");
    assert_eq!(published(&server), before, "no key was made anew");
    let fresh = sign_in(&server);
    assert!(knows(&server, &fresh.access));
    let versions = || keys(&place).into_iter().map(|key| key[2].clone());
    assert!(
        versions().all(|version| version == "2"),
        "sealed again by the start"
    );
    server.kill_nine();

    // Nothing needs the old secret any more but cookies that were signed with it.
    let server = start(&place, &format!("2:{NEW}"));
    assert!(knows(&server, &ann.token) && knows(&server, &ann.access));
    assert_eq!(by_cookie(&server, &fresh.cookie)["user"]["email"], EMAIL);
    assert_eq!(by_cookie(&server, &ann.cookie), Value::Null);
    assert_eq!(published(&server), before);
}

#[test]
fn a_secret_that_was_taken_out_too_early_says_what_to_do_and_doing_it_helps() {
    let place = Place::new();
    let server = start(&place, &format!("1:{OLD}"));
    let ann = sign_in(&server);
    server.kill_nine();
    let too_early = || {
        let mut command = program();
        command.env("PORTCULLIS_SECRET", format!("2:{NEW}"));
        command.args(["serve", "--db", &place.db(), "--listen", "127.0.0.1:0"]);
        let output = command.output().unwrap();
        assert!(!output.status.success());
        said(&output)
    };
    let text = too_early();
    let kid = in_state(&place, "active").remove(0);
    for part in [
        "needs secret version 1, there is 2",
        "put version 1 back into PORTCULLIS_SECRET, behind the newest, until `portcullis keys list`",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains(NEW) && !text.contains(OLD));
    assert!(
        text.contains(&format!("`portcullis keys retire {kid} --now`"))
            || text.contains("keys retire"),
        "{text}"
    );
    // Put back, as it says.
    let server = start(&place, &format!("2:{NEW},1:{OLD}"));
    assert!(knows(&server, &ann.access));
    server.kill_nine();

    // The secret is lost: keys sealed under it are given up, and others are made.
    let place = Place::new();
    start(&place, &format!("1:{OLD}")).kill_nine();
    for [kid, ..] in keys(&place) {
        let mut command = program();
        command.env("PORTCULLIS_SECRET", format!("2:{NEW}"));
        command.args(["keys", "retire", &kid, "--now", "--db", &place.db()]);
        let _ = command.output().unwrap();
    }
    let server = start(&place, &format!("2:{NEW}"));
    let bob = sign_in(&server);
    assert!(knows(&server, &bob.access));
}

#[test]
fn a_key_signs_only_after_a_day_of_being_published_unless_it_is_forced() {
    let place = Place::new();
    let secret = format!("1:{OLD}");
    let server = start(&place, &secret);
    let ann = sign_in(&server);
    let (active, next) = (in_state(&place, "active"), in_state(&place, "next"));
    let rotate = |extra: &[&str]| {
        let mut command = program();
        command.env("PORTCULLIS_SECRET", &secret);
        command
            .args(["keys", "rotate", "--db", &place.db()])
            .args(extra);
        command.output().unwrap()
    };
    let refused = rotate(&[]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("may sign from"),
        "{}",
        said(&refused)
    );
    assert_eq!(in_state(&place, "active"), active);

    // A day later.
    let database = Connection::open(place.db()).unwrap();
    let aged = "UPDATE signing_key SET created_secs = created_secs - 86400 WHERE state = 'next'";
    assert_eq!(database.execute(aged, []).unwrap(), 1);
    let done = rotate(&[]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(in_state(&place, "active"), next);
    assert_eq!(in_state(&place, "retired"), active);
    assert_eq!(in_state(&place, "next").len(), 1, "and another one follows");

    let forced = rotate(&["--now"]);
    assert!(forced.status.success(), "{}", said(&forced));
    assert_eq!(in_state(&place, "retired").len(), 2);
    assert!(
        knows(&server, &ann.access),
        "what a retired key signed holds"
    );
    let audit = place.audit();
    let rotations = audit.iter().filter(|event| event["action"] == "key.rotate");
    assert_eq!(rotations.count(), 2);
}

#[test]
fn a_key_that_is_given_up_is_published_no_more_and_what_it_signed_is_refused() {
    let place = Place::new();
    let secret = format!("1:{OLD}");
    let server = start(&place, &secret);
    let ann = sign_in(&server);
    server.kill_nine();
    let retire = |kid: &str, extra: &[&str]| {
        let mut command = program();
        command.env("PORTCULLIS_SECRET", &secret);
        command
            .args(["keys", "retire", kid, "--db", &place.db()])
            .args(extra);
        command.output().unwrap()
    };
    assert!(said(&retire("nothing", &[])).contains("there is no key `nothing`"));
    let kid = in_state(&place, "active").remove(0);
    let next = in_state(&place, "next").remove(0);
    assert!(said(&retire(&next, &[])).contains("hasn't signed anything yet"));
    let done = retire(&kid, &["--now"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(in_state(&place, "active"), [next]);
    assert_eq!(in_state(&place, "next").len(), 1);
    let server = start(&place, &secret);
    assert!(!published(&server).contains(&kid));
    assert!(!knows(&server, &ann.access), "the access token");
    assert!(knows(&server, &ann.token), "the session goes on");
    assert!(knows(&server, &sign_in(&server).access));
}

#[test]
fn the_same_is_printed_as_sql_for_another_database() {
    let place = Place::new();
    start(&place, &format!("1:{OLD}")).kill_nine();
    let before = keys(&place);
    let sql = |args: &[&str]| {
        let output = run(&[&["keys"], args, &["--sql"]].concat());
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let database = Connection::open(place.db()).unwrap();
    database.execute_batch(&sql(&["rotate"])).unwrap();
    assert_eq!(keys(&place), before, "the next key is too young");
    assert!(
        place
            .audit()
            .iter()
            .all(|event| event["action"] != "key.rotate")
    );
    database.execute_batch(&sql(&["rotate", "--now"])).unwrap();
    let next = before.iter().find(|key| key[1] == "next").unwrap();
    assert_eq!(in_state(&place, "active"), [next[0].clone()]);
    let old = in_state(&place, "retired").remove(0);
    database
        .execute_batch(&sql(&["retire", &old, "--now"]))
        .unwrap();
    assert_eq!(keys(&place).len(), 1);
    let actions: Vec<_> = place
        .audit()
        .iter()
        .map(|event| event["action"].clone())
        .collect();
    assert!(actions.contains(&json!("key.rotate")) && actions.contains(&json!("key.remove")));
}
