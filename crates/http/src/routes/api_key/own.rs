//! What happens to a key after it was made: get, list, update, rotate, delete.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use portcullis_service::api_keys::{self, KeyChange, KeyPage, OVERLAP_SECS, Owner, Sort};
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::answer::{answer, key};
use super::create::shown;
use super::read::Reader;
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Most keys of a page, which is as many as there may be.
const MAX_PAGE: u32 = 100;

/// A key, by `?id=`.
pub(super) async fn get<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let query = uri.query().unwrap_or_default().as_bytes();
    let id = form_urlencoded::parse(query).find(|(name, _)| name == "id");
    let Some((_, id)) = id else {
        let problem = "[query.id] Invalid input: expected string, received undefined";
        return Err(Refusal::Validation(problem.to_owned()));
    };
    let found = api_keys::get(&app, &caller, &id, &context).await?;
    Ok(answer(&key(&found, app.host.now_ms()), caller.user.id))
}

/// The keys of the caller, `?organizationId=` or `?userId=`: `{apiKeys, total}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let asked = Asked::read(&uri)?;
    let owner = match (&asked.tenant_id, &asked.user_id) {
        (Some(id), _) => Owner::Tenant(id),
        (None, Some(id)) => Owner::User(id),
        (None, None) => Owner::User(&caller.user.id),
    };
    let (found, total) = api_keys::list(&app, &caller, owner, asked.page(), &context).await?;
    let now_ms = app.host.now_ms();
    let keys: Vec<Value> = found.iter().map(|one| key(one, now_ms)).collect();
    let mut body = json!({ "apiKeys": keys, "total": total });
    if let Some(members) = body.as_object_mut() {
        members.extend(asked.limit.map(|limit| ("limit".to_owned(), limit.into())));
        let offset = asked.offset;
        members.extend(offset.map(|offset| ("offset".to_owned(), offset.into())));
    }
    Ok(answer(&body, caller.user.id))
}

/// Changes the key `keyId`, and answers with it.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut reader = Reader::new(&members);
    let id = reader.text("keyId");
    let change = KeyChange {
        name: reader.optional_text("name"),
        enabled: reader.flag("enabled"),
        expires_at_ms: None,
        metadata: reader.metadata()?,
        scopes: reader.scopes(),
        rate_is_on: reader.flag("rateLimitEnabled"),
        rate_max: reader.number("rateLimitMax").flatten(),
        rate_window_ms: reader.number("rateLimitTimeWindow").flatten(),
        remaining: reader.number("remaining"),
        refill: reader.refill()?,
        ends_previous: reader.flag("endPrevious").unwrap_or(false),
    };
    let expires_in_secs = reader.number("expiresIn");
    let is_server_only = reader.is_server_only() || change.remaining.is_some();
    body::settle(&reader.problems)?;
    let changed = api_keys::change(
        &app,
        &caller,
        &id,
        change,
        expires_in_secs,
        is_server_only,
        &context,
    )
    .await?;
    Ok(answer(&key(&changed, app.host.now_ms()), caller.user.id))
}

/// Puts another key in the place of `keyId`, which holds for `overlap` seconds longer; answers as when a
/// key is made.
pub(super) async fn rotate<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut reader = Reader::new(&members);
    let id = reader.text("keyId");
    let overlap_secs = reader.number("overlap").flatten().unwrap_or(OVERLAP_SECS);
    body::settle(&reader.problems)?;
    let made = api_keys::rotate(&app, &caller, &id, overlap_secs, &context).await?;
    Ok(answer(&shown(&made, app.host.now_ms()), caller.user.id))
}

/// Deletes the key `keyId`.
pub(super) async fn delete<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut reader = Reader::new(&members);
    let id = reader.text("keyId");
    body::settle(&reader.problems)?;
    api_keys::delete(&app, &caller, &id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Deletes all keys whose end has come.
pub(super) async fn delete_expired<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    body::optional_json(&headers, request).await?;
    let deleted = api_keys::delete_expired(&app, &caller, &context).await?;
    let body = json!({ "success": true, "error": null, "deleted": deleted });
    Ok(answer(&body, caller.user.id))
}

/// What a list is asked for.
#[derive(Default)]
struct Asked {
    limit: Option<u32>,
    offset: Option<u32>,
    sort: Sort,
    is_descending: bool,
    tenant_id: Option<String>,
    user_id: Option<String>,
}

impl Asked {
    fn read(uri: &Uri) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        let query = uri.query().unwrap_or_default().as_bytes();
        for (name, value) in form_urlencoded::parse(query) {
            match &*name {
                "limit" => asked.limit = Some(number("limit", &value, 1, MAX_PAGE)?),
                "offset" => asked.offset = Some(number("offset", &value, 0, u32::MAX)?),
                "sortBy" => asked.sort = sort(&value)?,
                "sortDirection" => asked.is_descending = is_descending(&value)?,
                "organizationId" => asked.tenant_id = Some(value.into_owned()),
                "userId" => asked.user_id = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(asked)
    }

    fn page(&self) -> KeyPage {
        KeyPage {
            limit: self.limit.unwrap_or(MAX_PAGE),
            offset: self.offset.unwrap_or(0),
            sort: self.sort,
            is_descending: self.is_descending,
        }
    }
}

fn number(name: &str, text: &str, least: u32, most: u32) -> Result<u32, Refusal> {
    let number = text.parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            Refusal::Validation(format!(
                "[query.{name}] Invalid input: expected number from {least} to {most}"
            ))
        })
}

fn sort(text: &str) -> Result<Sort, Refusal> {
    match text {
        "createdAt" => Ok(Sort::CreatedAt),
        "expiresAt" => Ok(Sort::ExpiresAt),
        "lastRequest" => Ok(Sort::LastUsed),
        "name" => Ok(Sort::Name),
        "updatedAt" => Ok(Sort::UpdatedAt),
        _ => Err(Refusal::Validation(
            "[query.sortBy] Invalid input: expected createdAt, expiresAt, lastRequest, name or \
             updatedAt"
                .to_owned(),
        )),
    }
}

fn is_descending(text: &str) -> Result<bool, Refusal> {
    match text {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(Refusal::Validation(
            "[query.sortDirection] Invalid input: expected asc or desc".to_owned(),
        )),
    }
}
