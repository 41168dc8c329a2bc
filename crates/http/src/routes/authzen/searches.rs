//! `POST /access/v1/search/subject`, `/resource` and `/action`.

use axum::response::Response;
use portcullis_service::authzen::{
    Action, Found, Question, search_actions, search_resources, search_subjects,
};
use portcullis_service::{Caller, Host, Store};
use serde_json::{Value, json};

use super::Bearer;
use super::read::Reader;
use crate::answer::Refusal;
use crate::body;
use crate::body::Members;
use crate::call::Call;

/// Who may do the action to the resource.
pub(super) async fn subjects<S: Store, H: Host>(
    Call(app, caller, ..): Call<Bearer, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let members = members.into_map();
    let mut reader = Reader::default();
    let question = Question {
        subject: reader.searched(&members, "subject"),
        action: reader.action(&members, ""),
        resource: reader.entity(&members, "", "resource"),
        context: reader.context(&members, ""),
    };
    let paging = reader.paging(&members);
    body::settle(&reader.problems)?;
    let kind = question.subject.kind.clone();
    let found = search_subjects(&app, &caller, question, &paging).await?;
    Ok(answer(
        &found,
        caller,
        |id| json!({ "type": kind, "id": id }),
    ))
}

/// What the subject may do the action to.
pub(super) async fn resources<S: Store, H: Host>(
    Call(app, caller, ..): Call<Bearer, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let members = members.into_map();
    let mut reader = Reader::default();
    let question = Question {
        subject: reader.entity(&members, "", "subject"),
        action: reader.action(&members, ""),
        resource: reader.searched(&members, "resource"),
        context: reader.context(&members, ""),
    };
    let paging = reader.paging(&members);
    body::settle(&reader.problems)?;
    let kind = question.resource.kind.clone();
    let found = search_resources(&app, &caller, question, &paging).await?;
    Ok(answer(
        &found,
        caller,
        |id| json!({ "type": kind, "id": id }),
    ))
}

/// What the subject may do to the resource.
pub(super) async fn actions<S: Store, H: Host>(
    Call(app, caller, ..): Call<Bearer, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let members = members.into_map();
    let mut reader = Reader::default();
    let question = Question {
        subject: reader.entity(&members, "", "subject"),
        action: Action::default(),
        resource: reader.entity(&members, "", "resource"),
        context: reader.context(&members, ""),
    };
    let paging = reader.paging(&members);
    body::settle(&reader.problems)?;
    let found = search_actions(&app, &caller, question, &paging).await?;
    Ok(answer(&found, caller, |name| json!({ "name": name })))
}

fn answer(found: &Found, caller: Caller, result: impl Fn(&str) -> Value) -> Response {
    let results: Vec<Value> = found.results.iter().map(|one| result(one)).collect();
    let page = json!({ "next_token": found.next_token, "count": results.len() });
    let body = json!({ "page": page, "results": results });
    crate::answer::answer(&body, caller.user.id)
}
