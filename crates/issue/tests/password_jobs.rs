//! Work on passwords as it is sent to whoever does it.

#![expect(clippy::unwrap_used, reason = "a test")]

use portcullis_issue::password::{
    Job, Limits, Outcome, Params, Verification, hash, verify, work_of,
};

const PASSWORD: &str = "correct horse battery staple";
const BETTER_AUTH: &str = "000102030405060708090a0b0c0d0e0f:7034425e783148ac6ce2c4521177f6fc8ba611950b64145053bf3c4fbf26457865bbf1ea8164754187636d431114bca7374e96cf91409d23fbc0b086580d2442";
/// Of 72 times `a`.
const BCRYPT: &str = "$2a$04$KBCwKxOzLha2MUDgW0PjXeGsVs.sqS00XPrwbGRaMzHFG3UAzw0Ci";

fn params() -> Params {
    Params::new(7_168, 5, 1).unwrap()
}

fn check(stored: Option<&str>, typed: &str) -> Job {
    Job::Check {
        stored: stored.map(str::to_owned),
        typed: typed.to_owned(),
        params: params(),
        limits: Limits::default(),
        floor: 0,
        salt: [7; 16],
    }
}

#[test]
fn imported_hash_is_replaced_by_our_own_after_a_match() {
    let Outcome::Match(Some(new)) = check(Some(BETTER_AUTH), PASSWORD).run() else {
        panic!("no match, or no new hash");
    };
    assert_eq!(new, hash(PASSWORD, &params(), [7; 16]).unwrap());
    assert_eq!(check(Some(&new), PASSWORD).run(), Outcome::Match(None));
}

#[test]
fn new_hash_is_of_the_nfkc_form_so_every_way_to_type_it_matches() {
    // Made with hash-wasm of the bytes of the decomposed form.
    let stored = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$4GZg+gG6CWdVzaPuEzeC0Suob/0woVy7iVKnSVD9djw";
    let Outcome::Match(Some(new)) = check(Some(stored), "cafe\u{301} au lait, please").run() else {
        panic!("no match, or no new hash");
    };
    for typed in ["café au lait, please", "cafe\u{301} au lait, please"] {
        assert_eq!(check(Some(&new), typed).run(), Outcome::Match(None));
    }
}

#[test]
fn bcrypt_hash_is_left_as_it_is_when_it_says_nothing_of_the_end_of_the_password() {
    let longest = "a".repeat(72);
    let Outcome::Match(Some(_)) = check(Some(BCRYPT), &longest).run() else {
        panic!("no match, or no new hash");
    };
    // A new hash would make a mistyped end the password.
    let longer = format!("{longest}b");
    assert_eq!(check(Some(BCRYPT), &longer).run(), Outcome::Match(None));
}

#[test]
fn what_is_no_hash_or_none_lets_nobody_in() {
    for (stored, outcome) in [
        (None, Outcome::Mismatch),
        (Some(""), Outcome::Unusable),
        (Some("password"), Outcome::Unusable),
        (Some("$1$salt$qJH7.N4xYta3aEG/dfqo/0"), Outcome::Unusable),
        (
            Some("$argon2id$v=19$m=65537,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"),
            Outcome::Unusable,
        ),
        (Some(BETTER_AUTH), Outcome::Mismatch),
    ] {
        assert_eq!(check(stored, "password").run(), outcome, "{stored:?}");
    }
    let too_long = "a".repeat(4097);
    assert_eq!(check(Some(BETTER_AUTH), &too_long).run(), Outcome::Unusable);
}

#[test]
fn job_and_outcome_survive_being_sent() {
    let job = Job::Hash {
        password: PASSWORD.to_owned(),
        params: params(),
        salt: [9; 16],
    };
    let sent = serde_json::to_string(&job).unwrap();
    let received: Job = serde_json::from_str(&sent).unwrap();
    let outcome: Outcome =
        serde_json::from_str(&serde_json::to_string(&received.run()).unwrap()).unwrap();
    let Outcome::Hashed(phc) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        verify(PASSWORD, &phc, &Limits::default()),
        Ok(Verification::Match)
    );
    assert_eq!(received.memory_kib(), 7_168);
    // Weak parameters aren't taken from anybody.
    let weak = sent.replace("[7168,5,1]", "[8,1,1]");
    assert_ne!(weak, sent);
    assert!(serde_json::from_str::<Job>(&weak).is_err());
}

#[test]
fn memory_is_that_of_the_dearer_of_both_hashes() {
    assert_eq!(check(None, PASSWORD).memory_kib(), 7_168);
    assert_eq!(check(Some(BCRYPT), PASSWORD).memory_kib(), 7_168);
    assert_eq!(check(Some(BETTER_AUTH), PASSWORD).memory_kib(), 32_768);
    // What is refused takes none.
    let refused = "$argon2id$v=19$m=65537,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q";
    assert_eq!(check(Some(refused), PASSWORD).memory_kib(), 7_168);
}

#[test]
fn debug_hides_all() {
    assert_eq!(
        format!("{:?}", check(Some(BCRYPT), PASSWORD)),
        "Job(hidden)"
    );
    let outcome = Outcome::Hashed("secret".to_owned());
    assert_eq!(format!("{outcome:?}"), "Hashed(hidden)");
}

#[test]
fn cost_of_a_kind_of_hash_is_known_by_name() {
    assert_eq!(work_of("argon2id:65536,3"), Some(196_608));
    for kind in [
        "better-auth",
        "scrypt:15,8,1",
        "bcrypt:12",
        "bcrypt:5",
        "pbkdf2-sha1:1000000",
        "pbkdf2-sha256:600000",
        "pbkdf2-sha512:210000",
    ] {
        assert!(work_of(kind).is_some_and(|work| work > 0), "{kind}");
    }
    for kind in [
        "",
        "bcrypt",
        "bcrypt:15",
        "bcrypt:12,1",
        "md5:1",
        "argon2id:65537,1",
        "scrypt:15",
    ] {
        assert_eq!(work_of(kind), None, "{kind}");
    }
}
