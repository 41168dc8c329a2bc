//! Who asks, about whom it may ask, and what is known of those.

use std::collections::BTreeSet;

use portcullis_core::decide::{Principal, Subject, require_global};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use serde_json::{Map, Value};

use super::{Entity, Refused, USER};
use crate::catalog::{Account, now};
use crate::{App, Caller, CurrentPolicy, Email, Error, Host, Store, authorize, current_policy};

/// A caller with what it may ask.
pub(super) struct Asker<'a> {
    caller: &'a Caller,
    pub(super) policy: CurrentPolicy,
    pub(super) now: UnixSecs,
    /// Whether it may ask about others.
    pub(super) is_trusted: bool,
}

/// A subject that a question is about.
pub(super) enum Who {
    /// One that decisions can be made on.
    Known(Box<Known>),
    /// There is no such subject.
    Unknown,
    /// The caller may not ask about it.
    Refused,
}

/// A subject ready to be decided on.
pub(super) struct Known {
    pub(super) principal: Principal,
    pub(super) subject: Subject,
}

/// Accounts that were looked up.
#[derive(Default)]
pub(super) struct Accounts(Vec<Account>);

impl<'a> Asker<'a> {
    pub(super) async fn new<S: Store, H: Host>(
        app: &App<S, H>,
        caller: &'a Caller,
    ) -> Result<Self, Error> {
        let policy = current_policy(app, caller).await?;
        let now = now(app);
        let is_trusted = app
            .settings
            .authzen_permission
            .as_ref()
            .is_some_and(|name| {
                caller.reaches(name)
                    && require_global(&policy, &caller.subject(&policy), name, now).is_ok()
            });
        // Who may ask about nobody but itself would be told what the user may, not the key.
        if !is_trusted {
            authorize::require_no_key(caller)?;
        }
        Ok(Self {
            caller,
            policy,
            now,
            is_trusted,
        })
    }

    /// The accounts that questions are about, in one look-up. One who may ask about nobody else
    /// causes none: neither the answer nor its delay tells who exists.
    pub(super) async fn accounts<'b, S: Store, H: Host>(
        &self,
        app: &App<S, H>,
        subjects: impl Iterator<Item = &'b Entity>,
    ) -> Result<Accounts, Error> {
        if !self.is_trusted {
            return Ok(Accounts::default());
        }
        let others = subjects.filter(|one| one.kind == USER && !self.is_self(one));
        let names: BTreeSet<String> = others.map(|one| known_form(&one.id)).collect();
        if names.is_empty() {
            return Ok(Accounts::default());
        }
        let names: Vec<_> = names.into_iter().collect();
        Ok(Accounts(app.store.accounts(&names).await?))
    }

    /// What is known of a subject, with what the caller says of it where that counts.
    pub(super) fn who(&self, subject: &Entity, accounts: &Accounts) -> Who {
        if self.is_self(subject) {
            let mut principal = self.caller.principal(&self.policy);
            if self.is_trusted {
                self.add(&mut principal, subject);
            }
            return self.known(principal);
        }
        if !self.is_trusted {
            return Who::Refused;
        }
        if subject.kind == USER {
            return match accounts.named(&subject.id) {
                Some(account) => {
                    let mut principal = account.principal(&self.policy);
                    self.add(&mut principal, subject);
                    self.known(principal)
                }
                None => Who::Unknown,
            };
        }
        self.described(subject)
    }

    /// A subject that isn't an account: nothing but what the caller says of it, and no role. Its id
    /// has its type before it, so that none can be taken for an account.
    fn described(&self, subject: &Entity) -> Who {
        if subject.properties.is_none() {
            return Who::Unknown;
        }
        let mut principal = Principal {
            id: format!("{}/{}", subject.kind, subject.id),
            ..Principal::default()
        };
        self.add(&mut principal, subject);
        self.known(principal)
    }

    /// Adds what the caller says of a subject to what is stored. Privilege escalation (CWE-269):
    /// only attributes that the policy declares, and only those of which nothing is stored; roles,
    /// tenants and the tier come from the database alone.
    fn add(&self, principal: &mut Principal, subject: &Entity) {
        let none = Map::new();
        let said: &Map<String, Value> = subject.properties.as_ref().unwrap_or(&none);
        for attribute in self.policy.auth() {
            if let Some(value) = said.get(&attribute.name) {
                let stored = principal.attributes.entry(attribute.name.as_str());
                stored.or_insert_with(|| value.clone());
            }
        }
    }

    fn known(&self, principal: Principal) -> Who {
        Who::Known(Box::new(Known::new(&self.policy, principal)))
    }

    fn is_self(&self, subject: &Entity) -> bool {
        let user = &self.caller.user;
        subject.kind == USER && (subject.id == user.id || known_form(&subject.id) == user.email)
    }

    /// Refuses a caller who may ask about nobody but itself.
    pub(super) fn require_trusted(&self) -> Result<(), Error> {
        if self.is_trusted {
            Ok(())
        } else {
            Err(Refused::Others.into())
        }
    }

    pub(super) fn caller_id(&self) -> &str {
        &self.caller.user.id
    }
}

impl Known {
    pub(super) fn new(policy: &Policy, principal: Principal) -> Self {
        let subject = Subject::compile(policy, &principal);
        Self { principal, subject }
    }
}

impl Accounts {
    fn named(&self, name: &str) -> Option<&Account> {
        let name = known_form(name);
        let mut accounts = self.0.iter();
        accounts.find(|one| one.user.id == name || one.user.email == name)
    }
}

/// An address in the form that accounts have it in; any other text as it is.
fn known_form(name: &str) -> String {
    Email::parse(name).map_or_else(|| name.to_owned(), |email| email.as_str().to_owned())
}
