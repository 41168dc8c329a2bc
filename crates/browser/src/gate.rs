//! One principal under one policy, asked synchronously.

use portcullis_core::decide::{
    Code, Directory, Query, ScopePath, Subject, check, decide, decide_within, explain,
};
use portcullis_core::policy::Policy;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::unix_secs;
use crate::describe::describe;
use crate::problem::{Problem, to_json};
use crate::reaches::Reaches;
use crate::read;

/// Answered for a scope handle that was dropped: ask [`GateCore::scope`] again. No [`Code`] has
/// this number.
const STALE_HANDLE: u32 = 255;

/// Decides for one principal under one policy.
///
/// Verdicts are numbers of [`Code`]s; those below 16 allow. Times are milliseconds since the epoch,
/// as `Date.now()` gives them. A core with a [`Self::problem`] denies everything.
#[wasm_bindgen]
#[derive(Debug)]
pub struct GateCore {
    state: Result<State, Problem>,
}

#[derive(Debug)]
struct State {
    policy: Policy,
    subject: Subject,
    directory: Directory,
    reaches: Reaches,
}

#[wasm_bindgen]
impl GateCore {
    /// Compiles a policy document (`portcullis-policy/1`) and a principal, both JSON.
    ///
    /// `scopes_json` is a list of full scope paths such as `["state:ca/team:t7"]`, whose word then
    /// replaces the caller's on what lies in what, those that aren't of this policy left out;
    /// absent, scopes count as they are written. When something is wrong with an argument,
    /// [`Self::problem`] says what.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape in which optional text comes from JavaScript"
    )]
    pub fn create(policy_json: &str, principal_json: &str, scopes_json: Option<String>) -> Self {
        Self {
            state: State::create(policy_json, principal_json, scopes_json.as_deref()),
        }
    }

    /// Why it could not be made, as JSON `{code, message}`; absent when all is well.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.state.as_ref().err().map(Problem::to_json)
    }

    /// The policy's name, version, digest and names at their numbers, as JSON; empty when there is
    /// a problem.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.state {
            Ok(state) => describe(&state.policy, &state.subject),
            Err(_) => String::new(),
        }
    }

    /// The handle of a scope, given as JSON text or as a JSON object of ids by level: 0 or more;
    /// or below 0, the number of the denial's [`Code`] negated.
    ///
    /// At most 4,096 are kept; asking for one more drops all but the global scope's, which is 0.
    pub fn scope(&mut self, scope_json: &str) -> i32 {
        let code = match &mut self.state {
            Ok(state) => match state.scope(scope_json) {
                Ok(handle) => return handle,
                Err(code) => code,
            },
            Err(_) => Code::MalformedScope,
        };
        -i32::from(code as u8)
    }

    /// The verdict on a permission, by number, at a scope, by handle; 255 when the handle was
    /// dropped.
    #[must_use]
    pub fn can(&self, permission: u32, scope: u32, now_ms: f64) -> u32 {
        let Ok(state) = &self.state else {
            return number(Code::MalformedRequest);
        };
        let Ok(permission) = u16::try_from(permission) else {
            return number(Code::UnknownPermission);
        };
        let Some(reach) = state.reaches.find(scope) else {
            return STALE_HANDLE;
        };
        let now = unix_secs(now_ms);
        number(decide_within(&state.policy, &state.subject, permission, reach, now).code)
    }

    /// The verdict on opening an app, by number.
    #[must_use]
    #[wasm_bindgen(js_name = canOpen)]
    pub fn can_open(&self, app: u32, now_ms: f64) -> u32 {
        u16::try_from(app).map_or(number(Code::UnknownApp), |app| {
            self.answer(&Query::App(app), now_ms)
        })
    }

    /// The verdict on having a tier, by rank.
    #[must_use]
    #[wasm_bindgen(js_name = hasTier)]
    pub fn has_tier(&self, rank: u32, now_ms: f64) -> u32 {
        let known = |state: &State| {
            usize::try_from(rank).is_ok_and(|rank| rank < state.policy.tiers().len())
        };
        match u16::try_from(rank) {
            Ok(rank) if self.state.as_ref().is_ok_and(known) => {
                self.answer(&Query::Tier(rank), now_ms)
            }
            _ => number(Code::UnknownTier),
        }
    }

    /// The verdict on a request, as JSON `{permission, scope}`, `{app}` or `{tier}`.
    #[must_use]
    pub fn check(&self, request_json: &str, now_ms: f64) -> u32 {
        let (Ok(state), Ok(request)) = (&self.state, read::request(request_json)) else {
            return number(Code::MalformedRequest);
        };
        let now = unix_secs(now_ms);
        number(
            check(
                &state.policy,
                &state.subject,
                &request,
                &state.directory,
                now,
            )
            .code,
        )
    }

    /// The verdict on a request with its reasons, as JSON; see `Explanation` of the core.
    #[must_use]
    pub fn explain(&self, request_json: &str, now_ms: f64) -> String {
        let Ok(state) = &self.state else {
            return String::new();
        };
        // What can't be read asks for nothing, and is explained as such.
        let request = read::request(request_json).unwrap_or_default();
        to_json(&explain(
            &state.policy,
            &state.subject,
            &request,
            &state.directory,
            unix_secs(now_ms),
        ))
    }

    fn answer(&self, query: &Query, now_ms: f64) -> u32 {
        match &self.state {
            Ok(state) => {
                number(decide(&state.policy, &state.subject, query, unix_secs(now_ms)).code)
            }
            Err(_) => number(Code::MalformedRequest),
        }
    }
}

impl State {
    fn create(
        policy_json: &str,
        principal_json: &str,
        scopes_json: Option<&str>,
    ) -> Result<Self, Problem> {
        let document =
            read::document(policy_json).map_err(|error| Problem::new("policy_syntax", &error))?;
        let policy =
            Policy::compile(document).map_err(|error| Problem::new(error.kind.code(), &error))?;
        let principal = read::principal(principal_json)
            .map_err(|error| Problem::new("malformed_principal", &error))?;
        let directory = directory(&policy, scopes_json)?;
        let subject = Subject::compile(&policy, &principal);
        let reaches = Reaches::new(subject.reach(&policy, &ScopePath::global()));
        Ok(Self {
            policy,
            subject,
            directory,
            reaches,
        })
    }

    fn scope(&mut self, scope_json: &str) -> Result<i32, Code> {
        let raw = read::scope(scope_json).map_err(|_| Code::MalformedScope)?;
        let path = self.directory.resolve(&self.policy, &raw)?;
        if path.depth() == 0 {
            return Ok(0);
        }
        Ok(self.reaches.keep(self.subject.reach(&self.policy, &path)))
    }
}

fn directory(policy: &Policy, scopes_json: Option<&str>) -> Result<Directory, Problem> {
    let Some(text) = scopes_json else {
        return Ok(Directory::open());
    };
    let paths = read::texts(text).map_err(|error| Problem::new("malformed_scopes", &error))?;
    Ok(Directory::closed(policy, paths.iter().map(String::as_str)))
}

const fn number(code: Code) -> u32 {
    code as u32
}

#[cfg(test)]
mod tests;
