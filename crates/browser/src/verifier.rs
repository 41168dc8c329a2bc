//! Tokens verified against one key set.

use portcullis_core::jose::{Algorithm, KeySet, base64url};
use portcullis_core::json::Value;
use portcullis_core::token::{Rules, VerifiedToken, verify};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::unix_secs;
use crate::problem::{Problem, to_json};
use crate::read::{self, Members};

/// How many verified tokens are kept at a time, unless the rules say another number.
const MAX_KEPT: u64 = 256;

/// Verifies tokens with the keys of one JWK Set under one set of rules.
///
/// Times are milliseconds since the epoch, as `Date.now()` gives them. A verifier with a
/// [`Self::problem`] refuses everything.
#[wasm_bindgen]
#[derive(Debug)]
pub struct VerifierCore {
    state: Result<State, Problem>,
    kept: Kept,
}

#[derive(Debug)]
struct State {
    keys: KeySet,
    rules: Rules,
}

/// Verified tokens by number; the oldest gives way to the newest.
#[derive(Debug)]
struct Kept {
    tokens: Vec<(u32, VerifiedToken)>,
    next: u32,
    max: u32,
}

/// The answer to [`VerifierCore::verify`] on a token that is refused.
#[derive(Serialize)]
struct Refusal<'a> {
    ok: bool,
    code: &'a str,
    message: &'a str,
}

#[wasm_bindgen]
impl VerifierCore {
    /// Reads a JWK Set (RFC 7517 section 5) and rules, both JSON, and prepares the keys: a few
    /// milliseconds each.
    ///
    /// Rules are `{algorithms, issuer, audience, typ, leewaySecs, allowMissingExp, maxBytes,
    /// maxKept}`, all optional; `algorithms` is `["ES256"]` unless given, `issuer` and `audience`
    /// are one text or a list of alternatives, `maxKept` is at least 1. When something is wrong,
    /// [`Self::problem`] says what.
    #[must_use]
    pub fn create(jwks_json: &str, rules_json: &str) -> Self {
        let (state, max) = match State::create(jwks_json, rules_json) {
            Ok((state, max)) => (Ok(state), max),
            Err(problem) => (Err(problem), 1),
        };
        Self {
            state,
            kept: Kept {
                tokens: Vec::new(),
                next: 0,
                max,
            },
        }
    }

    /// Why it could not be made, as JSON `{code, message}`; absent when all is well.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.state.as_ref().err().map(Problem::to_json)
    }

    /// Verifies a compact token.
    ///
    /// The answer is JSON: `{ok: true, handle, header, claims}`, or `{ok: false, code, message}`
    /// with the code of a
    /// [`TokenError`](portcullis_core::token::TokenError). The last tokens that passed, 256 or `maxKept`, are kept under their
    /// handles for [`Self::still_valid`].
    pub fn verify(&mut self, token: &str, now_ms: f64) -> String {
        let state = match &self.state {
            Ok(state) => state,
            Err(problem) => return refusal(problem.code, &problem.message),
        };
        match verify(token, &state.keys, &state.rules, unix_secs(now_ms)) {
            Ok(verified) => {
                let handle = self.kept.keep(verified);
                acceptance(handle, token)
            }
            Err(error) => refusal(error.code(), &error.to_string()),
        }
    }

    /// Whether a token that passed before, by its handle, still does: its times are checked, its
    /// signature was. `false` also when it is no longer kept: verify it again.
    #[must_use]
    #[wasm_bindgen(js_name = stillValid)]
    pub fn still_valid(&self, handle: u32, now_ms: f64) -> bool {
        let (Ok(state), Some(token)) = (&self.state, self.kept.find(handle)) else {
            return false;
        };
        token.check_times(&state.rules, unix_secs(now_ms)).is_ok()
    }
}

impl State {
    /// The state, and how many tokens are to be kept.
    fn create(jwks_json: &str, rules_json: &str) -> Result<(Self, u32), Problem> {
        let (rules, max_kept) = rules(rules_json)?;
        let mut keys = KeySet::parse(jwks_json.as_bytes())
            .map_err(|error| Problem::new("malformed_keys", &error))?;
        if keys.keys().is_empty() {
            return Err(no_usable_key(&keys));
        }
        keys.prepare();
        Ok((Self { keys, rules }, max_kept))
    }
}

impl Kept {
    fn keep(&mut self, token: VerifiedToken) -> u32 {
        let handle = self.next;
        let slot = self.slot_of(handle);
        match self.tokens.get_mut(slot) {
            Some(oldest) => *oldest = (handle, token),
            None => self.tokens.push((handle, token)),
        }
        self.next = handle.wrapping_add(1);
        handle
    }

    fn find(&self, handle: u32) -> Option<&VerifiedToken> {
        let (kept, token) = self.tokens.get(self.slot_of(handle))?;
        (*kept == handle).then_some(token)
    }

    fn slot_of(&self, handle: u32) -> usize {
        let slot = handle.checked_rem(self.max).unwrap_or(0);
        usize::try_from(slot).unwrap_or(0)
    }
}

fn refusal(code: &str, message: &str) -> String {
    to_json(&Refusal {
        ok: false,
        code,
        message,
    })
}

/// The answer for a token that was verified, its header and claims as they were written: each has
/// been read as one strict JSON object, so it can stand within another.
fn acceptance(handle: u32, token: &str) -> String {
    let mut parts = token.split('.').map(|part| {
        let bytes = base64url::decode(part).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    });
    let header = parts.next().unwrap_or_default();
    let claims = parts.next().unwrap_or_default();
    format!(r#"{{"ok":true,"handle":{handle},"header":{header},"claims":{claims}}}"#)
}

fn no_usable_key(keys: &KeySet) -> Problem {
    let reasons: Vec<_> = keys
        .skipped()
        .iter()
        .map(|skipped| format!("key {}: {}", skipped.index, skipped.error))
        .collect();
    let reasons = if reasons.is_empty() {
        "it is empty".to_string()
    } else {
        reasons.join("; ")
    };
    Problem::new(
        "no_usable_key",
        &format!("the key set has no usable key; {reasons}"),
    )
}

/// The rules, and how many tokens are to be kept.
fn rules(rules_json: &str) -> Result<(Rules, u32), Problem> {
    let mut members = read::object(rules_json).map_err(malformed)?;
    let algorithms = match members.optional_texts("algorithms").map_err(malformed)? {
        Some(names) => names
            .iter()
            .map(|name| known_algorithm(name))
            .collect::<Result<_, _>>()?,
        None => vec![Algorithm::Es256],
    };
    let mut rules = Rules::new(algorithms).map_err(malformed)?;
    for issuer in alternatives(&mut members, "issuer")? {
        rules = rules.issuer(issuer);
    }
    for audience in alternatives(&mut members, "audience")? {
        rules = rules.audience(audience);
    }
    if let Some(typ) = members.optional_text("typ").map_err(malformed)? {
        rules = rules.typ(typ);
    }
    if members.take("allowMissingExp") == Some(Value::Bool(true)) {
        rules = rules.allow_missing_exp();
    }
    let leeway_secs = members.optional_whole("leewaySecs").map_err(malformed)?;
    let max_bytes = members.optional_whole("maxBytes").map_err(malformed)?;
    let max_kept = members.optional_whole("maxKept").map_err(malformed)?;
    members.end().map_err(malformed)?;
    if let Some(max_bytes) = max_bytes {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        rules = rules.max_bytes(max_bytes).map_err(malformed)?;
    }
    let rules = rules
        .leeway_secs(leeway_secs.unwrap_or(0))
        .map_err(malformed)?;
    let max_kept = max_kept.unwrap_or(MAX_KEPT).clamp(1, MAX_KEPT);
    Ok((rules, u32::try_from(max_kept).unwrap_or(1)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
fn malformed(error: impl ToString) -> Problem {
    Problem::new("malformed_rules", &error)
}

fn known_algorithm(name: &str) -> Result<Algorithm, Problem> {
    Algorithm::from_name(name)
        .filter(|algorithm| algorithm.is_compiled_in())
        .ok_or_else(|| {
            let message = format!("this module doesn't verify signatures of `{name}`");
            Problem::new("unsupported_algorithm", &message)
        })
}

/// One text or a list of alternatives.
fn alternatives(members: &mut Members, name: &str) -> Result<Vec<String>, Problem> {
    let value = match members.take(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(one)) => return Ok(vec![one]),
        Some(value) => value,
    };
    match read::texts_of(value, name).map_err(malformed)? {
        // An empty list would switch the check off without a word.
        many if many.is_empty() => Err(malformed(format!(
            "`{name}` is an empty list, which no token satisfies"
        ))),
        many => Ok(many),
    }
}

#[cfg(test)]
mod tests;
