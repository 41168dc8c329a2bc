//! Tokens seen before: the same verdict as without the memory, at every time.

mod jose_support;

use jose_support::{es256_jwk, es256_token, key_set, lax_rules};
use portcullis_core::{
    time::UnixSecs,
    token::{VerifiedTokens, verify},
};

const HEADER: &str = r#"{"alg":"ES256","kid":"k"}"#;

fn cache(capacity: usize) -> VerifiedTokens {
    VerifiedTokens::with_capacity(key_set(&[es256_jwk(1, "k")]), lax_rules(), capacity)
}

fn token(number: u32, exp: u64) -> String {
    es256_token(1, HEADER, &format!("{{\"n\":{number},\"exp\":{exp}}}"))
}

fn code_at(cache: &mut VerifiedTokens, token: &str, now: u64) -> &'static str {
    cache
        .verify(token, UnixSecs::new(now))
        .map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_remembered_token_expires_at_its_exp() {
    let (mut cache, token) = (cache(8), token(1, 1000));
    assert_eq!(code_at(&mut cache, &token, 500), "ok");
    assert_eq!(cache.len(), 1);
    assert_eq!(code_at(&mut cache, &token, 999), "ok");
    assert_eq!(code_at(&mut cache, &token, 1000), "expired");
    assert!(cache.is_empty());
    assert_eq!(code_at(&mut cache, &token, 1000), "expired");
}

#[test]
fn a_clock_set_back_is_noticed() {
    let mut cache = cache(8);
    let token = es256_token(1, HEADER, r#"{"nbf":100,"iat":90}"#);
    assert_eq!(code_at(&mut cache, &token, 100), "ok");
    assert_eq!(code_at(&mut cache, &token, 99), "not_yet_valid");
    assert_eq!(code_at(&mut cache, &token, 89), "not_yet_valid");
    assert_eq!(code_at(&mut cache, &token, 100), "ok");
}

#[test]
fn the_second_answer_is_the_first_one() {
    let (mut cache, token) = (cache(8), token(1, 1000));
    let first = cache.verify(&token, UnixSecs::new(1)).unwrap();
    let second = cache.verify(&token, UnixSecs::new(2)).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    let direct = verify(&token, cache.keys(), cache.rules(), UnixSecs::new(2)).unwrap();
    assert_eq!(*second, direct);
}

#[test]
fn a_remembered_signature_does_not_vouch_for_other_text() {
    let (mut cache, good) = (cache(8), token(1, 1000));
    assert_eq!(code_at(&mut cache, &good, 1), "ok");
    let (_, signature) = good.rsplit_once('.').unwrap();
    let other = token(2, 9000);
    let (signed, _) = other.rsplit_once('.').unwrap();
    assert_eq!(
        code_at(&mut cache, &format!("{signed}.{signature}"), 1),
        "signature_invalid"
    );
    for position in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let changed = String::from_utf8(changed).unwrap();
        assert_ne!(code_at(&mut cache, &changed, 1), "ok", "{position}");
    }
    assert_eq!(cache.len(), 1);
}

#[test]
fn refused_tokens_are_not_remembered() {
    let mut cache = cache(8);
    assert_eq!(code_at(&mut cache, &token(1, 1000), 2000), "expired");
    assert_eq!(
        code_at(&mut cache, &es256_token(2, HEADER, "{}"), 1),
        "signature_invalid"
    );
    assert_eq!(code_at(&mut cache, "x", 1), "malformed_token");
    assert_eq!(code_at(&mut cache, "", 1), "malformed_token");
    assert!(cache.is_empty());
}

#[test]
fn new_keys_and_new_rules_forget_every_token() {
    let (mut cache, token) = (cache(8), token(1, 1000));
    assert_eq!(code_at(&mut cache, &token, 1), "ok");
    cache.set_keys(key_set(&[es256_jwk(2, "k")]));
    assert!(cache.is_empty());
    assert_eq!(code_at(&mut cache, &token, 1), "signature_invalid");
    cache.set_keys(key_set(&[es256_jwk(1, "k")]));
    assert_eq!(code_at(&mut cache, &token, 1), "ok");
    cache.set_rules(lax_rules().issuer("someone"));
    assert!(cache.is_empty());
    assert_eq!(code_at(&mut cache, &token, 1), "missing_claim");
}

#[test]
fn a_full_memory_drops_the_token_used_longest_ago() {
    let mut cache = cache(2);
    let [a, b, c] = [1, 2, 3].map(|number| token(number, 1000));
    for token in [&a, &b, &a, &c] {
        assert_eq!(code_at(&mut cache, token, 1), "ok");
    }
    assert_eq!(cache.len(), 2);
    let first = cache.verify(&a, UnixSecs::new(1)).unwrap();
    assert!(
        std::sync::Arc::strong_count(&first) > 1,
        "a is still remembered"
    );
    cache.forget(&b);
    assert_eq!(cache.len(), 2, "b was dropped already");
    cache.forget(&c);
    assert_eq!(cache.len(), 1);
}

#[test]
fn expired_tokens_leave_first() {
    let mut cache = cache(2);
    let (short, long, new) = (token(1, 10), token(2, 1000), token(3, 1000));
    assert_eq!(code_at(&mut cache, &long, 1), "ok");
    assert_eq!(code_at(&mut cache, &short, 1), "ok");
    assert_eq!(code_at(&mut cache, &new, 10), "ok");
    cache.forget(&short);
    assert_eq!(
        cache.len(),
        2,
        "`short` left although `long` was used longer ago"
    );
}

#[test]
fn a_memory_of_none_still_verifies() {
    let (mut cache, token) = (cache(0), token(1, 1000));
    assert_eq!(code_at(&mut cache, &token, 1), "ok");
    assert!(cache.is_empty());
}
