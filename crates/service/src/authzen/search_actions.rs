//! Which actions a subject may do to a resource.

use portcullis_core::decide::{Directory, check};
use serde_json::{Map, Value};

use super::asker::{Asker, Known, Who};
use super::evaluate::records;
use super::page::Paging;
use super::request::{record_of, request};
use super::search::{Found, Source, fill, identity, nothing, position};
use super::{Question, Refused};
use crate::authorize::directory_for;
use crate::tenants::Page;
use crate::{App, Caller, Error, Host, Store};

/// The names of the actions that the question's subject may do to its resource, in the order of the
/// policy.
///
/// # Errors
/// [`Refused`] for a subject that the caller may not ask about, and for a page token that isn't of
/// this search.
pub async fn search_actions<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    question: Question,
    paging: &Paging,
) -> Result<Found, Error> {
    let asker = Asker::new(app, caller).await?;
    let search = identity("action", asker.caller_id(), &question);
    let place = paging.place(app, &search)?;
    let subject = core::iter::once(&question.subject);
    let accounts = asker.accounts(app, subject).await?;
    let known = match asker.who(&question.subject, &accounts) {
        Who::Known(known) => known,
        Who::Unknown => return Ok(nothing()),
        Who::Refused => return Err(Refused::Others.into()),
    };
    let questions = [question];
    let records = records(app, &asker, &questions).await?;
    let [question] = questions;
    let record = record_of(&asker.policy, &question.resource, &records);
    let directory = directory_for(app, &[request(&question, None)]).await?;
    let actions = Actions {
        asker: &asker,
        known: &known,
        question: &question,
        record,
        directory,
    };
    fill(app, &actions, place, &search).await
}

struct Actions<'a> {
    asker: &'a Asker<'a>,
    known: &'a Known,
    question: &'a Question,
    record: Option<Map<String, Value>>,
    directory: Directory,
}

impl Actions<'_> {
    /// The actions of the type: what permissions with its name say after the colon.
    fn all(&self) -> impl Iterator<Item = &str> {
        let permissions = self.asker.policy.permissions().iter();
        permissions.filter_map(|permission| {
            let (noun, verb) = permission.name.split_once(':')?;
            (noun == self.question.resource.kind).then_some(verb)
        })
    }
}

impl Source for Actions<'_> {
    type Candidate = String;

    async fn read(&self, page: Page<'_>) -> Result<Vec<String>, Error> {
        let skipped = position(page.after, self.all());
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let page = self.all().skip(skipped).take(limit);
        Ok(page.map(str::to_owned).collect())
    }

    fn key<'a>(&self, candidate: &'a String) -> &'a str {
        candidate
    }

    fn is_allowed(&self, candidate: &String) -> bool {
        let mut question = self.question.clone();
        question.action.name.clone_from(candidate);
        let request = request(&question, self.record.clone());
        let (policy, now) = (&self.asker.policy, self.asker.now);
        check(policy, &self.known.subject, &request, &self.directory, now).is_allowed()
    }
}
