//! Conformance operations: one JSON line in, one JSON line out, the same natively and in wasm.
//!
//! The operation is named once for a stream of lines. A line is an object with an `id` of any kind and the
//! fields of the operation; the answer is `{"id":…,"ok":bool,"code":"…",…}` on one line, with a `message` when
//! `ok` is false. Nothing that comes in makes it panic, and nothing is remembered between lines.
//!
//! | operation | fields | answer when `ok` |
//! |---|---|---|
//! | `verifyJwt` | `token`, `keys`, `algorithms`, `now`, `issuer?`, `audience?`, `typ?`, `leewaySecs?`, `requireExp?` | `claims`, `header` |
//! | `verifyJws` | `jws` or `token`, `keys`, `algorithms` | `payload` (base64url), `header` |
//! | `verifyRaw` | `alg`, `jwk`, `msgHex`, `sigHex` | |
//! | `thumbprint` | `jwk` | `thumbprint` |
//! | `passwordVerify` | `hash`, `password` | |
//! | `decide` | `policy` (TOML or JSON text), `principal`, `request`, `scopes?`, `now?` | as when not: `message`, `clause`, `grantedBy`, `missing`, `ignoredGrants` |
//! | `filter` | `policy`, `principal`, `resource`, `action`, `scope?`, `context?`, `now?` | `sql`, `params`, `fields` |
//!
//! The code is `ok`, `bad_request` for a line that isn't a request of the operation (the message names the field), or
//! the code of the error that the core gave. `decide` has the codes of decisions, and `ok` says whether it is allowed.

mod answer;
mod decide;
mod fields;
mod filter;
mod run;

mod password_verify;
mod thumbprint;
mod verify_jws;
mod verify_jwt;
mod verify_raw;

pub use run::run_line;

/// Runs one line; see the crate's documentation.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = runLine)]
#[must_use]
pub fn run_line_js(op: &str, line: &str) -> String {
    run_line(op, line)
}
