//! What happens to a key after it was made: get, list, update, rotate, delete.

use axum::response::Response;
use http::Uri;
use portcullis_service::api_keys::{self, KeyChange, KeyPage, OVERLAP_SECS, Owner, Sort};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::answer::key;
use super::create::shown;
use crate::answer::{Refusal, answer};
use crate::body::{Members, OptionalMembers};
use crate::call::{BySession, Call, Current};
use crate::query;

/// Most keys of a page, which is as many as there may be.
const MAX_PAGE: u32 = 100;

/// A key, by `?id=`.
pub(super) async fn get<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let id = query::required(&uri, "id")?;
    let found = api_keys::get(&app, &caller, &id, &context).await?;
    Ok(answer(&key(&found, app.host.now_ms()), caller.user.id))
}

/// The keys of the caller, `?organizationId=` or `?userId=`: `{apiKeys, total}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
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
    Call(app, caller, context, ..): Call<BySession, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let id = members.text("keyId");
    let change = KeyChange {
        name: members.optional_text("name"),
        enabled: members.flag("enabled"),
        expires_at_ms: None,
        metadata: members.metadata()?,
        scopes: members.scopes(),
        rate_is_on: members.flag("rateLimitEnabled"),
        rate_max: members.number("rateLimitMax").flatten(),
        rate_window_ms: members.number("rateLimitTimeWindow").flatten(),
        remaining: members.number("remaining"),
        refill: members.refill()?,
        ends_previous: members.flag("endPrevious").unwrap_or(false),
    };
    let expires_in_secs = members.number("expiresIn");
    let is_server_only = members.is_server_only() || change.remaining.is_some();
    members.settle()?;
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
    Call(app, caller, context, ..): Call<BySession, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let id = members.text("keyId");
    let overlap_secs = members.number("overlap").flatten().unwrap_or(OVERLAP_SECS);
    members.settle()?;
    let made = api_keys::rotate(&app, &caller, &id, overlap_secs, &context).await?;
    Ok(answer(&shown(&made, app.host.now_ms()), caller.user.id))
}

/// Deletes the key `keyId`.
pub(super) async fn delete<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let id = members.text("keyId");
    members.settle()?;
    api_keys::delete(&app, &caller, &id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Deletes all keys whose end has come.
pub(super) async fn delete_expired<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    _: OptionalMembers,
) -> Result<Response, Refusal> {
    let deleted = api_keys::delete_expired(&app, &caller, &context).await?;
    let body = json!({ "success": true, "error": null, "deleted": deleted });
    Ok(answer(&body, caller.user.id))
}

/// What a list may be asked for; anything else is passed over, as published clients expect.
const KNOWN: [&str; 6] = [
    "limit",
    "offset",
    "sortBy",
    "sortDirection",
    "organizationId",
    "userId",
];

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
        let mut seen = Vec::new();
        for (name, value) in query::parameters(uri) {
            // Ambiguity (CWE-235): what stands before this server may have judged the other value.
            if KNOWN.contains(&&*name) {
                if seen.contains(&name) {
                    return Err(query::invalid(&name, "one value"));
                }
                seen.push(name.clone());
            }
            match &*name {
                "limit" => asked.limit = Some(query::number("limit", &value, 1, MAX_PAGE)?),
                "offset" => asked.offset = Some(query::number("offset", &value, 0, u32::MAX)?),
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

fn sort(text: &str) -> Result<Sort, Refusal> {
    match text {
        "createdAt" => Ok(Sort::CreatedAt),
        "expiresAt" => Ok(Sort::ExpiresAt),
        "lastRequest" => Ok(Sort::LastUsed),
        "name" => Ok(Sort::Name),
        "updatedAt" => Ok(Sort::UpdatedAt),
        _ => Err(query::invalid(
            "sortBy",
            "createdAt, expiresAt, lastRequest, name or updatedAt",
        )),
    }
}

fn is_descending(text: &str) -> Result<bool, Refusal> {
    match text {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(query::invalid("sortDirection", "asc or desc")),
    }
}
