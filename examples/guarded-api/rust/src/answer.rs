//! Answers, refusals and bodies.

use portcullis_core::decide::Explanation;
use portcullis_core::json::{Map, Value};
use portcullis_store::rows::RowsError;
use serde_json::json;
use worker::{Request, Response, Result, console_error};

/// Longest body taken, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Why a request isn't answered with what it asked for.
pub(crate) enum Refusal {
    /// There is no valid token; the code says what is wrong with the one that was sent.
    Unauthenticated(&'static str),
    /// The policy says no.
    Forbidden(Box<Explanation>),
    /// There is no such thing, or not for this caller: which of them isn't said.
    NotFound,
    /// The request is wrong; code and message say where.
    Invalid(&'static str, String),
    /// The id is taken.
    Taken,
    /// Ours; the text is for the log.
    Broken(String),
}

impl Refusal {
    pub(crate) fn broken(what: &str) -> Self {
        Self::Broken(what.to_owned())
    }

    /// The answer; what broke goes to the log alone.
    pub(crate) fn into_response(self) -> Result<Response> {
        let (status, body) = match self {
            Self::Unauthenticated(code) => (401, json!({ "code": code })),
            Self::Forbidden(explanation) => {
                let code = explanation.code.as_str();
                (403, json!({ "code": code, "message": explanation.message }))
            }
            Self::NotFound => (404, json!({ "code": "not_found" })),
            Self::Invalid(code, message) => (400, json!({ "code": code, "message": message })),
            Self::Taken => (409, json!({ "code": "id_taken" })),
            Self::Broken(what) => {
                console_error!("{what}");
                (500, json!({ "code": "broken" }))
            }
        };
        Ok(Response::from_json(&body)?.with_status(status))
    }
}

impl From<RowsError> for Refusal {
    fn from(error: RowsError) -> Self {
        match &error {
            RowsError::Store(failure) if failure.to_string().contains("UNIQUE constraint") => {
                Self::Taken
            }
            RowsError::Store(_) | RowsError::TooLong { .. } => Self::Broken(error.to_string()),
            other => Self::Invalid(other.code(), other.to_string()),
        }
    }
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// The members of a JSON body.
pub(crate) async fn body(
    request: &mut Request,
) -> core::result::Result<Map<String, Value>, Refusal> {
    let bytes = request.bytes().await?;
    // Refuses a member that is there twice, which two readers may read differently.
    portcullis_core::json::parse_object(&bytes, MAX_BODY_BYTES)
        .map_err(|_| Refusal::Invalid("invalid_body", "expected a JSON object".to_owned()))
}

/// JSON with a status.
pub(crate) fn json_answer(status: u16, body: &Value) -> core::result::Result<Response, Refusal> {
    Ok(Response::from_json(body)?.with_status(status))
}
