//! Accounts, searched, filtered, ordered, page by page.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::Refused;
use super::manage::{Reach, reach};
use super::ports::{Account, Asked, Key, Place};
use super::query::{Field, Filter, Search, SearchField, Sort};
use crate::{App, Caller, Context, Error, Host, Store, guard};

/// Most accounts of a page.
pub const MAX_PAGE: u32 = 1000;
/// Longest place taken, in bytes.
const MAX_CURSOR_BYTES: usize = 8192;

/// What a caller asks a list for.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Those whose address or name is like this.
    pub search: Option<Search>,
    /// And those of whom this is so.
    pub filter: Option<Filter>,
    /// In which order; without one that of what is searched, else that in which they were made.
    pub sort: Option<Sort>,
    /// At most so many, from 1 to [`MAX_PAGE`].
    pub limit: u32,
    /// Leaving out so many; doesn't count behind a place.
    pub offset: u32,
    /// The [`Page::next`] of the page before, asked with the same search, filter and order.
    pub cursor: Option<String>,
}

/// A page of accounts.
#[derive(Debug, Clone)]
pub struct Page {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// How many there were in all when the first page was read.
    pub total: i64,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Lists the accounts that the caller knows of. With [`List::cursor`] a page costs no more than its rows,
/// wherever it is.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::Cursor`].
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: List,
    context: &Context,
) -> Result<Page, Error> {
    let within = match reach(app, caller, &guard::LIST_USERS, context).await? {
        Reach::Everything => None,
        Reach::Scopes(scopes) => Some(scopes),
    };
    let limit = asked.limit.clamp(1, MAX_PAGE);
    let sort = asked.sort.unwrap_or(Sort {
        field: match asked.search.as_ref().map(|search| search.field) {
            None => Field::CreatedAt,
            Some(SearchField::Email) => Field::Email,
            Some(SearchField::Name) => Field::Name,
        },
        descending: false,
    });
    let from = match &asked.cursor {
        None => None,
        Some(text) => Some(read(text, sort).ok_or(Refused::Cursor)?),
    };
    let (after, counted) = from.unzip();
    let listed = app
        .store
        .list_accounts(&Asked {
            search: asked.search,
            filter: asked.filter,
            sort,
            // One more tells whether there is another page.
            limit: limit + 1,
            offset: if after.is_some() { 0 } else { asked.offset },
            after,
            within,
            now_ms: app.host.now_ms(),
        })
        .await?;
    let total = counted.or(listed.total).unwrap_or_default();
    let mut found = listed.accounts;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|(account, key)| write(sort, key, &account.user.id, total));
    Ok(Page {
        accounts: found.into_iter().map(|(account, _)| account).collect(),
        total,
        next,
    })
}

fn write(sort: Sort, key: &Key, id: &str, total: i64) -> String {
    let key = match key {
        Key::Integer(number) => json!(number),
        Key::Null => Value::Null,
        Key::Text(text) => json!(text),
    };
    let place = json!([sort.field.as_str(), sort.descending, key, id, total]);
    Base64UrlUnpadded::encode_string(place.to_string().as_bytes())
}

fn read(cursor: &str, sort: Sort) -> Option<(Place, i64)> {
    if cursor.len() > MAX_CURSOR_BYTES {
        return None;
    }
    let bytes = Base64UrlUnpadded::decode_vec(cursor).ok()?;
    let Value::Array(parts) = serde_json::from_slice(&bytes).ok()? else {
        return None;
    };
    let [field, descending, key, id, total] = parts.as_slice() else {
        return None;
    };
    let is_same = field.as_str() == Some(sort.field.as_str())
        && descending.as_bool() == Some(sort.descending);
    let key = match key {
        Value::Null => Key::Null,
        Value::String(text) => Key::Text(text.clone()),
        number => Key::Integer(number.as_i64()?),
    };
    let id = id.as_str()?.to_owned();
    is_same.then_some((Place { key, id }, total.as_i64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_with_the_order_that_it_was_made_for() {
        let sort = |field, descending| Sort { field, descending };
        let by_name = sort(Field::Name, false);
        for key in [Key::Text("ann".into()), Key::Integer(7), Key::Null] {
            let cursor = write(by_name, &key, "u1", 12);
            let id = "u1".to_owned();
            assert_eq!(read(&cursor, by_name), Some((Place { key, id }, 12)));
            assert_eq!(read(&cursor, sort(Field::Name, true)), None);
            assert_eq!(read(&cursor, sort(Field::Email, false)), None);
        }
        for text in ["", "x", "W10", "bnVsbA", &"A".repeat(MAX_CURSOR_BYTES + 1)] {
            assert_eq!(read(text, by_name), None);
        }
    }
}
