//! Which registered records a subject may do something to.

use portcullis_core::decide::{Directory, Query, Request, ScopePath, check};
use portcullis_core::policy::Resource;

use super::asker::{Asker, Known, Who};
use super::page::Paging;
use super::request::{request, resource_of};
use super::search::{Found, Source, fill, identity, nothing};
use super::{Question, Refused};
use crate::authorize::directory_for;
use crate::catalog::{RecordSearch, Registered};
use crate::tenants::Page;
use crate::{App, Caller, Error, Host, Store};

/// The ids of the records of the resource's type that the question's subject may do the action to,
/// in order. The database picks them by the policy; each is decided again before it is answered.
///
/// # Errors
/// [`Refused`] for a subject that the caller may not ask about, and for a page token that isn't of
/// this search.
pub async fn search_resources<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    question: Question,
    paging: &Paging,
) -> Result<Found, Error> {
    let asker = Asker::new(app, caller).await?;
    let search = identity("resource", asker.caller_id(), &question);
    let place = paging.place(app, &search)?;
    let subject = core::iter::once(&question.subject);
    let accounts = asker.accounts(app, subject).await?;
    let known = match asker.who(&question.subject, &accounts) {
        Who::Known(known) => known,
        Who::Unknown => return Ok(nothing()),
        Who::Refused => return Err(Refused::Others.into()),
    };
    let Some(resource) = resource_of(&asker.policy, &question.resource) else {
        return Ok(nothing());
    };
    let without_record = request(&question, None);
    let directory = directory_for(app, core::slice::from_ref(&without_record)).await?;
    // What no record can make right isn't looked for.
    let Ok(Query::Permission(query)) = Query::resolve(&asker.policy, &without_record, &directory)
    else {
        return Ok(nothing());
    };
    let records = Records {
        app,
        asker: &asker,
        known: &known,
        question: &question,
        request: without_record,
        resource,
        scope: query.scope,
        directory,
    };
    fill(app, &records, place, &search).await
}

struct Records<'a, S, H> {
    app: &'a App<S, H>,
    asker: &'a Asker<'a>,
    known: &'a Known,
    question: &'a Question,
    request: Request,
    resource: &'a Resource,
    scope: ScopePath,
    directory: Directory,
}

impl<S: Store, H: Host> Source for Records<'_, S, H> {
    type Candidate = Registered;

    async fn read(&self, page: Page<'_>) -> Result<Vec<Registered>, Error> {
        let search = RecordSearch {
            policy: &self.asker.policy,
            principal: &self.known.principal,
            subject: &self.known.subject,
            resource: self.resource,
            action: &self.question.action.name,
            scope: &self.scope,
            context: &self.question.context,
            now: self.asker.now,
        };
        Ok(self.app.store.find_registered(&search, page).await?)
    }

    fn key<'a>(&self, candidate: &'a Registered) -> &'a str {
        &candidate.id
    }

    fn is_allowed(&self, candidate: &Registered) -> bool {
        let request = Request {
            record: Some(candidate.properties.clone()),
            ..self.request.clone()
        };
        let (policy, now) = (&self.asker.policy, self.asker.now);
        check(policy, &self.known.subject, &request, &self.directory, now).is_allowed()
    }
}
