//! `POST /access/v1/evaluation` and `/access/v1/evaluations`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::authzen::{Answer, MAX_EVALUATIONS, Question, Refused, Semantic, evaluate};
use portcullis_service::{App, Caller, Context, Error, Host, Store};
use serde_json::{Map, Value, json};

use super::caller;
use super::read::Reader;
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body};

/// One question to one decision.
pub(super) async fn one<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    single(&app, caller, &members).await
}

/// Many questions to as many decisions, or as far as the semantic says.
pub(super) async fn many<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let list = match members.get("evaluations") {
        None | Some(Value::Null) => return single(&app, caller, &members).await,
        Some(Value::Array(list)) if list.is_empty() => {
            return single(&app, caller, &members).await;
        }
        Some(Value::Array(list)) if list.len() <= MAX_EVALUATIONS => list,
        Some(Value::Array(_)) => {
            return Err(Refusal::Validation(format!(
                "[body.evaluations] Too big: expected array to have <={MAX_EVALUATIONS} items"
            )));
        }
        Some(other) => {
            return Err(Refusal::Validation(format!(
                "[body.evaluations] Invalid input: expected array, received {}",
                body::type_name(Some(other))
            )));
        }
    };
    let mut reader = Reader::default();
    let semantic = reader.semantic(&members);
    let questions = reader.questions(&members, list);
    body::settle(&reader.problems)?;
    let answers = evaluate(&app, &caller, &questions, semantic).await?;
    let decisions: Vec<_> = answers.into_iter().map(told).collect();
    Ok(answer(&json!({ "evaluations": decisions }), caller))
}

async fn single<S: Store, H: Host>(
    app: &App<S, H>,
    caller: Caller,
    members: &Map<String, Value>,
) -> Result<Response, Refusal> {
    let mut reader = Reader::default();
    let question: [Question; 1] = [reader.question(members, "")];
    body::settle(&reader.problems)?;
    let answers = evaluate(app, &caller, &question, Semantic::ExecuteAll).await?;
    match answers.into_iter().next() {
        Some(decided @ Answer::Decided(_)) => Ok(answer(&told(decided), caller)),
        Some(Answer::Refused) | None => Err(Error::from(Refused::Others).into()),
    }
}

/// A decision as the wire has it; among others, a question that may not be asked is a denial.
fn told(answer: Answer) -> Value {
    match answer {
        Answer::Decided(decision) => {
            json!({ "decision": decision.decision, "context": decision.context })
        }
        Answer::Refused => json!({
            "decision": false,
            "context": {
                "code": "may_not_ask",
                "error": { "status": 403, "message": "You may ask about nobody but yourself" },
            },
        }),
    }
}

fn answer(body: &Value, caller: Caller) -> Response {
    let mut response = json_response(StatusCode::OK, body);
    response.extensions_mut().insert(UserId(caller.user.id));
    response
}
