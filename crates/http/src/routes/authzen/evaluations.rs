//! `POST /access/v1/evaluation` and `/access/v1/evaluations`.

use axum::response::Response;
use portcullis_service::authzen::{Answer, MAX_EVALUATIONS, Question, Refused, Semantic, evaluate};
use portcullis_service::{App, Caller, Error, Host, Store};
use serde_json::{Map, Value, json};

use super::Bearer;
use super::read::Reader;
use crate::answer::{Refusal, answer};
use crate::body;
use crate::body::Members;
use crate::call::Call;

/// One question to one decision.
pub(super) async fn one<S: Store, H: Host>(
    Call(app, caller, ..): Call<Bearer, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    single(&app, caller, &members.into_map()).await
}

/// Many questions to as many decisions, or as far as the semantic says.
pub(super) async fn many<S: Store, H: Host>(
    Call(app, caller, ..): Call<Bearer, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let members = members.into_map();
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
    Ok(answer(&json!({ "evaluations": decisions }), caller.user.id))
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
        Some(decided @ Answer::Decided(_)) => Ok(answer(&told(decided), caller.user.id)),
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
