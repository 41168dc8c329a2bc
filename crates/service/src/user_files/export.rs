//! Accounts written out.

use super::line::Line;
use crate::admin::manage::{Reach, reach};
use crate::admin::{Asked, Field, Key, Place, Sort};
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Error, Host, Store, guard};

/// Most accounts of a page.
pub const MAX_PAGE: u32 = 5000;

/// A page of accounts in the order of their ids.
#[derive(Debug)]
pub struct Page {
    /// The accounts.
    pub lines: Vec<Line>,
    /// The id behind which the next page begins, if there is one.
    pub next: Option<String>,
}

/// Writes out the accounts that the caller reaches, behind the id `after`, and records that. A page costs
/// no more than its rows, wherever it is; with `after` all of them are read, whatever changes meanwhile.
///
/// # Errors
/// [`admin::Refused::NotAllowed`](crate::admin::Refused::NotAllowed).
pub async fn export<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    limit: u32,
    after: Option<String>,
    context: &Context,
) -> Result<Page, Error> {
    let within = match reach(app, caller, &guard::EXPORT_USERS, context).await? {
        Reach::Everything => None,
        Reach::Scopes(scopes) => Some(scopes),
    };
    let now_ms = app.host.now_ms();
    let limit = limit.clamp(1, MAX_PAGE);
    let after = after.unwrap_or_default();
    let listed = app
        .store
        .list_accounts(&Asked {
            search: None,
            filter: None,
            sort: Sort {
                field: Field::Id,
                descending: false,
            },
            // One more tells whether there is another page.
            limit: limit + 1,
            offset: 0,
            // Also behind nobody: then nothing is counted.
            after: Some(Place {
                key: Key::Text(after.clone()),
                id: after,
            }),
            within,
            now_ms,
        })
        .await?;
    let accounts = listed.accounts.iter();
    let mut lines: Vec<Line> = accounts.map(|(one, _)| Line::new(one, now_ms)).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| has_more);
    let next = next.map(|line| line.id.clone());
    let mut record = event(app, context, "user.export", AuditStatus::Ok);
    caller.mark(&mut record);
    record.fields.insert("users".into(), lines.len().into());
    app.store.record(&record).await?;
    Ok(Page { lines, next })
}
