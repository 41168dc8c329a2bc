//! Questions and their answers, one or many.

use portcullis_core::decide::explain;

use super::asker::{Asker, Who};
use super::request::{needs_record, record_of, request};
use super::{Decision, Question, Semantic};
use crate::authorize::directory_for;
use crate::catalog::Registered;
use crate::{App, Caller, Error, Host, Store};

/// What comes of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A decision.
    Decided(Decision),
    /// The caller may not ask about the subject, whether there is one or not. Counts as a denial.
    Refused,
}

impl Answer {
    const fn is_permit(&self) -> bool {
        matches!(self, Self::Decided(Decision { decision: true, .. }))
    }
}

/// Answers questions in their order, as far as `semantic` says. Whatever has to be looked up is
/// looked up once for all of them.
///
/// # Errors
/// Only faults: a "no" is an answer.
pub async fn evaluate<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    questions: &[Question],
    semantic: Semantic,
) -> Result<Vec<Answer>, Error> {
    let asker = Asker::new(app, caller).await?;
    let policy = &*asker.policy;
    let subjects = questions.iter().map(|question| &question.subject);
    let accounts = asker.accounts(app, subjects).await?;
    let records = records(app, &asker, questions).await?;
    let requests: Vec<_> = questions
        .iter()
        .map(|question| request(question, record_of(policy, &question.resource, &records)))
        .collect();
    let directory = directory_for(app, &requests).await?;
    let mut answers = Vec::with_capacity(questions.len());
    for (question, request) in questions.iter().zip(&requests) {
        let answer = match asker.who(&question.subject, &accounts) {
            Who::Known(known) => {
                let why = explain(policy, &known.subject, request, &directory, asker.now);
                Answer::Decided(Decision::new(&why, asker.is_trusted))
            }
            Who::Unknown => Answer::Decided(Decision::unknown_subject()),
            Who::Refused => Answer::Refused,
        };
        let is_last = semantic.ends_with(answer.is_permit());
        answers.push(answer);
        if is_last {
            break;
        }
    }
    Ok(answers)
}

/// The registered records that questions are about.
pub(super) async fn records<S: Store, H: Host>(
    app: &App<S, H>,
    asker: &Asker<'_>,
    questions: &[Question],
) -> Result<Vec<Registered>, Error> {
    let mut keys: Vec<(String, String)> = questions
        .iter()
        .map(|question| &question.resource)
        .filter(|resource| needs_record(&asker.policy, resource))
        .map(|resource| (resource.kind.clone(), resource.id.clone()))
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(app.store.registered(&keys).await?)
}
