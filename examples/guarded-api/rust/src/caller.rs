//! Who calls: the bearer of an access token, which is verified here with the server's public keys.

use core::cell::RefCell;

use portcullis_core::decide::{Principal, Subject};
use portcullis_core::jose::{Algorithm, KeySet};
use portcullis_core::json::Value;
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use portcullis_core::token::{Claims, Rules, VerifiedTokens};
use serde_json::json;
use worker::{Env, Fetch, Request, Url};

use crate::answer::Refusal;

/// How long keys are kept: a new one is published a day before it signs.
const KEYS_SECS: u64 = 300;

/// Tokens verified with the keys of a moment.
struct Verifier {
    origin: String,
    fetched: UnixSecs,
    tokens: VerifiedTokens,
}

thread_local! {
    static VERIFIER: RefCell<Option<Verifier>> = const { RefCell::new(None) };
}

/// The caller, as the policy sees it.
pub(crate) async fn of(
    request: &Request,
    env: &Env,
    policy: &Policy,
    now: UnixSecs,
) -> Result<Subject, Refusal> {
    let header = request.headers().get("authorization")?;
    let token = header
        .as_deref()
        .and_then(|header| header.strip_prefix("Bearer "))
        .ok_or(Refusal::Unauthenticated("token_missing"))?;
    let origin = env.var("AUTH_ORIGIN")?.to_string();
    if !has_keys(&origin, now) {
        let tokens = VerifiedTokens::new(keys(&origin).await?, rules(&origin)?);
        let fetched = now;
        let origin = origin.clone();
        VERIFIER.set(Some(Verifier {
            origin,
            fetched,
            tokens,
        }));
    }
    // Nothing is awaited while the verifier is borrowed.
    let verified = VERIFIER.with_borrow_mut(|kept| {
        let kept = kept
            .as_mut()
            .ok_or(Refusal::Unauthenticated("keys_missing"))?;
        let verified = kept.tokens.verify(token, now);
        verified.map_err(|error| Refusal::Unauthenticated(error.code()))
    })?;
    let principal = principal(verified.claims())?;
    Ok(Subject::compile(policy, &principal))
}

fn has_keys(origin: &str, now: UnixSecs) -> bool {
    VERIFIER.with_borrow(|kept| {
        kept.as_ref()
            .is_some_and(|kept| kept.origin == origin && now < kept.fetched.plus_secs(KEYS_SECS))
    })
}

/// Issuer, audience and type are demanded: a token of another kind or for another server is none.
fn rules(origin: &str) -> Result<Rules, Refusal> {
    let rules = Rules::new([Algorithm::Es256]);
    let rules = rules.map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(rules.issuer(origin).audience(origin).typ("at+jwt"))
}

async fn keys(origin: &str) -> Result<KeySet, Refusal> {
    let url = Url::parse(&format!("{origin}/api/auth/jwks"))
        .map_err(|error| Refusal::Broken(format!("AUTH_ORIGIN: {error}")))?;
    let mut answer = Fetch::Url(url).send().await?;
    if answer.status_code() != 200 {
        return Err(Refusal::Broken(format!(
            "jwks: status {}",
            answer.status_code()
        )));
    }
    KeySet::parse(&answer.bytes().await?).map_err(|error| Refusal::Broken(error.to_string()))
}

/// What a token says of its bearer, in the form that decisions are made on.
fn principal(claims: &Claims) -> Result<Principal, Refusal> {
    let claim = |name: &str| claims.get(name).cloned();
    if claim("partial") == Some(Value::Bool(true)) {
        // More roles than a token holds; the server's own `/api/check` decides for this one.
        return Err(Refusal::Unauthenticated("token_partial"));
    }
    let mut members = json!({ "id": claim("sub"), "expiresSecs": claim("exp") });
    if let Some(members) = members.as_object_mut() {
        for name in ["grants", "tier", "attributes", "tenants"] {
            members.extend(claim(name).map(|value| (name.to_owned(), value)));
        }
    }
    serde_json::from_value(members).map_err(|_| Refusal::Unauthenticated("malformed_claims"))
}
