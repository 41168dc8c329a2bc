//! People and their own accounts, at the edges of requests.

use std::collections::BTreeMap;

use serde_json::json;

use crate::world::{Caller, World};

const SIGN_UP: &str = "/api/auth/sign-up/email";
const SIGN_IN: &str = "/api/auth/sign-in/email";

fn world() -> World {
    World::with(|settings| {
        let set = |name: &'static str| match name {
            "PORTCULLIS_SIGN_UP" | "PORTCULLIS_DELETE_USER" => Some("on".to_owned()),
            "PORTCULLIS_RATES" => Some("off".to_owned()),
            _ => None,
        };
        settings.read_named(set).unwrap();
    })
}

fn page() -> Caller {
    Caller::Browser(BTreeMap::new())
}

#[test]
fn a_device_that_one_signed_up_on_is_known_and_nobody_is_left_behind_in_its_browser() {
    let world = world();
    let mut browser = world.browser("head");
    world.begin(&mut browser, "clerk");
    let new = json!({ "name": "N", "email": "n@example.org", "password": "seven keys on a ring" });
    let made = world.post(&mut browser, SIGN_UP, new);
    assert_eq!(made.status, 200, "{made:?}");
    let Caller::Browser(cookies) = &browser else {
        panic!("a browser stays one");
    };
    assert!(
        cookies.contains_key("better-auth.known_device"),
        "{cookies:?}"
    );
    assert!(
        !cookies.contains_key("better-auth.admin_session"),
        "{cookies:?}"
    );
    // Strangers use up what anybody may guess; the owner gets in on this device alone.
    let typed = |password: &str| json!({ "email": "n@example.org", "password": password });
    for _ in 0..3 {
        assert_eq!(
            world.post(&mut page(), SIGN_IN, typed("a guess")).status,
            401
        );
    }
    let right = || typed("seven keys on a ring");
    assert_eq!(world.post(&mut page(), SIGN_IN, right()).status, 429);
    assert_eq!(world.post(&mut browser, SIGN_IN, right()).status, 200);
}

#[test]
fn nobody_gets_a_name_or_an_address_that_hides_characters_and_who_has_one_goes_on() {
    let world = world();
    let sign_up = |name: &str, email: &str| {
        let new = json!({ "name": name, "email": email, "password": "seven keys on a ring" });
        world.post(&mut page(), SIGN_UP, new)
    };
    for name in ["Ann\u{200b}", "\u{202e}nnA", "A\u{2066}nn", "A\u{feff}nn"] {
        let refused = sign_up(name, "n@example.org");
        assert_eq!(refused.status, 400, "{name:?}");
        assert_eq!(refused.json["code"], "VALIDATION_ERROR");
        assert_eq!(
            refused.json["message"],
            "[body.name] Invalid input: expected at most 256 characters without control or hidden characters"
        );
    }
    for email in ["n\u{200b}@example.org", "n\u{202e}@example.org"] {
        let refused = sign_up("N", email);
        assert_eq!(refused.status, 400, "{email:?}");
        assert_eq!(refused.json["code"], "VALIDATION_ERROR");
        assert_eq!(
            refused.json["message"],
            "[body.email] Invalid email address"
        );
    }
    assert_eq!(sign_up("Åse O’Brien", "n@example.org").status, 200);
    world.sql(
        "UPDATE user SET name = 'N' || char(0x200b), email = 'n' || char(0x200b) || '@example.org' \
         WHERE email = 'n@example.org'",
    );
    let mut browser = page();
    let typed = json!({ "email": "n\u{200b}@example.org", "password": "seven keys on a ring" });
    let signed_in = world.post(&mut browser, SIGN_IN, typed);
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(signed_in.json["user"]["name"], "N\u{200b}");
}

#[test]
fn who_asks_only_whether_a_link_leads_somewhere_does_not_open_it() {
    let world = world();
    for path in [
        "/api/auth/verify-email?token=x",
        "/api/auth/delete-user/callback?token=x",
    ] {
        let mut clerk = world.browser("clerk");
        let looked = world.send(&mut clerk, "HEAD", path, None);
        assert_eq!((looked.status, looked.text.as_str()), (404, ""), "{path}");
        let opened = world.get(&mut clerk, path);
        assert_eq!(opened.code(), "INVALID_TOKEN", "{path}");
        world.sql("DELETE FROM session");
    }
}

#[test]
fn a_member_twice_in_a_form_signs_nobody_in() {
    let world = world();
    let kind = "application/x-www-form-urlencoded";
    let of = |form: &str| world.send_file(&mut page(), SIGN_IN, kind, form);
    let once = of("email=clerk%40example.org&password=a");
    assert_eq!(once.code(), "INVALID_EMAIL_OR_PASSWORD", "{once:?}");
    let twice = of("email=clerk%40example.org&password=a&email=head%40example.org");
    assert_eq!(
        (twice.status, twice.code()),
        (400, "VALIDATION_ERROR"),
        "{twice:?}"
    );
}

#[test]
fn a_path_that_is_no_text_lies_nowhere() {
    let world = world();
    for path in [
        "/api/auth/reset-password/%ff?callbackURL=/x",
        "/api/v1/admin/users/%C3/tier",
    ] {
        let answer = world.get(&mut page(), path);
        assert_eq!((answer.status, answer.text.as_str()), (404, ""), "{path}");
    }
    let there = world.get(
        &mut page(),
        "/api/auth/reset-password/%C3%A9?callbackURL=/x",
    );
    assert_eq!(there.status, 302);
}
