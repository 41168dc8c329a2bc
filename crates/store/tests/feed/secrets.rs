//! Another server secret breaks no key, no session and no token.

use portcullis_issue::cookie_signature;
use portcullis_issue::secret::Secrets;
use portcullis_service::keys;

use crate::support::{World, bearer, caller, done, minted};

const OLD: &str = "1:the secret of old and 32 bytes or more";
const BOTH: &str =
    "2:the secret of today and 32 bytes or more,1:the secret of old and 32 bytes or more";
const NEW: &str = "2:the secret of today and 32 bytes or more";

#[test]
fn with_a_new_secret_before_the_old_one_keys_sessions_cookies_and_tokens_hold() {
    let world = World::new();
    let token = world.user("ann");
    let before = world.server_with(false, OLD, |_| {});
    let jwt = minted(&before, &token);
    let cookie = cookie_signature::sign(&Secrets::parse(OLD).unwrap(), &token);
    let kid = |server| {
        done(keys::signing(server))
            .unwrap()
            .signer
            .as_ref()
            .unwrap()
            .kid()
            .to_owned()
    };
    let old_kid = kid(&before);

    let during = world.server_with(false, BOTH, |_| {});
    assert_eq!(kid(&during), old_kid, "no other key was made");
    assert!(caller(&during, &token).is_some());
    assert!(bearer(&during, &jwt).is_some());
    let read = cookie_signature::verify(&during.settings.secrets, &cookie);
    assert_eq!(read.as_deref(), Ok(token.as_str()));
    let made = minted(&during, &token);
    assert!(
        bearer(&before, &made).is_some(),
        "servers of before verify what is made now"
    );

    // The keys are sealed under the new secret by now, so the old one can go.
    let after = world.server_with(false, NEW, |_| {});
    assert_eq!(kid(&after), old_kid);
    for jwt in [&jwt, &made] {
        assert!(bearer(&after, jwt).is_some());
    }
    assert!(caller(&after, &token).is_some());
    assert!(bearer(&after, &minted(&after, &token)).is_some());
}

#[test]
fn reading_the_public_keys_makes_none() {
    let world = World::new();
    let server = world.server(false);
    for _ in 0..3 {
        let ring = done(keys::published(&server)).unwrap();
        assert_eq!(ring.jwks, r#"{"keys":[]}"#);
    }
    assert!(world.sql("SELECT kid FROM signing_key").is_empty());
}
