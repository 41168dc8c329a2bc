//! Request bodies: read whole, within a limit, as JSON or as a form.

mod members;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

pub(crate) use members::Members;

use crate::answer::Refusal;

/// Longest body taken, in bytes: a thousand checks fit.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A body that is a JSON object, as a handler's last argument.
impl<T: Sync> FromRequest<T> for Members {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &T) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        json(&parts.headers, body).await
    }
}

/// As [`Members`], or none for an empty body.
pub(crate) struct OptionalMembers(pub(crate) Members);

impl<T: Sync> FromRequest<T> for OptionalMembers {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &T) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        optional_json(&parts.headers, body).await.map(Self)
    }
}

/// A request with its body in memory, read to its end and within the limit.
pub(crate) async fn whole(request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    Ok(Request::from_parts(parts, Body::from(read(body).await?)))
}

/// The members of a JSON object.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<Members, Refusal> {
    let bytes = read_some(body).await?;
    match media_type(headers).as_deref() {
        Some(JSON) => parse_json(&bytes),
        _ => Err(wrong_type(headers, JSON)),
    }
}

/// The members of a merge patch (RFC 7396 section 4), which may say that it is just JSON.
pub(crate) async fn merge_patch(headers: &HeaderMap, body: Body) -> Result<Members, Refusal> {
    let bytes = read_some(body).await?;
    match media_type(headers).as_deref() {
        Some(JSON | MERGE_PATCH) => parse_json(&bytes),
        _ => Err(wrong_type(
            headers,
            "application/merge-patch+json, application/json",
        )),
    }
}

/// The members of a JSON object, or none for an empty body.
pub(crate) async fn optional_json(headers: &HeaderMap, body: Body) -> Result<Members, Refusal> {
    let bytes = read(body).await?;
    if bytes.is_empty() {
        return Ok(Members::new(Map::new()));
    }
    match media_type(headers).as_deref() {
        Some(JSON) => parse_json(&bytes),
        _ => Err(wrong_type(headers, JSON)),
    }
}

/// A text file of one of these types, with its type.
pub(crate) async fn file(
    headers: &HeaderMap,
    body: Body,
    types: &[&'static str],
    allowed: &'static str,
) -> Result<(&'static str, String), Refusal> {
    let bytes = read(body).await?;
    let sent = media_type(headers);
    let kind = types.iter().find(|kind| Some(**kind) == sent.as_deref());
    let kind = kind.ok_or_else(|| wrong_type(headers, allowed))?;
    let text = String::from_utf8(bytes);
    let problem = "[body] Invalid input: expected UTF-8";
    let text = text.map_err(|_| Refusal::Validation(problem.to_owned()))?;
    Ok((kind, text))
}

/// The members of a JSON object or of a form, whose members are all texts.
pub(crate) async fn json_or_form(headers: &HeaderMap, body: Body) -> Result<Members, Refusal> {
    let bytes = read_some(body).await?;
    match media_type(headers).as_deref() {
        Some(JSON) => parse_json(&bytes),
        Some(FORM) => parse_form(&bytes),
        _ => Err(wrong_type(
            headers,
            "application/x-www-form-urlencoded, application/json",
        )),
    }
}

/// Refuses a body with problems, all at once.
pub(crate) fn settle(problems: &[String]) -> Result<(), Refusal> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Validation(problems.join("; ")))
    }
}

/// The name of a value's type as JavaScript has it, for messages.
pub(crate) const fn type_name(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

/// A body that must be there; one that isn't has no type to complain about.
async fn read_some(body: Body) -> Result<Vec<u8>, Refusal> {
    let bytes = read(body).await?;
    if bytes.is_empty() {
        let problem = "[body] Invalid input: expected object, received undefined";
        return Err(Refusal::Validation(problem.to_owned()));
    }
    Ok(bytes)
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    to_bytes(body, MAX_BODY_BYTES)
        .await
        .map(|bytes| bytes.to_vec())
        .map_err(|_| Refusal::TooLarge {
            max: MAX_BODY_BYTES,
        })
}

fn parse_form(bytes: &[u8]) -> Result<Members, Refusal> {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let value = Value::String(value.into_owned());
        // As in JSON: two readers may see two different members.
        if members.insert(name.into_owned(), value).is_some() {
            let problem = "[body] Invalid input: a member comes twice";
            return Err(Refusal::Validation(problem.to_owned()));
        }
    }
    Ok(Members::new(members))
}

fn parse_json(bytes: &[u8]) -> Result<Members, Refusal> {
    match portcullis_core::json::parse(bytes, MAX_BODY_BYTES) {
        Ok(Value::Object(members)) => Ok(Members::new(members)),
        Ok(other) => Err(Refusal::Validation(format!(
            "[body] Invalid input: expected object, received {}",
            type_name(Some(&other))
        ))),
        Err(_) => Err(Refusal::InvalidJson),
    }
}

/// The type without its parameters, in lower case (RFC 9110 section 8.3.1).
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value
        .split(';')
        .next()
        .map(|kind| kind.trim().to_ascii_lowercase())
}

fn wrong_type(headers: &HeaderMap, allowed: &'static str) -> Refusal {
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    Refusal::MediaType {
        sent: sent.map(ToOwned::to_owned),
        allowed,
    }
}
