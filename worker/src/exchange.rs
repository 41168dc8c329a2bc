//! Requests and answers between workerd and the router.
//!
//! Each crossing between JavaScript and wasm costs, and an answer as a stream of JavaScript's is pumped
//! through several turns of the event loop: so headers come in one text, and bodies go as bytes.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt;
use portcullis_http::MAX_BODY_BYTES;
use worker::js_sys::{Array, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Error, Result, web_sys};

/// A request as the router takes it, its body read to the end: a body that is dropped unread leaves a task
/// of this request behind in the isolate, and later requests wait for it. `None` for what is none by HTTP.
pub(crate) async fn read(request: &web_sys::Request) -> Result<Option<Request<Body>>> {
    let Some(mut read) = head(request) else {
        if let Some(stream) = request.body() {
            read_stream(worker::Body::new(stream)).await?;
        }
        return Ok(None);
    };
    let length = read.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let bytes = match (request.body(), length) {
        (None, _) => return Ok(Some(read)),
        // workerd gives no more than was announced.
        (Some(_), Some(length)) if length <= MAX_BODY_BYTES => {
            let buffer = JsFuture::from(request.array_buffer()?).await?;
            Uint8Array::new(&buffer).to_vec()
        }
        (Some(stream), _) => read_stream(worker::Body::new(stream)).await?,
    };
    *read.body_mut() = Body::from(bytes);
    Ok(Some(read))
}

/// Method, address and headers. workerd lets control characters through in the value of a header (RFC 9110
/// section 5.5 forbids them): with one it is no request.
fn head(request: &web_sys::Request) -> Option<Request<Body>> {
    let mut read = Request::new(Body::empty());
    *read.method_mut() = Method::from_bytes(request.method().as_bytes()).ok()?;
    *read.uri_mut() = request.url().parse().ok()?;
    let headers = read.headers_mut();
    // An array of pairs becomes `name,value` lines; neither has a line break, and no name a comma.
    let lines: String = Array::from(&request.headers()).join("\n").into();
    for (name, value) in lines.split('\n').filter_map(|line| line.split_once(',')) {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        // workerd has read the bytes as UTF-8, and what isn't UTF-8 as U+FFFD. Nothing is left out: a value
        // without its strange characters would be another one, which another reader on the way refuses
        // (CWE-436).
        let value = HeaderValue::from_bytes(value.as_bytes());
        headers.append(name, value.ok()?);
    }
    Some(read)
}

/// Reads a stream to its end, keeping no more than the router will take and one byte, so that it can tell.
async fn read_stream(body: worker::Body) -> Result<Vec<u8>> {
    let mut body = std::pin::pin!(body);
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        let room = (MAX_BODY_BYTES + 1).saturating_sub(kept.len());
        kept.extend(data.iter().take(room));
    }
    Ok(kept)
}

/// An answer as workerd takes it.
pub(crate) async fn answer(response: Response<Body>) -> Result<web_sys::Response> {
    let (head, body) = response.into_parts();
    let headers = web_sys::Headers::new()?;
    for (name, value) in &head.headers {
        headers.append(name.as_str(), core::str::from_utf8(value.as_bytes())?)?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(head.status.as_u16());
    init.set_headers(&headers);
    let bytes = body.collect().await.map_err(told)?.to_bytes();
    // 204 and 304 may have no body, not even an empty one.
    let array = (!bytes.is_empty()).then(|| Uint8Array::from(&*bytes));
    Ok(web_sys::Response::new_with_opt_buffer_source_and_init(
        array.as_deref(),
        &init,
    )?)
}

fn told(error: impl core::fmt::Display) -> Error {
    Error::RustError(error.to_string())
}
