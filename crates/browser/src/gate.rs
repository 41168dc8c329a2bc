//! One principal under one policy, asked synchronously.

use portcullis_core::decide::{
    Code, Directory, PermissionQuery, Query, Reach, Subject, check, decide, explain,
};
use portcullis_core::policy::Policy;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::unix_secs;
use crate::describe::{describe, digest};
use crate::problem::Problem;
use crate::read;
use crate::residual::residual_json;

/// Decides for one principal under one policy.
///
/// Verdicts are numbers of [`Code`]s; those below 16 allow. Times are milliseconds since the epoch,
/// as `Date.now()` gives them. A core with a [`Self::problem`] denies everything.
///
/// What is asked often is not asked here: [`Self::answers`] and [`Self::residual`] hand it over to
/// JavaScript, once a scope.
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

    /// The policy's name, version and names at their numbers, as JSON; empty when there is a
    /// problem.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.state {
            Ok(state) => describe(&state.policy, &state.subject),
            Err(_) => String::new(),
        }
    }

    /// SHA-256 of the policy in lowercase hexadecimal, worked out when it is asked for; empty when
    /// there is a problem.
    #[must_use]
    pub fn digest(&self) -> String {
        let state = self.state.as_ref();
        state.map_or_else(|_| String::new(), |state| digest(&state.policy))
    }

    /// For every permission of the policy, in the order of [`Self::describe`], how it is answered
    /// where a request is: `1` allowed, `0` denied, `?` as [`Self::residual`] says.
    ///
    /// The request names any permission, and a `scope`, a `tenant` or a record; an answer holds for
    /// requests in the same place without `fields` and `target`, until the principal expires. Empty
    /// when the request is malformed, or is about what isn't known: then everything is denied there.
    #[must_use]
    pub fn answers(&self, request_json: &str) -> String {
        let Some((state, _, reach)) = self.place(request_json) else {
            return String::new();
        };
        let permissions = (0..).zip(state.policy.permissions());
        permissions
            .map(
                |(id, _)| match reach.code(&state.policy, &state.subject, id) {
                    Some(code) if code.allows() => '1',
                    Some(_) => '0',
                    None => '?',
                },
            )
            .collect()
    }

    /// What the verdict on a request's permission still depends on where the request is, as JSON;
    /// see [`residual_json`]. Empty where [`Self::answers`] is.
    #[must_use]
    pub fn residual(&self, request_json: &str) -> String {
        let Some((state, query, reach)) = self.place(request_json) else {
            return String::new();
        };
        let State {
            policy, subject, ..
        } = state;
        let resource = policy
            .permission(query.id)
            .and_then(|permission| policy.resource(permission.resource?));
        let residual = reach.residual(policy, subject, query.id);
        residual_json(policy, resource, &residual)
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

    /// The verdict on a request, as JSON; LANGUAGE.md section 2 says what goes in.
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
        explain(
            &state.policy,
            &state.subject,
            &request,
            &state.directory,
            unix_secs(now_ms),
        )
        .to_json()
    }

    /// A request for a permission, and all that the subject may do where it is.
    fn place(&self, request_json: &str) -> Option<(&State, PermissionQuery, Reach)> {
        let state = self.state.as_ref().ok()?;
        let request = read::request(request_json).ok()?;
        match Query::resolve(&state.policy, &request, &state.directory) {
            Ok(Query::Permission(query)) => {
                let reach = state.subject.reach(&state.policy, &query.scope);
                Some((state, query, reach))
            }
            _ => None,
        }
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
        let policy = Policy::compile_for_page(document)
            .map_err(|error| Problem::new(error.kind.code(), &error))?;
        let principal = read::principal(principal_json)
            .map_err(|error| Problem::new("malformed_principal", &error))?;
        let directory = directory(&policy, scopes_json)?;
        Ok(Self {
            subject: Subject::compile(&policy, &principal),
            policy,
            directory,
        })
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
