//! `POST /api/v1/admin/users/import`.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_service::user_files::import::{self as use_case, How, MAX_LINES, Made, Why};
use portcullis_service::user_files::{Format, wanted};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::told;
use crate::answer::{Refusal, answer};
use crate::body;
use crate::call::{Call, CurrentGuarded};

const CSV: &str = "text/csv";
const LINES: &str = "application/x-ndjson";
const ALLOWED: &str = "text/csv, application/x-ndjson";

/// Makes an account of each line of a file, CSV or lines of JSON with the columns of an export, to
/// `{dryRun, made: [{line, id, email, resetCode?}], failed: [{line, code, message}]}`. With
/// `?dryRun=true` nothing is written; with `?resetCodeMinutes=N` each owner gets a code to set a
/// password with, told here and never again.
pub(super) async fn import<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    uri: Uri,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let how = how(uri.query().unwrap_or_default())?;
    let (kind, text) = body::file(&headers, request, &[CSV, LINES], ALLOWED).await?;
    let format = if kind == CSV {
        Format::Csv
    } else {
        Format::Json
    };
    let lines = wanted::read(&text, format)
        .map_err(|problem| Refusal::Validation(format!("[body] Invalid input: {problem}")))?;
    if lines.len() > MAX_LINES {
        let problem =
            format!("[body] Too big: expected <={MAX_LINES} lines; send the rest by itself");
        return Err(Refusal::Validation(problem));
    }
    let report = use_case::import(&app, &caller, lines, how, &context).await?;
    let made: Vec<Value> = report.made.iter().map(one).collect();
    let mut failed = Vec::with_capacity(report.failed.len());
    for (line, why) in report.failed {
        let mut told = match why {
            Why::Denied(denied) => told(denied).await,
            Why::Line(message) => json!({ "code": "invalid_line", "message": message }),
        };
        if let Some(members) = told.as_object_mut() {
            members.insert("line".to_owned(), line.into());
        }
        failed.push(told);
    }
    let body = json!({ "dryRun": how.is_dry, "made": made, "failed": failed });
    Ok(answer(&body, caller.user.id))
}

fn one(made: &Made) -> Value {
    let mut value = json!({ "line": made.line, "id": made.id, "email": made.email });
    if let (Some(members), Some(code)) = (value.as_object_mut(), &made.code) {
        let shown = code.secret.expose();
        members.insert("resetCode".to_owned(), shown.as_str().into());
    }
    value
}

fn how(query: &str) -> Result<How, Refusal> {
    let mut how = How {
        is_dry: false,
        code_ttl_secs: None,
    };
    let refused = |problem: &str| Err(Refusal::Validation(problem.to_owned()));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            // Fail closed: one who writes `dryRun=1` doesn't want anything written.
            ("dryRun", "true") => how.is_dry = true,
            ("dryRun", "false") => how.is_dry = false,
            ("dryRun", _) => {
                return refused(
                    "[query.dryRun] Invalid option: expected one of \"true\"|\"false\"",
                );
            }
            ("resetCodeMinutes", minutes) => match minutes.parse::<u32>() {
                Ok(minutes @ 1..=10_080) => how.code_ttl_secs = Some(i64::from(minutes) * 60),
                _ => {
                    return refused(
                        "[query.resetCodeMinutes] Invalid input: expected a number from 1 to 10080",
                    );
                }
            },
            _ => {}
        }
    }
    Ok(how)
}
