//! Tokens verified against one key set.

use portcullis_core::jose::{Algorithm, KeySet, base64url};
use portcullis_core::json::{JsonText, Reader, Value};
use portcullis_core::token::{Rules, VerifiedToken, verify};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::unix_secs;
use crate::problem::Problem;
use crate::read;

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

/// The answer to [`VerifierCore::verify`] on a token that is refused.
fn refusal(code: &str, message: &str) -> String {
    let mut out = JsonText::new();
    out.open('{');
    out.name("ok");
    out.flag(false);
    out.text_member("code", code);
    out.text_member("message", message);
    out.close('}');
    out.finish()
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
    let mut reasons = String::new();
    for skipped in keys.skipped() {
        if !reasons.is_empty() {
            reasons.push_str("; ");
        }
        let (index, error) = (skipped.index.to_string(), skipped.error.to_string());
        reasons += &["key ", &index, ": ", &error].concat();
    }
    if reasons.is_empty() {
        reasons.push_str("it is empty");
    }
    Problem::new(
        "no_usable_key",
        &format!("the key set has no usable key; {reasons}"),
    )
}

/// What a caller demands of tokens, as it is written.
#[derive(Default)]
struct Demands {
    algorithms: Option<Vec<String>>,
    issuer: Option<Vec<String>>,
    audience: Option<Vec<String>>,
    typ: Option<String>,
    allow_missing_exp: bool,
    leeway_secs: Option<u64>,
    max_bytes: Option<u64>,
    max_kept: Option<u64>,
}

fn demands(rules_json: &str) -> Result<Demands, Problem> {
    let mut demands = Demands::default();
    let it = &mut demands;
    let mut reader = read::reader(rules_json);
    reader.members(&[], &mut |reader, name| match name {
        "algorithms" => reader.optional_texts(&mut it.algorithms),
        "issuer" => reader.optional(&mut it.issuer, alternatives),
        "audience" => reader.optional(&mut it.audience, alternatives),
        "typ" => reader.optional_text(&mut it.typ),
        "allowMissingExp" => it.allow_missing_exp = matches!(reader.value(), Value::Bool(true)),
        "leewaySecs" => reader.optional_whole(&mut it.leeway_secs),
        "maxBytes" => reader.optional_whole(&mut it.max_bytes),
        "maxKept" => reader.optional_whole(&mut it.max_kept),
        _ => reader.unknown(),
    });
    reader.finish().map_err(malformed)?;
    // An empty list would switch the check off without a word.
    for (name, list) in [("issuer", &demands.issuer), ("audience", &demands.audience)] {
        if list.as_ref().is_some_and(Vec::is_empty) {
            let empty = ["`", name, "` is an empty list, which no token satisfies"];
            return Err(malformed(empty.concat()));
        }
    }
    Ok(demands)
}

/// One text or a list of alternatives.
fn alternatives(reader: &mut Reader<'_>, texts: &mut Vec<String>) {
    if reader.begins_with(b'"') {
        let mut one = String::new();
        reader.text(&mut one);
        texts.push(one);
    } else {
        reader.texts(texts);
    }
}

/// The rules, and how many tokens are to be kept.
fn rules(rules_json: &str) -> Result<(Rules, u32), Problem> {
    let demands = demands(rules_json)?;
    let mut rules = Rules::new(known_algorithms(demands.algorithms)?).map_err(malformed)?;
    for issuer in demands.issuer.into_iter().flatten() {
        rules = rules.issuer(issuer);
    }
    for audience in demands.audience.into_iter().flatten() {
        rules = rules.audience(audience);
    }
    if let Some(typ) = demands.typ {
        rules = rules.typ(typ);
    }
    if demands.allow_missing_exp {
        rules = rules.allow_missing_exp();
    }
    if let Some(max_bytes) = demands.max_bytes {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        rules = rules.max_bytes(max_bytes).map_err(malformed)?;
    }
    let leeway_secs = demands.leeway_secs.unwrap_or(0);
    let rules = rules.leeway_secs(leeway_secs).map_err(malformed)?;
    let max_kept = demands.max_kept.unwrap_or(MAX_KEPT).clamp(1, MAX_KEPT);
    Ok((rules, u32::try_from(max_kept).unwrap_or(1)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
fn malformed(error: impl ToString) -> Problem {
    Problem::new("malformed_rules", &error)
}

fn known_algorithms(names: Option<Vec<String>>) -> Result<Vec<Algorithm>, Problem> {
    let Some(names) = names else {
        return Ok(vec![Algorithm::Es256]);
    };
    let mut algorithms = Vec::new();
    for name in names {
        match Algorithm::from_name(&name) {
            Some(algorithm) if algorithm.is_compiled_in() => algorithms.push(algorithm),
            _ => {
                let message = format!("this module doesn't verify signatures of `{name}`");
                return Err(Problem::new("unsupported_algorithm", &message));
            }
        }
    }
    Ok(algorithms)
}

#[cfg(test)]
mod tests;
