//! Which accounts may do something to a resource.

use portcullis_core::decide::{PermissionQuery, Query, Subject, decide};

use super::asker::Asker;
use super::evaluate::records;
use super::page::Paging;
use super::request::{record_of, request};
use super::search::{Found, Source, fill, identity, nothing};
use super::{Question, USER};
use crate::authorize::directory_for;
use crate::catalog::{Account, AccountSearch};
use crate::tenants::Page;
use crate::{App, Caller, Error, Host, Store};

/// The ids of the accounts that may do the question's action to its resource, in order. The database
/// picks those whose roles, memberships or attributes could allow it; each is decided before it is
/// answered.
///
/// # Errors
/// [`super::Refused`] for a caller who may ask about nobody but itself, and for a page token that
/// isn't of this search.
pub async fn search_subjects<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    question: Question,
    paging: &Paging,
) -> Result<Found, Error> {
    let asker = Asker::new(app, caller).await?;
    asker.require_trusted()?;
    let search = identity("subject", asker.caller_id(), &question);
    let place = paging.place(app, &search)?;
    if question.subject.kind != USER {
        return Ok(nothing());
    }
    let questions = [question];
    let records = records(app, &asker, &questions).await?;
    let [question] = &questions;
    let record = record_of(&asker.policy, &question.resource, &records);
    let request = request(question, record);
    let directory = directory_for(app, core::slice::from_ref(&request)).await?;
    // Nobody may do what is malformed or unknown.
    let Ok(query) = Query::resolve(&asker.policy, &request, &directory) else {
        return Ok(nothing());
    };
    let Query::Permission(permission) = &query else {
        return Ok(nothing());
    };
    let accounts = Accounts {
        app,
        asker: &asker,
        query: &query,
        permission,
    };
    fill(app, &accounts, place, &search).await
}

struct Accounts<'a, S, H> {
    app: &'a App<S, H>,
    asker: &'a Asker<'a>,
    query: &'a Query,
    permission: &'a PermissionQuery,
}

impl<S: Store, H: Host> Source for Accounts<'_, S, H> {
    type Candidate = Account;

    async fn read(&self, page: Page<'_>) -> Result<Vec<Account>, Error> {
        let search = AccountSearch {
            policy: &self.asker.policy,
            query: self.permission,
            now: self.asker.now,
        };
        Ok(self.app.store.find_accounts(&search, page).await?)
    }

    fn key<'a>(&self, candidate: &'a Account) -> &'a str {
        &candidate.user.id
    }

    fn is_allowed(&self, candidate: &Account) -> bool {
        let policy = &*self.asker.policy;
        let subject = Subject::compile(policy, &candidate.principal(policy));
        decide(policy, &subject, self.query, self.asker.now).is_allowed()
    }
}
