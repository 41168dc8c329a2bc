//! The claims of a permission snapshot, under a good signature, and the token itself, under a bad one.

use hmac::{Hmac, KeyInit, Mac};
use portcullis_core::{
    decide::{Directory, Principal, Query, ScopePath, Subject, decide, effective_permissions},
    jose::{Algorithm, KeySet, base64url},
    policy::{Document, Policy},
    time::UnixSecs,
    token::{Rules, VerifiedToken, verify},
};
use serde_json::Value;
use sha2::Sha256;

use super::{Target, outcome, refusal};

const NOW: UnixSecs = UnixSecs::new(1_800_000_000);
const SECRET: &[u8; 32] = b"a key of this target, not secret";
const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;

/// What isn't signed is refused, whatever it looks like; what is signed and still makes no sense is refused with a
/// code; what is accepted decides.
pub const TARGET: Target = Target {
    name: "snapshot",
    words: &[
        "\"iss\":",
        "\"aud\":",
        "\"sub\":",
        "\"iat\":",
        "\"exp\":",
        "\"nbf\":",
        "\"ver\":",
        "\"policy\":",
        "\"principal\":",
        "\"scopes\":",
        "\"user\":",
        "\"policyDigest\":",
        "\"grants\":",
        "\"roles\":",
        "\"permissions\":",
        "\"format\":",
        "\"portcullis-policy/1\"",
        "\"name\":",
        "1800000000",
        "1800000300",
        "{}",
        "[]",
        "null",
        "\"\"",
        "eyJ",
        ".",
    ],
    run,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let rules = rules()?;
    let keys = keys()?;
    if let Ok(text) = core::str::from_utf8(data)
        && verify(text, &keys, &rules, NOW).is_ok()
        && text
            != signed(
                text.split('.')
                    .nth(1)
                    .map(decoded)
                    .unwrap_or_default()
                    .as_slice(),
            )
    {
        return Err(format!("accepted without its signature: {text}"));
    }
    match verify(&signed(data), &keys, &rules, NOW) {
        Ok(token) => decides(&token),
        Err(error) => refusal(error.code(), &error.to_string()),
    }
}

fn decides(token: &VerifiedToken) -> Result<u64, String> {
    let claim = |name: &str| token.claims().get(name).cloned().unwrap_or(Value::Null);
    let policy = Document::parse_json(&claim("policy").to_string()).and_then(Policy::compile);
    let policy = match policy {
        Ok(policy) => policy,
        Err(error) => return refusal(error.kind.code(), &error.to_string()),
    };
    let Ok(principal) = serde_json::from_value::<Principal>(claim("principal")) else {
        return Ok(1);
    };
    let subject = Subject::compile(&policy, &principal);
    let scopes: Vec<String> = serde_json::from_value(claim("scopes")).unwrap_or_default();
    let _closed = Directory::closed(&policy, scopes.iter().map(String::as_str));
    let global = ScopePath::global();
    let effective = effective_permissions(&policy, &subject, &global, NOW);
    for one in &effective {
        let query = Query::Permission(portcullis_core::decide::PermissionQuery::at(
            &policy,
            one.permission,
            global.clone(),
        ));
        let verdict = decide(&policy, &subject, &query, NOW);
        if one.code.is_some_and(|code| code != verdict.code) {
            return Err(format!(
                "{:?} and {:?} on permission {}",
                one.code, verdict.code, one.permission
            ));
        }
    }
    Ok(outcome((
        policy.permissions().len().min(8),
        effective.len().min(8),
    )))
}

fn rules() -> Result<Rules, String> {
    let rules = Rules::new([Algorithm::Hs256]).map_err(|error| error.to_string())?;
    rules
        .issuer("https://auth.example")
        .audience("https://auth.example")
        .typ("portcullis-snapshot+jws")
        .max_bytes(MAX_SNAPSHOT_BYTES)
        .map_err(|error| error.to_string())
}

fn keys() -> Result<KeySet, String> {
    let jwk = format!(
        r#"{{"keys":[{{"kty":"oct","alg":"HS256","k":"{}"}}]}}"#,
        base64url::encode(SECRET)
    );
    KeySet::parse(jwk.as_bytes()).map_err(|error| error.to_string())
}

fn signed(claims: &[u8]) -> String {
    let header = base64url::encode(br#"{"alg":"HS256","typ":"portcullis-snapshot+jws"}"#);
    let input = format!("{header}.{}", base64url::encode(claims));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET).map(|mac| mac.chain_update(&input).finalize());
    let mac = mac.map(|mac| mac.into_bytes().to_vec()).unwrap_or_default();
    format!("{input}.{}", base64url::encode(&mac))
}

fn decoded(part: &str) -> Vec<u8> {
    base64url::decode(part).unwrap_or_default()
}
