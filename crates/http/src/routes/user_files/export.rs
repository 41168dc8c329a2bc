//! `GET /api/v1/admin/users/export`.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use http::{HeaderName, HeaderValue, Uri};
use portcullis_service::user_files::{Format, export as use_case, line};
use portcullis_service::{Host, Store};

use crate::answer::{Refusal, append, no_store};
use crate::call::{Call, CurrentGuarded};
use crate::log::UserId;

/// The id behind which the next page begins.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");
/// Where this is: what a handler sees of the path ends where its router begins.
const PATH: &str = "/api/v1/admin/users/export";
/// Accounts of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 1000;

/// What a request asks for.
struct Query {
    format: Format,
    limit: u32,
    after: Option<String>,
}

/// All accounts that the caller reaches, in the order of their ids, page by page: `?format=csv|json`,
/// `limit`, `after`. The first page of CSV has the names of the columns, so pages put together are one
/// file.
pub(super) async fn export<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let query = read(uri.query().unwrap_or_default())?;
    let is_first = query.after.is_none();
    let (format, limit) = (query.format, query.limit);
    let page = use_case::export(&app, &caller, limit, query.after, &context).await?;
    let mut text = if is_first {
        line::head(format)
    } else {
        String::new()
    };
    for line in &page.lines {
        text.push_str(&line.write(format));
    }
    let mut response = Response::new(Body::from(text));
    let answer = response.headers_mut();
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/x-ndjson", "json"),
    };
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let file = format!("attachment; filename=\"users.{name}\"");
    append(answer, CONTENT_DISPOSITION, &file);
    no_store(answer);
    if let Some(id) = &page.next {
        append(answer, NEXT, id);
        let next = format!("<{PATH}?format={name}&limit={limit}&after={id}>; rel=\"next\"");
        append(answer, LINK, &next);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

fn read(text: &str) -> Result<Query, Refusal> {
    let mut query = Query {
        format: Format::Csv,
        limit: DEFAULT_PAGE,
        after: None,
    };
    let refused = |problem: String| Err(Refusal::Validation(problem));
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        match &*name {
            "format" => {
                let Some(format) = Format::parse(&value) else {
                    let expected = "expected one of \"csv\"|\"json\"";
                    return refused(format!("[query.format] Invalid option: {expected}"));
                };
                query.format = format;
            }
            "limit" => match value.parse() {
                Ok(limit) if (1..=use_case::MAX_PAGE).contains(&limit) => query.limit = limit,
                _ => {
                    let max = use_case::MAX_PAGE;
                    let expected = format!("expected a number from 1 to {max}");
                    return refused(format!("[query.limit] Invalid input: {expected}"));
                }
            },
            "after" => {
                // It goes into a header again.
                let is_id = value.len() <= 64 && value.bytes().all(|b| b.is_ascii_alphanumeric());
                if !is_id {
                    let problem = "[query.after] Invalid input: not the next of a page";
                    return refused(problem.to_owned());
                }
                query.after = Some(value.into_owned());
            }
            _ => {}
        }
    }
    Ok(query)
}
