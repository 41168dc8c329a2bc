//! Decisions and searches for policy enforcement points, as the `AuthZEN` Authorization API 1.0
//! words them.
//!
//! A subject of the type `user` is an account, by its id or address; an action and the type of a
//! resource are a permission, `type:action`; the properties of a resource are a record of the
//! policy, given in the request or registered before ([`crate::catalog`]). `context.scope` and
//! `context.tenant` say where, for types whose records lie in no scope; the rest of the context is
//! what the policy declares under `[context]`. `action.properties.fields` and
//! `action.properties.target` are what requests call `fields` and `target`.
//!
//! Everyone may ask about themselves. Asking about others takes the permission that the operator
//! names; without it nothing is looked up, so that no answer tells who exists.

mod asker;
mod decision;
mod evaluate;
mod page;
mod request;
mod search;
mod search_actions;
mod search_resources;
mod search_subjects;

use serde_json::{Map, Value};

use crate::catalog::known_permission;
use crate::{Denied, Error, Settings};

pub use decision::Decision;
pub use evaluate::{Answer, evaluate};
pub use page::Paging;
pub use search::Found;
pub use search_actions::search_actions;
pub use search_resources::search_resources;
pub use search_subjects::search_subjects;

/// Most evaluations in one call.
pub const MAX_EVALUATIONS: usize = 1_000;
/// Most results on one page.
pub const MAX_RESULTS: u32 = 1_000;
/// Results on a page when the request doesn't say.
pub const DEFAULT_RESULTS: u32 = 100;

/// The type of subjects that are accounts.
pub const USER: &str = "user";

/// A subject or a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entity {
    /// Its type.
    pub kind: String,
    /// Its id within the type; empty for what is searched.
    pub id: String,
    /// What the caller says of it.
    pub properties: Option<Map<String, Value>>,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// What the caller says of it.
    pub properties: Option<Map<String, Value>>,
}

/// One question: may this subject do this to that.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// Who.
    pub subject: Entity,
    /// What.
    pub action: Action,
    /// To what.
    pub resource: Entity,
    /// Under which circumstances.
    pub context: Map<String, Value>,
}

/// How far several questions are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Semantic {
    /// All of them.
    #[default]
    ExecuteAll,
    /// Up to the first denial.
    DenyOnFirstDeny,
    /// Up to the first permit.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Every one, by its name on the wire.
    pub const ALL: [(&'static str, Self); 3] = [
        ("execute_all", Self::ExecuteAll),
        ("deny_on_first_deny", Self::DenyOnFirstDeny),
        ("permit_on_first_permit", Self::PermitOnFirstPermit),
    ];

    /// Whether nothing after such a decision is answered.
    const fn ends_with(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

/// Why a question isn't answered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The caller may ask about nobody but itself.
    Others,
    /// The page token isn't one, or is one of another search.
    PageToken,
    /// The page token goes with another limit.
    PageLimit,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::Authzen(refused).into()
    }
}

impl Settings {
    /// Names the permission that asking about others takes; empty text takes it back, and then
    /// nobody may.
    ///
    /// # Errors
    /// A sentence when the policy has no such permission.
    pub fn set_authzen_permission(&mut self, name: &str) -> Result<(), String> {
        self.authzen_permission = known_permission(&self.policy, name)?;
        Ok(())
    }
}
